package roster

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"unicode"

	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
)

// Filter narrows a list of households. Text is a name, pinyin initials, a whole ID number or the
// beginning of a household number.
type Filter struct {
	Area  string
	Class string
	State string // "", none (not inspected), inspected, missed (could not be inspected), left (neither), doubt, problem
	Owner string // a post; Nobody is those that nobody answers for
	// Missed is a reason: those that could not be inspected for it.
	Missed string
	Text   string
	Tail   string // the last four of an ID number; the caller has narrowed the place and noted who asks
	// Inspected is a report day: those inspected for the first time in that report.
	Inspected string
	After     string // cursor of the page before
	Before    string // a place: only what lies before it in the list's order
	Limit     int
}

// Start is the cursor of a page that begins with a place.
func Start(area string) string { return area + ".-1" }

// Line is a household in a list.
type Line struct {
	Key         int64
	ID          string
	Area        string
	Number      string
	Head        string
	Size        int64
	Kind        string
	Monitored   string
	Classes     []string
	InspectedOn string
	Problems    int64
	Doubts      int64
	Owner       string
	Missed      string
	MissedOn    string
	HeadID      string // the head's or household's ID number, in full: mask it before it leaves
	Phone       string
}

// Nobody is the owner of a Filter that asks for the households that nobody answers for.
const Nobody = "nobody"

// MaxPage bounds a page of any list.
const MaxPage = 200

// List returns a page of the households that a scope covers, village by village, and the cursor
// after which the next page begins ("" at the end).
func (s Store) List(ctx context.Context, r database.Reader, scope duty.Scope, f Filter) ([]Line, string, error) {
	region := scope.Narrow(f.Area)
	if f.Limit <= 0 || f.Limit > MaxPage {
		f.Limit = 50
	}
	w := &database.Where{}
	w.And("h.county = ?", s.County)
	if f.Inspected == "" {
		scope = region
		w.And("h.state = ?", Active)
	} else {
		// What a report counted is found where it was counted, even if it moved or left the register since.
		w.And("h.state <> ?", Withdrawn)
		here, args := region.Where("area")
		w.And("h.key IN (SELECT household FROM sheets WHERE county = ? AND reported_on = ? AND first = 1 AND "+here+")", append([]any{s.County, f.Inspected}, args...)...)
	}
	head := listHouseholds
	column, key := "h.area", "h.key"
	if f.Class != "" {
		head, column, key = listByClass, "c.area", "c.household"
		w.And("c.county = ?", s.County).And("c.class = ?", s.ClassKey(f.Class))
	}
	cond, args := scope.Where(column)
	w.And(cond, args...)
	f.standing(w)
	if t := strings.TrimSpace(f.Text); t != "" {
		s.search(w, scope, t)
	}
	if f.Tail != "" {
		s.byBlind(w, pathTail, strings.ToUpper(f.Tail))
	}
	if area, after, ok := cursor(f.After); ok {
		w.And("("+column+", "+key+") > (?, ?)", area, after)
	}
	if f.Before != "" {
		w.And(column+" < ?", f.Before)
	}
	q, qargs := w.SQL(head, "ORDER BY "+column+", "+key+" LIMIT ?", f.Limit+1)
	rows, err := r.Query(ctx, q, qargs...)
	if err != nil {
		return nil, "", err
	}
	lines, err := database.Collect(rows, s.scanLine)
	if err != nil {
		return nil, "", err
	}
	if len(lines) > f.Limit {
		last := lines[f.Limit-1]
		return lines[:f.Limit], last.Area + "." + strconv.FormatInt(last.Key, 36), nil
	}
	return lines, "", nil
}

