package roster_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"gonggu/internal/act"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/demo"
	"gonggu/internal/duty"
	"gonggu/internal/inspection"
	"gonggu/internal/roster"
	"gonggu/internal/server"
	"gonggu/internal/synth"
	"gonggu/packs"
)

// office is a county that has its pack and its office, and nobody in the register.
type office struct {
	*server.County
	t     *testing.T
	by    duty.Actor
	synth *synth.County
}

func each(t *testing.T, fn func(t *testing.T, o *office)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, open(t, "")) })
	t.Run("postgresql", func(t *testing.T) { fn(t, open(t, dbtest.Schema(t))) })
}

func open(t *testing.T, db string) *office {
	t.Helper()
	pk, err := fs.Sub(packs.FS, packs.Shenqiu2022)
	if err != nil {
		t.Fatal(err)
	}
	at, _ := clock.At("2022-09-10", "10:00")
	c, err := server.Open(t.Context(), server.Options{Dir: t.TempDir(), Database: db, County: "411624", Clock: clock.NewVirtual(at, false), Seed: "1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := c.SetUp(t.Context(), pk); err != nil {
		t.Fatal(err)
	}
	post := duty.NewPost("office", "巩固办", duty.Unit{ID: "office"}, "综合股", "411624", duty.Office)
	if err := c.OpenPosts(t.Context(), "test", []duty.Post{post}); err != nil {
		t.Fatal(err)
	}
	o := &office{County: c, t: t}
	if o.by, err = duty.ActorOf(t.Context(), c.DB, "411624", "office", post.ID); err != nil {
		t.Fatal(err)
	}
	areas, err := server.ReadAreas(pk)
	if err != nil {
		t.Fatal(err)
	}
	places := make([]synth.Area, len(areas))
	for i, a := range areas {
		places[i] = synth.Area{Code: a.Code, Name: a.Name, Level: a.Level, Parent: a.Parent}
	}
	if o.synth, err = synth.New(synth.Options{County: "411624", Areas: places, Households: 900, Seed: 3, Today: "2022-09-10"}); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) workbook(rows func(row func([]string) error) error) []byte {
	o.t.Helper()
	var b bytes.Buffer
	if err := demo.WriteWorkbook(&b, rows); err != nil {
		o.t.Fatal(err)
	}
	return b.Bytes()
}

func (o *office) export(change func(row []string)) []byte {
	return o.workbook(func(row func([]string) error) error {
		return o.synth.Export(synth.ExportOptions{Spelling: synth.Short}, func(r []string) error {
			r = slices.Clone(r)
			if change != nil {
				change(r)
			}
			return row(r)
		})
	})
}

// read uploads a file and waits for its preview.
func (o *office) read(name string, file []byte) *roster.Import {
	o.t.Helper()
	id, err := o.Desk.Begin(o.t.Context(), o.by, []string{name}, func(int) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(file)), nil })
	if err != nil {
		o.t.Fatal(err)
	}
	return o.wait(id, roster.Reading)
}

func (o *office) wait(id, state string) *roster.Import {
	o.t.Helper()
	for range 2000 {
		im, err := o.Desk.Get(o.t.Context(), o.by, id)
		if err != nil {
			o.t.Fatal(err)
		}
		if im.State != state {
			return im
		}
		time.Sleep(20 * time.Millisecond)
	}
	o.t.Fatal("the import does not end")
	return nil
}

func (o *office) enter(im *roster.Import) *roster.Import {
	o.t.Helper()
	if im.State != roster.Preview {
		o.t.Fatalf("%s: %s", im.State, im.Failure)
	}
	if err := o.Desk.Confirm(o.t.Context(), o.by, im.ID); err != nil {
		o.t.Fatal(err)
	}
	im = o.wait(im.ID, roster.Applying)
	if im.State != roster.Done {
		o.t.Fatalf("%s: %s", im.State, im.Failure)
	}
	return im
}

