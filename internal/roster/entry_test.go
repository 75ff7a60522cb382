package roster_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/roster"
	"gonggu/internal/workbook"
)

// thin is a roster without national numbers of everybody in a place.
func (o *office) thin(area string) []byte {
	o.t.Helper()
	var b bytes.Buffer
	book := workbook.NewWriter(&b)
	var sheet *workbook.SheetWriter
	title := ""
	err := o.synth.Roster(area, func(row []string) (err error) {
		switch {
		case title == "":
			title = row[0]
		case sheet == nil:
			sheet, err = book.Sheet("花名册", workbook.Layout{Titles: []string{title}, Heading: slices.Clone(row)})
		default:
			cells := make([]workbook.Value, len(row))
			for i, c := range row {
				cells[i] = workbook.Text(c)
			}
			err = sheet.Row(cells...)
		}
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	if err := book.Close(); err != nil {
		o.t.Fatal(err)
	}
	return b.Bytes()
}

func (o *office) enterAll(files ...[]byte) *roster.Import {
	o.t.Helper()
	names := make([]string, len(files))
	for i := range files {
		names[i] = fmt.Sprintf("导出_2022090%d.xlsx", i+1)
	}
	id, err := o.Desk.Begin(o.t.Context(), o.by, names, func(i int) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(files[i])), nil })
	if err != nil {
		o.t.Fatal(err)
	}
	return o.enter(o.wait(id, roster.Reading))
}

// rows are all rows of the tables that an import fills, but for what hangs on its random id.
func (o *office) rows() []string {
	o.t.Helper()
	var out []string
	for _, q := range []string{"SELECT * FROM households", "SELECT * FROM persons", "SELECT * FROM blind_values", "SELECT * FROM household_classes", "SELECT * FROM import_changes",
		"SELECT key, rule, household, member, state FROM doubts", "SELECT * FROM tallies"} {
		rows, err := o.DB.Query(o.t.Context(), q)
		if err != nil {
			o.t.Fatal(err)
		}
		names, err := rows.Columns()
		if err != nil {
			o.t.Fatal(err)
		}
		list, err := database.Collect(rows, func(r *sql.Rows) (string, error) {
			values, into := make([]any, len(names)), make([]any, len(names))
			for i := range values {
				into[i] = &values[i]
			}
			err := r.Scan(into...)
			return fmt.Sprintf("%s %q", q[strings.LastIndex(q, " ")+1:], values), err
		})
		if err != nil {
			o.t.Fatal(err)
		}
		slices.Sort(list)
		out = append(out, list...)
	}
	return out
}

// TestWhatIsEnteredAheadIsWhatIsEnteredOneByOne holds the quick way in to the long one: the same files, in whatever mixture of
// households with and without numbers, new and known, leave the same rows.
func TestWhatIsEnteredAheadIsWhatIsEnteredOneByOne(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgresql"} {
		t.Run(engine, func(t *testing.T) {
			fill := func(thinFirst bool) []string {
				where := ""
				if engine == "postgresql" {
					where = dbtest.Schema(t)
				}
				o := open(t, where)
				all, thin := o.export(nil), o.thin(o.synth.Townships()[0].Code)
				imports := [][][]byte{{all, thin}}
				if thinFirst {
					imports = [][][]byte{{thin, all}, {all}}
				}
				var says []string
				for _, files := range imports {
					sum := o.enterAll(files...).Summary
					says = append(says, fmt.Sprint(sum.New, sum.Changed, sum.Same, sum.ByCode, sum.Changes))
				}
				return append(says, o.rows()...)
			}
			for _, thinFirst := range []bool{false, true} {
				quick := fill(thinFirst)
				back := roster.AskForEach()
				long := fill(thinFirst)
				back()
				if len(quick) != len(long) || len(quick) < 5000 {
					t.Errorf("%d and %d rows", len(quick), len(long))
				}
				for i := range min(len(quick), len(long)) {
					if quick[i] != long[i] {
						t.Fatalf("quick: %.600s\nlong:  %.600s", quick[i], long[i])
					}
				}
			}
		})
	}
}
