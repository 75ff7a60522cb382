package duty_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gonggu/internal/duty"
)

var all = []duty.Duty{duty.Office, duty.Township, duty.Village, duty.Inspector, duty.Department, duty.Supervisor, duty.Leader, duty.SysAdmin, duty.SecAdmin, duty.Auditor}

func area(t *rapid.T) string {
	full := "411624" + rapid.StringMatching(`00[1-3]`).Draw(t, "township") + rapid.StringMatching(`20[1-3]`).Draw(t, "village") + rapid.StringMatching(`0[1-3]`).Draw(t, "group")
	return full[:rapid.SampledFrom([]int{6, 9, 12, 14}).Draw(t, "level")]
}

func TestAScopeNeverCoversMoreThanItsPostAndItsNarrowing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := duty.Actor{Area: area(t), Duties: []duty.Duty{rapid.SampledFrom(all).Draw(t, "duty")}}
		m := rapid.SampledFrom([]duty.May{duty.ReadHousehold, duty.ReadProblem, duty.AcceptProblem, duty.ImportRegister, duty.Reveal, duty.ReadReport}).Draw(t, "may")
		narrow, place := area(t), area(t)
		s := a.Scope(m)
		if s.Covers(place) && (!a.May(m) || !strings.HasPrefix(place, a.Area)) {
			t.Fatalf("%v covers %s for %s", a, place, m)
		}
		n := s.Narrow(narrow)
		if n.Covers(place) && !(s.Covers(place) && strings.HasPrefix(place, narrow)) {
			t.Fatalf("narrowed to %s it covers %s", narrow, place)
		}
		if s.Covers(place) && strings.HasPrefix(place, narrow) && !n.Covers(place) {
			t.Fatalf("narrowing to %s lost %s", narrow, place)
		}
		cond, args := n.Where("area")
		inRange := cond == "1 = 1" || (len(args) == 2 && place >= args[0].(string) && place < args[1].(string))
		if inRange != n.Covers(place) && strings.HasPrefix(place, "411624") && len(place) >= len(n.Area()) {
			t.Fatalf("%s %v and Covers differ about %s", cond, args, place)
		}
	})
}

func TestTheThreeOfficersHoldNoBusinessDuty(t *testing.T) {
	for _, d := range []duty.Duty{duty.SysAdmin, duty.SecAdmin, duty.Auditor} {
		a := duty.Actor{Area: "411624", Duties: []duty.Duty{d}}
		for _, m := range []duty.May{duty.ReadHousehold, duty.Reveal, duty.SubmitInspection, duty.ReadProblem, duty.AcceptProblem, duty.VoidProblem, duty.ImportRegister, duty.OpenCampaign} {
			if a.May(m) {
				t.Errorf("%s may %s", d, m)
			}
		}
		for _, g := range []duty.Group{duty.Identity, duty.Contact, duty.Health, duty.Finance} {
			if a.Sees(g) {
				t.Errorf("%s sees %s", d, g)
			}
		}
	}
}
