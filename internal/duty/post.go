package duty

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
)

// Post is a person in a unit, with duties over an area.
type Post struct {
	ID, Person, Name, Unit, Title string
	Duties                        []Duty
	Area                          string
}

// NewPost returns a post with a fresh id.
func NewPost(person, name string, u Unit, title, area string, duties ...Duty) Post {
	return Post{ID: ident.Derive(person, u.ID+"/"+title), Person: person, Name: name, Unit: u.ID, Title: title, Duties: duties, Area: area}
}

// PostBody is the body of a post.open act.
func PostBody(posts []Post) canon.Object {
	list := make([]any, len(posts))
	for i, p := range posts {
		list[i] = canon.Object{"id": p.ID, "person": p.Person, "name": p.Name, "unit": p.Unit, "title": p.Title, "duties": JoinDuties(p.Duties), "area": p.Area}
	}
	return canon.Object{"posts": list}
}

// JoinDuties writes duties as a body and a row do, with commas between.
func JoinDuties(d []Duty) string {
	parts := make([]string, len(d))
	for i, x := range d {
		parts[i] = string(x)
	}
	return strings.Join(parts, ",")
}

func splitDuties(s string) []Duty {
	parts := strings.Split(s, ",")
	out := make([]Duty, len(parts))
	for i, p := range parts {
		out[i] = Duty(p)
	}
	return out
}

// Officer reports whether d is one of the three that hold no business duty.
func (d Duty) Officer() bool { return d == SysAdmin || d == SecAdmin || d == Auditor }

// ErrOfficers: a person would hold two officers' duties, or one beside business.
var ErrOfficers = errs.New(errs.Invalid, "post.officers", "系统管理员、安全管理员、审计员三员分立：一个人只能任其一，且不能兼任业务岗位。请先结束他的其他岗位，或换一个人。未受理。")

// Apart checks that all the duties of one person together keep the three officers apart. Codes:
// post.duty for one that does not exist, post.officers.
func Apart(all []Duty) error {
	var officers []Duty
	business := false
	for _, d := range all {
		switch _, known := table[d]; {
		case !known:
			return errs.New(errs.Invalid, "post.duty", "不认识的职责：“"+string(d)+"”；请从列表中选择。未受理。")
		case d.Officer():
			officers = append(officers, d)
		default:
			business = true
		}
	}
	slices.Sort(officers)
	if officers = slices.Compact(officers); len(officers) > 1 || (len(officers) == 1 && business) {
		return ErrOfficers
	}
	return nil
}

func applyPost(ctx context.Context, s *act.Step) error {
	if err := bySystemOr(ctx, s, ManagePosts); err != nil {
		return err
	}
	list, ok := s.Act.Body["posts"].([]any)
	if !ok || len(list) == 0 {
		return errBody
	}
	posts := make([]Post, len(list))
	ids, held := map[string]bool{}, map[string][]Duty{}
	for i, v := range list {
		o, _ := v.(canon.Object)
		p := Post{ID: text(o, "id"), Person: text(o, "person"), Name: strings.TrimSpace(text(o, "name")), Unit: text(o, "unit"), Title: strings.TrimSpace(text(o, "title")), Duties: splitDuties(text(o, "duties")), Area: text(o, "area")}
		if ids[p.ID] {
			return errBody.At("posts", "同一个岗位编号写了两次")
		}
		ids[p.ID] = true
		if err := checkPost(ctx, s, p); err != nil {
			return err
		}
		if _, known := held[p.Person]; !known {
			var err error
			if held[p.Person], err = heldBy(ctx, s.Tx, s.Act.County, p.Person); err != nil {
				return err
			}
		}
		held[p.Person] = append(held[p.Person], p.Duties...)
		if err := Apart(held[p.Person]); err != nil {
			return err
		}
		posts[i] = p
	}
	for _, p := range posts {
		if err := p.insert(ctx, s, ""); err != nil {
			return err
		}
	}
	return nil
}

func (p Post) insert(ctx context.Context, s *act.Step, from string) error {
	if _, err := s.Tx.Exec(ctx, upsertPerson, s.Act.County, p.Person, p.Name, s.Act.Index); err != nil {
		return err
	}
	_, err := s.Tx.Exec(ctx, insertPost, s.Act.County, p.ID, p.Person, p.Unit, p.Title, JoinDuties(p.Duties), p.Area, s.Act.ReceivedAt, s.Act.Index, from)
	return err
}

// checkPost checks a post by itself: its words, its place, its unit, its id.
func checkPost(ctx context.Context, s *act.Step, p Post) error {
	switch {
	case p.ID == "" || p.Person == "" || p.Name == "" || p.Title == "" || !strings.HasPrefix(p.Area, s.Act.County):
		return errBody.At("posts", "岗位须有编号、人员、姓名、职务和负责区划")
	case len([]rune(p.Name)) > 40 || len([]rune(p.Title)) > 60 || len(p.ID) > 64 || len(p.Person) > 64:
		return errBody.At("posts", "姓名不超过 40 个字，职务不超过 60 个字")
	case p.Person == act.System:
		return errBody.At("person", "这个编号由系统保留")
	}
	if err := Apart(p.Duties); err != nil {
		return err
	}
	if err := standing(ctx, s, p.Area); err != nil {
		return err
	}
	u, err := unitOf(ctx, s.Tx, s.Act.County, p.Unit)
	if err != nil {
		return err
	}
	if u.Until != "" {
		return errs.New(errs.Invalid, "unit.dissolved", "单位“"+u.Name+"”已于 "+u.Until+" 撤销，不能再设岗位；请选择现有单位。未受理。")
	}
	var id string
	err = s.Tx.QueryRow(ctx, postExists, s.Act.County, p.ID).Scan(&id)
	if err == nil {
		return errs.New(errs.Conflict, "post.exists", "这个岗位已经设立，不用再办。")
	}
	if !database.Missing(err) {
		return err
	}
	return nil
}

