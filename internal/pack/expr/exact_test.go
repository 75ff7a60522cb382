package expr

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// made makes up expressions of every form that is answered without the engine, and some that are not.
type made struct {
	*rapid.T
	rows []string // what fields may be read of: h, me, v and the variables of the macros around
}

func (g made) pick(of ...string) string { return rapid.SampledFrom(of).Draw(g.T, "pick") }

func (g made) inside(x string) made { return made{g.T, append(slices.Clip(g.rows), x)} }

// member is a variable for one more macro, now and then one that hides another.
func (g made) member() string { return g.pick("x", "y", "x", "y", "z", "h") }

func (g made) condition(depth int) string {
	sub := func() string { return g.condition(depth - 1) }
	if depth > 0 {
		switch rapid.IntRange(0, 11).Draw(g.T, "form") {
		case 0, 1:
			return "(" + sub() + " && " + sub() + ")"
		case 2, 3:
			return "(" + sub() + " || " + sub() + ")"
		case 4:
			return "!(" + sub() + ")"
		case 5:
			return "(" + sub() + " ? " + sub() + " : " + sub() + ")"
		case 6, 7, 8:
			x := g.member()
			return "m." + g.pick("exists", "all", "exists_one") + "(" + x + ", " + g.inside(x).condition(depth-1) + ")"
		case 9:
			return "((" + sub() + ") " + g.pick("==", "!=") + " (" + sub() + "))"
		}
	}
	r := g.pick(g.rows...)
	switch rapid.IntRange(0, 8).Draw(g.T, "leaf") {
	case 0:
		return r + ".ok"
	case 1:
		return "has(" + r + "." + g.pick("a", "ok", "kind", "tags", "born") + ")"
	case 2:
		return g.text(depth-1) + " in ['x', 'z']"
	case 3:
		return g.text(depth-1) + " in " + r + ".tags"
	case 4:
		return g.text(depth-1) + "." + g.pick("startsWith", "endsWith", "contains") + "(" + g.text(0) + ")"
	case 5:
		return g.text(depth-1) + " " + g.pick("==", "!=", "<", "<=", ">", ">=") + " " + g.text(depth-1)
	case 6:
		return g.pick("true", "false", r+".tags == h.tags", r+".tags.exists(t, t == 'x')", "'x' in m.map(n, n.kind)", r+".kind in ["+r+".kind]", "'x' in []", r+".kind.matches('x')")
	}
	return g.number(depth-1) + " " + g.pick("==", "!=", "<", "<=", ">", ">=") + " " + g.number(depth-1)
}

func (g made) number(depth int) string {
	r := g.pick(g.rows...)
	sub := func() string { return g.number(depth - 1) }
	if depth >= 0 {
		switch rapid.IntRange(0, 9).Draw(g.T, "number") {
		case 0, 1:
			return "(" + sub() + " " + g.pick("+", "-", "*") + " " + sub() + ")"
		case 2:
			return "-(" + sub() + ")"
		case 3:
			return "div(" + sub() + ", " + sub() + ")"
		case 4:
			return g.pick("days", "age_on") + "(" + g.day() + ", " + g.day() + ")"
		case 5:
			return "double(size(" + g.pick("m", r+".tags", r+".kind") + "))"
		case 6:
			x := g.member()
			pred := g.inside(x).condition(max(depth-1, 0))
			return "double(size(m." + g.pick("filter("+x+", "+pred+")", "filter("+x+", "+pred+")", "map("+x+", "+pred+", "+x+".kind)") + "))"
		case 7:
			return "(" + g.condition(max(depth-1, 0)) + " ? " + sub() + " : " + sub() + ")"
		}
	}
	return g.pick(r+".a", r+".a", r+".b", "p.line", "0.0", "3.0", "-1.0")
}

func (g made) text(depth int) string {
	r := g.pick(g.rows...)
	if depth >= 0 {
		switch rapid.IntRange(0, 6).Draw(g.T, "text") {
		case 0:
			return "(" + g.text(depth-1) + " + " + g.text(depth-1) + ")"
		case 1:
			return "(" + g.condition(max(depth-1, 0)) + " ? " + g.text(depth-1) + " : " + g.text(depth-1) + ")"
		}
	}
	return g.pick(r+".kind", r+".kind", r+".born", "today", "'x'", "'y'")
}

