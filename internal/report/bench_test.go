package report_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"gonggu/internal/act"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/duty"
	"gonggu/internal/ident"
	"gonggu/internal/report"
)

const villages = 581

// wholeCounty is a county of 22 townships and 581 villages.
func wholeCounty() []duty.Area {
	areas := []duty.Area{places[0]}
	for i := range 22 {
		areas = append(areas, duty.Area{Code: fmt.Sprintf("411624%03d", 100+i), Parent: code, Level: duty.LevelTownship, Name: fmt.Sprintf("第%d镇", i), Short: fmt.Sprint(i)})
	}
	for i := range villages {
		town := areas[1+i%22].Code
		areas = append(areas, duty.Area{Code: fmt.Sprintf("%s%03d", town, 1+i/22), Parent: town, Level: duty.LevelVillage, Name: fmt.Sprintf("第%d村", i), Short: fmt.Sprint(i)})
	}
	return areas
}

// ledger writes 60,000 problems: 5,000 of them found, and 20,000 accepted, on the last day, whose act has index idx.
const ledger = `WITH RECURSIVE g(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM g WHERE i < 59999)
INSERT INTO problems (county, key, id, number, rule, item, block, clauses, subject_kind, subject, household, member, area, say, sensitive, origin, sheet, doubt, lead, helping, state, rev,
days, stage_on, clear_on, limit_on, found_on, found_at, found_idx, found_by, done_on, accepted_on, accepted_idx, voided_on, voided_idx, void_reason, classes)
SELECT '411624', CASE WHEN i < 55000 THEN i ELSE $1 + i END, 'p' || i, 'n-' || i, 'rule', '3.2.1', '3.2', '3.2.1-a,3.2.1-b', 'household', 'h', i, '', '411624100001',
'义务教育阶段的孩子今年秋季学期没有在校，家里说在外地打工，需要劝返', '', 'sheet', 'sheet', '', 'education', ',civil,labour,', 'accepted', 1, 5, '2022-09-25', '2022-10-20', '2022-10-01',
CASE WHEN i < 55000 THEN '2022-09-15' ELSE $2 END, 0, 0, '', '2022-09-15', CASE WHEN i < 20000 THEN $3 ELSE '2022-09-16' END, 0, '', 0, '', ',2.1-a,2.1-c8,' FROM g`

// fill writes the counts of so many days: about 30 rows a village and day, half of the sheets a day late.
func fill(b *testing.B, db *database.DB, areas []duty.Area, days int) {
	b.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	sums := map[tallyKey]int64{}
	put := func(village, measure, item, reported, done string, n int64) {
		for _, l := range [...]int{6, 9, 12} {
			sums[tallyKey{village[:l], measure, item, reported, done}] += n
		}
	}
	classes := []string{"2.1-a", "2.1-b1", "2.1-c2", "2.1-c7", "2.1-c8", "2.1-c9", "2.1-c11", "2.1-c12"}
	for _, a := range areas {
		if a.Level != duty.LevelVillage {
			continue
		}
		put(a.Code, "households", "", "2022-09-14", "2022-09-14", 516)
		for _, c := range classes {
			put(a.Code, "households", c, "2022-09-14", "2022-09-14", 100)
		}
		for d := range days {
			day := clock.AddDays("2022-09-15", d)
			for late := range 2 {
				done := clock.AddDays(day, -late)
				for _, m := range []string{"inspected", "sheets", "unchanged", "doubt.opened"} {
					put(a.Code, m, "", day, done, 8)
				}
				for _, c := range classes {
					put(a.Code, "inspected", c, day, done, 2)
				}
				for range 3 {
					put(a.Code, "found", fmt.Sprintf("3.%d.%d", 1+rng.IntN(4), 1+rng.IntN(5)), day, done, 1)
				}
			}
		}
	}
	insert(b, db, sums)
	b.Logf("%d days: %d counts", days, len(sums))
}

type tallyKey struct{ area, measure, item, reported, done string }