func (o *office) size() int64 {
	o.t.Helper()
	h, err := act.ReadHead(o.t.Context(), o.DB, "411624")
	if err != nil {
		o.t.Fatal(err)
	}
	return h.Size
}

func TestImportingAgainChangesOnlyWhatChangedAndSaysWhat(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		first := o.enter(o.read("导出_20220901.xlsx", o.export(nil)))
		if first.Summary.New != 900 || first.Summary.Rejected != 0 || first.Summary.SourceOn != "2022-09-01" {
			t.Fatalf("%+v", first.Summary)
		}
		again := o.enter(o.read("导出_20220901.xlsx", o.export(nil)))
		if again.Summary.New != 0 || again.Summary.Changed != 0 || again.Summary.Same != 900 {
			t.Fatalf("the second time: new %d changed %d same %d %v", again.Summary.New, again.Summary.Changed, again.Summary.Same, again.Summary.Changes)
		}
		number, heading := "", []string(nil)
		changed := o.read("导出_20220905.xlsx", o.export(func(row []string) {
			switch road, no := slices.Index(heading, "入户路类型"), slices.Index(heading, "户编号"); {
			case heading == nil && slices.Contains(row, "户编号"):
				heading = slices.Clone(row)
			case road >= 0 && row[road] == "水泥路" && (number == "" || row[no] == number):
				number, row[road] = row[no], "砂石路"
			}
		}))
		s := changed.Summary
		if s.Changed != 1 || s.Same != 899 || len(s.Changes) != 1 || s.Changes[0].Fact != "入户路类型" || s.Changes[0].Was != "水泥路" || s.Changes[0].Now != "砂石路" {
			t.Fatalf("changed %d same %d %+v", s.Changed, s.Same, s.Changes)
		}
	})
}

func TestAnImportIsUndoneAsAWholeUnlessSomebodyBuiltOnIt(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		im := o.enter(o.read("导出_20220901.xlsx", o.export(nil)))
		if err := o.Desk.Undo(t.Context(), o.by, im.ID); err != nil {
			t.Fatal(err)
		}
		lines, _, err := o.Store.List(t.Context(), o.DB, duty.Everything("411624"), roster.Filter{Limit: 10})
		if err != nil || len(lines) != 0 {
			t.Fatalf("%d households after undoing (%v)", len(lines), err)
		}
		open, _, err := inspection.ListDoubts(t.Context(), o.DB, "411624", duty.Everything("411624"), inspection.DoubtFilter{State: inspection.Open, Limit: 10})
		if err != nil || len(open) != 0 {
			t.Fatalf("%d doubts after undoing (%v)", len(open), err)
		}
		if err := o.Desk.Undo(t.Context(), o.by, im.ID); err == nil {
			t.Fatal("undone twice")
		}
		second := o.enter(o.read("导出_20220901.xlsx", o.export(nil)))
		if second.Summary.New != 900 {
			t.Fatalf("after undoing: new %d", second.Summary.New)
		}
		v, err := o.Verify(t.Context(), func(string, int, int) {})
		if err != nil || len(v.Faults) != 0 {
			t.Fatalf("%v %v", v, err)
		}
	})
}

func TestEveryPlantedFaultIsNamedByRowColumnAndReason(t *testing.T) {
	o := open(t, "")
	var planted []synth.Fault
	file := o.workbook(func(row func([]string) error) (err error) {
		planted, err = o.synth.PlantFaults(9, 200).Export(synth.ExportOptions{Spelling: synth.Short}, row)
		return err
	})
	im := o.read("导出_20220901.xlsx", file)
	if len(planted) != 200 {
		t.Fatalf("%d faults planted", len(planted))
	}
	kinds := map[synth.FaultKind]int{}
	for _, p := range planted {
		kinds[p.Kind]++
		named := slices.ContainsFunc(im.Summary.Faults, func(f roster.Fault) bool { return f.Row == p.Row && f.Reason != "" && f.Code != "" })
		if !named {
			t.Errorf("row %d %s (%s, %q → %q) is not named", p.Row, p.Column, p.Kind, p.Was, p.Now)
		}
	}
	if len(kinds) != 10 {
		t.Errorf("%d kinds", len(kinds))
	}
	if !im.Rejects {
		t.Error("no reject workbook")
	}
	for _, f := range im.Summary.Faults {
		if strings.Contains(f.Reason, "\n") || strings.ContainsAny(f.Value, "\n") {
			t.Errorf("%v", f)
		}
	}
}

