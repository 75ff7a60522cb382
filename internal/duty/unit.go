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

// Unit is an organ of the campaign. ID is what the pack calls it ("education"), for departments.
// Until is the day on which it was dissolved, "" while it stands; Posts counts the open ones.
type Unit struct {
	ID, Kind, Name, Area, Until, Reason string
	Posts                               int64
}

// Kinds of unit (design §5), those that the tiers of a pack name among them.
const (
	UnitOffice      = "office"
	UnitDepartment  = "department"
	UnitTownship    = "township"
	UnitVillage     = "village"
	UnitSupervision = "supervision"
	UnitResident    = "team"   // 驻村工作队
	UnitHelper      = "helper" // 帮扶单位
)

var unitKinds = map[string]string{UnitOffice: "县巩固办", UnitDepartment: "县直部门", UnitTownship: "乡镇（办事处）", UnitVillage: "村", UnitSupervision: "督导组", UnitResident: "驻村工作队", UnitHelper: "帮扶单位"}

// UnitKindName returns a kind of unit in the words of the field, "" for one that is not known.
func UnitKindName(kind string) string { return unitKinds[kind] }

// FoundBody is the body of a unit.found act; a unit that exists is renamed or comes back.
func FoundBody(units []Unit) canon.Object {
	list := make([]any, len(units))
	for i, u := range units {
		list[i] = canon.Object{"id": u.ID, "kind": u.Kind, "name": u.Name, "area": u.Area}
	}
	return canon.Object{"units": list}
}

func applyFound(ctx context.Context, s *act.Step) error {
	if err := bySystemOr(ctx, s, ManagePosts); err != nil {
		return err
	}
	list, ok := s.Act.Body["units"].([]any)
	if !ok {
		return errBody
	}
	for _, v := range list {
		o, _ := v.(canon.Object)
		if text(o, "id") == "" || strings.TrimSpace(text(o, "name")) == "" || len([]rune(text(o, "name"))) > 60 || text(o, "kind") == "" || !strings.HasPrefix(text(o, "area"), s.Act.County) {
			return errBody.At("units", "单位须有编号、类型、名称（不超过 60 个字）和所在区划")
		}
		if err := standing(ctx, s, text(o, "area")); err != nil {
			return err
		}
	}
	for _, v := range list {
		o, _ := v.(canon.Object)
		if _, err := s.Tx.Exec(ctx, upsertUnit, s.Act.County, text(o, "id"), text(o, "kind"), strings.TrimSpace(text(o, "name")), text(o, "area"), clock.Day(s.Act.ReceivedAt), s.Act.Index); err != nil {
			return err
		}
	}
	return nil
}

// standing refuses a place that does not exist or was merged away.
func standing(ctx context.Context, s *act.Step, code string) error {
	var until string
	err := s.Tx.QueryRow(ctx, areaUntil, s.Act.County, code).Scan(&until)
	switch {
	case database.Missing(err):
		return errs.New(errs.Invalid, "area.not_found", "没有区划代码 "+code+"；请从区划列表中选择，未受理。")
	case err != nil:
		return err
	case until != "":
		return errs.New(errs.Invalid, "area.ended", "区划 "+code+" 已于 "+until+" 并入别处；请选择并入后的区划，未受理。")
	}
	return nil
}

// unitOf leaves Posts out: counting them walks all posts, and most acts ask for a unit.
func unitOf(ctx context.Context, r database.Reader, county, id string) (Unit, error) {
	u := Unit{ID: id}
	err := r.QueryRow(ctx, oneUnit, county, id).Scan(&u.Kind, &u.Name, &u.Area, &u.Until, &u.Reason)
	if database.Missing(err) {
		return u, errs.New(errs.Invalid, "unit.not_found", "没有这个单位；请从单位列表中选择，或先新设单位。未受理。")
	}
	return u, err
}

// UnitOf returns a unit, dissolved or not, without the number of its posts. Code: unit.not_found.
func UnitOf(ctx context.Context, r database.Reader, county, id string) (Unit, error) {
	return unitOf(ctx, r, county, id)
}

// Stands refuses a unit that does not exist or was dissolved. Codes: unit.not_found, unit.dissolved.
func Stands(ctx context.Context, r database.Reader, county, id string) error {
	_, err := StandingUnit(ctx, r, county, id)
	return err
}

// StandingUnit returns a unit that stands, and refuses others as Stands does.
func StandingUnit(ctx context.Context, r database.Reader, county, id string) (Unit, error) {
	u, err := unitOf(ctx, r, county, id)
	if err != nil {
		return u, err
	}
	if u.Until != "" {
		return u, errs.New(errs.Conflict, "unit.dissolved", "单位“"+u.Name+"”已于 "+u.Until+" 撤销，不能再交办；请改派给承接其职责的单位。未受理。")
	}
	return u, nil
}

// applyDissolve ends a unit that has no open post.
func applyDissolve(ctx context.Context, s *act.Step) error {
	if err := bySystemOr(ctx, s, ManagePosts); err != nil {
		return err
	}
	reason, day, err := why(s)
	if err != nil {
		return err
	}
	u, err := unitOf(ctx, s.Tx, s.Act.County, s.Act.Subject)
	if err == nil {
		err = s.Tx.QueryRow(ctx, postsOfUnit, s.Act.County, u.ID).Scan(&u.Posts)
	}
	if err != nil {
		return err
	}
	switch {
	case u.Until != "":
		return errs.New(errs.Conflict, "unit.dissolved", "这个单位已于 "+u.Until+" 撤销，不用再办。")
	case u.Posts > 0:
		return errs.Newf(errs.Conflict, "unit.has_posts", "这个单位还有 %d 个在任岗位；请先逐个结束或交接，再撤销单位。未受理。", u.Posts)
	}
	_, err = s.Tx.Exec(ctx, endUnit, day, reason, s.Act.County, u.ID)
	return err
}

// Units returns the units whose place lies in the scope, by kind and place, those dissolved among them.
func Units(ctx context.Context, r database.Reader, county string, s Scope) ([]Unit, error) {
	w := &database.Where{}
	cond, args := s.Where("u.area")
	w.And("u.county = ?", county).And(cond, args...)
	q, qargs := w.SQL(listUnits, "ORDER BY u.area, u.kind, u.idx, u.id")
	rows, err := r.Query(ctx, q, qargs...)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (u Unit, err error) {
		return u, r.Scan(&u.ID, &u.Kind, &u.Name, &u.Area, &u.Until, &u.Reason, &u.Posts)
	})
}
