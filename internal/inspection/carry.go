package inspection

import (
	"context"
	"slices"

	"gonggu/internal/act"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/problem"
	"gonggu/internal/roster"
)

// carriedDay is the day done of counts that only move with a household: nobody's work of any day.
const carriedDay = ""

// Carry takes along what hangs on a household when the register moves it, or parts of it, elsewhere: problems, doubts, and, where
// the household itself changes its place, the count of its sheets.
func (m Room) Carry(ctx context.Context, s *act.Step, c *roster.Carried) error {
	open := int64(0)
	var err error
	if c.Problems, open, err = problem.Carry(ctx, s, c.From.Key, problem.Home{Household: c.To.Key, Subject: c.To.ID, Area: c.To.Area}, c.Problems, c.Members); err != nil {
		return err
	}
	c.From.Problems -= open
	c.To.Problems += open
	if err := m.carryDoubts(ctx, s, c); err != nil {
		return err
	}
	if was, now := duty.VillageOf(c.FromArea), duty.VillageOf(c.To.Area); c.From == c.To && was != now {
		return carrySheets(ctx, s, c.From.Key, was, now)
	}
	return nil
}

func (m Room) carryDoubts(ctx context.Context, s *act.Step, c *roster.Carried) error {
	list, err := DoubtsOf(ctx, s.Tx, s.Act.County, c.From.Key)
	if err != nil {
		return err
	}
	keys := c.Doubts
	c.Doubts = nil
	for i := range list {
		d := &list[i]
		if (keys != nil && !slices.Contains(keys, d.Key)) || (keys == nil && c.Members != nil && !slices.Contains(c.Members, d.Member)) {
			continue
		}
		c.Doubts = append(c.Doubts, d.Key)
		if d.State == Open {
			c.From.Doubts--
			c.To.Doubts++
		}
		if err := d.carry(ctx, s, c.To); err != nil {
			return err
		}
	}
	return nil
}

func (d *Doubt) carry(ctx context.Context, s *act.Step, to *roster.Household) error {
	since := d.MovedOn
	if d.Area != to.Area {
		if _, err := s.Tx.Exec(ctx, leavePlace, s.Act.County, d.Key, s.Act.Index, d.Area, since, s.ReportDay); err != nil {
			return err
		}
		since = s.ReportDay
	}
	if _, err := s.Tx.Exec(ctx, carryDoubt, to.Key, to.Area, since, s.Act.County, d.Key); err != nil {
		return err
	}
	was, now := duty.VillageOf(d.Area), duty.VillageOf(to.Area)
	measures := []string{MeasureOpened}
	if closed := map[string]string{Confirmed: MeasureConfirmed, Refuted: MeasureRefuted, Gone: MeasureGone}[d.State]; closed != "" {
		measures = append(measures, closed)
	}
	for _, measure := range measures {
		if was != now {
			s.Tally(was, measure, "", carriedDay, -1)
			s.Tally(now, measure, "", carriedDay, 1)
		}
	}
	return nil
}

func carrySheets(ctx context.Context, s *act.Step, household int64, was, now string) error {
	var sheets, unchanged int64
	if err := s.Tx.QueryRow(ctx, countSheets, s.Act.County, household).Scan(&sheets, &unchanged); err != nil {
		return err
	}
	for measure, n := range map[string]int64{MeasureSheets: sheets, MeasureUnchanged: unchanged} {
		s.Tally(was, measure, "", carriedDay, -n)
		s.Tally(now, measure, "", carriedDay, n)
	}
	return nil
}

// whereAt limits a list to what lay in a place as of a report day; a row that the reader may not see now stays hidden.
func whereAt(w *database.Where, county string, scope duty.Scope, area, day string) {
	now, args := scope.Where("area")
	w.And(now, args...)
	region := scope.Narrow(area)
	if region.Area() == scope.Area() && len(scope.Area()) == len(county) {
		return
	}
	here, hargs := region.Where("area")
	before, bargs := region.Where("p.area")
	all := append(append([]any{}, hargs...), day, county)
	all = append(append(all, bargs...), day, day)
	w.And("("+here+" AND moved_on <= ?) OR key IN (SELECT p.doubt FROM doubt_places p WHERE p.county = ? AND "+before+" AND p.since_on <= ? AND p.until_on > ?)", all...)
}
