package webapi

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/access"
	"gonggu/internal/act"
	"gonggu/internal/clock"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/report"
	"gonggu/internal/workbook"
)

// AccessRow is a look as the auditor reads it.
type AccessRow struct {
	Index       int64  `json:"index"`
	At          int64  `json:"at"`
	Person      string `json:"person" doc:"id"`
	Who         string `json:"who"`
	Post        string `json:"post"`
	Action      string `json:"action"`
	ActionName  string `json:"actionName"`
	Subject     string `json:"subject"`
	SubjectName string `json:"subjectName"`
	Reason      string `json:"reason"`
	Detail      string `json:"detail"`
}

// AccessHead is the access log's size and root, the actions in it, and who revealed unusually much.
type AccessHead struct {
	Size    int64        `json:"size"`
	Root    string       `json:"root"`
	At      int64        `json:"at"`
	Actions []NamedCode  `json:"actions"`
	Busy    []BusyReveal `json:"busy" doc:"more reveals in one hour than the pack's limit, the last 30 days; nothing is blocked"`
	Limit   int64        `json:"limit"`
	Kinds   []NamedCode  `json:"kinds" doc:"every kind of act, to choose one in the log of acts"`
}

// NamedCode is a code with its Chinese name.
type NamedCode struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// BusyReveal is a person and an hour.
type BusyReveal struct {
	Person string `json:"person"`
	Who    string `json:"who"`
	Hour   int64  `json:"hour"`
	Count  int64  `json:"count"`
}

// LogRow is an act as the auditor reads it, without its content.
type LogRow struct {
	Index    int64  `json:"index"`
	At       int64  `json:"at"`
	ID       string `json:"id"`
	Kind     string `json:"kind"`
	KindName string `json:"kindName"`
	Subject  string `json:"subject"`
	Person   string `json:"person"`
	Who      string `json:"who"`
	Post     string `json:"post"`
}

type accessQuery struct {
	Person  string `query:"person" maxLength:"64"`
	Action  string `query:"action" maxLength:"40"`
	Subject string `query:"subject" maxLength:"64"`
	From    string `query:"from" maxLength:"10"`
	To      string `query:"to" maxLength:"10"`
	Q       string `query:"q" maxLength:"60" doc:"part of a reason or of what was asked"`
	After   string `query:"after"`
	Limit   int    `query:"limit" minimum:"0" maximum:"200"`
}

type logQuery struct {
	Kind    string `query:"kind" maxLength:"40"`
	Person  string `query:"person" maxLength:"64"`
	Subject string `query:"subject" maxLength:"64"`
	Day     string `query:"day" maxLength:"10"`
	After   string `query:"after"`
	Limit   int    `query:"limit" minimum:"0" maximum:"200"`
}

var actionNames = map[string]string{
	access.Reveal: "查看敏感信息", access.View: "打开户档", access.FindID: "按证件号查找", access.FindTail: "按证件号后四位查找", access.Export: "导出", access.Rejects: "下载退回的行", access.Errata: "下载信息更正清单",
	access.Notice: "打开告知书", access.SignIn: "登录", access.SignOut: "退出", access.SignFail: "登录失败", access.ReadLog: "查阅日志", access.KeyTurn: "更换密钥", access.Purge: "到期销毁",
	"account.add": "开设账号", "account.add_list": "批量开设账号", "account.read_list": "上传人员名册", "account.fetch_list": "取走一次性密码", "account.code_on": "启用动态码", "account.code_off": "停用动态码",
	"account.rule": "修改账号规则", "channel.save": "设置消息渠道", "channel.drop": "删除消息渠道", "channel.test": "测试消息渠道", "outbox.again": "再次发送", "outbox.stop": "停止发送", "post.wish_dropped": "退回岗位申请", "account.link": "绑定统一身份", "account.unlink": "解除统一身份", "account.reset": "重置密码", "account.disable": "停用账号", "account.enable": "启用账号",
	"account.unlock": "解锁账号", "account.clear_code": "清除动态码", "account.revoke": "结束登录", "account.password": "修改密码",
}

