package duty

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"gonggu/internal/database"
	"gonggu/internal/errs"
)

// Held is a post as the directory shows it, ended or not. SinceAt and UntilAt are receipts in Unix
// ms; EndedOn is the day stated; From and To are the posts that it was handed over from and to.
type Held struct {
	Post
	UnitName, UnitKind     string
	SinceAt, UntilAt       int64
	EndedOn, Reason        string
	From, To               string
	FromPerson, ToPerson   string
	AreaName, TownshipName string
}

// PeopleFilter narrows the directory. State is "open", "ended" or "" for both; Q is part of a name or a title.
type PeopleFilter struct {
	Unit, Area, Duty, State, Q, Person string
	After                              string // where the page before ended
	Limit                              int
}

// People returns the posts of a scope by place and unit, and where the next page begins ("" at the end).
func People(ctx context.Context, r database.Reader, county string, s Scope, f PeopleFilter) ([]Held, string, error) {
	w := &database.Where{}
	cond, args := s.Narrow(f.Area).Where("p.area")
	w.And("p.county = ?", county).And(cond, args...)
	equal := func(cond, v string) {
		if v != "" {
			w.And(cond, v)
		}
	}
	equal("p.unit = ?", f.Unit)
	equal("p.person = ?", f.Person)
	equal("',' || p.duties || ',' LIKE ?", wrapped(f.Duty))
	switch f.State {
	case "open":
		w.And("p.until_at = 0")
	case "ended":
		w.And("p.until_at > 0")
	}
	if q := plainText(f.Q); q != "" {
		w.And("q.name LIKE ? OR p.title LIKE ? OR u.name LIKE ?", "%"+q+"%", "%"+q+"%", "%"+q+"%")
	}
	if f.After != "" {
		at := strings.SplitN(f.After, "|", 3)
		if len(at) != 3 {
			return nil, "", errs.New(errs.Invalid, "people.after", "翻页位置不对，请从头查看。")
		}
		w.And("(p.area, p.unit, p.id) > (?, ?, ?)", at[0], at[1], at[2])
	}
	q, qargs := w.SQL(listPosts, "ORDER BY p.area, p.unit, p.id LIMIT ?", f.Limit+1)
	rows, err := r.Query(ctx, q, qargs...)
	if err != nil {
		return nil, "", err
	}
	list, err := database.Collect(rows, scanHeld)
	if err != nil || len(list) <= f.Limit {
		return list, "", err
	}
	list = list[:f.Limit]
	last := list[f.Limit-1]
	return list, last.Area + "|" + last.Unit + "|" + last.ID, nil
}

func wrapped(duty string) string {
	if duty = plainText(duty); duty == "" {
		return ""
	}
	return "%," + duty + ",%"
}

// plainText takes out what LIKE would read as a pattern.
func plainText(s string) string {
	return strings.TrimSpace(strings.NewReplacer("%", "", "_", "", `\`, "").Replace(s))
}

func scanHeld(r *sql.Rows) (h Held, err error) {
	var duties string
	err = r.Scan(&h.ID, &h.Person, &h.Name, &h.Unit, &h.UnitName, &h.UnitKind, &h.Title, &duties, &h.Area, &h.SinceAt, &h.UntilAt, &h.EndedOn, &h.Reason, &h.From, &h.To, &h.FromPerson, &h.ToPerson,
		&h.AreaName, &h.TownshipName)
	h.Duties = splitDuties(duties)
	return h, err
}

// maxChain bounds how many hand-overs a post's history shows.
const maxChain = 40

// Chain returns a post with those before and after it, oldest first, as far as they lie in the scope.
// Code: post.not_found.
func Chain(ctx context.Context, r database.Reader, county string, s Scope, id string) ([]Held, error) {
	one := func(id string) (Held, error) {
		h, err := heldOne(ctx, r, county, id)
		if err == nil && !s.Covers(h.Area) {
			err = errNotFound
		}
		return h, err
	}
	h, err := one(id)
	if err != nil {
		return nil, err
	}
	out := []Held{h}
	for at := h; at.From != "" && len(out) < maxChain; {
		if at, err = one(at.From); err != nil {
			return nil, err
		}
		out = append(out, at)
	}
	slices.Reverse(out)
	for at := h; at.To != "" && len(out) < 2*maxChain; {
		if at, err = one(at.To); err != nil {
			return nil, err
		}
		out = append(out, at)
	}
	return out, nil
}

var errNotFound = errs.New(errs.NotFound, "post.not_found", "没有这个岗位，或不在您的负责范围内。")

func heldOne(ctx context.Context, r database.Reader, county, id string) (Held, error) {
	rows, err := r.Query(ctx, onePost, county, id)
	if err != nil {
		return Held{}, err
	}
	list, err := database.Collect(rows, scanHeld)
	if err != nil {
		return Held{}, err
	}
	if len(list) == 0 {
		return Held{}, errNotFound
	}
	return list[0], nil
}

// PersonNames returns the names of those persons that the directory knows.
func PersonNames(ctx context.Context, r database.Reader, county string, persons []string) (map[string]string, error) {
	out := map[string]string{}
	if len(persons) == 0 {
		return out, nil
	}
	w := &database.Where{}
	w.And("county = ?", county).And("id IN ("+database.In(len(persons))+")", database.Anys(persons)...)
	q, args := w.SQL(listNames, "")
	rows, err := r.Query(ctx, q, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, name string
		if err := rows.Scan(&id, &name); err != nil {
			return nil, err
		}
		out[id] = name
	}
	return out, rows.Err()
}

// OpenPosts returns the open posts of several persons, by person.
func OpenPosts(ctx context.Context, r database.Reader, county string, persons []string) (map[string][]Held, error) {
	out := map[string][]Held{}
	if len(persons) == 0 {
		return out, nil
	}
	w := &database.Where{}
	w.And("p.county = ?", county).And("p.until_at = 0").And("p.person IN ("+database.In(len(persons))+")", database.Anys(persons)...)
	q, args := w.SQL(listPosts, "ORDER BY p.area, p.unit, p.id LIMIT ?", 50*len(persons))
	rows, err := r.Query(ctx, q, args...)
	if err != nil {
		return nil, err
	}
	list, err := database.Collect(rows, scanHeld)
	for _, h := range list {
		out[h.Person] = append(out[h.Person], h)
	}
	return out, err
}

// MayReset reports whether the actor may give a person, whose open posts these are, a new password:
// the security officer anybody but himself; a township's clerk those who work only in his area and
// only as village cadres or inspectors.
func (a Actor) MayReset(person string, posts []Held) bool {
	if !a.May(ResetPassword) || person == "" || person == a.Person {
		return false
	}
	if slices.Contains(a.Duties, SecAdmin) {
		return true
	}
	scope := a.Scope(ResetPassword)
	if len(posts) == 0 {
		return false
	}
	for _, p := range posts {
		if !scope.Covers(p.Area) {
			return false
		}
		for _, d := range p.Duties {
			if d != Village && d != Inspector {
				return false
			}
		}
	}
	return true
}

// ByName returns the ids of units by their name, those that stand; a name that two bear is left out.
func ByName(units []Unit) map[string]Unit {
	out, twice := map[string]Unit{}, map[string]bool{}
	for _, u := range units {
		if u.Until != "" {
			continue
		}
		if _, known := out[u.Name]; known {
			twice[u.Name] = true
		}
		out[u.Name] = u
	}
	for n := range twice {
		delete(out, n)
	}
	return out
}
