package problem

import (
	"context"
	"database/sql"
	"slices"

	"gonggu/internal/act"
	"gonggu/internal/canon"
	"gonggu/internal/database"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/pack"
)

// The kinds of act on problems with one cause (notice, part four, two). Each member keeps its own life; the fix is one, verifying is done member by member.
const (
	KindFoundCluster = "cluster.found"   // subject: the cluster's new id; {name, cause, item, problems[]}
	KindJoinCluster  = "cluster.join"    // {problems[]}
	KindLeaveCluster = "cluster.leave"   // {problems[]}
	KindFixCluster   = "cluster.rectify" // signed: one fix for the members named in what was shown
)

// Bounds of a cluster.
const (
	leastMembers = 2
	mostNamed    = 300  // in one act
	mostMembers  = 2000 // a main serves a whole village, and villages have a thousand households
	mostName     = 60
)

// Cluster is one cause with the problems that it makes.
type Cluster struct {
	Key             int64
	ID, Name, Cause string
	Item            string
	Rev             int64
	FoundedOn       string
	FoundedBy       string // post
}

// Fix is one repair signed for several members of a cluster. Result is sealed like a problem's where a member's content is a field group: then it is empty here.
type Fix struct {
	Index    int64
	Result   string
	MendedOn string
	Members  int64
	By       string // post
}

// Progress counts the members of a cluster; void and merged ones are not among them.
type Progress struct{ Members, Open, Owed, Rectified, Verified, Closed int64 }

// Done reports whether nobody waits for anything of the cluster any more.
func (p Progress) Done() bool { return p.Members > 0 && p.Open == 0 }

// Errors of clusters.
var (
	ErrNoCluster   = errs.New(errs.NotFound, "cluster.not_found", "没有找到这组同因问题，或不在您的负责范围内。")
	errClusterName = errs.Newf(errs.Invalid, "cluster.name", "请填写名称（2 至 %d 个字）和共同原因（至少 %d 个字），再提交；不要写姓名、证件号码和病情。", mostName, leastReason)
	errMembers     = errs.Newf(errs.Invalid, "cluster.members", "请选择 %d 至 %d 件还在办理的问题，不要重复。", leastMembers, mostNamed)
	errFull        = errs.Newf(errs.Conflict, "cluster.full", "一组同因问题最多 %d 件，这一组放不下了；请按片区另建一组。", mostMembers)
	errNoMember    = errs.New(errs.Conflict, "cluster.no_member", "选中的问题不在这一组里；请刷新后再操作。")
	errNothing     = errs.New(errs.Conflict, "cluster.nothing", "这一组里没有轮到您单位整改的问题（须先认领）；请刷新后查看各件的状态。")
)

// ClusterByID returns a cluster, whatever the scope; its members are read under one.
func ClusterByID(ctx context.Context, r database.Reader, county, id string) (*Cluster, error) {
	c, err := scanCluster(r.QueryRow(ctx, clusterByID, county, id))
	if database.Missing(err) {
		return nil, ErrNoCluster
	}
	return &c, err
}

func scanCluster(r interface{ Scan(...any) error }) (c Cluster, err error) {
	return c, r.Scan(&c.Key, &c.ID, &c.Name, &c.Cause, &c.Item, &c.Rev, &c.FoundedOn, &c.FoundedBy)
}

