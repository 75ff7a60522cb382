package problem

import (
	"cmp"
	"context"
	"database/sql"
	"math"
	"slices"
	"strings"

	"gonggu/internal/database"
	"gonggu/internal/duty"
)

// Problem is a row of the ledger.
type Problem struct {
	Key                              int64
	ID, Number, Rule, Item, Block    string
	Clauses                          []string
	Subject                          string
	Household                        int64
	Member, Area, Say, Sensitive     string
	Origin, Sheet, Doubt             string
	Lead                             string
	Helping                          []string
	State                            State
	Rev                              int64
	Days                             int64
	StageOn, ClearOn, LimitOn        string
	FoundOn, DoneOn                  string
	FoundAt, FoundIdx                int64
	FoundBy                          string
	AcceptedOn, VoidedOn, VoidReason string
	AcceptedIdx, VoidedIdx           int64
	Classes                          []string
	MovedOn                          string // the report since which it lies in Area; "" is since it was found
	DueOn                            string // the day by which whoever has it next must be done
	StandingOn                       string // the report since which it stands as it does; "" is since it was found
	StandingIdx                      int64
	Was                              State  // before it was merged
	MergedInto, Parent               string // ids of problems
	Cluster, OrderID                 string
	Ruled                            bool   // the county office has ruled whose it is
	ClaimedBy                        string // post
	Leader, Person                   string // 责任领导, 责任人: names
	Measures, Result                 string // sealed where Sensitive says so
	MendedOn, ClosedOn               string
	PausedOn, PausedUntil            string // the first and the last day on which its clock stands
	Relapses                         int64
}

// PartyTo reports whether a unit leads or helps.
func (p *Problem) PartyTo(unit string) bool {
	return unit == p.Lead || slices.Contains(p.Helping, unit)
}

