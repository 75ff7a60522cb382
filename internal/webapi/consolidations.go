package webapi

import (
	"context"
	"io"
	"net/url"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/duty"
	"gonggu/internal/problem"
	"gonggu/internal/workbook"
)

// LikePair is two problems that may be one.
type LikePair struct {
	From  ProblemRow `json:"from" doc:"is proposed to be merged"`
	Into  ProblemRow `json:"into"`
	Why   []string   `json:"why" doc:"in words"`
	Share int64      `json:"share" doc:"of common two-character pairs, ppm; 0 when the texts were not compared"`
}

// LikeGroup is problems of one village that may have one cause.
type LikeGroup struct {
	Township    string       `json:"township"`
	Village     string       `json:"village"`
	Item        string       `json:"item"`
	ItemName    string       `json:"itemName"`
	RuleName    string       `json:"ruleName"`
	Problems    []ProblemRow `json:"problems"`
	Cluster     string       `json:"cluster" doc:"one with this cause exists already"`
	ClusterName string       `json:"clusterName"`
}

// Consolidation is what may be consolidated in a township.
type Consolidation struct {
	Area   string      `json:"area" doc:"where this is; empty when no place was asked for and no township has any"`
	Looked int         `json:"looked" doc:"open problems that were compared"`
	Pairs  []LikePair  `json:"pairs"`
	Groups []LikeGroup `json:"groups"`
	More   int         `json:"more" doc:"suggestions beyond those shown"`
}

// ClusterRow is problems with one cause, and how far they are.
type ClusterRow struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Cause     string `json:"cause"`
	Item      string `json:"item"`
	ItemName  string `json:"itemName"`
	FoundedOn string `json:"foundedOn"`
	Rev       int64  `json:"rev"`
	Members   int64  `json:"members" doc:"void and merged ones are not counted"`
	Owed      int64  `json:"owed"`
	Rectified int64  `json:"rectified"`
	Verified  int64  `json:"verified"`
	Closed    int64  `json:"closed"`
	Done      bool   `json:"done"`
}

// ClusterFix is one repair signed for several members.
type ClusterFix struct {
	Index   int64  `json:"index"`
	Result  string `json:"result"`
	DoneOn  string `json:"doneOn"`
	Members int64  `json:"members"`
	Who     string `json:"who"`
	Unit    string `json:"unit"`
}

// ClusterView is a cluster's page.
type ClusterView struct {
	ClusterRow
	Problems []ProblemRow `json:"problems"`
	Fixes    []ClusterFix `json:"fixes"`
	Story    []StoryStep  `json:"story"`
	Acts     []string     `json:"acts"`
	Fixable  []string     `json:"fixable" doc:"numbers of the members that the actor may rectify now"`
	Seals    bool         `json:"seals" doc:"a member's content is a field group: what is said must be sealed"`
}

type townQuery struct {
	Area string `query:"area" maxLength:"14" doc:"a township or a village; without one, the first township that has suggestions"`
}

type clusterQuery struct {
	Area  string `query:"area" maxLength:"14"`
	Item  string `query:"item" maxLength:"20"`
	Q     string `query:"q" maxLength:"60"`
	After string `query:"after"`
	Limit int    `query:"limit" minimum:"0" maximum:"200"`
}

var whyNames = map[string]string{problem.WhySubject: "同一对象、同一任务", problem.WhyText: "文字相近", problem.WhyRule: "同一对象、同一规则发现（内容涉敏感信息，不比对文字）"}

func (a *API) consolidation(api huma.API) {
	get(api, "consolidation", "/consolidation", "What may be one problem and what may have one cause, in a township", func(ctx context.Context, in *townQuery) (*body[Consolidation], error) {
		by, err := need(ctx, duty.AssignProblem)
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.consolidated(ctx, by, in.Area)
		return answer(v), a.fail(err)
	})
	get(api, "list-clusters", "/clusters", "A page of the clusters of problems with one cause, newest first", func(ctx context.Context, in *clusterQuery) (*body[Page[ClusterRow]], error) {
		by, err := need(ctx, duty.ReadProblem)
		if err != nil {
			return nil, a.fail(err)
		}
		page, err := a.clusterPage(ctx, by, in)
		return answer(page), a.fail(err)
	})
	get(api, "show-cluster", "/clusters/{id}", "A cluster with the members that the actor may see", func(ctx context.Context, in *idPath) (*body[ClusterView], error) {
		by, err := need(ctx, duty.ReadProblem)
		if err != nil {
			return nil, a.fail(err)
		}
		v, err := a.clusterView(ctx, by, in.ID)
		return answer(v), a.fail(err)
	})
}