// A stop between the import's act and the note of its end: the next start finds the act in the log and writes the end down.
func TestAnImportWhoseEndWasNotWrittenDownEndsOnce(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		im := o.enter(o.read("户.xlsx", o.export(nil)))
		size, acts := o.size(), im.Act
		if err := o.DB.Write(t.Context(), func(tx *database.Tx) error {
			_, err := tx.Exec(t.Context(), "UPDATE imports SET state = $1, act = '' WHERE id = $2", roster.Applying, im.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		o.Clock.(*clock.Virtual).Set(o.Clock.Now() + 3_600_000)
		if err := o.Desk.Resume(t.Context()); err != nil {
			t.Fatal(err)
		}
		if again := o.wait(im.ID, roster.Applying); again.State != roster.Done || again.Act != acts || again.Summary.New != im.Summary.New || o.size() != size {
			t.Errorf("%s %s: %+v, was %+v; the log has %d acts, had %d", again.State, again.Failure, again.Summary, im.Summary, o.size(), size)
		}
	})
}

func TestCancellingWhileEnteringLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		im := o.read("导出_20220901.xlsx", o.export(nil))
		before := o.size()
		if err := o.Desk.Confirm(t.Context(), o.by, im.ID); err != nil {
			t.Fatal(err)
		}
		if err := o.Desk.Cancel(t.Context(), o.by, im.ID); err != nil && !strings.Contains(err.Error(), "import.state") {
			t.Fatal(err)
		}
		im = o.wait(im.ID, roster.Applying)
		lines, _, err := o.Store.List(context.Background(), o.DB, duty.Everything("411624"), roster.Filter{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		switch im.State {
		case roster.Cancelled:
			if len(lines) != 0 || o.size() != before {
				t.Errorf("a cancelled import left %d lines, log %d → %d", len(lines), before, o.size())
			}
		case roster.Done: // it was faster than we
		default:
			t.Error(im.State, im.Failure)
		}
	})
}

func TestAnIDNumberInTwoHouseholdsIsADoubtOfBoth(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		var head []string
		n := 0
		file := o.export(func(row []string) {
			n++
			id := slices.Index(head, "证件号码")
			switch {
			case n == synth.HeaderRow:
				head = slices.Clone(row)
			case n == synth.HeaderRow+40 && id >= 0:
				row[id] = "412799" + "19700101" + "0013"
			case n == synth.HeaderRow+80 && id >= 0:
				row[id] = "412799" + "19700101" + "0013"
			}
		})
		im := o.read("导出_20220901.xlsx", file)
		if !slices.ContainsFunc(im.Summary.Faults, func(f roster.Fault) bool { return f.Code == roster.CodeIDShared && f.Row == synth.HeaderRow+80 }) {
			t.Errorf("not named: %v", im.Summary.ByCode)
		}
		for _, f := range im.Summary.Faults {
			if strings.Contains(f.Value+f.Reason, "19700101") {
				t.Errorf("an ID number is repeated: %v", f)
			}
		}
		o.enter(im)
		open, _, err := inspection.ListDoubts(t.Context(), o.DB, "411624", duty.Everything("411624"), inspection.DoubtFilter{Rule: "data-id-shared", State: inspection.Open, Limit: 10})
		if err != nil || len(open) != 2 || open[0].Household == open[1].Household {
			t.Errorf("%d doubts: %v %v", len(open), open, err)
		}
	})
}