// Recall lets problems stand as a report of that day showed them: state, item, units, due day and, until it was corrected, what
// it says. "" is now.
func Recall(ctx context.Context, r database.Reader, county, day string, list []*Problem) error {
	if day == "" {
		return nil
	}
	later := map[int64]*Problem{}
	var keys []any
	for _, p := range list {
		if p.StandingOn > day {
			later[p.Key], keys = p, append(keys, p.Key)
		}
	}
	for len(keys) > 0 {
		n := min(len(keys), 200)
		w := &database.Where{}
		w.And("county = ?", county).And("until_on > ?", day).And("since_on <= ? OR say <> ''", day).And("problem IN ("+database.In(n)+")", keys[:n]...)
		q, args := w.SQL(standingsAt, "ORDER BY problem, idx")
		said := map[int64]bool{}
		rows, err := r.Query(ctx, q, args...)
		if err != nil {
			return err
		}
		if _, err := database.Collect(rows, func(r *sql.Rows) (x struct{}, err error) {
			var key int64
			var state, helping, since, say string
			var s Standing
			if err = r.Scan(&key, &state, &s.Item, &s.Lead, &helping, &s.DueOn, &since, &say); err != nil {
				return x, err
			}
			p := later[key]
			if say != "" && !said[key] { // the first correction after the day: what stood before it
				p.Say, said[key] = say, true
			}
			if since <= day {
				p.State, p.Item, p.Lead, p.Helping, p.DueOn = State(state), s.Item, s.Lead, Unwrap(helping), s.DueOn
			}
			return x, err
		}); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

// FirstSaid returns what a problem said before it was corrected; "" when it never was, or when its content is a field group.
func FirstSaid(ctx context.Context, r database.Reader, county string, key int64) (say string, err error) {
	if err = r.QueryRow(ctx, firstSaid, county, key).Scan(&say); database.Missing(err) {
		return "", nil
	}
	return say, err
}

func scan(r interface{ Scan(...any) error }) (Problem, error) {
	var p Problem
	var clauses, helping, classes, state, was string
	var ruled int64
	err := r.Scan(&p.Key, &p.ID, &p.Number, &p.Rule, &p.Item, &p.Block, &clauses, &p.Subject, &p.Household, &p.Member, &p.Area, &p.Say, &p.Sensitive,
		&p.Origin, &p.Sheet, &p.Doubt, &p.Lead, &helping, &state, &p.Rev, &p.Days, &p.StageOn, &p.ClearOn, &p.LimitOn, &p.FoundOn, &p.FoundAt, &p.FoundIdx, &p.FoundBy, &p.DoneOn,
		&p.AcceptedOn, &p.AcceptedIdx, &p.VoidedOn, &p.VoidedIdx, &p.VoidReason, &classes, &p.MovedOn,
		&p.DueOn, &p.StandingOn, &p.StandingIdx, &was, &p.MergedInto, &p.Parent, &p.Cluster, &p.OrderID, &ruled, &p.ClaimedBy, &p.Leader, &p.Person, &p.Measures, &p.Result,
		&p.MendedOn, &p.ClosedOn, &p.PausedOn, &p.Relapses, &p.PausedUntil)
	p.Was, p.Ruled = State(was), ruled != 0
	p.Clauses, p.Helping, p.Classes, p.State = Unwrap(clauses), Unwrap(helping), Unwrap(classes), State(state)
	return p, err
}

// ByID returns a problem, whatever the scope; the caller checks it.
func ByID(ctx context.Context, r database.Reader, county, id string) (*Problem, error) {
	p, err := scan(r.QueryRow(ctx, problemByID, county, id))
	if database.Missing(err) {
		return nil, ErrNotFound
	}
	return &p, err
}

// OfHousehold returns all problems of a household, oldest first.
func OfHousehold(ctx context.Context, r database.Reader, county string, household int64) ([]Problem, error) {
	rows, err := r.Query(ctx, problemsOfHousehold, county, household)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (Problem, error) { return scan(r) })
}

// Filter narrows the ledger. AsOf is a report day: the ledger as that report knew it.
type Filter struct {
	Area, Item, Block, Class, State, Unit, Text string
	Own                                         bool   // in Area itself, not in a place below it
	On                                          string // found in this report
	Until                                       string // found in this report or before
	Helping                                     string // this unit helps
	AsOf                                        string
	Order, Cluster                              string
	Source                                      string // a source of the pack; problems that others were merged into count
	Year                                        int64  // of a source
	DueBefore                                   string // due before this day
	DueFrom                                     string // due on this day or later
	Waiting                                     bool   // still waits for somebody
	Origin                                      string // how it came into the ledger
	Did, DidOn                                  string // what became of it in the report of a day: one of Events
	After                                       int64  // newest first: rows with a smaller key
	From                                        int64  // no row with a smaller key than this
	Limit                                       int
}

// searched is how many problems a page looks through for what no index holds: a ledger of a million is searched piece by piece.
const searched = 10_000

// List returns a page of the ledger that a scope covers, newest first, and the key after which the
// next page begins (0 at the end). A page of what no index holds (a text, a class) may have fewer rows than asked for, or none, and not be the last.
func List(ctx context.Context, r database.Reader, county string, scope duty.Scope, f Filter) ([]Problem, int64, error) {
	if f.Limit <= 0 || f.Limit > 5000 {
		f.Limit = 50
	}
	down := int64(0)
	if f.unindexed(scope) {
		err := r.QueryRow(ctx, searchedTo, county, cmp.Or(f.After, math.MaxInt64), searched).Scan(&down)
		if err != nil && !database.Missing(err) {
			return nil, 0, err
		}
	}
	if f.From >= down {
		down = f.From
	}
	var keys []int64
	for _, state := range f.states(scope) {
		w := conditions(county, scope, f, state)
		if f.After > 0 {
			w.And("key < ?", f.After)
		}
		if down > 0 {
			w.And("key >= ?", down)
		}
		q, args := w.SQL(problemKeys, "ORDER BY key DESC LIMIT ?", f.Limit+1)
		rows, err := r.Query(ctx, q, args...)
		if err != nil {
			return nil, 0, err
		}
		some, err := database.Collect(rows, func(r *sql.Rows) (k int64, err error) { return k, r.Scan(&k) })
		if err != nil {
			return nil, 0, err
		}
		keys = append(keys, some...)
	}
	slices.SortFunc(keys, func(a, b int64) int { return cmp.Compare(b, a) })
	next := down
	if down == f.From {
		next = 0
	}
	if len(keys) > f.Limit {
		keys = keys[:f.Limit]
		next = keys[f.Limit-1]
	}
	list, err := byKeys(ctx, r, county, keys)
	return list, next, err
}

// Cuts cuts a county's ledger into parts of so many rows, newest first, and returns the least key of each but the last: From of one is After of the next.
func Cuts(ctx context.Context, r database.Reader, county string, size int) ([]int64, error) {
	var out []int64
	for after := int64(math.MaxInt64); ; {
		switch err := r.QueryRow(ctx, searchedTo, county, after, size-1).Scan(&after); {
		case database.Missing(err):
			return out, nil
		case err != nil:
			return nil, err
		}
		out = append(out, after)
	}
}

// byKeys reads problems in the order of their keys.
func byKeys(ctx context.Context, r database.Reader, county string, keys []int64) ([]Problem, error) {
	list, err := those(ctx, r, county, "key", keys)
	if err != nil {
		return nil, err
	}
	at := make(map[int64]Problem, len(keys))
	for _, p := range list {
		at[p.Key] = p
	}
	out := make([]Problem, len(keys))
	for i, k := range keys {
		out[i] = at[k]
	}
	return out, nil
}

// those reads the problems that a column names, in no order.
func those[K any](ctx context.Context, r database.Reader, county, column string, keys []K) (out []Problem, err error) {
	for part := range slices.Chunk(keys, 500) {
		w := (&database.Where{}).And("county = ?", county).And(column+" IN ("+database.In(len(part))+")", database.Anys(part)...)
		q, args := w.SQL(listProblems, "")
		rows, err := r.Query(ctx, q, args...)
		if err != nil {
			return nil, err
		}
		list, err := database.Collect(rows, func(r *sql.Rows) (Problem, error) { return scan(r) })
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// unindexed reports whether a page would have to read every row of the county or of a township.
func (f Filter) unindexed(scope duty.Scope) bool {
	if duty.VillageOf(scope.Narrow(f.Area).Area()) != "" || f.Order != "" || f.Cluster != "" || f.Did != "" || f.Source != "" || f.Year != 0 {
		return false
	}
	return f.Text != "" && !numbered(f.Text) || f.Class+f.Block+f.Origin+f.Helping != "" || scope.Unit() != ""
}

// states are those in which a problem may stand now, each of which is asked for by itself, as the indexes have them newest first. One "" is any.
func (f Filter) states(scope duty.Scope) []State {
	if f.AsOf != "" {
		return []State{""}
	}
	var in func(State) bool
	switch f.State {
	case "", "taken":
		switch {
		case f.Waiting:
			in = State.Open
		case f.Unit != "", f.Item != "" && duty.TownshipOf(scope.Narrow(f.Area).Area()) == "": // everywhere, each state has its own order
			return States
		default:
			return []State{""}
		}
	case "open":
		in = State.Open
	case "owed":
		in = State.Owed
	default:
		in = func(s State) bool { return string(s) == f.State }
	}
	return slices.DeleteFunc(slices.Clone(States), func(s State) bool { return !in(s) || f.Waiting && !s.Open() })
}

// numbered reports whether a text is the number of a problem, or the beginning of one.
func numbered(text string) bool {
	town, n, ok := strings.Cut(text, "-")
	return ok && town != "" && n != "" && strings.Trim(n, "0123456789") == ""
}

func conditions(county string, scope duty.Scope, f Filter, state State) *database.Where {
	w := &database.Where{}
	w.And("county = ?", county)
	if state != "" {
		w.And("state = ?", string(state))
	}
	if day := cmp.Or(f.AsOf, f.On); day != "" {
		whereAt(w, county, scope, f.Area, day)
	} else {
		cond, args := scope.Narrow(f.Area).Where("area")
		w.And(cond, args...)
	}
	if f.Own {
		w.And("area = ?", cmp.Or(f.Area, scope.Area()))
	}
	cond, args := scope.WhereUnit("lead", "helping")
	w.And(cond, args...)
	for _, c := range []struct{ cond, value string }{
		{"block = ?", f.Block}, {"found_on = ?", f.On}, {"found_on <= ?", f.AsOf}, {"found_on <= ?", f.Until}, {"cluster = ?", f.Cluster}, {"origin = ?", f.Origin},
	} {
		if c.value != "" {
			w.And(c.cond, c.value)
		}
	}
	if f.Order != "" {
		w.And("key IN (SELECT problem FROM order_problems WHERE county = ? AND ord = ?)", county, f.Order)
	}
	if f.Did != "" {
		w.And("key IN (SELECT problem FROM problem_events WHERE county = ? AND reported_on = ? AND measure = ?)", county, f.DidOn, f.Did)
	}
	whereSource(w, county, f)
	standingConditions(w, county, f)
	if f.Class != "" {
		w.And("classes LIKE ?", "%,"+f.Class+",%")
	}
	if numbered(f.Text) {
		w.And("number >= ? AND number < ?", f.Text, f.Text+":") // ":" comes after the digits
	} else if f.Text != "" {
		w.And("number LIKE ? OR say LIKE ?", "%"+f.Text+"%", "%"+f.Text+"%")
	}
	return w
}

// standingConditions limits a list by how problems stand, now or as of a report day.
func standingConditions(w *database.Where, county string, f Filter) {
	c := &standingFilter{}
	c.and("item = ?", f.Item)
	c.and("lead = ?", f.Unit)
	if f.Helping != "" {
		c.and("lead <> ?", f.Helping)
		c.and("helping LIKE ?", "%,"+f.Helping+",%")
	}
	if f.State == "taken" { // accepted once, whatever became of it
		w.And("accepted_on <> ''")
		if f.AsOf != "" {
			w.And("accepted_on <= ?", f.AsOf)
		}
	} else if f.AsOf != "" { // how it stands now is one of states
		c.stood(f.State)
	}
	if f.Waiting && f.AsOf != "" {
		c.stood("open")
	}
	if f.DueBefore != "" {
		c.and("due_on < ?", f.DueBefore)
		c.conds = append(c.conds, "due_on <> ''")
	}
	c.and("due_on >= ?", f.DueFrom)
	if len(c.conds) == 0 {
		return
	}
	cond := "(" + strings.Join(c.conds, ") AND (") + ")"
	if f.AsOf == "" {
		w.And(cond, c.args...)
		return
	}
	args := append(append([]any{f.AsOf}, c.args...), county)
	args = append(append(args, c.args...), f.AsOf, f.AsOf)
	w.And("(standing_on <= ? AND "+cond+") OR key IN (SELECT problem FROM problem_standings WHERE county = ? AND "+cond+" AND since_on <= ? AND until_on > ?)", args...)
}

type standingFilter struct {
	conds []string
	args  []any
}

func (c *standingFilter) stood(state string) {
	switch state {
	case "open":
		c.conds = append(c.conds, "state NOT IN ('void', 'merged', 'closed')")
	case "owed":
		c.conds = append(c.conds, stillOwed)
	default:
		c.and("state = ?", state)
	}
}

func (c *standingFilter) and(cond, value string) {
	if value != "" {
		c.conds, c.args = append(c.conds, cond), append(c.args, value)
	}
}

// Waiting counts the problems of a scope that nobody has accepted and that were found in the report
// of a day or before, up to most of them.
func Waiting(ctx context.Context, r database.Reader, county string, scope duty.Scope, until string, most int64) (int64, error) {
	w := &database.Where{}
	w.And("county = ?", county).And("state = ?", string(Found)).And("found_on <= ?", until)
	cond, args := scope.Where("area")
	w.And(cond, args...)
	cond, args = scope.WhereUnit("lead", "helping")
	w.And(cond, args...)
	q, all := w.SQL(problemKeys, "LIMIT ?", most)
	rows, err := r.Query(ctx, q, all...)
	if err != nil {
		return 0, err
	}
	keys, err := database.Collect(rows, func(r *sql.Rows) (k int64, err error) { return k, r.Scan(&k) })
	return int64(len(keys)), err
}