func (a *API) consolidated(ctx context.Context, by duty.Actor, area string) (Consolidation, error) {
	out := Consolidation{Pairs: []LikePair{}, Groups: []LikeGroup{}}
	scope := by.Scope(duty.AssignProblem).Narrow(area)
	if scope.Empty() {
		return out, duty.ErrOutside
	}
	s, err := a.shower(ctx, by)
	if err != nil {
		return out, err
	}
	places := []duty.Area{{Code: scope.Area()}}
	if duty.TownshipOf(scope.Area()) == "" {
		places = s.children(scope.Area())
	}
	// Comparing is dear, so a county is not counted through: the first township that has something is enough to begin with.
	got := &problem.Suggestions{}
	for _, p := range places {
		if got, err = problem.Consolidate(ctx, a.DB, a.County, scope, p.Code, s.pack); err != nil {
			return out, err
		}
		if len(places) == 1 || len(got.Pairs)+len(got.Groups) > 0 {
			out.Area, out.Looked = p.Code, got.Looked
			break
		}
		out.Looked += got.Looked
	}
	var all []problem.Problem
	for _, p := range got.Pairs {
		all = append(all, *p.From, *p.Into)
	}
	for _, g := range got.Groups {
		for _, p := range g.Problems {
			all = append(all, *p)
		}
	}
	rows, err := a.problemRows(ctx, s, all)
	if err != nil {
		return out, err
	}
	out.More = got.More
	for _, p := range got.Pairs {
		x := LikePair{From: rows[0], Into: rows[1], Share: p.Share, Why: []string{}}
		for _, w := range p.Why {
			x.Why = append(x.Why, whyNames[w])
		}
		out.Pairs, rows = append(out.Pairs, x), rows[2:]
	}
	for _, g := range got.Groups {
		t, v, _ := s.place(g.Area)
		x := LikeGroup{Township: t, Village: v, Item: g.Item, ItemName: s.itemName(g.Item), RuleName: g.Rule, Problems: rows[:len(g.Problems)], Cluster: g.Cluster}
		for _, r := range s.pack.Rules {
			if r.ID == g.Rule {
				x.RuleName = r.Name
			}
		}
		if g.Cluster != "" {
			c, err := problem.ClusterByID(ctx, a.DB, a.County, g.Cluster)
			if err != nil {
				return out, err
			}
			x.ClusterName = c.Name
		}
		out.Groups, rows = append(out.Groups, x), rows[len(g.Problems):]
	}
	return out, nil
}

// problemRows shows problems as the ledger does.
func (a *API) problemRows(ctx context.Context, s *shower, list []problem.Problem) ([]ProblemRow, error) {
	heads, err := a.heads(ctx, list)
	if err != nil {
		return nil, err
	}
	out := make([]ProblemRow, len(list))
	for i := range list {
		out[i] = a.problemRow(s, &list[i], heads[list[i].Household])
	}
	return out, nil
}

