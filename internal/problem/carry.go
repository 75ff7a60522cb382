package problem

import (
	"context"
	"slices"

	"gonggu/internal/act"
	"gonggu/internal/database"
	"gonggu/internal/duty"
)

// carriedDay is the day done of counts that only move with a household: nobody's work of any day.
const carriedDay = ""

// Home is where the problems of a household lie.
type Home struct {
	Household int64
	Subject   string // its public id
	Area      string
}

// Carry takes problems of one household to another, or along to its new place: those of the given keys, or with nil those that
// concern its members of the given ids, or with nil all. Their counts move with them, so that every number of a report drills to
// its rows; where they lay before is kept. It returns the keys and how many of them are open.
func Carry(ctx context.Context, s *act.Step, from int64, to Home, keys []int64, members []string) (moved []int64, open int64, err error) {
	list, err := OfHousehold(ctx, s.Tx, s.Act.County, from)
	if err != nil {
		return nil, 0, err
	}
	for i := range list {
		p := &list[i]
		if (keys != nil && !slices.Contains(keys, p.Key)) || (keys == nil && members != nil && !slices.Contains(members, p.Member)) {
			continue
		}
		moved = append(moved, p.Key)
		if p.State.Open() {
			open++
		}
		if err := p.carry(ctx, s, to); err != nil {
			return nil, 0, err
		}
	}
	return moved, open, nil
}

func (p *Problem) carry(ctx context.Context, s *act.Step, to Home) error {
	since := p.MovedOn
	if p.Area != to.Area {
		if err := s.Tx.Put(ctx, leavePlace, s.Act.County, p.Key, s.Act.Index, p.Area, since, s.ReportDay); err != nil {
			return err
		}
		since = s.ReportDay
	}
	if err := s.Tx.Put(ctx, carryProblem, to.Household, to.Subject, to.Area, since, s.Act.County, p.Key); err != nil {
		return err
	}
	was, now := duty.VillageOf(p.Area), duty.VillageOf(to.Area)
	if was == now {
		return nil
	}
	counted := p.counted()
	if p.State != Found {
		counted = append(counted, At(p.State))
	}
	for _, measure := range counted {
		count(s, p.Area, measure, p.Item, p.Lead, p.Helping, carriedDay, -1)
		count(s, to.Area, measure, p.Item, p.Lead, p.Helping, carriedDay, 1)
	}
	return nil
}

// AreaAt returns where a problem lay as of a report day.
func (p *Problem) AreaAt(ctx context.Context, r database.Reader, county, day string) (string, error) {
	if p.MovedOn <= day {
		return p.Area, nil
	}
	var area string
	err := r.QueryRow(ctx, placeAt, county, p.Key, day, day).Scan(&area)
	if database.Missing(err) {
		return p.Area, nil
	}
	return area, err
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
	w.And("("+here+" AND moved_on <= ?) OR key IN (SELECT p.problem FROM problem_places p WHERE p.county = ? AND "+before+" AND p.since_on <= ? AND p.until_on > ?)", all...)
}
