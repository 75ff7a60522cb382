package synth

import (
	"fmt"
	"slices"
	"testing"
)

func TestTruthRates(t *testing.T) {
	c := shenqiu(t, 40_000, 2022)
	n, bad, problems, changed, doubts, confirmed := 0, 0, 0, 0, 0, 0
	kinds := map[string]int{}
	for h := range c.Households() {
		w := c.Truth(h)
		n++
		bad += int(is(len(w.Problems) > 0))
		problems += len(w.Problems)
		changed += int(is(!w.Unchanged()))
		for _, p := range w.Problems {
			kinds[p]++
		}
		yes, reason := w.Verdict("income-below-line", "")
		if reason == "" {
			t.Fatal("a verdict without a reason")
		}
		doubts++
		confirmed += int(is(yes))
	}
	t.Log(kinds)
	near(t, "households with a problem", float64(bad)/float64(n), .015, .026)
	near(t, "problems a household", float64(problems)/float64(n), .016, .030)
	near(t, "households where something changed or was missing", float64(changed)/float64(n), .08, .25)
	near(t, "doubts that hold", float64(confirmed)/float64(doubts), .22, .28)
	if len(kinds) < 20 {
		t.Errorf("only %d kinds of problem", len(kinds))
	}
}

// What is noted as a problem is what the facts say.
func TestTruthSaysWhatItNotes(t *testing.T) {
	c := shenqiu(t, 40_000, 7)
	want := map[string]any{
		"tap_water": false, "water_safe": false, "water_cut": true, "tidy": false, "toilet": false, "food_short": true, "cloth_short": true,
		"living_ok": false, "edu_known": false, "doctor_known": false, "help_done": false, "policy_done": false, "income_steady": false,
		"policy_known": false, "doctor_served": false, "edu_satisfied": "disagree", "health_satisfied": "disagree", "doctor_satisfied": "disagree", "rec_village": "disagree",
		"rec_team": "disagree", "rec_helper": "disagree", "rec_lifted": "disagree", "rec_facility": "disagree", "rec_policy": "disagree",
		"pay_after": "prepaid", "house_rebuilt_good": false, "house_subsidy": false, "house_damaged": true, "toilet_works": false,
	}
	ofMember := map[string]any{"school": "none", "ins_resident": false, "chronic_card_used": false}
	for h := range c.Households() {
		w := c.Truth(h)
		for _, p := range w.Problems {
			switch {
			case p == "house_grade":
				if v, _ := w.Fact(p); v != "c" && v != "d" {
					t.Fatalf("%s: house %v", h.Number, v)
				}
			case want[p] != nil:
				if v, ok := w.Fact(p); !ok || v != want[p] {
					t.Fatalf("%s: %s is %v", h.Number, p, v)
				}
			case ofMember[p] != nil:
				if !slices.ContainsFunc(w.Members, func(m MemberTruth) bool { v, _ := m.Fact(p); return v == ofMember[p] }) {
					t.Fatalf("%s: nobody has %s", h.Number, p)
				}
			default:
				t.Fatalf("%s: a problem %s that this test does not know", h.Number, p)
			}
		}
		checkComplete(t, h, w)
	}
}

// What every door answers, whatever the record left out.
func checkComplete(t *testing.T, h *Household, w *Truth) {
	t.Helper()
	for _, code := range []string{"house_grade", "water_safe", "tap_water", "toilet", "toilet_works", "tidy", "phone", "fuel", "income_wage",
		"income_head_last", "other_need", "rec_village", "accident", "flood_hit", "food_short", "house_appraised", "size"} {
		if _, ok := w.Fact(code); !ok {
			t.Fatalf("%s: no %s", h.Number, code)
		}
	}
	if len(w.Members) != len(h.Members) {
		t.Fatalf("%d members at the door of %s", len(w.Members), h.Number)
	}
	for i := range w.Members {
		for _, code := range []string{"health", "labour", "political", "ins_resident", "doctor_signed", "at_home", "school"} {
			if _, ok := w.Members[i].Fact(code); !ok {
				t.Fatalf("%s: no %s", w.Members[i].Person, code)
			}
		}
	}
	for _, a := range w.Changed() {
		if v, _ := w.Fact(a.Code); fmt.Sprint(v) != fmt.Sprint(a.Value) {
			t.Fatalf("%s: changed %s to %v, yet it is %v", h.Number, a.Code, a.Value, v)
		}
	}
}

