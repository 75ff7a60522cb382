package synth

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sheet collects an export.
func sheet(t *testing.T, export func(w func([]string) error) error) [][]string {
	t.Helper()
	var rows [][]string
	if err := export(func(row []string) error {
		rows = append(rows, slices.Clone(row))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestExportShape(t *testing.T) {
	c := shenqiu(t, 20_000, 2022)
	persons := 0
	for h := range c.HouseholdsIn("411624105") {
		persons += len(h.Members)
	}
	for _, s := range []Spelling{Short, Full} {
		rows := sheet(t, func(w func([]string) error) error {
			return c.Export(ExportOptions{Spelling: s, Area: "411624105"}, w)
		})
		head := rows[HeaderRow-1]
		if len(head) < 110 || !slices.Equal(head, Labels(s)) {
			t.Fatalf("%d columns: %v", len(head), head)
		}
		if want := map[Spelling]string{Short: "乡", Full: "乡(镇)"}[s]; !slices.Contains(head, want) {
			t.Errorf("no %s in the header", want)
		}
		blanks, stray, wideCells := 0, 0, 0
		fullWidth := regexp.MustCompile(`[０-９]`)
		for _, row := range rows[HeaderRow:] {
			if len(row) != len(head) {
				t.Fatalf("%d cells", len(row))
			}
			joined := strings.Join(row, "")
			blanks += int(is(joined == ""))
			for _, cell := range row {
				stray += int(is(cell != strings.Trim(cell, " 　\u00a0")))
				wideCells += int(is(fullWidth.MatchString(cell)))
			}
		}
		if got := len(rows) - HeaderRow - blanks; got != persons {
			t.Errorf("%d rows for %d people", got, persons)
		}
		if stray == 0 || wideCells == 0 {
			t.Errorf("%d stray spaces, %d full-width cells in %d rows", stray, wideCells, persons)
		}
	}
}

func TestExportCells(t *testing.T) {
	c := shenqiu(t, 20_000, 2022)
	rows := sheet(t, func(w func([]string) error) error { return c.Export(ExportOptions{Area: "411624105"}, w) })
	months, days := regexp.MustCompile(`^20[12]\d(0[1-9]|1[0-2])$`), regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
	monthsCn := regexp.MustCompile(`^20[12]\d年(0[1-9]|1[0-2])月$`)
	j := func(label string) int { return columnAt(label) }
	multi, cn := 0, 0
	for _, row := range rows[HeaderRow:] {
		if strings.Join(row, "") == "" {
			continue
		}
		cell := func(label string) string { return strings.Trim(row[j(label)], " 　\u00a0") }
		if !days.MatchString(cell("出生日期")) {
			t.Fatalf("born %q", cell("出生日期"))
		}
		if m := cell("识别监测时间"); m != "" && !months.MatchString(m) {
			t.Fatalf("month %q", m)
		}
		if m := cell("务工开始时间"); m != "" {
			cn++
			if !monthsCn.MatchString(m) {
				t.Fatalf("month %q", m)
			}
		}
		multi += strings.Count(cell("健康状况"), ",")
	}
	if multi == 0 || cn == 0 {
		t.Errorf("%d joined values, %d work months", multi, cn)
	}
}

func TestExportStopsOnError(t *testing.T) {
	c := shenqiu(t, 2_000, 1)
	stop := errors.New("full")
	n := 0
	err := c.Export(ExportOptions{}, func([]string) error {
		if n++; n == 10 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || n != 10 {
		t.Errorf("%v after %d rows", err, n)
	}
}

func TestRoster(t *testing.T) {
	c := shenqiu(t, 20_000, 2022)
	rows := sheet(t, func(w func([]string) error) error { return c.Roster("411624105200", w) })
	persons := 0
	for h := range c.HouseholdsIn("411624105200") {
		persons += len(h.Members)
	}
	if len(rows) != persons+2 || !slices.Equal(rows[1], RosterLabels) || persons == 0 {
		t.Errorf("%d rows for %d people, header %v", len(rows), persons, rows[1])
	}
}

func TestAmounts(t *testing.T) {
	for _, x := range []struct {
		fen  int64
		s    Spelling
		want string
	}{{12_300, Short, "123"}, {12_345, Short, "123.45"}, {12_300, Full, "123.00"}, {-505, Full, "-5.05"}, {0, Short, "0"}} {
		if got := amount(x.fen, x.s); got != x.want {
			t.Errorf("%d fen is %s, want %s", x.fen, got, x.want)
		}
	}
	for n, want := range map[int]string{0: "0", 350: "3.5", 305: "3.05", 1200: "12", 20000: "200"} {
		if got := hundredths(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}

// The answer sheet is checked against the difference of the sheets with and without faults.
func TestPlantFaults(t *testing.T) {
	c := shenqiu(t, 5_000, 2022)
	f := c.PlantFaults(9, 200)
	if f.Len() != 200 {
		t.Fatalf("%d faults planted", f.Len())
	}
	o := ExportOptions{Spelling: Full}
	clean := sheet(t, func(w func([]string) error) error { return c.Export(o, w) })
	var faults []Fault
	spoiled := sheet(t, func(w func([]string) error) (err error) {
		faults, err = f.Export(o, w)
		return err
	})
	if len(clean) != len(spoiled) || len(faults) != 200 {
		t.Fatalf("%d rows, %d with faults; %d faults", len(clean), len(spoiled), len(faults))
	}
	kinds := map[FaultKind]int{}
	named := map[string]Fault{}
	for _, x := range faults {
		kinds[x.Kind]++
		named[fmt.Sprint(x.Row, x.Column)] = x
		j := slices.Index(Labels(Full), x.Column)
		if clean[x.Row-1][j] != x.Was || spoiled[x.Row-1][j] != x.Now || x.Was == x.Now {
			t.Errorf("%+v: the cells are %q and %q", x, clean[x.Row-1][j], spoiled[x.Row-1][j])
		}
	}
	for _, k := range FaultKinds {
		if kinds[k] != 20 {
			t.Errorf("%d of %s", kinds[k], k)
		}
	}
	// Every cell that differs belongs to a named fault of its household and column.
	household := columnAt("户编号")
	for i := range clean {
		for j := range clean[i] {
			if clean[i][j] == spoiled[i][j] {
				continue
			}
			found := false
			for k := i; k >= 0 && strings.TrimSpace(clean[k][household]) == strings.TrimSpace(clean[i][household]); k-- {
				_, ok := named[fmt.Sprint(k+1, Labels(Full)[j])]
				found = found || ok
			}
			if !found {
				t.Fatalf("row %d, %s: %q became %q and nobody says so", i+1, Labels(Full)[j], clean[i][j], spoiled[i][j])
			}
		}
	}
}

// Split into a sheet a township, the county has the same faults.
func TestFaultsByTownship(t *testing.T) {
	c := shenqiu(t, 5_000, 2022)
	f := c.PlantFaults(3, 50)
	sum := 0
	for _, town := range c.Townships() {
		faults, err := f.Export(ExportOptions{Area: town.Code}, func([]string) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range faults {
			if !within(x.Village, town.Code) {
				t.Errorf("%+v in %s", x, town.Name)
			}
		}
		sum += len(faults)
	}
	if sum != 50 {
		t.Errorf("%d faults in the sheets of the townships", sum)
	}
}

func BenchmarkExport(b *testing.B) {
	c := shenqiu(b, 300_000, 1)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if err := c.Export(ExportOptions{Area: "411624100"}, func([]string) error { n++; return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
}
