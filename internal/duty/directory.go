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
	"gonggu/internal/ident"
)

// The kinds of act of this package.
const (
	KindAdopt = "area.adopt" // the list of places
	KindAmend = "area.amend" // another name, or a village merged into another
	KindFound = "unit.found"
	KindPost  = "post.open"
	KindEnd   = "post.end"
)

// Kinds returns what these acts mean. They are done on set-up by the system, later by the security officer.
func Kinds() map[string]act.Kind {
	return map[string]act.Kind{
		KindAdopt: {Apply: applyAdopt}, KindAmend: {Apply: applyAmend}, KindFound: {Apply: applyFound}, KindPost: {Apply: applyPost}, KindEnd: {Apply: applyEnd},
	}
}

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

func bySystemOr(ctx context.Context, s *act.Step, m May) error {
	if s.Act.Actor == act.System {
		return nil
	}
	_, err := Acting(ctx, s, m)
	return err
}

var errBody = errs.New(errs.Invalid, "act.body", "记录内容不完整，未受理；请检查后重新提交。")

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

// Unit is an organ of the campaign. Code is what the pack calls it ("education"), for departments.
type Unit struct{ ID, Kind, Name, Area string }

// Post is a person in a unit, with duties over an area.
type Post struct {
	ID, Person, Name, Unit, Title string
	Duties                        []Duty
	Area                          string
}

// FoundBody is the body of a unit.found act.
func FoundBody(units []Unit) canon.Object {
	list := make([]any, len(units))
	for i, u := range units {
		list[i] = canon.Object{"id": u.ID, "kind": u.Kind, "name": u.Name, "area": u.Area}
	}
	return canon.Object{"units": list}
}

// PostBody is the body of a post.open act.
func PostBody(posts []Post) canon.Object {
	list := make([]any, len(posts))
	for i, p := range posts {
		list[i] = canon.Object{"id": p.ID, "person": p.Person, "name": p.Name, "unit": p.Unit, "title": p.Title, "duties": joinDuties(p.Duties), "area": p.Area}
	}
	return canon.Object{"posts": list}
}

func joinDuties(d []Duty) string {
	parts := make([]string, len(d))
	for i, x := range d {
		parts[i] = string(x)
	}
	return strings.Join(parts, ",")
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
		if text(o, "id") == "" || text(o, "name") == "" || !strings.HasPrefix(text(o, "area"), s.Act.County) {
			return errBody.At("units", "单位须有编号、名称和所在区划")
		}
	}
	for _, v := range list {
		o, _ := v.(canon.Object)
		if _, err := s.Tx.Exec(ctx, upsertUnit, s.Act.County, text(o, "id"), text(o, "kind"), text(o, "name"), text(o, "area"), clock.Day(s.Act.ReceivedAt), s.Act.Index); err != nil {
			return err
		}
	}
	return nil
}

func applyPost(ctx context.Context, s *act.Step) error {
	if err := bySystemOr(ctx, s, ManagePosts); err != nil {
		return err
	}
	list, ok := s.Act.Body["posts"].([]any)
	if !ok {
		return errBody
	}
	for _, v := range list {
		o, _ := v.(canon.Object)
		if err := checkPost(ctx, s, o); err != nil {
			return err
		}
	}
	for _, v := range list {
		o, _ := v.(canon.Object)
		if _, err := s.Tx.Exec(ctx, upsertPerson, s.Act.County, text(o, "person"), text(o, "name"), s.Act.Index); err != nil {
			return err
		}
		if _, err := s.Tx.Exec(ctx, insertPost, s.Act.County, text(o, "id"), text(o, "person"), text(o, "unit"), text(o, "title"), text(o, "duties"), text(o, "area"), s.Act.ReceivedAt, s.Act.Index); err != nil {
			return err
		}
	}
	return nil
}

