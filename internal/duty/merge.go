package duty

import (
	"context"
	"fmt"
	"slices"

	"gonggu/internal/act"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/errs"
)

// AllAreas returns every place that the county ever had, by code: names outlive a merger.
func AllAreas(ctx context.Context, r database.Reader, county string) ([]Area, error) {
	rows, err := r.Query(ctx, everyArea, county)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, scanArea)
}

// InForce returns a place, and refuses one that was merged into another.
func InForce(ctx context.Context, r database.Reader, county, code string) (Area, error) {
	a, err := AreaOf(ctx, r, county, code)
	if err != nil {
		return a, err
	}
	var until string
	if err := r.QueryRow(ctx, areaUntil, county, code).Scan(&until); err != nil {
		return a, err
	}
	if until != "" {
		return a, errs.Newf(errs.Conflict, "area.ended", "“%s”已经并入其他村，不能再选；请刷新后选现在的村。", a.Name)
	}
	return a, nil
}

// CheckMerge refuses to merge a village into another that is not its neighbour in the same township.
func CheckMerge(ctx context.Context, r database.Reader, county, from, into string) (Area, Area, error) {
	if from == into {
		return Area{}, Area{}, errs.New(errs.Invalid, "area.merge_self", "不能把一个村并入它自己；请选另一个村。")
	}
	a, err := InForce(ctx, r, county, from)
	if err != nil {
		return a, Area{}, err
	}
	b, err := InForce(ctx, r, county, into)
	if err != nil {
		return a, b, err
	}
	if a.Level != LevelVillage || b.Level != LevelVillage || TownshipOf(a.Code) != TownshipOf(b.Code) {
		return a, b, errs.New(errs.Invalid, "area.merge", "只能并入同一乡镇的另一个村；请重新选择。")
	}
	return a, b, nil
}

// Absorb ends a village inside the caller's act: its groups get codes below the other, its name becomes an alias of the
// other's, and its posts and units answer for the other from now on. It returns the new code of every old one. The day
// on which it ends is the one after the act's report, so that this report still shows what was done there today.
func Absorb(ctx context.Context, s *act.Step, from, into Area) (map[string]string, error) {
	all, err := AllAreas(ctx, s.Tx, s.Act.County)
	if err != nil {
		return nil, err
	}
	codes := map[string]string{from.Code: into.Code}
	next := nextGroup(all, into.Code)
	until := clock.AddDays(s.ReportDay, 1)
	for _, g := range all {
		if g.Parent != from.Code {
			continue
		}
		codes[g.Code] = into.Code
		if next <= mostGroups {
			codes[g.Code] = fmt.Sprintf("%s%02d", into.Code, next)
			next++
			name := from.Short + g.Name
			if err := Grow(ctx, s, Area{Code: codes[g.Code], Parent: into.Code, Level: LevelGroup, Name: name, Short: name}); err != nil {
				return nil, err
			}
		}
		if _, err := s.Tx.Exec(ctx, endArea, until, s.Act.County, g.Code); err != nil {
			return nil, err
		}
	}
	if _, err := s.Tx.Exec(ctx, endArea, until, s.Act.County, from.Code); err != nil {
		return nil, err
	}
	for _, name := range slices.Compact([]string{from.Name, from.Short}) {
		if name == "" {
			continue
		}
		if _, err := s.Tx.Exec(ctx, insertAlias, s.Act.County, into.Parent, name, into.Code); err != nil {
			return nil, err
		}
	}
	return codes, follow(ctx, s, codes)
}

// mostGroups is how many groups the two digits of our own suffix can number.
const mostGroups = 99

func nextGroup(all []Area, village string) int {
	next := 1
	for _, g := range all {
		var n int
		if g.Parent == village && len(g.Code) == len(village)+2 {
			if _, err := fmt.Sscanf(g.Code[len(village):], "%02d", &n); err == nil {
				next = max(next, n+1)
			}
		}
	}
	return next
}

// follow moves posts and units to the places' new codes.
func follow(ctx context.Context, s *act.Step, codes map[string]string) error {
	olds := make([]string, 0, len(codes))
	for old := range codes {
		olds = append(olds, old)
	}
	slices.Sort(olds)
	for _, old := range olds {
		if _, err := s.Tx.Exec(ctx, movePosts, codes[old], s.Act.County, old); err != nil {
			return err
		}
		if _, err := s.Tx.Exec(ctx, moveUnits, codes[old], s.Act.County, old); err != nil {
			return err
		}
	}
	return nil
}

// CoversPlace reports whether a post, ended or not, answers for a place.
func CoversPlace(ctx context.Context, r database.Reader, county, post, area string) (bool, error) {
	a, until, err := loadPost(ctx, r, county, post)
	if errs.Code(err) == ErrNoPost.Code {
		return false, nil
	}
	return err == nil && until == 0 && Scope{area: a.Area}.Covers(area), err
}