// Clusters returns a page of the clusters of which a scope covers a member, newest first, and the key after which the next page begins.
func Clusters(ctx context.Context, r database.Reader, county string, scope duty.Scope, f Filter) ([]Cluster, int64, error) {
	w := &database.Where{}
	w.And("county = ?", county)
	in, args := scope.Narrow(f.Area).Where("p.area")
	party, more := scope.WhereUnit("p.lead", "p.helping")
	w.And("id IN (SELECT p.cluster FROM problems p WHERE p.county = ? AND p.cluster <> '' AND "+in+" AND "+party+")", append(append([]any{county}, args...), more...)...)
	if f.Item != "" {
		w.And("item = ?", f.Item)
	}
	if f.Text != "" {
		w.And("name LIKE ? OR cause LIKE ?", "%"+f.Text+"%", "%"+f.Text+"%")
	}
	if f.After > 0 {
		w.And("key < ?", f.After)
	}
	if f.Limit <= 0 || f.Limit > 200 {
		f.Limit = 50
	}
	q, all := w.SQL(listClusters, "ORDER BY key DESC LIMIT ?", f.Limit+1)
	rows, err := r.Query(ctx, q, all...)
	if err != nil {
		return nil, 0, err
	}
	list, err := database.Collect(rows, func(r *sql.Rows) (Cluster, error) { return scanCluster(r) })
	if err == nil && len(list) > f.Limit {
		return list[:f.Limit], list[f.Limit-1].Key, nil
	}
	return list, 0, err
}

// ProgressOf counts the members that a scope covers, by cluster id.
func ProgressOf(ctx context.Context, r database.Reader, county string, scope duty.Scope, ids []string) (map[string]Progress, error) {
	out := map[string]Progress{}
	if len(ids) == 0 {
		return out, nil
	}
	w := &database.Where{}
	w.And("county = ?", county).And("cluster <> ''").And("cluster IN ("+database.In(len(ids))+")", database.Anys(ids)...)
	in, args := scope.Where("area")
	w.And(in, args...)
	in, args = scope.WhereUnit("lead", "helping")
	w.And(in, args...)
	q, all := w.SQL(clusterStates, "")
	rows, err := r.Query(ctx, q, all...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id string
		var s State
		if err := rows.Scan(&id, &s); err != nil {
			return nil, err
		}
		p := out[id]
		p.add(s)
		out[id] = p
	}
	return out, rows.Err()
}

func (p *Progress) add(s State) {
	if s == Void || s == Merged {
		return
	}
	p.Members++
	if s.Open() {
		p.Open++
	}
	switch {
	case s.Owed():
		p.Owed++
	case s == Rectified:
		p.Rectified++
	case s == Verified:
		p.Verified++
	case s == Closed:
		p.Closed++
	}
}

// Members returns the problems of a cluster that a scope covers, in the order of the ledger.
func Members(ctx context.Context, r database.Reader, county string, scope duty.Scope, id string) ([]Problem, error) {
	rows, err := r.Query(ctx, membersOf, county, id)
	if err != nil {
		return nil, err
	}
	list, err := database.Collect(rows, func(r *sql.Rows) (Problem, error) { return scan(r) })
	return slices.DeleteFunc(list, func(p Problem) bool {
		return !scope.Covers(p.Area) || (scope.Unit() != "" && !p.PartyTo(scope.Unit()))
	}), err
}

// Fixes returns the repairs that were signed for a cluster, in order.
func Fixes(ctx context.Context, r database.Reader, county string, key int64) ([]Fix, error) {
	rows, err := r.Query(ctx, fixesOf, county, key)
	if err != nil {
		return nil, err
	}
	return database.Collect(rows, func(r *sql.Rows) (f Fix, err error) {
		return f, r.Scan(&f.Index, &f.Result, &f.MendedOn, &f.Members, &f.By)
	})
}

func (m *Room) foundCluster(ctx context.Context, s *act.Step) error {
	actor, err := duty.Acting(ctx, s, duty.AssignProblem)
	if err != nil {
		return err
	}
	_, pk, err := m.inForce(ctx, s)
	if err != nil {
		return err
	}
	name, cause, item := textOf(s.Act.Body, "name"), textOf(s.Act.Body, "cause"), textOf(s.Act.Body, "item")
	n, why := len([]rune(name)), len([]rune(cause))
	switch {
	case n < 2 || n > mostName || why < leastReason || why > mostText:
		return errClusterName
	case !slices.ContainsFunc(pk.Items, func(x pack.Item) bool { return x.Code == item }):
		return errItem
	case !ident.Valid(s.Act.Subject):
		return ErrBody
	}
	if _, err := ClusterByID(ctx, s.Tx, s.Act.County, s.Act.Subject); err == nil {
		return errs.New(errs.Conflict, "cluster.known", "这一组同因问题已经建立，没有重复建立；请刷新后查看。")
	} else if errs.Code(err) != ErrNoCluster.Code {
		return err
	}
	list, err := m.chosen(ctx, s, actor, leastMembers)
	if err != nil {
		return err
	}
	if err := free(ctx, s, list); err != nil {
		return err
	}
	if _, err := s.Tx.Exec(ctx, insertCluster, s.Act.County, ident.Key(s.Act.Index, 0), s.Act.Subject, name, cause, item, s.ReportDay, s.Act.Post); err != nil {
		return err
	}
	return put(ctx, s, list, s.Act.Subject)
}

