package synth

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strings"
	"testing"

	"gonggu/internal/assess"
	"gonggu/internal/intake"
	"gonggu/internal/pack"

	"github.com/xuri/excelize/v2"
)

// These tests put the county through the machinery that it was made for: the importer must read
// every row and find every planted fault, and the pack's rules must find at the door
// what the truth says is amiss, no more and no less.

func loadPack(t *testing.T) *pack.Pack {
	t.Helper()
	p, complaints := pack.Load(os.DirFS(strings.TrimSuffix(packDir, "/")))
	if p == nil {
		t.Fatal(complaints)
	}
	return p
}

// read imports a sheet through a workbook and gives the faults by row.
func read(t *testing.T, in *intake.Intake, rows [][]string) (intake.Summary, map[int][]intake.Fault) {
	t.Helper()
	f := excelize.NewFile()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		cells := make([]any, len(row))
		for j, s := range row {
			if s != "" {
				cells[j] = s
			}
		}
		at, _ := excelize.CoordinatesToCellName(1, i+1)
		if err := w.SetRow(at, cells); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	run, err := in.Open(context.Background(), intake.Source{Name: "county.xlsx", R: bytes.NewReader(b.Bytes()), Size: int64(b.Len())})
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	faults := map[int][]intake.Fault{}
	sum, err := run.Read(context.Background(), func(*intake.Household) error { return nil }, func(f intake.Fault) error {
		faults[f.Row] = append(faults[f.Row], f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum, faults
}

// seenAs is what the importer calls each fault. An ID number shared with another household is nothing
// that one sheet's reading can tell; it is seen only by the birth day that does not fit.
var seenAs = map[FaultKind]string{
	FaultUnknownVillage: "intake.village_unknown", FaultCheckDigit: "intake.id_check", FaultImpossibleBirth: "intake.day_bad",
	FaultNumberElsewhere: "intake.household_number_reused", FaultNoHead: "intake.head_missing", FaultTwoHeads: "intake.heads_two",
	FaultUnknownCode: "intake.code_unknown", FaultBadMonth: "intake.month_bad", FaultMissingName: "intake.name_missing",
	FaultSharedID: "intake.birth_differs",
}

func TestTheImporterReadsTheCounty(t *testing.T) {
	p := loadPack(t)
	c := shenqiu(t, 8_000, 2022)
	m, err := intake.FromPack(p.Imports, p.Facts, p.Codes)
	if err != nil {
		t.Fatal(err)
	}
	var places []intake.Area
	for _, a := range areas(t) {
		places = append(places, intake.Area{Code: a.Code, Name: a.Name})
	}
	for _, v := range c.Villages() {
		for _, g := range v.GroupList() {
			places = append(places, intake.Area{Code: g.Code, Name: g.Name})
		}
	}
	in, err := intake.New(m, intake.NewPlaces(places), intake.Options{Today: c.Today()})
	if err != nil {
		t.Fatal(err)
	}
	const town = "411624102"
	households, persons := 0, 0
	for h := range c.HouseholdsIn(town) {
		households++
		persons += len(h.Members)
	}
	for _, s := range []Spelling{Short, Full} {
		sum, faults := read(t, in, sheet(t, func(w func([]string) error) error { return c.Export(ExportOptions{s, town}, w) }))
		if sum.Households != households || sum.Members != persons || sum.Rejected != 0 {
			t.Errorf("spelling %d: %+v of %d households, %d people", s, sum, households, persons)
		}
		for row, fs := range faults {
			if row > HeaderRow {
				t.Errorf("spelling %d, row %d: %+v", s, row, fs)
			}
		}
	}
	sum, faults := read(t, in, sheet(t, func(w func([]string) error) error { return c.Roster(town, w) }))
	if sum.Households != households || sum.Members != persons || sum.Rejected != 0 || len(faults) != 0 {
		t.Errorf("roster: %+v, %v", sum, faults)
	}
	var answers []Fault
	rows := sheet(t, func(w func([]string) error) (err error) {
		answers, err = c.PlantFaults(9, 1000).Export(ExportOptions{Full, town}, w)
		return err
	})
	_, faults = read(t, in, rows)
	missed := 0
	for _, a := range answers {
		if !slices.ContainsFunc(faults[a.Row], func(f intake.Fault) bool { return f.Code == seenAs[a.Kind] }) {
			missed++
			t.Logf("%+v: the importer says %v", a, faults[a.Row])
		}
	}
	// Two heads of one birth day may share a number unseen; everything else must be found.
	if len(answers) < 20 || missed > 1 {
		t.Errorf("the importer missed %d of %d faults", missed, len(answers))
	}
}

func TestTheRulesFindTheTruth(t *testing.T) {
	p := loadPack(t)
	e, err := assess.Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	c := shenqiu(t, 300_000, 2022)
	facts := func(as []Answer) map[string]any {
		m := make(map[string]any, len(as))
		for _, a := range as {
			m[a.Code] = a.Value
		}
		return m
	}
	n, bad, doubtful := 0, 0, 0
	for _, v := range []string{"411624100001", "411624102205", "411624203210", "411624115205"} {
		village := facts(c.VillageFacts(v))
		for h := range c.HouseholdsIn(v) {
			var onRecord []map[string]any
			for i := range h.Members {
				onRecord = append(onRecord, recorded(personFacts, &h.Members[i]))
			}
			before := e.Household("2022-09-16", recorded(householdFacts, h), onRecord, village)
			doubtful += int(is(len(before.Doubts) > 0))
			w := c.Truth(h)
			var members []map[string]any
			for i := range w.Members {
				members = append(members, facts(w.Members[i].facts))
			}
			got := e.Household("2022-09-16", facts(w.facts), members, village)
			if len(got.Faults) > 0 || len(before.Faults) > 0 {
				t.Fatalf("%s: %v %v", h.Number, before.Faults, got.Faults)
			}
			if (len(got.Problems) > 0) != (len(w.Problems) > 0) {
				t.Errorf("%s: the truth is %v, the rules say %v", h.Number, w.Problems, got.Problems)
			}
			n++
			bad += int(is(len(got.Problems) > 0))
		}
	}
	near(t, "households with a problem by the rules", float64(bad)/float64(n), .012, .03)
	near(t, "households with a doubt on record", float64(doubtful)/float64(n), .02, .08)
}

func recorded[T any](list []fact[T], x *T) map[string]any {
	m := map[string]any{}
	for _, f := range list {
		if v := f.value(x); v != nil {
			m[f.code] = v
		}
	}
	return m
}
