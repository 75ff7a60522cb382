package problem_test

import (
	"io/fs"
	"slices"
	"testing"

	"gonggu/internal/duty"
	"gonggu/internal/pack"
	"gonggu/internal/problem"
	"gonggu/packs"
)

func shenqiu(t *testing.T) *pack.Pack {
	t.Helper()
	files, err := fs.Sub(packs.FS, packs.Shenqiu2022)
	if err != nil {
		t.Fatal(err)
	}
	p, bad := pack.Load(files)
	if len(bad) > 0 {
		t.Fatal(bad)
	}
	return p
}

// Whose move is next follows from the state, and, once a repair is signed, from the tier of who signed it; signatures that are void are not in a case.
// clause: 5.2-b, 5.2-c
func TestWhoseTurnItIs(t *testing.T) {
	terms := problem.TermsOf(shenqiu(t))
	office, lead := []string{duty.UnitOffice}, []string(nil)
	before := map[problem.State][]string{problem.Found: office, problem.Accepted: office, problem.Declined: office, problem.Reopened: office, problem.Ordered: lead, problem.Claimed: lead, problem.Returned: lead,
		problem.Closed: nil, problem.Void: nil, problem.Merged: nil}
	verifies := map[string][]string{duty.UnitVillage: {duty.UnitTownship}, duty.UnitResident: {duty.UnitTownship}, duty.UnitHelper: {duty.UnitTownship}, duty.UnitTownship: {duty.UnitDepartment, duty.UnitOffice},
		duty.UnitDepartment: office, duty.UnitOffice: office, duty.UnitSupervision: office, "": office} // what no tier names the office sends back
	for kind, tier := range verifies {
		for _, state := range problem.States {
			want, ok := before[state]
			switch {
			case state == problem.Rectified:
				want = tier
			case state == problem.Verified:
				want = office
			case !ok:
				t.Fatalf("%s is in no list", state)
			}
			c := problem.Case{State: state, Lead: "water", Rectifier: problem.Hand{Person: "p", Unit: "u", Kind: kind}}
			for _, verifier := range verifies[kind] { // who verified it changes nothing
				c.Verifier = problem.Hand{Person: "q", Unit: "v", Kind: verifier}
				if got := terms.Turn(c); !slices.Equal(got, want) {
					t.Errorf("%s, mended by %q, verified by %q: %v, want %v", state, kind, verifier, got, want)
				}
			}
		}
	}
}

// Whoever a pack may name has a name in the field's words: the page says it.
func TestEveryKindOfATierHasAName(t *testing.T) {
	p := shenqiu(t)
	kinds := []string{}
	for _, x := range p.Head.Tiers {
		kinds = append(append(append(kinds, x.RectifiedBy), x.VerifiedBy...), x.ClosedBy...)
	}
	for _, k := range append(kinds, pack.TierKinds...) {
		if duty.UnitKindName(k) == "" {
			t.Errorf("%s has no name", k)
		}
	}
}