func (g made) day() string {
	return g.pick(g.pick(g.rows...)+".born", "today", "p.day", "'2022-03'", g.pick(g.rows...)+".born", g.text(-1))
}

func (g made) fill(row *Row) {
	known := func() bool { return rapid.IntRange(0, 9).Draw(g.T, "known") < 7 }
	for _, code := range []string{"a", "b"} {
		switch rapid.IntRange(0, 12).Draw(g.T, code) {
		case 0, 1, 2:
		case 3:
			row.Unset(code, []string{"h.deep", "me.deeper"})
		case 4:
			_ = row.Set(code, rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1), 1.5, math.Copysign(0, -1)}).Draw(g.T, "odd"))
		default:
			_ = row.Set(code, rapid.Int64Range(-1, 6).Draw(g.T, "n"))
		}
	}
	if known() {
		_ = row.Set("ok", rapid.Bool().Draw(g.T, "ok"))
	}
	_ = row.Set("kind", g.pick("", "x", "y", "xy", "王小"))
	_ = row.Set("born", g.pick("", "", "2000-02-29", "2010-09-18", "2022-09-19", "2022-09", "2022-02-30", "nothing"))
	if known() {
		_ = row.Set("tags", strings.Fields(g.pick("", "x", "x xy", "y")))
	}
}

// family is a household of up to three, in a village, in which the last member is the one in question.
func (g made) family(sp *Space) *Frame {
	f := sp.NewFrame()
	f.SetDay("2022-09-18")
	f.SetMembers(rapid.IntRange(0, 3).Draw(g.T, "members"))
	g.fill(f.H())
	g.fill(f.Village())
	for i := range f.members {
		g.fill(f.Member(i))
	}
	f.SetMe(len(f.members) - 1)
	if rapid.Bool().Draw(g.T, "line") {
		_ = f.Params().Set("line", int64(3))
	}
	_ = f.Params().Set("day", g.pick("", "2022-08-31"))
	return f
}

// ended is how an evaluation ended, in a form that compares what is no number with itself.
func ended(f *Frame, r Result) string {
	out := fmt.Sprintf("%d %T %v %s", r.State, r.Value, r.Value, r.Err)
	if n, ok := r.Value.(float64); ok {
		out += fmt.Sprint(math.Signbit(n) && n == 0)
	}
	if r.State == Unknown {
		out += fmt.Sprint(f.Missing())
	}
	return out
}

// TestEveryExpressionEndsAsWithTheEngine makes up expressions of each kind and families in which much is not known, or no number, or no
// day: value, state, complaint and what is missing are the engine's.
func TestEveryExpressionEndsAsWithTheEngine(t *testing.T) {
	fields := []Field{{"a", Number}, {"b", Number}, {"ok", Bool}, {"kind", Text}, {"tags", Texts}, {"born", Text}}
	sp, err := NewSpace(Schema{Household: fields, Person: fields, Village: fields, Params: []Field{{"line", Number}, {"day", Text}}})
	if err != nil {
		t.Fatal(err)
	}
	asked, alone, unknown := 0, 0, 0
	check := func(t *rapid.T) {
		g := made{t, []string{"h", "me", "v"}}
		var src string
		want := rapid.SampledFrom([]Kind{Bool, Bool, Bool, Number, Text}).Draw(t, "kind")
		depth := rapid.IntRange(0, 4).Draw(t, "depth")
		switch want {
		case Bool:
			src = g.condition(depth)
		case Number:
			src = g.number(depth)
		default:
			src = g.text(depth)
		}
		e, bad := sp.Compile(src, Person, want)
		if len(bad) > 0 {
			t.Skip(src, bad) // costs too much, say
		}
		for range 5 {
			f := g.family(sp)
			r := e.Eval(f)
			asked++
			if !f.lost {
				alone++
			}
			if r.State == Unknown && !f.lost {
				unknown++
			}
			got := ended(f, r)
			f.noted, f.last = f.noted[:0], e
			if want := ended(f, e.run(f)); got != want {
				t.Fatalf("%s: %s, the engine says %s", src, got, want)
			}
		}
	}
	for range 40 {
		rapid.Check(t, check)
	}
	t.Logf("of %d expressions %d were answered without the engine, %d of them unknown", asked, alone, unknown)
	if alone*2 < asked || unknown*10 < asked {
		t.Errorf("of %d expressions %d were answered without the engine, %d of them unknown", asked, alone, unknown)
	}
}