// chosen reads the problems that an act names, each once and within the actor's scope.
func (m *Room) chosen(ctx context.Context, s *act.Step, actor duty.Actor, least int) ([]*Problem, error) {
	ids := (&work{answers: s.Act.Body}).texts("problems")
	if len(ids) < least || len(ids) > mostNamed || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != len(ids) {
		return nil, errMembers
	}
	out := make([]*Problem, len(ids))
	for i, id := range ids {
		p, err := ByID(ctx, s.Tx, s.Act.County, id)
		if err != nil {
			return nil, err
		}
		if !actor.Scope(duty.AssignProblem).Covers(p.Area) {
			return nil, duty.ErrOutside
		}
		out[i] = p
	}
	return out, nil
}

// free refuses problems that wait for nobody or belong to another cluster already, naming the first.
func free(ctx context.Context, s *act.Step, list []*Problem) error {
	for _, p := range list {
		if !p.State.Open() {
			return errs.Newf(errs.Conflict, "cluster.closed", "问题 %s 目前是“%s”，不能归入同因问题；请去掉它再提交。", p.Number, p.State.Name())
		}
		if p.Cluster == "" {
			continue
		}
		c, err := ClusterByID(ctx, s.Tx, s.Act.County, p.Cluster)
		if err != nil {
			return err
		}
		return errs.Newf(errs.Conflict, "cluster.taken", "问题 %s 已归入同因问题“%s”；请去掉它，或先从那一组移出。", p.Number, c.Name)
	}
	return nil
}

func put(ctx context.Context, s *act.Step, list []*Problem, cluster string) error {
	for _, p := range list {
		if _, err := s.Tx.Exec(ctx, setCluster, cluster, s.Act.County, p.Key); err != nil {
			return err
		}
	}
	return nil
}

func (m *Room) joinCluster(ctx context.Context, s *act.Step) error {
	c, list, err := m.regroup(ctx, s)
	if err != nil {
		return err
	}
	if err := free(ctx, s, list); err != nil {
		return err
	}
	members, err := Members(ctx, s.Tx, s.Act.County, duty.Everything(s.Act.County), c.ID)
	if err != nil {
		return err
	}
	if len(members)+len(list) > mostMembers {
		return errFull
	}
	if _, err := s.Tx.Exec(ctx, touchCluster, s.Act.County, c.Key); err != nil {
		return err
	}
	return put(ctx, s, list, c.ID)
}

func (m *Room) leaveCluster(ctx context.Context, s *act.Step) error {
	c, list, err := m.regroup(ctx, s)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(list, func(p *Problem) bool { return p.Cluster != c.ID }) {
		return errNoMember
	}
	if _, err := s.Tx.Exec(ctx, touchCluster, s.Act.County, c.Key); err != nil {
		return err
	}
	return put(ctx, s, list, "")
}

func (m *Room) regroup(ctx context.Context, s *act.Step) (*Cluster, []*Problem, error) {
	actor, err := duty.Acting(ctx, s, duty.AssignProblem)
	if err != nil {
		return nil, nil, err
	}
	c, err := ClusterByID(ctx, s.Tx, s.Act.County, s.Act.Subject)
	if err != nil {
		return nil, nil, err
	}
	list, err := m.chosen(ctx, s, actor, 1)
	return c, list, err
}