func named(names map[string]string, code string) string {
	if n := names[code]; n != "" {
		return n
	}
	return code
}

// look is an entry of the access log by an actor.
func look(by duty.Actor, action, subject, reason, detail string) access.Entry {
	return access.Entry{Person: by.Person, Post: by.Post, Action: action, Subject: subject, Reason: reason, Detail: detail}
}

// asked writes a filter as people read it, without what is empty.
func asked(q url.Values) string {
	var parts []string
	for k, v := range q {
		if len(v) > 0 && v[0] != "" {
			parts = append(parts, k+"="+v[0])
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

func (a *API) accesses(api huma.API, mux *http.ServeMux) {
	get(api, "list-access", "/access", "Who looked at what, newest first", func(ctx context.Context, in *accessQuery) (*body[Page[AccessRow]], error) {
		if _, err := need(ctx, duty.ReadLog); err != nil {
			return nil, a.fail(err)
		}
		page, err := a.accessPage(ctx, in)
		return answer(page), a.fail(err)
	})
	get(api, "show-access-head", "/access/head", "The access log's size and root, and who revealed unusually much", func(ctx context.Context, _ *none) (*body[AccessHead], error) {
		if _, err := need(ctx, duty.ReadLog); err != nil {
			return nil, a.fail(err)
		}
		h, err := a.accessHead(ctx)
		return answer(h), a.fail(err)
	})
	post(api, "verify-access", "/access/verify", "Recompute the access log from its entries and hold it to the roots that frozen reports named", func(ctx context.Context, _ *none) (*body[access.Check], error) {
		if _, err := need(ctx, duty.ReadLog); err != nil {
			return nil, a.fail(err)
		}
		anchors, err := report.Anchors(ctx, a.DB, a.County)
		if err != nil {
			return nil, a.fail(err)
		}
		c, err := access.Verify(ctx, a.DB, a.County, anchors)
		if err != nil {
			return nil, a.fail(err)
		}
		return answer(*c), nil
	})
	get(api, "list-log", "/log", "The log of acts without their content, newest first", func(ctx context.Context, in *logQuery) (*body[Page[LogRow]], error) {
		if _, err := need(ctx, duty.ReadLog); err != nil {
			return nil, a.fail(err)
		}
		page, err := a.logPage(ctx, in)
		return answer(page), a.fail(err)
	})
	mux.HandleFunc("GET /api/v1/exports/access.xlsx", a.officerExport("access.xlsx", a.exportAccess))
	mux.HandleFunc("GET /api/v1/exports/log.xlsx", a.officerExport("log.xlsx", a.exportLog))
}

// officerExport streams a log to the auditor; that he took it away is in the log too.
func (a *API) officerExport(what string, export func(context.Context, url.Values) (string, func(io.Writer) error, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		by, err := need(r.Context(), duty.ReadLog)
		if err == nil {
			err = a.Access.Note(r.Context(), look(by, access.Export, what, "", asked(r.URL.Query())))
		}
		var name string
		var write func(io.Writer) error
		if err == nil {
			name, write, err = export(r.Context(), r.URL.Query())
		}
		if err != nil {
			writeProblem(w, err)
			return
		}
		attach(w, name)
		if err := write(w); err != nil {
			a.Log.Error("export", "what", what, "error", err.Error())
		}
	}
}

// persons names people by id, once each.
type persons struct {
	a     *API
	posts map[string]duty.Actor
}

func (p *persons) of(ctx context.Context, person, post string) (who, where string, err error) {
	if person == act.System {
		return "系统", "", nil
	}
	if p.posts == nil {
		p.posts = map[string]duty.Actor{}
	}
	known, ok := p.posts[post]
	if !ok {
		known, err = duty.Known(ctx, p.a.DB, p.a.County, post)
		if err != nil && errs.Code(err) != duty.ErrNoPost.Code {
			return "", "", err
		}
		p.posts[post] = known
	}
	if known.Person != person {
		return "", "", nil
	}
	return known.Name, strings.TrimSpace(known.UnitName + " " + known.Title), nil
}

func (a *API) accessPage(ctx context.Context, in *accessQuery) (Page[AccessRow], error) {
	list, next, err := access.List(ctx, a.DB, a.County, access.Filter{Person: in.Person, Action: in.Action, Subject: in.Subject, From: in.From, To: in.To, Text: in.Q, After: in.After, Limit: in.Limit})
	if err != nil {
		return Page[AccessRow]{}, err
	}
	names, err := a.areaNames(ctx)
	if err != nil {
		return Page[AccessRow]{}, err
	}
	page := Page[AccessRow]{Rows: make([]AccessRow, len(list)), Next: next, Total: -1}
	called, err := a.called(ctx, list)
	if err != nil {
		return Page[AccessRow]{}, err
	}
	people := &persons{a: a}
	for i, e := range list {
		row := AccessRow{Index: e.Index, At: e.At, Person: e.Person, Action: e.Action, ActionName: named(actionNames, e.Action), Subject: e.Subject, SubjectName: e.Subject, Reason: e.Reason, Detail: e.Detail}
		if row.Who, row.Post, err = people.of(ctx, e.Person, e.Post); err != nil {
			return page, err
		}
		if area, ok := names[e.Subject]; ok {
			row.SubjectName = area.Name
		} else if n := exportNames[e.Subject]; n != "" {
			row.SubjectName = n
		}
		if n := called[e.Subject]; n != "" {
			row.SubjectName = n
		}
		row.Who = cmp.Or(row.Who, called[e.Person])
		page.Rows[i] = row
	}
	return page, nil
}

// called names the people that entries are by or about. A sign-in is entered before there is a post, so the directory says who came.
func (a *API) called(ctx context.Context, list []access.Entry) (map[string]string, error) {
	ids := []string{}
	for _, e := range list {
		ids = append(ids, e.Person, e.Subject)
	}
	slices.Sort(ids)
	return duty.PersonNames(ctx, a.DB, a.County, slices.Compact(ids))
}

// exportNames are the files that can be downloaded, as people call them.
var exportNames = map[string]string{"households.xlsx": "户名册", "problems.xlsx": "问题台账", "doubts.xlsx": "疑点", "daily.xlsx": "日报", "access.xlsx": "查阅日志", "log.xlsx": "操作日志", "requests.xlsx": "更正和撤回申请",
	"daily.docx": "日报（文档）", "reports.xlsx": "日报目录", "overview.xlsx": "总览", "imports.xlsx": "历次导入", "refused.xlsx": "未受理的记录", "jobs.xlsx": "作业", "tasks.xlsx": "任务清单",
	"coverage.xlsx": "排查覆盖", "posts.xlsx": "人员岗位", "accounts.xlsx": "账号", "retention.xlsx": "保存期限和销毁记录", "amendments.xlsx": "方案调整", "diff.xlsx": "方案版本比较", "pack.xlsx": "方案"}

const monthBack = 30 * 86_400_000

func (a *API) accessHead(ctx context.Context) (AccessHead, error) {
	out := AccessHead{Actions: []NamedCode{}, Busy: []BusyReveal{}, Kinds: []NamedCode{}}
	for _, k := range a.Lane.Kinds() {
		out.Kinds = append(out.Kinds, NamedCode{k, KindName(k)})
	}
	h, err := access.Head(ctx, a.DB, a.County)
	if err != nil {
		return out, err
	}
	out.Size, out.Root, out.At = h.Size, hex.EncodeToString(h.Root[:]), h.At
	actions, err := access.Actions(ctx, a.DB, a.County)
	if err != nil {
		return out, err
	}
	for _, x := range actions {
		out.Actions = append(out.Actions, NamedCode{x, named(actionNames, x)})
	}
	loaded, err := a.latest(ctx)
	if err != nil {
		return out, err
	}
	if out.Limit = int64(loaded.Pack.Privacy.RevealsPerHour); out.Limit == 0 {
		return out, nil
	}
	busy, err := access.BusyReveals(ctx, a.DB, a.County, a.Clock.Now()-monthBack, out.Limit)
	if err != nil {
		return out, err
	}
	people := &persons{a: a}
	for _, b := range busy {
		who, _, err := people.of(ctx, b.Person, b.Post)
		if err != nil {
			return out, err
		}
		out.Busy = append(out.Busy, BusyReveal{b.Person, who, b.Hour, b.Count})
	}
	return out, nil
}

func (a *API) logPage(ctx context.Context, in *logQuery) (Page[LogRow], error) {
	f := act.Filter{Kind: in.Kind, Person: in.Person, Subject: in.Subject, Before: parseAfter(in.After), Limit: in.Limit + 1}
	if in.Limit <= 0 || in.Limit > access.MaxPage {
		f.Limit = 51
	}
	if at, ok := clock.At(in.Day, "00:00"); ok {
		f.Since = at
		f.Until, _ = clock.At(clock.AddDays(in.Day, 1), "00:00")
	}
	list, err := act.List(ctx, a.DB, a.County, f)
	if err != nil {
		return Page[LogRow]{}, err
	}
	page := Page[LogRow]{Rows: []LogRow{}, Total: -1}
	if len(list) == f.Limit {
		list = list[:f.Limit-1]
		page.Next = formatNext(list[len(list)-1].Index)
	}
	people := &persons{a: a}
	for _, x := range list {
		row := LogRow{Index: x.Index, At: x.ReceivedAt, ID: x.ID, Kind: x.Kind, KindName: KindName(x.Kind), Subject: x.Subject, Person: x.Person}
		if row.Who, row.Post, err = people.of(ctx, x.Person, x.Post); err != nil {
			return page, err
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

func (a *API) exportAccess(ctx context.Context, q url.Values) (string, func(io.Writer) error, error) {
	in := &accessQuery{Person: q.Get("person"), Action: q.Get("action"), Subject: q.Get("subject"), From: q.Get("from"), To: q.Get("to"), Q: q.Get("q"), Limit: exportPage}
	first, err := a.accessPage(ctx, in)
	if err != nil {
		return "", nil, err
	}
	return "查阅日志_" + a.today() + ".xlsx", func(w io.Writer) error {
		return stream(w, "查阅日志", []string{"序号", "时间", "查阅人", "岗位", "做了什么", "对象", "事由", "内容"}, first, func(after string) (Page[AccessRow], error) {
			in.After = after
			return a.accessPage(ctx, in)
		}, func(r AccessRow) []workbook.Value {
			return []workbook.Value{workbook.Text(fmt.Sprint(r.Index)), workbook.Text(clock.Text(r.At)), workbook.Text(r.Who), workbook.Text(r.Post), workbook.Text(r.ActionName), workbook.Text(r.SubjectName), workbook.Text(r.Reason), workbook.Text(r.Detail)}
		})
	}, nil
}

func (a *API) exportLog(ctx context.Context, q url.Values) (string, func(io.Writer) error, error) {
	in := &logQuery{Kind: q.Get("kind"), Person: q.Get("person"), Subject: q.Get("subject"), Day: q.Get("day"), Limit: exportPage}
	first, err := a.logPage(ctx, in)
	if err != nil {
		return "", nil, err
	}
	return "操作日志_" + a.today() + ".xlsx", func(w io.Writer) error {
		return stream(w, "操作日志", []string{"序号", "时间", "操作人", "岗位", "操作", "对象", "记录编号"}, first, func(after string) (Page[LogRow], error) {
			in.After = after
			return a.logPage(ctx, in)
		}, func(r LogRow) []workbook.Value {
			return []workbook.Value{workbook.Text(fmt.Sprint(r.Index)), workbook.Text(clock.Text(r.At)), workbook.Text(r.Who), workbook.Text(r.Post), workbook.Text(r.KindName), workbook.Text(r.Subject), workbook.Text(r.ID)}
		})
	}, nil
}