// standing narrows by where a household stands and by who answers for it.
func (f Filter) standing(w *database.Where) {
	switch f.State {
	case "none":
		w.And("h.inspected_on = ''")
	case "inspected":
		w.And("h.inspected_on <> ''")
	case "missed":
		w.And("h.inspected_on = '' AND h.missed <> ''")
	case "left":
		w.And("h.inspected_on = '' AND h.missed = ''")
	case "doubt":
		w.And("h.doubts > 0")
	case "problem":
		w.And("h.problems > 0")
	}
	switch f.Owner {
	case "":
	case Nobody:
		w.And("h.owner = ''")
	default:
		w.And("h.owner = ?", f.Owner)
	}
	if f.Missed != "" {
		w.And("h.inspected_on = '' AND h.missed = ?", f.Missed)
	}
}

// cursor reads where a page ended: the place and the row key of its last line.
func cursor(s string) (area string, key int64, ok bool) {
	area, rest, ok := strings.Cut(s, ".")
	if !ok {
		return "", 0, false
	}
	key, err := strconv.ParseInt(rest, 36, 64)
	return area, key, err == nil
}

// search adds the condition for what a person typed. A name is found by a bounded prefix of the
// members' names, initials by theirs, an ID number only whole, through the blind index.
func (s Store) search(w *database.Where, scope duty.Scope, t string) {
	in := func(column string, args ...any) {
		if duty.VillageOf(scope.Area()) != "" { // a village's few households one by one, instead of a whole county's people of that name
			w.And("EXISTS (SELECT 1 FROM persons p WHERE p.county = h.county AND p.household = h.key AND p.gone = 0 AND p."+column+" >= ? AND p."+column+" < ?)", args...)
			return
		}
		p := &database.Where{}
		p.And("county = ?", s.County).And("gone = 0").And(column+" >= ? AND "+column+" < ?", args...)
		sc, sargs := scope.Where("area")
		p.And(sc, sargs...)
		text, all := p.SQL(searchHousehold, "LIMIT 2000") // TooMany has said so before
		// The inner text is numbered already; give it back its `?` for the outer one.
		w.And("h.key IN ("+unnumber(text, len(all))+")", all...)
	}
	ascii := strings.IndexFunc(t, func(r rune) bool { return r > unicode.MaxASCII }) < 0
	switch {
	case !ascii:
		in("name", t, t+"\U0010FFFF")
	case IsIDNumber(t):
		s.byBlind(w, pathID, strings.ToUpper(t))
	case strings.IndexFunc(t, unicode.IsDigit) >= 0:
		w.And("h.number >= ? AND h.number < ?", t, t+"~")
	default:
		t = strings.ToLower(t)
		in("initials", t, t+"~")
	}
}

func (s Store) byBlind(w *database.Where, path, value string) {
	p := &database.Where{}
	p.And("county = ?", s.County).And("fact = ?", path).And("blind = ?", s.Keys.Blind(path, value))
	text, all := p.SQL(searchBlind, "")
	w.And("h.key IN ("+unnumber(text, len(all))+")", all...)
}

// TooMany refuses a search by so little of a name that the list would break off unseen: a surname
// alone finds thousands. Code: household.too_many.
func (s Store) TooMany(ctx context.Context, r database.Reader, scope duty.Scope, text string) error {
	text = strings.TrimSpace(text)
	ascii := strings.IndexFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) < 0
	if text == "" || duty.VillageOf(scope.Area()) != "" || (ascii && strings.IndexFunc(text, unicode.IsDigit) >= 0) {
		return nil
	}
	w := &database.Where{}
	w.And("county = ?", s.County).And("gone = 0")
	if ascii {
		t := strings.ToLower(text)
		w.And("initials >= ? AND initials < ?", t, t+"~")
	} else {
		w.And("name >= ? AND name < ?", text, text+"\U0010FFFF")
	}
	cond, args := scope.Where("area")
	w.And(cond, args...)
	const most = 2000
	q, all := w.SQL(searchHousehold, "LIMIT ?", most+1)
	rows, err := r.Query(ctx, q, all...)
	if err != nil {
		return err
	}
	found, err := database.Collect(rows, func(r *sql.Rows) (k int64, err error) { return k, r.Scan(&k) })
	if err == nil && len(found) > most {
		return errs.Newf(errs.Invalid, "household.too_many", "姓名以“%s”开头的超过 %d 人，列不全；请多写一个字，或先在左侧选择乡镇、村。", text, most)
	}
	return err
}