// fixCluster signs one repair for several members: what was shown names the cluster and the members' numbers, and each member is
// rectified as if it had been by itself. One that cannot be refuses them all.
func (m *Room) fixCluster(ctx context.Context, s *act.Step) error {
	actor, err := duty.Acting(ctx, s, duty.RectifyProblem)
	if err != nil {
		return err
	}
	c, err := ClusterByID(ctx, s.Tx, s.Act.County, s.Act.Subject)
	if err != nil {
		return err
	}
	all, err := Members(ctx, s.Tx, s.Act.County, duty.Everything(s.Act.County), c.ID)
	if err != nil {
		return err
	}
	shown, _ := s.Act.Body["prefilled"].(canon.Object)
	answers, _ := s.Act.Body["answers"].(canon.Object)
	numbers := (&work{answers: shown}).texts("problems")
	works := make([]*work, 0, len(numbers))
	for _, n := range numbers {
		i := slices.IndexFunc(all, func(p Problem) bool { return p.Number == n })
		if i < 0 || slices.ContainsFunc(works, func(w *work) bool { return w.p.Number == n }) {
			return errNoMember
		}
		w := &work{room: m, step: s, kind: KindRectify, actor: actor, answers: answers}
		if err := w.load(ctx, all[i].ID, doings[KindRectify]); err != nil {
			return err
		}
		works = append(works, w)
	}
	if len(works) == 0 {
		return errNothing
	}
	if err := c.signed(s, shown, answers); err != nil {
		return err
	}
	d := doings[KindRectify]
	unsigned := d
	unsigned.step = "" // one signature for all of them was checked
	sealed := false
	for _, w := range works {
		if !w.p.State.Owed() || w.p.State == Ordered {
			return w.wrongState(ctx)
		}
		if err := w.decide(ctx, unsigned); err != nil {
			return err
		}
		sealed = sealed || w.p.Sensitive != ""
	}
	for _, w := range works {
		if err := w.carryOut(ctx, d); err != nil {
			return err
		}
	}
	return c.fixed(ctx, works[0], len(works), sealed)
}

// signed checks that what was signed is the cluster as it stands.
func (c *Cluster) signed(s *act.Step, shown, answers canon.Object) error {
	b := s.Act.Body
	rev, ok := b["rev"].(int64)
	if !ok || shown == nil || answers == nil {
		return ErrBody
	}
	seen, err := act.Seen(s.Act.Pack, s.Act.Kind, s.Act.Subject, rev, shown, answers)
	if err != nil || seen != s.Act.Seen || rev != c.Rev || shown["name"] != c.Name || shown["cause"] != c.Cause {
		return ErrSeen
	}
	return signedHand(s.Act)
}

func (c *Cluster) fixed(ctx context.Context, w *work, members int, sealed bool) error {
	s, result := w.step, w.text("result")
	if sealed {
		result = ""
	}
	if _, err := s.Tx.Exec(ctx, touchCluster, s.Act.County, c.Key); err != nil {
		return err
	}
	_, err := s.Tx.Exec(ctx, insertFix, s.Act.County, c.Key, s.Act.Index, result, w.text("done_on"), int64(members), s.Act.Post)
	return err
}

// FixableBy returns which members an actor may rectify now with one signature.
func FixableBy(ctx context.Context, r database.Reader, county string, by duty.Actor, list []Problem, pk *pack.Pack) ([]string, error) {
	out := []string{}
	for i := range list {
		p := &list[i]
		if !p.State.Owed() || p.State == Ordered || !by.Scope(duty.RectifyProblem).Covers(p.Area) {
			continue
		}
		c, _, err := caseOf(ctx, r, county, p, pk)
		if err != nil {
			return nil, err
		}
		if _, err := TermsOf(pk).After(c, KindRectify, ByOf(by, p)); err == nil {
			out = append(out, p.Number)
		}
	}
	return out, nil
}
