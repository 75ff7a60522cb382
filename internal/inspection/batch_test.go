package inspection_test

import (
	"slices"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/ident"
	"gonggu/internal/inspection"
	"gonggu/internal/pack"
	"gonggu/internal/roster"
)

// What a batch reads at once for all its sheets is out of date for a household that an act of the same batch wrote.
func sheetsThatComeTogetherAreEachJudgedByWhatCameBefore(t *testing.T, s *stage) {
	twice, found, missed := s.household(plain), s.household(plain), s.household(plain)
	settled, d := doubted(s)
	size, _ := twice.Facts["size"].(int64)
	inspectedBefore, missedBefore := s.count("inspected", ""), s.count("missed", "")
	camp, err := s.Book.Loaded(t.Context(), s.DB, s.pack)
	if err != nil {
		t.Fatal(err)
	}
	reasons := inspection.Reasons(camp.Pack)
	reason := reasons[slices.IndexFunc(reasons, func(e pack.Entry) bool { return e.Next != inspection.NextAgain })].Code
	of := func(kind, subject string, body canon.Object) *act.Act {
		return &act.Act{ID: ident.New(), County: "411624", Kind: kind, Subject: subject, Actor: "li", Post: s.posts["li"].ID, Pack: s.pack, DeviceAt: s.clock.Now(), Body: body}
	}
	acts := []*act.Act{
		s.sheet("li", twice, canon.Object{"h": canon.Object{"size": size + 1}}),
		s.sheet("li", found, canon.Object{"h": canon.Object{"tap_water": false}}),
		of(inspection.KindMiss, missed.ID, canon.Object{"reason": reason, "done_on": day}),
		of(inspection.KindSettle, d.ID, canon.Object{"verdict": "confirmed", "reason": "入户核实，收入确实偏低"}),
		s.sheet("li", twice, canon.Object{"h": canon.Object{"size": size + 2}}),
		s.sheet("li", missed, nil),
		s.sheet("li", settled, nil),
	}
	subs := make([]act.Submission, len(acts))
	for i, a := range acts {
		subs[i] = act.Submission{Act: a, Open: s.openings}
	}
	got, err := s.Lane.Submit(t.Context(), "li", subs...)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range got {
		if a.Outcome != act.Accepted {
			t.Errorf("%s: %s %s", acts[i].Kind, a.Code, a.Reason)
		}
	}
	if h := s.load(twice.Key); h.Facts["size"] != size+2 || h.Rev != twice.Rev+2 || h.Doubts == 0 {
		t.Errorf("two sheets of one household left size %v of %d, revision %d of %d, %d doubts", h.Facts["size"], size+2, h.Rev, twice.Rev+2, h.Doubts)
	}
	s.counted(found, settled, twice)
	if h := s.load(missed.Key); h.Missed != "" || h.InspectedOn != day {
		t.Errorf("missed %q, inspected on %q", h.Missed, h.InspectedOn)
	}
	if i, m := s.count("inspected", "")-inspectedBefore, s.count("missed", "")-missedBefore; i != 4 || m != 0 {
		t.Errorf("%d more inspected, %d more missed", i, m)
	}
}

// counted checks the counts in the households' rows against the problems and doubts that there are.
func (s *stage) counted(households ...*roster.Household) {
	s.t.Helper()
	for _, h := range households {
		now := s.load(h.Key)
		var problems, doubts int64
		for _, p := range s.problems(h) {
			if p.State.Open() {
				problems++
			}
		}
		list, err := inspection.DoubtsOf(s.t.Context(), s.DB, "411624", h.Key)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, d := range list {
			if d.State == inspection.Open {
				doubts++
			}
		}
		if now.Problems != problems || now.Doubts != doubts {
			s.t.Errorf("household %s counts %d problems and %d doubts, has %d and %d", h.Number, now.Problems, now.Doubts, problems, doubts)
		}
	}
}