// heldBy returns the duties of a person's open posts.
func heldBy(ctx context.Context, r database.Reader, county, person string) ([]Duty, error) {
	rows, err := r.Query(ctx, dutiesOfPerson, county, person)
	if err != nil {
		return nil, err
	}
	lists, err := database.Collect(rows, func(r *sql.Rows) (s string, err error) { return s, r.Scan(&s) })
	var out []Duty
	for _, l := range lists {
		out = append(out, splitDuties(l)...)
	}
	return out, err
}

// EndBody is the body of a post.end and of a unit.dissolve act.
func EndBody(reason, day string) canon.Object { return canon.Object{"reason": reason, "day": day} }

// HandOverBody is the body of a post.hand_over act: who follows, why and from which day.
func HandOverBody(person, name, reason, day string) canon.Object {
	return canon.Object{"person": person, "name": name, "reason": reason, "day": day}
}

// ending loads the open post that an act ends.
func ending(ctx context.Context, s *act.Step) (Actor, error) {
	a, until, err := loadPost(ctx, s.Tx, s.Act.County, s.Act.Subject)
	if err != nil {
		if errs.Code(err) == ErrNoPost.Code {
			return a, errs.New(errs.NotFound, "post.not_found", "没有这个岗位；请刷新后再办。")
		}
		return a, err
	}
	if until != 0 {
		return a, errs.New(errs.Conflict, "post.ended", "这个岗位已经结束或交接，不用再办；请刷新查看。")
	}
	return a, nil
}

func applyEnd(ctx context.Context, s *act.Step, moved Moved) error {
	if err := bySystemOr(ctx, s, ManagePosts); err != nil {
		return err
	}
	reason, day, err := why(s)
	if err != nil {
		return err
	}
	a, err := ending(ctx, s)
	if err != nil {
		return err
	}
	for _, d := range a.Duties {
		if !d.Officer() {
			continue
		}
		var n int64
		if err := s.Tx.QueryRow(ctx, countOfficers, s.Act.County, string(d)).Scan(&n); err != nil {
			return err
		}
		if n <= 1 {
			return errs.New(errs.Conflict, "post.last_officer", "这是最后一个"+dutyNames[d]+"岗位，结束后就没有人能办这类事了；请改用“交接”，或先任命接替的人。未受理。")
		}
	}
	if _, err := s.Tx.Exec(ctx, endPost, s.Act.ReceivedAt, day, reason, "", s.Act.County, a.Post); err != nil {
		return err
	}
	return moved(ctx, s, a.Post, "")
}

var dutyNames = map[Duty]string{SysAdmin: "系统管理员", SecAdmin: "安全管理员", Auditor: "审计员"}

// applyHandOver ends a post and opens the same one for who follows; each names the other.
func applyHandOver(ctx context.Context, s *act.Step, moved Moved) error {
	if err := bySystemOr(ctx, s, ManagePosts); err != nil {
		return err
	}
	reason, day, err := why(s)
	if err != nil {
		return err
	}
	a, err := ending(ctx, s)
	if err != nil {
		return err
	}
	p := Post{ID: ident.Derive(s.Act.ID, "post"), Person: text(s.Act.Body, "person"), Name: strings.TrimSpace(text(s.Act.Body, "name")), Unit: a.Unit, Title: a.Title, Duties: a.Duties, Area: a.Area}
	if p.Person == a.Person {
		return errs.New(errs.Invalid, "post.same_person", "接替人就是现任；请选择另一个人。未受理。")
	}
	if err := checkPost(ctx, s, p); err != nil {
		return err
	}
	held, err := heldBy(ctx, s.Tx, s.Act.County, p.Person)
	if err != nil {
		return err
	}
	if err := Apart(append(held, p.Duties...)); err != nil {
		return err
	}
	if _, err := s.Tx.Exec(ctx, endPost, s.Act.ReceivedAt, day, reason, p.ID, s.Act.County, a.Post); err != nil {
		return err
	}
	if err := p.insert(ctx, s, a.Post); err != nil {
		return err
	}
	return moved(ctx, s, a.Post, p.ID)
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
	a.Duties = splitDuties(duties)
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

// Known returns who held a post, ended or not: for the story of what was done in it.
func Known(ctx context.Context, r database.Reader, county, post string) (Actor, error) {
	if post == act.System {
		return Actor{Person: act.System, Name: "系统", Post: post}, nil
	}
	a, _, err := loadPost(ctx, r, county, post)
	return a, err
}
