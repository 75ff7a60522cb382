package synth

// Strokes draws a signature on a pad of 300 by 120 points: two to four strokes, each a flat list
// x, y, t, x, y, t … with t in milliseconds from the first touch. The same name and seed give the same
// strokes; they imitate handwriting only as far as size, pace and number of points go.
func Strokes(name string, seed uint64) [][]int {
	d := newDraw(seed, streamStroke, hashText(name))
	n := min(max(len([]rune(name)), 2), 4)
	wide := 260 / n
	t := 0
	var out [][]int
	for i := range n {
		x, y := 20+i*wide+d.between(0, 8), d.between(28, 62)
		vx, vy := d.between(-10, 40), d.between(-40, 40)
		var s []int
		for range d.between(9, 22) {
			s = append(s, x, y, t)
			vx = (vx*7+d.between(-30, 34)*3)/10 + (10+i*wide+wide/2-x)/8
			vy = (vy*7+d.between(-34, 34)*3)/10 + (56-y)/8
			x = min(max(x+vx/3, 2), 298)
			y = min(max(y+vy/3, 2), 118)
			t += d.between(11, 19)
		}
		out = append(out, s)
		t += d.between(90, 260)
	}
	return out
}
