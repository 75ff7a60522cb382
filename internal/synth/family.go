package synth

// kin is a member before he has a name: what he is to the head, and when he was born.
type kin struct {
	relation string
	female   bool
	born     int
	married  bool // married into the family: a surname of her or his own
}

var (
	sizeOrdinary = weigh(weight[int]{1, 50}, weight[int]{2, 120}, weight[int]{3, 150}, weight[int]{4, 200},
		weight[int]{5, 200}, weight[int]{6, 160}, weight[int]{7, 70}, weight[int]{8, 50})
	sizeLifted = weigh(weight[int]{1, 220}, weight[int]{2, 260}, weight[int]{3, 205}, weight[int]{4, 160},
		weight[int]{5, 90}, weight[int]{6, 45}, weight[int]{7, 20})
	sizeWatched = weigh(weight[int]{1, 230}, weight[int]{2, 280}, weight[int]{3, 220}, weight[int]{4, 140},
		weight[int]{5, 80}, weight[int]{6, 40}, weight[int]{7, 10})
)

// family draws the members of a household of a size, the head first; poor families
// are older.
func family(d *draw, size, year int, poor bool) []kin {
	switch {
	case size == 1:
		return alone(d, year, poor)
	case size == 2:
		return pair(d, year, poor)
	}
	switch n := d.below(100); {
	case size <= 5 && (n < 8 || poor && n < 16):
		return skipped(d, size, year)
	case n < 50 || size == 3 && n < 65:
		return nuclear(d, size, year)
	default:
		return stem(d, size, year)
	}
}

func alone(d *draw, year int, poor bool) []kin {
	age := d.bell(60, 90)
	if !poor && d.chance(300_000) {
		age = d.between(26, 59)
	}
	return []kin{{relation: "户主", female: d.chance(280_000), born: year - age}}
}

func pair(d *draw, year int, poor bool) []kin {
	switch n := d.below(100); {
	case n < 58:
		age := d.bell(52, 88)
		if !poor && d.chance(120_000) {
			age = d.between(24, 34)
		}
		return couple(d, year-age)
	case n < 80: // an unmarried son with his mother or father
		age := d.between(32, 56)
		mother := d.chance(650_000)
		relation := "之父"
		if mother {
			relation = "之母"
		}
		return []kin{{relation: "户主", born: year - age},
			{relation: relation, female: mother, born: year - age - d.between(20, 31), married: mother}}
	case n < 93:
		return skipped(d, 2, year)
	default:
		born := year - d.between(58, 78)
		return []kin{{relation: "户主", born: born}, {relation: "之兄弟姐妹", female: d.chance(200_000), born: born + d.between(2, 7)}}
	}
}

// couple is a head born in a year and the spouse. One head in twelve is the wife.
func couple(d *draw, born int) []kin {
	other := born + d.between(-2, 4)
	if d.chance(80_000) {
		return []kin{{relation: "户主", female: true, born: born, married: true}, {relation: "配偶", born: born - d.between(0, 4)}}
	}
	return []kin{{relation: "户主", born: born}, {relation: "配偶", female: true, born: other, married: true}}
}

// parents of the head: the mother more often, being alive longer.
func parents(d *draw, head kin, n int) []kin {
	father, mother := "之父", "之母"
	if head.female {
		father, mother = "之公公", "之婆婆"
	}
	born := head.born - d.between(21, 30)
	f, m := kin{relation: father, born: born - d.between(0, 4)}, kin{relation: mother, female: true, born: born, married: true}
	switch {
	case n <= 0:
		return nil
	case n == 1 && d.chance(350_000):
		return []kin{f}
	case n == 1:
		return []kin{m}
	}
	return []kin{f, m}
}

// children draws n children of parents, the first of whom was born in about a year.
func children(d *draw, n, first, year int, son, daughter string) []kin {
	var out []kin
	at := first
	for i := range n {
		if i > 0 {
			at += d.between(1, 5)
			if d.chance(988_000) {
				at++
			} else {
				at = out[i-1].born // twins
			}
		}
		k := kin{relation: son, born: min(at, year)}
		if d.chance(475_000) {
			k.relation, k.female = daughter, true
		}
		out = append(out, k)
	}
	return out
}

// youngest gives the later birth year of a couple, which bounds their children's.
func youngest(ks []kin) int {
	born := ks[0].born
	if len(ks) > 1 && ks[1].relation == "配偶" {
		born = max(born, ks[1].born)
	}
	return born
}

func nuclear(d *draw, size, year int) []kin {
	elders := 0
	if n := d.below(100); size > 3 && n < 55 {
		elders = 1 + n%2
	}
	kids := size - 2 - elders
	if kids > 4 {
		kids, elders = 4, size-6
	}
	if kids > 4 || elders > 2 {
		elders = 2
		kids = size - 4
	}
	age := d.bell(max(27, 25+3*kids), 52)
	ks := couple(d, year-age)
	if size <= 5 && d.chance(60_000) { // widowed or divorced
		ks = ks[:1]
		ks[0].married = ks[0].female
		kids++
	}
	young := youngest(ks)
	room := max(year-young-21-2*kids, 0)
	first := young + 20 + d.below(min(room, 8)+1)
	ks = append(ks, children(d, kids, first, year, "之子", "之女")...)
	return append(ks, parents(d, ks[0], elders)...)
}

func stem(d *draw, size, year int) []kin {
	age := d.bell(47, 70)
	ks := couple(d, year-age)
	if d.chance(110_000) {
		ks = ks[:1]
		ks[0].married = ks[0].female
	}
	left := size - len(ks)
	son := kin{relation: "之子", born: youngest(ks) + 20 + d.between(0, 5)}
	ks = append(ks, son)
	left--
	parentOf := son.born
	if left > 0 && year-son.born >= 23 {
		wife := kin{relation: "之儿媳", female: true, born: son.born + d.between(-1, 2), married: true}
		ks = append(ks, wife)
		left--
		parentOf = max(son.born, wife.born)
		room := (year - parentOf - 20) / 3
		n := min(left, min(max(room, 0), d.between(1, 3)))
		ks = append(ks, children(d, n, parentOf+20+d.between(0, 3), year, "之孙子", "之孙女")...)
		left -= n
	}
	if left > 0 && age < 68 {
		elders := parents(d, ks[0], min(left, 2))
		ks = append(ks, elders...)
		left -= len(elders)
	}
	for i := 0; left > 0; i++ { // the son's unmarried brothers and sisters
		k := kin{relation: "之女", female: true, born: son.born + 2 + 2*i}
		if d.chance(550_000) {
			k.relation, k.female = "之子", false
		}
		ks = append(ks, k)
		left--
	}
	return ks
}

// skipped is grandparents with grandchildren, the parents having their own booklet.
func skipped(d *draw, size, year int) []kin {
	age := d.bell(55, 76)
	ks := couple(d, year-age)
	if size == 2 || d.chance(250_000) {
		ks = ks[:1]
		ks[0].married = ks[0].female
	}
	grand := size - len(ks)
	son, daughter := "之孙子", "之孙女"
	if d.chance(70_000) {
		son, daughter = "之外孙子", "之外孙女"
	}
	first := max(year-d.between(4, 17), youngest(ks)+40)
	return append(ks, children(d, grand, min(first, year-grand), year, son, daughter)...)
}
