package webapi

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/campaign"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/report"
	"gonggu/internal/roster"
)

// Job is something that the program does by itself or in the background.
type Job struct {
	ID        string `json:"id"`
	Kind      string `json:"kind" enum:"import,freeze"`
	KindName  string `json:"kindName"`
	Name      string `json:"name"`
	State     string `json:"state" enum:"waiting,working,done,failed,stopped"`
	StateName string `json:"stateName"`
	At        int64  `json:"at" doc:"when it began or is due, Unix ms"`
	DoneAt    int64  `json:"doneAt" doc:"0 while not known"`
	Note      string `json:"note"`
	Index     int64  `json:"index" doc:"its act in the log, 0 for none"`
}

// JobList is the background work, newest first.
type JobList struct {
	Jobs []Job `json:"jobs"`
}

type jobQuery struct {
	Kind  string `query:"kind" enum:",import,freeze"`
	State string `query:"state" enum:",waiting,working,done,failed,stopped"`
}

func (a *API) jobs(api huma.API) {
	get(api, "list-jobs", "/jobs", "What the program does by itself: imports, cut-offs and the freezing of reports", func(ctx context.Context, in *jobQuery) (*body[JobList], error) {
		by, err := need(ctx, duty.ReadJob)
		if err != nil {
			return nil, a.fail(err)
		}
		list, err := a.jobList(ctx, by, in)
		return answer(JobList{list}), a.fail(err)
	})
}

// importStates are an import's states as those of a job.
var importStates = map[string][2]string{
	roster.Reading: {"working", "正在读取"}, roster.Applying: {"working", "正在写入"}, roster.Preview: {"waiting", "等待确认"}, roster.Done: {"done", "已完成"},
	roster.Failed: {"failed", "失败"}, roster.Cancelled: {"stopped", "已取消"}, roster.Undone: {"stopped", "已撤销"},
}

var freezeStates = map[string][2]string{report.StateFrozen: {"done", "已定稿"}, report.StateDue: {"working", "正在定稿"}, report.StateOpen: {"waiting", "等待截止"}}

func (a *API) jobList(ctx context.Context, by duty.Actor, in *jobQuery) ([]Job, error) {
	imports, err := a.Desk.Latest(ctx, by.Scope(duty.ReadJob))
	if err != nil {
		return nil, err
	}
	list := []Job{}
	for _, im := range imports {
		state := importStates[im.State]
		j := Job{ID: im.ID, Kind: "import", KindName: "导入名册", Name: fmt.Sprintf("%d 个文件", len(im.Files)), State: state[0], StateName: state[1], At: im.CreatedAt, Note: im.Failure}
		if by.May(duty.ImportRegister) { // the names of files are the office's affair, not the machine's
			names := make([]string, len(im.Files))
			for i, f := range im.Files {
				names[i] = f.Name
			}
			j.Name = strings.Join(names, "、")
		}
		if j.Note == "" && im.Summary.Rows > 0 {
			j.Note = fmt.Sprintf("%d 行，新增 %d、变更 %d、退回 %d", im.Summary.Rows, im.Summary.New, im.Summary.Changed, im.Summary.Rejected)
		}
		list = append(list, j)
	}
	days, err := report.List(ctx, a.DB, a.Book, a.County, a.Clock.Now())
	if err != nil && errs.Code(err) != campaign.ErrNone.Code {
		return nil, err
	}
	for _, d := range days {
		state := freezeStates[d.State]
		j := Job{ID: "freeze/" + d.Day, Kind: "freeze", KindName: "日报截止与定稿", Name: d.Day, State: state[0], StateName: state[1], At: d.DueAt, DoneAt: d.FrozenAt, Index: d.Index}
		if d.State == report.StateFrozen {
			j.Note = fmt.Sprintf("日志 %d 条，摘要 %.12s", d.LogSize, d.Digest)
		}
		list = append(list, j)
	}
	list = slices.DeleteFunc(list, func(j Job) bool { return in.Kind != "" && j.Kind != in.Kind || in.State != "" && j.State != in.State })
	slices.SortStableFunc(list, func(x, y Job) int { return int(min(1, max(-1, y.At-x.At))) })
	return list, nil
}