func (a *API) clusterPage(ctx context.Context, by duty.Actor, in *clusterQuery) (Page[ClusterRow], error) {
	scope := by.Scope(duty.ReadProblem)
	list, next, err := problem.Clusters(ctx, a.DB, a.County, scope, problem.Filter{Area: in.Area, Item: in.Item, Text: in.Q, After: parseAfter(in.After), Limit: in.Limit})
	if err != nil {
		return Page[ClusterRow]{}, err
	}
	s, err := a.shower(ctx, by)
	if err != nil {
		return Page[ClusterRow]{}, err
	}
	ids := make([]string, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	progress, err := problem.ProgressOf(ctx, a.DB, a.County, scope, ids)
	if err != nil {
		return Page[ClusterRow]{}, err
	}
	page := Page[ClusterRow]{Rows: make([]ClusterRow, len(list)), Next: formatNext(next), Total: -1}
	for i := range list {
		page.Rows[i] = clusterRow(s, &list[i], progress[list[i].ID])
	}
	if in.After == "" && next == 0 {
		page.Total = int64(len(list))
	}
	return page, nil
}

func clusterRow(s *shower, c *problem.Cluster, p problem.Progress) ClusterRow {
	return ClusterRow{ID: c.ID, Name: c.Name, Cause: c.Cause, Item: c.Item, ItemName: s.itemName(c.Item), FoundedOn: c.FoundedOn, Rev: c.Rev,
		Members: p.Members, Owed: p.Owed, Rectified: p.Rectified, Verified: p.Verified, Closed: p.Closed, Done: p.Done()}
}

func (a *API) clusterView(ctx context.Context, by duty.Actor, id string) (ClusterView, error) {
	c, err := problem.ClusterByID(ctx, a.DB, a.County, id)
	if err != nil {
		return ClusterView{}, err
	}
	scope := by.Scope(duty.ReadProblem)
	list, err := problem.Members(ctx, a.DB, a.County, scope, id)
	if err != nil {
		return ClusterView{}, err
	}
	if len(list) == 0 && !by.May(duty.AssignProblem) { // an emptied one is the office's to see
		return ClusterView{}, problem.ErrNoCluster
	}
	s, err := a.shower(ctx, by)
	if err != nil {
		return ClusterView{}, err
	}
	progress, err := problem.ProgressOf(ctx, a.DB, a.County, scope, []string{id})
	if err != nil {
		return ClusterView{}, err
	}
	v := ClusterView{ClusterRow: clusterRow(s, c, progress[id]), Acts: []string{}, Fixes: []ClusterFix{}, Story: []StoryStep{}}
	if v.Problems, err = a.problemRows(ctx, s, list); err != nil {
		return v, err
	}
	for _, p := range list {
		v.Seals = v.Seals || p.Sensitive != ""
	}
	if v.Fixable, err = problem.FixableBy(ctx, a.DB, a.County, by, list, s.pack); err != nil {
		return v, err
	}
	if by.May(duty.AssignProblem) {
		v.Acts = append(v.Acts, problem.KindJoinCluster, problem.KindLeaveCluster)
	}
	if len(v.Fixable) > 0 {
		v.Acts = append(v.Acts, problem.KindFixCluster)
	}
	return v, a.clusterStory(ctx, c, &v)
}

func (a *API) clusterStory(ctx context.Context, c *problem.Cluster, v *ClusterView) error {
	fixes, err := problem.Fixes(ctx, a.DB, a.County, c.Key)
	if err != nil {
		return err
	}
	for _, f := range fixes {
		who, err := duty.Known(ctx, a.DB, a.County, f.By)
		if err != nil {
			return err
		}
		v.Fixes = append(v.Fixes, ClusterFix{f.Index, f.Result, f.MendedOn, f.Members, who.Name, who.UnitName})
	}
	acts, err := a.storyOn(ctx, c.ID)
	if err != nil {
		return err
	}
	v.Story = acts
	return nil
}

func (a *API) exportClusters(ctx context.Context, by duty.Actor, q url.Values) (string, func(io.Writer) error, error) {
	if !by.May(duty.ReadProblem) {
		return "", nil, duty.ErrForbidden
	}
	in := &clusterQuery{Area: q.Get("area"), Item: q.Get("item"), Q: q.Get("q"), Limit: exportPage}
	first, err := a.clusterPage(ctx, by, in)
	if err != nil {
		return "", nil, err
	}
	heading := []string{"名称", "共同原因", "任务", "建立日期", "问题数", "待整改", "待复核", "待销号", "已销号", "是否办结"}
	return "同因问题_" + a.today() + ".xlsx", func(w io.Writer) error {
		return stream(w, "同因问题", heading, first, func(after string) (Page[ClusterRow], error) {
			in.After = after
			return a.clusterPage(ctx, by, in)
		}, func(r ClusterRow) []workbook.Value {
			done := "否"
			if r.Done {
				done = "是"
			}
			return []workbook.Value{workbook.Text(r.Name), workbook.Text(r.Cause), workbook.Text(r.Item + " " + r.ItemName), workbook.Text(r.FoundedOn), workbook.Int(r.Members), workbook.Int(r.Owed), workbook.Int(r.Rectified),
				workbook.Int(r.Verified), workbook.Int(r.Closed), workbook.Text(done)}
		})
	}, nil
}

func yearOf(q url.Values) int64 {
	n, err := strconv.ParseInt(q.Get("year"), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