func checkPost(ctx context.Context, s *act.Step, o canon.Object) error {
	if text(o, "id") == "" || text(o, "person") == "" || text(o, "name") == "" || !strings.HasPrefix(text(o, "area"), s.Act.County) {
		return errBody.At("posts", "岗位须有编号、人员、姓名和负责区划")
	}
	if text(o, "person") == act.System {
		return errBody.At("person", "这个编号由系统保留")
	}
	officers, business := 0, 0
	for _, d := range strings.Split(text(o, "duties"), ",") {
		switch _, known := table[Duty(d)]; {
		case !known:
			return errBody.At("duties", "不认识的职责："+d)
		case Duty(d) == SysAdmin || Duty(d) == SecAdmin || Duty(d) == Auditor:
			officers++
		default:
			business++
		}
	}
	if officers > 1 || (officers == 1 && business > 0) {
		return errs.New(errs.Invalid, "post.officers", "系统管理员、安全管理员、审计员三员分立：一个岗位只能任其一，且不能兼任业务岗位。")
	}
	var id string
	err := s.Tx.QueryRow(ctx, postExists, s.Act.County, text(o, "id")).Scan(&id)
	if err == nil {
		return errs.New(errs.Conflict, "post.exists", "岗位编号已存在，未受理。")
	}
	if !database.Missing(err) {
		return err
	}
	return nil
}

func applyEnd(ctx context.Context, s *act.Step) error {
	if err := bySystemOr(ctx, s, ManagePosts); err != nil {
		return err
	}
	var id string
	if err := s.Tx.QueryRow(ctx, postExists, s.Act.County, s.Act.Subject).Scan(&id); err != nil {
		if database.Missing(err) {
			return ErrNoPost
		}
		return err
	}
	_, err := s.Tx.Exec(ctx, endPost, s.Act.ReceivedAt, s.Act.County, s.Act.Subject)
	return err
}

func text(o canon.Object, k string) string {
	s, _ := o[k].(string)
	return s
}

// Acting returns the actor of an act and refuses it when his post may not do m. A post that ended
// while its phone was away is judged as last known (design contract 10).
func Acting(ctx context.Context, s *act.Step, m May) (Actor, error) {
	h, err := act.Remember(s, "post/"+s.Act.Post, func() (held, error) {
		a, until, err := loadPost(ctx, s.Tx, s.Act.County, s.Act.Post)
		return held{a, until}, err
	})
	if err != nil {
		return Actor{}, err
	}
	a, until := h.by, h.until
	if a.Person != s.Act.Actor || (until != 0 && s.Act.DeviceAt > until) {
		return Actor{}, ErrNoPost
	}
	if !a.May(m) {
		return Actor{}, ErrForbidden
	}
	return a, nil
}

// held is who holds a post, and until when (0 is still).
type held struct {
	by    Actor
	until int64
}

func loadPost(ctx context.Context, r database.Reader, county, post string) (Actor, int64, error) {
	a := Actor{Post: post}
	var duties string
	var until int64
	err := r.QueryRow(ctx, actorOfPost, county, post).Scan(&a.Person, &a.Name, &a.Title, &a.Unit, &a.UnitName, &a.UnitKind, &a.Area, &duties, &until)
	if database.Missing(err) {
		return Actor{}, 0, ErrNoPost
	}
	if err != nil {
		return Actor{}, 0, err
	}
	a.UnitCode = a.Unit
	for _, d := range strings.Split(duties, ",") {
		a.Duties = append(a.Duties, Duty(d))
	}
	return a, until, nil
}

// ActorOf returns the person in one of his posts that has not ended.
func ActorOf(ctx context.Context, r database.Reader, county, person, post string) (Actor, error) {
	a, until, err := loadPost(ctx, r, county, post)
	if err != nil {
		return Actor{}, err
	}
	if a.Person != person || until != 0 {
		return Actor{}, ErrNoPost
	}
	return a, nil
}

// PostsOf returns a person's posts that have not ended, oldest first.
func PostsOf(ctx context.Context, r database.Reader, county, person string) ([]Actor, error) {
	rows, err := r.Query(ctx, postsOfPerson, county, person)
	if err != nil {
		return nil, err
	}
	ids, err := database.Collect(rows, func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) })
	if err != nil {
		return nil, err
	}
	out := []Actor{}
	for _, id := range ids {
		a, _, err := loadPost(ctx, r, county, id)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
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

// NewPost returns a post with a fresh id.
func NewPost(person, name string, u Unit, title, area string, duties ...Duty) Post {
	return Post{ID: ident.Derive(person, u.ID+"/"+title), Person: person, Name: name, Unit: u.ID, Title: title, Duties: duties, Area: area}
}

// Known returns who held a post, ended or not: for the story of what was done in it.
func Known(ctx context.Context, r database.Reader, county, post string) (Actor, error) {
	if post == act.System {
		return Actor{Person: act.System, Name: "系统", Post: post}, nil
	}
	a, _, err := loadPost(ctx, r, county, post)
	return a, err
}