func TestPlan(t *testing.T) {
	c := shenqiu(t, 20_000, 2022)
	plan, err := c.Plan("2022-09-15", "2022-09-25")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	var late, again, evening, total, afterCut, wrongClock int
	last := int64(0)
	heard := map[string]map[string]bool{}
	for v := range plan {
		if v.ArrivedAt < last || v.ArrivedAt <= v.SignedAt {
			t.Fatalf("%+v after %d", v, last)
		}
		last = v.ArrivedAt
		total++
		again += int(is(v.Again))
		if seen[v.Number]++; seen[v.Number] > 2 || seen[v.Number] == 2 && !v.Again {
			t.Fatalf("%s inspected %d times", v.Number, seen[v.Number])
		}
		if v.Day < "2022-09-15" || v.Day > "2022-09-25" {
			t.Fatalf("%+v", v)
		}
		if len(c.Inspectors(v.Village)) < v.Inspector || v.Inspector < 1 {
			t.Fatalf("%+v", v)
		}
		day, _ := parseDate(v.Day)
		midnight := int64(day.number())*dayMs - countyTime
		late += int(is(v.ArrivedAt > midnight+dayMs))
		evening += int(is(v.SignedAt > midnight+18*hour))
		afterCut += int(is(v.ArrivedAt > midnight+18*hour && v.SignedAt < midnight+18*hour))
		wrongClock += int(is(v.DeviceAt-v.SignedAt > hour || v.SignedAt-v.DeviceAt > hour))
		if heard[v.Village] == nil {
			heard[v.Village] = map[string]bool{}
		}
		heard[v.Village][v.Day] = true
	}
	n := float64(total)
	near(t, "inspected", float64(len(seen))/20_000, .95, 1)
	near(t, "sheets after 18:00", float64(evening)/n, .35, .55)
	near(t, "sent on a later day", float64(late)/n, .05, .12)
	near(t, "done before the cut-off, received after", float64(afterCut)/n, .05, .2)
	near(t, "wrong clocks", float64(wrongClock)/n, .001, .02)
	near(t, "inspected twice", float64(again)/n, .00002, .001)
	silent := c.SilentVillages()
	if len(silent) != 3 {
		t.Fatalf("silent: %v", silent)
	}
	for _, v := range silent {
		if len(heard[v]) > 8 {
			t.Errorf("%s was heard on %d days", v, len(heard[v]))
		}
	}
}

func TestPlanIsTheSameTwice(t *testing.T) {
	c := shenqiu(t, 3_000, 2022)
	var a, b []Visit
	for _, out := range []*[]Visit{&a, &b} {
		plan, err := c.Plan("2022-09-15", "2022-09-18")
		if err != nil {
			t.Fatal(err)
		}
		for v := range plan {
			*out = append(*out, v)
		}
	}
	if !slices.Equal(a, b) || len(a) == 0 {
		t.Errorf("%d and %d visits", len(a), len(b))
	}
	if _, err := c.Plan("2022-09-18", "2022-09-15"); err == nil {
		t.Error("a plan that ends before it begins")
	}
}

func TestStrokes(t *testing.T) {
	a := Strokes("王建国", 1)
	if len(a) != 3 || fmt.Sprint(a) != fmt.Sprint(Strokes("王建国", 1)) || fmt.Sprint(a) == fmt.Sprint(Strokes("李秀英", 1)) {
		t.Fatalf("%v", a)
	}
	at := -1
	for _, s := range a {
		if len(s) < 27 || len(s)%3 != 0 {
			t.Fatalf("%d numbers in a stroke", len(s))
		}
		for i := 0; i < len(s); i += 3 {
			if s[i] < 0 || s[i] > 300 || s[i+1] < 0 || s[i+1] > 120 || s[i+2] <= at {
				t.Fatalf("point %v after %d ms", s[i:i+3], at)
			}
			at = s[i+2]
		}
	}
}

func BenchmarkTruth(b *testing.B) {
	c := shenqiu(b, 300_000, 1)
	n := 0
	for b.Loop() {
		for h := range c.HouseholdsIn("411624100001") {
			n += len(c.Truth(h).Members[:1])
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "households/s")
}
