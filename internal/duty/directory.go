package duty

import (
	"context"
	"database/sql"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/clock"
	"gonggu/internal/database"
	"gonggu/internal/errs"
)

// Levels of a place.
const (
	LevelCounty   = "county"
	LevelTownship = "township"
	LevelVillage  = "village"
	LevelGroup    = "group"
)

// Area is a place: its code nests in its parent's.
type Area struct{ Code, Parent, Level, Name, Short string }

// VillageOf returns the code of the village that a place lies in or is, "" above villages.
func VillageOf(code string) string {
	if len(code) < 12 {
		return ""
	}
	return code[:12]
}

// TownshipOf returns the code of the township that a place lies in or is, "" for the county.
func TownshipOf(code string) string {
	if len(code) < 9 {
		return ""
	}
	return code[:9]
}

// AdoptBody is the body of an area.adopt act.
func AdoptBody(areas []Area) canon.Object {
	list := make([]any, len(areas))
	for i, a := range areas {
		list[i] = canon.Object{"code": a.Code, "parent": a.Parent, "level": a.Level, "name": a.Name, "short": a.Short}
	}
	return canon.Object{"areas": list}
}

func applyAdopt(ctx context.Context, s *act.Step) error {
	if err := bySystemOr(ctx, s, ManagePosts); err != nil {
		return err
	}
	list, ok := s.Act.Body["areas"].([]any)
	if !ok || len(list) == 0 {
		return errBody
	}
	since := clock.Day(s.Act.ReceivedAt)
	areas := make([]Area, len(list))
	for i, v := range list {
		o, _ := v.(canon.Object)
		a := Area{text(o, "code"), text(o, "parent"), text(o, "level"), text(o, "name"), text(o, "short")}
		if !strings.HasPrefix(a.Code, s.Act.County) || a.Name == "" || (a.Parent != "" && !strings.HasPrefix(a.Code, a.Parent)) {
			return errBody.At(a.Code, "区划代码应以上级代码开头，名称不能为空")
		}
		areas[i] = a
	}
	for _, a := range areas {
		if _, err := s.Tx.Exec(ctx, upsertArea, s.Act.County, a.Code, a.Parent, a.Level, a.Name, a.Short, since, s.Act.Index); err != nil {
			return err
		}
	}
	return nil
}

// AmendBody is the body of an area.amend act on a place: further names by which workbooks may call
// it, and, when it was merged, the code of the place that its name means from now on and the day.
func AmendBody(aliases []string, into, until string) canon.Object {
	return canon.Object{"aliases": aliases, "into": into, "until": until}
}

func applyAmend(ctx context.Context, s *act.Step) error {
	if err := bySystemOr(ctx, s, ManagePosts); err != nil {
		return err
	}
	a, err := AreaOf(ctx, s.Tx, s.Act.County, s.Act.Subject)
	if err != nil {
		return err
	}
	target, until := a, text(s.Act.Body, "until")
	aliases, _ := s.Act.Body["aliases"].([]any)
	names := []string{}
	for _, x := range aliases {
		if n, ok := x.(string); ok && strings.TrimSpace(n) != "" {
			names = append(names, strings.TrimSpace(n))
		}
	}
	if into := text(s.Act.Body, "into"); into != "" {
		if target, err = AreaOf(ctx, s.Tx, s.Act.County, into); err != nil {
			return err
		}
		if target.Level != a.Level || target.Code == a.Code || TownshipOf(target.Code) != TownshipOf(a.Code) || !clock.ValidDay(until) {
			return errs.New(errs.Invalid, "area.merge", "只能并入同一乡镇的同级区划，并写明生效日期；未受理。")
		}
		names = append(names, a.Name, a.Short)
	}
	for _, n := range names {
		if n == "" {
			continue
		}
		if _, err := s.Tx.Exec(ctx, insertAlias, s.Act.County, target.Parent, n, target.Code); err != nil {
			return err
		}
	}
	if target.Code == a.Code {
		return nil
	}
	_, err = s.Tx.Exec(ctx, endArea, until, s.Act.County, a.Code)
	return err
}

// Aliases returns the further names of places, by code.
func Aliases(ctx context.Context, r database.Reader, county string) (map[string][]string, error) {
	rows, err := r.Query(ctx, listAliases, county)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[string][]string{}
	for rows.Next() {
		var code, name string
		if err := rows.Scan(&code, &name); err != nil {
			return nil, err
		}
		out[code] = append(out[code], name)
	}
	return out, rows.Err()
}

// Grow adds the groups (村民组) that an import or a sheet names below a village, inside the caller's act.
func Grow(ctx context.Context, s *act.Step, a Area) error {
	_, err := s.Tx.Exec(ctx, upsertArea, s.Act.County, a.Code, a.Parent, a.Level, a.Name, a.Short, clock.Day(s.Act.ReceivedAt), s.Act.Index)
	return err
}

// Areas returns the places of a scope down to the given level, by code, with the way up to the county.
func Areas(ctx context.Context, r database.Reader, county string, s Scope) ([]Area, error) {
	w := &database.Where{}
	w.And("county = ?", county).And("until = ''")
	cond, args := s.Where("code")
	w.And("("+cond+") OR code = ? OR code = ?", append(args, county, TownshipOf(s.Area()))...)
	q, qargs := w.SQL(listAreas, "ORDER BY code")
	rows, err := r.Query(ctx, q, qargs...)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, scanArea)
}

func scanArea(r *sql.Rows) (a Area, err error) {
	return a, r.Scan(&a.Code, &a.Parent, &a.Level, &a.Name, &a.Short)
}

// AreaOf returns one place.
func AreaOf(ctx context.Context, r database.Reader, county, code string) (Area, error) {
	var a Area
	err := r.QueryRow(ctx, oneArea, county, code).Scan(&a.Code, &a.Parent, &a.Level, &a.Name, &a.Short)
	if database.Missing(err) {
		return a, errs.New(errs.NotFound, "area.not_found", "没有这个区划代码。")
	}
	return a, err
}