func insert(b *testing.B, db *database.DB, sums map[tallyKey]int64) {
	b.Helper()
	err := db.Write(b.Context(), func(tx *database.Tx) error {
		var text strings.Builder
		var args []any
		flush := func() error {
			_, err := tx.Exec(b.Context(), `INSERT INTO tallies (county, area, measure, item, reported_on, done_on, n) VALUES `+strings.TrimSuffix(text.String(), ","), args...)
			text.Reset()
			args = args[:0]
			return err
		}
		for k, n := range sums {
			text.WriteByte('(')
			for i := range 7 {
				if i > 0 {
					text.WriteByte(',')
				}
				text.WriteString("$" + strconv.Itoa(len(args)+i+1))
			}
			text.WriteString("),")
			args = append(args, code, k.area, k.measure, k.item, k.reported, k.done, n)
			if len(args) >= 7*500 {
				if err := flush(); err != nil {
					return err
				}
			}
		}
		if len(args) == 0 {
			return nil
		}
		return flush()
	})
	if err != nil {
		b.Fatal(err)
	}
}

func each(b *testing.B, days int, fn func(b *testing.B, c *county)) {
	for name, open := range map[string]func(testing.TB) *database.DB{"sqlite": dbtest.SQLite, "postgresql": dbtest.PostgreSQL} {
		b.Run(fmt.Sprintf("%s/%d", name, days), func(b *testing.B) {
			areas := wholeCounty()
			c := newCounty(b, open(b), areas)
			fill(b, c.db, areas, days)
			last := clock.AddDays("2022-09-15", days-1)
			c.do(clock.AddDays(last, -1), "18:00", deed{})
			c.do(last, "08:00", deed{counts: []count{{areas[len(areas)-1].Code, "accepted", "3.2.1", "", 20000}}})
			head, err := act.ReadHead(b.Context(), c.db, code)
			if err != nil {
				b.Fatal(err)
			}
			err = c.db.Write(b.Context(), func(tx *database.Tx) error {
				_, err := tx.Exec(b.Context(), ledger, ident.Key(head.Size-1, 0), last, last)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
			if d := c.build(last); len(d.Problems) != 5000 || len(d.Changes.Accepted) != 20000 {
				b.Fatalf("%d found, %d accepted", len(d.Problems), len(d.Changes.Accepted))
			}
			c.clock.Set(at(last, "18:01"))
			b.ResetTimer()
			fn(b, c)
		})
	}
}

func BenchmarkBuildOf581Villages(b *testing.B) {
	for _, days := range []int{11, 31} {
		each(b, days, func(b *testing.B, c *county) {
			day := clock.Day(c.clock.Now())
			b.Run("build", func(b *testing.B) {
				for b.Loop() {
					c.build(day)
				}
			})
			d := c.build(day)
			b.Run("canonical", func(b *testing.B) {
				for b.Loop() {
					doc, err := d.Canonical()
					if err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(float64(len(doc)), "bytes")
				}
			})
			b.Run("xlsx", func(b *testing.B) {
				for b.Loop() {
					if err := report.WriteXLSX(io.Discard, d); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("overview", func(b *testing.B) {
				desk := report.NewDesk(c.book)
				if _, err := desk.Overview(context.Background(), c.db, duty.Everything(code), "", day); err != nil { // the first of the day reads the past
					b.Fatal(err)
				}
				for b.Loop() {
					if _, err := desk.Overview(context.Background(), c.db, duty.Everything(code), "", day); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

// ledRows are the counts by lead unit of 20 units, each in two items, in every township on each of 31 days: 85,000 rows.
const ledRows = `WITH RECURSIVE d(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM d WHERE i < 30), u(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM u WHERE i < 39)
INSERT INTO tallies (county, area, measure, item, reported_on, done_on, n)
SELECT a.county, a.code, m.column1, 'unit' || (u.i / 2) || '/3.2.' || (1 + u.i % 2), date('2022-09-15', '+' || d.i || ' days'), date('2022-09-15', '+' || d.i || ' days'), 1
FROM areas a, d, u, (VALUES ('led.found'), ('led.accepted'), ('helped.found')) m WHERE a.level <> 'village'`

func BenchmarkLedByOneUnitAndByAll(b *testing.B) {
	db := dbtest.SQLite(b)
	c := newCounty(b, db, wholeCounty())
	if err := db.Write(b.Context(), func(tx *database.Tx) error {
		_, err := tx.Exec(b.Context(), ledRows)
		return err
	}); err != nil {
		b.Fatal(err)
	}
	desk := report.NewDesk(c.book)
	for name, by := range map[string]duty.Actor{"unit": {Area: code, UnitCode: "unit3", Duties: []duty.Duty{duty.Department}}, "all": {Area: code, Duties: []duty.Duty{duty.Office}}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := desk.Led(b.Context(), db, by.Scope(duty.ReadReport), "", "2022-10-15"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
