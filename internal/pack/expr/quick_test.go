package expr

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestTheShortcutSaysWhatTheEngineSays makes up conditions and families in which much is not known: whenever the shortcut is sure the
// engine ends with the same.
func TestTheShortcutSaysWhatTheEngineSays(t *testing.T) {
	fields := []Field{{"a", Number}, {"b", Number}, {"ok", Bool}, {"kind", Text}, {"tags", Texts}}
	sp, err := NewSpace(Schema{Household: fields, Person: fields, Params: []Field{{"line", Number}}})
	if err != nil {
		t.Fatal(err)
	}
	pick := func(t *rapid.T, of ...string) string { return rapid.SampledFrom(of).Draw(t, "pick") }
	var condition func(t *rapid.T, depth int, rows ...string) string
	condition = func(t *rapid.T, depth int, rows ...string) string {
		r := pick(t, rows...)
		number := func() string { return pick(t, r+".a", r+".b", "p.line", "0", "3", "5") }
		if depth > 0 {
			sub := func() string { return condition(t, depth-1, rows...) }
			switch rapid.IntRange(0, 5).Draw(t, "form") {
			case 0:
				return "(" + sub() + " && " + sub() + ")"
			case 1:
				return "(" + sub() + " || " + sub() + ")"
			case 2:
				return "!(" + sub() + ")"
			case 3:
				return "(" + sub() + " ? " + sub() + " : " + sub() + ")"
			case 4:
				return "m." + pick(t, "exists", "exists", "all") + "(x, " + condition(t, depth-1, append(rows, "x")...) + ")"
			}
		}
		switch rapid.IntRange(0, 7).Draw(t, "leaf") {
		case 0:
			return r + ".ok"
		case 1:
			return "has(" + r + "." + pick(t, "a", "ok", "kind", "tags") + ")"
		case 2:
			return r + ".kind " + pick(t, "==", "!=", "<", ">=") + " " + pick(t, "'x'", "'y'", "h.kind")
		case 3:
			return r + ".kind in ['x', 'z']"
		case 4:
			return pick(t, "'x'", r+".kind") + " in " + r + ".tags"
		case 5:
			return "div(" + number() + ", " + number() + ") > 1" // may divide by zero
		case 6:
			return r + ".ok == " + pick(t, "true", "h.ok")
		}
		return number() + " " + pick(t, "<", "<=", ">", ">=", "==", "!=") + " " + number()
	}
	fill := func(t *rapid.T, row *Row) {
		for _, code := range []string{"a", "b"} {
			if rapid.Bool().Draw(t, code) {
				_ = row.Set(code, rapid.Int64Range(0, 6).Draw(t, "n"))
			}
		}
		if rapid.Bool().Draw(t, "ok?") {
			_ = row.Set("ok", rapid.Bool().Draw(t, "ok"))
		}
		_ = row.Set("kind", pick(t, "", "x", "y", "z"))
		if rapid.Bool().Draw(t, "tags?") {
			_ = row.Set("tags", strings.Fields(pick(t, "", "x", "x y", "z")))
		}
	}
	asked, answered := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		src := condition(t, 3, "h", "me")
		e, bad := sp.Compile(src, Person, Bool)
		if len(bad) > 0 {
			t.Skip(src, bad) // costs too much, say
		}
		f := sp.NewFrame()
		f.SetMembers(rapid.IntRange(1, 3).Draw(t, "members"))
		fill(t, f.H())
		for i := range f.members {
			fill(t, f.Member(i))
		}
		f.SetMe(0)
		if rapid.Bool().Draw(t, "line") {
			_ = f.Params().Set("line", int64(3))
		}
		asked++
		if e.quick == nil {
			return
		}
		a := e.quick(f, nil)
		if a == unsure {
			return
		}
		answered++
		f.noted, f.last = f.noted[:0], e
		if r := e.run(f); r.State != Done || r.Value != (a == yes) {
			t.Fatalf("%s: the shortcut says %v, the engine %+v", src, a == yes, r)
		}
	})
	if answered*5 < asked {
		t.Errorf("the shortcut answered %d of %d", answered, asked)
	}
	t.Logf("the shortcut answered %d of %d", answered, asked)
}

func BenchmarkCondition(b *testing.B) {
	sp, err := NewSpace(Schema{Household: []Field{{"a", Number}, {"ok", Bool}, {"kind", Text}, {"tags", Texts}}, Params: []Field{{"line", Number}}})
	if err != nil {
		b.Fatal(err)
	}
	e, bad := sp.Compile("has(h.ok) && h.ok && (h.kind in ['x', 'y'] || 'z' in h.tags) && h.a < p.line", Household, Bool)
	if len(bad) > 0 {
		b.Fatal(bad)
	}
	f := sp.NewFrame()
	for code, v := range map[string]any{"a": int64(4), "ok": true, "kind": "w", "tags": []string{"z"}} {
		if err := f.H().Set(code, v); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Params().Set("line", int64(5)); err != nil {
		b.Fatal(err)
	}
	f.last = e
	for name, eval := range map[string]func(*Frame) Result{"shortcut": e.Eval, "engine": e.run} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if !eval(f).True() {
					b.Fatal("false")
				}
			}
		})
	}
}