// IsIDTail reports whether what a person typed has the shape of the last four of an ID number.
func IsIDTail(t string) bool {
	t = strings.ToUpper(strings.TrimSpace(t))
	return len(t) == 4 && strings.IndexFunc(t[:3], func(r rune) bool { return r < '0' || r > '9' }) < 0 && (t[3] == 'X' || t[3] >= '0' && t[3] <= '9')
}

// IsIDNumber reports whether what a person typed has the shape of a whole ID or disability certificate number.
func IsIDNumber(t string) bool {
	t = strings.TrimSpace(t)
	return (len(t) == 15 || len(t) == 18 || len(t) == 20 || len(t) == 22) && strings.IndexFunc(t[:15], func(r rune) bool { return r < '0' || r > '9' }) < 0
}

func unnumber(text string, n int) string {
	for i := n; i >= 1; i-- {
		text = strings.ReplaceAll(text, "$"+strconv.Itoa(i), "?")
	}
	return text
}

func (s Store) scanLine(r *sql.Rows) (l Line, err error) {
	var classes string
	var secret []byte
	if err := r.Scan(&l.Key, &l.ID, &l.Area, &l.Number, &l.Head, &l.Size, &l.Kind, &l.Monitored, &classes, &l.InspectedOn, &l.Problems, &l.Doubts, &l.Owner, &l.Missed, &l.MissedOn, &secret); err != nil {
		return l, err
	}
	hidden, err := s.openSecret("household", l.ID, secret)
	if err != nil {
		return l, err
	}
	l.Classes = classesOf(classes, hidden)
	facts, _ := merge(nil, hidden)
	l.Phone, _ = facts[FactPhone].(string)
	l.HeadID, _ = facts["head_id"].(string)
	return l, nil
}

// KeysByNumber returns the row keys of the households in force by their national numbers.
func (s Store) KeysByNumber(ctx context.Context, r database.Reader) (map[string]int64, error) {
	rows, err := r.Query(ctx, allNumbers, s.County)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[string]int64{}
	for rows.Next() {
		var number string
		var key int64
		if err := rows.Scan(&number, &key); err != nil {
			return nil, err
		}
		out[number] = key
	}
	return out, rows.Err()
}

// ByNumber returns the household in force with a national number; nil when there is none, or more than one.
func (s Store) ByNumber(ctx context.Context, r database.Reader, number string) (*Household, error) {
	keys, err := keysOf(r.Query(ctx, keysByNumber, s.County, number))
	if err != nil || len(keys) != 1 {
		return nil, err
	}
	return s.Load(ctx, r, keys[0])
}

// Heads returns the names of the heads of households by row key.
func (s Store) Heads(ctx context.Context, r database.Reader, keys []int64) (map[int64]string, error) {
	return s.lookUp(ctx, r, headsOf, keys)
}

// IDs returns the public ids of households by row key.
func (s Store) IDs(ctx context.Context, r database.Reader, keys []int64) (map[int64]string, error) {
	return s.lookUp(ctx, r, idsOf, keys)
}

func (s Store) lookUp(ctx context.Context, r database.Reader, text string, keys []int64) (map[int64]string, error) {
	out := make(map[int64]string, len(keys))
	for len(keys) > 0 {
		n := min(len(keys), 200)
		w := &database.Where{}
		w.And("county = ?", s.County).And("key IN ("+database.In(n)+")", database.Anys(keys[:n])...)
		q, args := w.SQL(text, "")
		rows, err := r.Query(ctx, q, args...)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var k int64
			var v string
			if err := rows.Scan(&k, &v); err != nil {
				_ = rows.Close()
				return nil, err
			}
			out[k] = v
		}
		_ = rows.Close()
		if err := rows.Err(); err != nil {
			return nil, err
		}
		keys = keys[n:]
	}
	return out, nil
}
