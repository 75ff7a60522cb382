package problem_test

import (
	"io/fs"
	"slices"
	"testing"

	"gonggu/internal/duty"
	"gonggu/internal/errs"
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

// Each guard of the machine by itself, at a case that passes but for it: nobody verifies what his own unit mended, or what he typed in; who found does not
// mend, but where the list allows; a unit declines once; what is closed bears all three signatures, of hands that the tier allows.
// clause: 5.2-b, 5.2-c
func TestWhoMayDoWhat(t *testing.T) {
	terms := problem.TermsOf(shenqiu(t))
	hand := func(person, unit, kind string) problem.Hand {
		return problem.Hand{Person: person, Unit: unit, Kind: kind}
	}
	finder, village, town := hand("finder", "team-x", duty.UnitResident), hand("cadre", "v1", duty.UnitVillage), hand("clerk", "t1", duty.UnitTownship)
	water, office, team := hand("chen", "water", duty.UnitDepartment), hand("wang", "office", duty.UnitOffice), hand("zhao", "team-1", duty.UnitSupervision)
	by := func(h problem.Hand, s problem.Side) problem.By { return problem.By{Hand: h, Side: s} }
	person := func(h problem.Hand, name string) problem.Hand { h.Person = name; return h }
	ordered := problem.Case{State: problem.Ordered, Inspector: finder, Lead: "water"}
	claimed := problem.Case{State: problem.Claimed, Inspector: finder, Lead: "v1"}
	mended := problem.Case{State: problem.Rectified, Inspector: finder, Rectifier: village, Lead: "v1"}
	byTown := problem.Case{State: problem.Rectified, Inspector: finder, Rectifier: town, Lead: "t1"}
	verified := problem.Case{State: problem.Verified, Inspector: finder, Rectifier: village, Verifier: town, Lead: "v1"}
	with := func(c problem.Case, change func(*problem.Case)) problem.Case { change(&c); return c }
	for _, x := range []struct {
		what string
		c    problem.Case
		kind string
		by   problem.By
		to   problem.State // where it goes, "" when refused
		err  error
	}{
		{"the leading unit claims", ordered, problem.KindClaim, by(water, problem.Leads), problem.Claimed, nil},
		{"one that helps does not claim", ordered, problem.KindClaim, by(town, problem.Helps), "", problem.ErrLeadOnly},
		{"nor one below", ordered, problem.KindClaim, by(village, problem.Below), "", problem.ErrLeadOnly},
		{"a stranger does not claim", ordered, problem.KindClaim, by(water, problem.Outside), "", problem.ErrNotYours},

		{"the leading unit declines", ordered, problem.KindDecline, by(water, problem.Leads), problem.Declined, nil},
		{"not for the second time", with(ordered, func(c *problem.Case) { c.Declined = []string{"education", "water"} }), problem.KindDecline, by(water, problem.Leads), "", problem.ErrDeclined},
		{"what another has declined it may", with(ordered, func(c *problem.Case) { c.Declined = []string{"education"} }), problem.KindDecline, by(water, problem.Leads), problem.Declined, nil},
		{"not what the office has ruled", with(ordered, func(c *problem.Case) { c.Ruled = true }), problem.KindDecline, by(water, problem.Leads), "", problem.ErrRuled},
		{"one that helps does not decline", ordered, problem.KindDecline, by(town, problem.Helps), "", problem.ErrLeadOnly},

		{"the leading unit mends", claimed, problem.KindRectify, by(village, problem.Leads), problem.Rectified, nil},
		{"one that helps mends", claimed, problem.KindRectify, by(town, problem.Helps), problem.Rectified, nil},
		{"one below mends", claimed, problem.KindRectify, by(village, problem.Below), problem.Rectified, nil},
		{"a stranger does not mend", claimed, problem.KindRectify, by(village, problem.Outside), "", problem.ErrNotYours},
		{"who found it does not mend it", claimed, problem.KindRectify, by(person(village, "finder"), problem.Leads), "", problem.ErrOwnFinding},
		{"but where the list allows", with(claimed, func(c *problem.Case) { c.OnSpot = true }), problem.KindRectify, by(person(village, "finder"), problem.Leads), problem.Rectified, nil},
		{"what one unit signed it corrects", mended, problem.KindRectify, by(person(village, "another"), problem.Leads), problem.Rectified, nil},
		{"another unit does not correct it", mended, problem.KindRectify, by(town, problem.Helps), "", problem.ErrNotYours},
		{"at once, what is on the list", problem.Case{State: problem.Found, Inspector: finder, OnSpot: true}, problem.KindOnSpot, by(finder, problem.Outside), problem.Rectified, nil},
		{"not what is not", problem.Case{State: problem.Found, Inspector: finder}, problem.KindOnSpot, by(finder, problem.Outside), "", problem.ErrNotOnSpot},

		{"the township verifies its village", mended, problem.KindVerify, by(town, problem.Outside), problem.Verified, nil},
		{"nobody verifies his own repair", with(mended, func(c *problem.Case) { c.Rectifier = person(village, "clerk") }), problem.KindVerify, by(town, problem.Outside), "", problem.ErrOwnRepair},
		{"nor his unit's", byTown, problem.KindVerify, by(person(town, "another"), problem.Leads), "", problem.ErrOwnRepair},
		{"nor what he typed in for the inspector", with(mended, func(c *problem.Case) { c.Typist = "clerk" }), problem.KindVerify, by(town, problem.Outside), "", problem.ErrTyped},
		{"the office does not verify a village", mended, problem.KindVerify, by(office, problem.Outside), "", problem.ErrTier},
		{"nor another village", mended, problem.KindVerify, by(hand("x", "v2", duty.UnitVillage), problem.Helps), "", problem.ErrTier},
		{"a department verifies a township where it helps", byTown, problem.KindVerify, by(water, problem.Helps), problem.Verified, nil},
		{"not where it has no part", byTown, problem.KindVerify, by(water, problem.Outside), "", problem.ErrTier},
		{"the office verifies a township", byTown, problem.KindVerify, by(office, problem.Outside), problem.Verified, nil},
		{"what nobody signed is not verified", with(mended, func(c *problem.Case) { c.Rectifier = problem.Hand{} }), problem.KindVerify, by(town, problem.Outside), "", problem.ErrUnsigned},
		{"nor what no tier names", with(mended, func(c *problem.Case) { c.Rectifier = office }), problem.KindVerify, by(town, problem.Outside), "", problem.ErrTier},

		{"who verifies may send back", mended, problem.KindReturn, by(town, problem.Outside), problem.Returned, nil},
		{"so may the office", mended, problem.KindReturn, by(office, problem.Outside), problem.Returned, nil},
		{"and a supervision team, verified or not", verified, problem.KindReturn, by(team, problem.Outside), problem.Returned, nil},
		{"others may not", mended, problem.KindReturn, by(water, problem.Helps), "", problem.ErrSupervision},

		{"the office closes", verified, problem.KindClose, by(office, problem.Outside), problem.Closed, nil},
		{"the township does not", verified, problem.KindClose, by(town, problem.Outside), "", problem.ErrTier},
		{"not without the inspector's signature", with(verified, func(c *problem.Case) { c.Inspector = problem.Hand{} }), problem.KindClose, by(office, problem.Outside), "", problem.ErrUnsigned},
		{"nor the repair's", with(verified, func(c *problem.Case) { c.Rectifier = problem.Hand{} }), problem.KindClose, by(office, problem.Outside), "", problem.ErrUnsigned},
		{"nor the verifier's", with(verified, func(c *problem.Case) { c.Verifier = problem.Hand{} }), problem.KindClose, by(office, problem.Outside), "", problem.ErrUnsigned},
		{"not when one person mended and verified", with(verified, func(c *problem.Case) { c.Verifier = person(town, "cadre") }), problem.KindClose, by(office, problem.Outside), "", problem.ErrUnsigned},
		{"nor one unit", with(verified, func(c *problem.Case) { c.Verifier = hand("another", "v1", duty.UnitTownship) }), problem.KindClose, by(office, problem.Outside), "", problem.ErrUnsigned},
		{"nor when who found it mended it", with(verified, func(c *problem.Case) { c.Inspector = village }), problem.KindClose, by(office, problem.Outside), "", problem.ErrUnsigned},
		{"but where the list allows", with(verified, func(c *problem.Case) { c.Inspector, c.OnSpot = village, true }), problem.KindClose, by(office, problem.Outside), problem.Closed, nil},
		{"nor when the tier names another verifier", with(verified, func(c *problem.Case) { c.Verifier = office }), problem.KindClose, by(office, problem.Outside), "", problem.ErrTier},

		{"the leading unit asks for time", ordered, problem.KindAsk, by(water, problem.Leads), problem.Ordered, nil},
		{"one that helps does not", ordered, problem.KindAsk, by(town, problem.Helps), "", problem.ErrLeadOnly},
		{"the office ends a pause", ordered, problem.KindResume, by(office, problem.Outside), problem.Ordered, nil},
		{"a stranger does not", ordered, problem.KindResume, by(water, problem.Outside), "", problem.ErrNotYours},
		{"what was merged comes back to what it was", problem.Case{State: problem.Merged, Was: problem.Accepted}, problem.KindRestore, by(office, problem.Outside), problem.Accepted, nil},
	} {
		to, err := terms.After(x.c, x.kind, x.by)
		if to != x.to || errs.Code(err) != errs.Code(x.err) {
			t.Errorf("%s: %q %v, want %q %v", x.what, to, err, x.to, x.err)
		}
	}
	for _, kind := range []string{problem.KindAccept, problem.KindClaim, problem.KindRectify, problem.KindVerify, problem.KindClose, problem.KindReturn, problem.KindVoid} {
		for _, s := range []problem.State{problem.Void, problem.Merged} {
			if to, err := terms.After(problem.Case{State: s}, kind, by(office, problem.Leads)); errs.Code(err) != "problem.wrong_state" {
				t.Errorf("%s of what is %s: %q %v", kind, s, to, err)
			}
		}
	}
}
