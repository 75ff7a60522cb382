package webapi

import (
	"context"
	"io"
	"net/url"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/account"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
	"gonggu/internal/ident"
	"gonggu/internal/workbook"
)

// AccountRow is an account as officers see it.
type AccountRow struct {
	Person     string   `json:"person"`
	Name       string   `json:"name"`
	Login      string   `json:"login"`
	Phone      string   `json:"phone" doc:"masked"`
	Posts      []string `json:"posts"`
	State      string   `json:"state" enum:"ok,locked,disabled,must_change"`
	StateName  string   `json:"stateName"`
	CodeOn     bool     `json:"codeOn"`
	Linked     bool     `json:"linked"`
	CreatedAt  int64    `json:"createdAt"`
	SignedAt   int64    `json:"signedAt" doc:"last sign-in, Unix ms; 0 is never"`
	DisabledAt int64    `json:"disabledAt"`
	Acts       []string `json:"acts"`
}

// OnceView shows a one-time password, the only time that anybody sees it.
type OnceView struct {
	Person   string `json:"person"`
	Login    string `json:"login"`
	Password string `json:"password"`
}

// PlaceView is a live session.
type PlaceView struct {
	ID        string `json:"id"`
	Address   string `json:"address"`
	Agent     string `json:"agent"`
	How       string `json:"how" enum:"password,oidc"`
	CreatedAt int64  `json:"createdAt"`
	SeenAt    int64  `json:"seenAt"`
	Own       bool   `json:"own" doc:"the one that asks"`
}

// PlaceList is the live sessions of a person.
type PlaceList struct {
	Sessions []PlaceView `json:"sessions"`
}

// AccountRules are the county's own rules about signing in.
type AccountRules struct {
	OfficerCode bool `json:"officerCode" doc:"officers sign in with a time code"`
}

type accountQuery struct {
	State string `query:"state" enum:",locked,disabled,must_change,never,code"`
	Q     string `query:"q" maxLength:"40"`
	After string `query:"after" maxLength:"60"`
	Limit int    `query:"limit" minimum:"0" maximum:"200"`
}

type personPath struct {
	Person string `path:"person" maxLength:"64"`
}

func accountFilter(state, q, after string, limit int) account.Filter {
	if limit == 0 {
		limit = 50
	}
	return account.Filter{State: state, Q: q, After: after, Limit: limit}
}

// officers may read the list of accounts: each of the three has its own reason.
func officers(ctx context.Context) (duty.Actor, error) {
	by := actorOf(ctx)
	if by.May(duty.ManageAccounts) || by.May(duty.ManagePosts) || by.May(duty.ReadLog) {
		return by, nil
	}
	return by, duty.ErrForbidden
}

func (a *API) accounts(api huma.API) {
	get(api, "list-accounts", "/accounts", "A page of the accounts", func(ctx context.Context, in *accountQuery) (*body[Page[AccountRow]], error) {
		by, err := officers(ctx)
		if err != nil {
			return nil, a.fail(err)
		}
		page, err := a.accountPage(ctx, by, in)
		return answer(page), a.fail(err)
	})
	post(api, "add-account", "/accounts", "Make an account with a one-time password", func(ctx context.Context, in *struct {
		Body struct {
			Name  string `json:"name" maxLength:"200"`
			Login string `json:"login" maxLength:"200"`
			Phone string `json:"phone" maxLength:"40"`
		}
	}) (*body[OnceView], error) {
		if _, err := need(ctx, duty.ManageAccounts); err != nil {
			return nil, a.fail(err)
		}
		n := account.New{Person: ident.New(), Name: strings.TrimSpace(in.Body.Name), Login: strings.TrimSpace(in.Body.Login), Phone: strings.TrimSpace(in.Body.Phone), Password: account.NewPassword()}
		err := a.Accounts.Add(ctx, []account.New{n}, nil)
		if err == nil {
			err = a.noted(ctx, "account.add", n.Person, n.Login)
		}
		if err != nil {
			return nil, a.fail(err)
		}
		return answer(OnceView{n.Person, n.Login, n.Password}), nil
	})
	for verb, do := range map[string]func(context.Context, string) error{"disable": a.Accounts.Disable, "enable": a.Accounts.Enable, "unlock": a.Accounts.Unlock} {
		post(api, verb+"-account", "/accounts/{person}/"+verb, "An account: "+verb, func(ctx context.Context, in *personPath) (*body[AccountRow], error) {
			by, err := need(ctx, duty.ManageAccounts)
			if err == nil && in.Person == by.Person && verb == "disable" {
				err = errs.New(errs.Forbidden, "account.own", "不能停用自己的账号；请由另一名系统管理员办理。")
			}
			return a.onAccount(ctx, in.Person, "account."+verb, err, func() error { return do(ctx, in.Person) })
		})
	}
	a.resets(api)
	a.accountSessions(api)
}

// onAccount does something to an account unless err says no, notes it, and shows the account.
func (a *API) onAccount(ctx context.Context, person, action string, err error, do func() error) (*body[AccountRow], error) {
	if err == nil {
		err = do()
	}
	if err == nil {
		err = a.noted(ctx, action, person, "")
	}
	if err != nil {
		return nil, a.fail(err)
	}
	got, err := a.Accounts.Get(ctx, person)
	if err != nil {
		return nil, a.fail(err)
	}
	rows, err := a.accountRows(ctx, actorOf(ctx), []account.Account{got})
	if err != nil {
		return nil, a.fail(err)
	}
	return answer(rows[0]), nil
}

// resets: forgotten passwords and lost phones.
func (a *API) resets(api huma.API) {
	post(api, "reset-account", "/accounts/{person}/reset", "Give a person a one-time password, shown once", func(ctx context.Context, in *personPath) (*body[OnceView], error) {
		by, err := a.resetting(ctx, in.Person)
		if err != nil {
			return nil, a.fail(err)
		}
		was, err := a.Accounts.Get(ctx, in.Person)
		if err != nil {
			return nil, a.fail(err)
		}
		password, err := a.Accounts.Reset(ctx, in.Person)
		if err == nil {
			err = a.Accounts.Noted(ctx, account.Event{At: a.Clock.Now(), Person: by.Person, Post: by.Post, Action: "account.reset", Subject: in.Person, Detail: by.Title})
		}
		if err != nil {
			return nil, a.fail(err)
		}
		return answer(OnceView{in.Person, was.Login, password}), nil
	})
	post(api, "clear-code", "/accounts/{person}/clear-code", "Switch off the time codes of somebody who lost his phone", func(ctx context.Context, in *personPath) (*body[AccountRow], error) {
		by, err := need(ctx, duty.ManagePosts)
		if err == nil && by.Person == in.Person {
			err = errs.New(errs.Forbidden, "account.own", "自己的动态码请在“我的账号”里办理。")
		}
		return a.onAccount(ctx, in.Person, "account.clear_code", err, func() error { return a.Accounts.ClearCode(ctx, in.Person) })
	})
	get(api, "show-rules", "/account-rules", "The county's own rules about signing in", func(ctx context.Context, _ *none) (*body[AccountRules], error) {
		if _, err := officers(ctx); err != nil {
			return nil, a.fail(err)
		}
		v, err := a.Accounts.Rule(ctx, account.RuleOfficerCode)
		return answer(AccountRules{v == "on"}), a.fail(err)
	})
	post(api, "set-rules", "/account-rules", "Set the county's own rules about signing in", func(ctx context.Context, in *body[AccountRules]) (*body[AccountRules], error) {
		by, err := need(ctx, duty.ManagePosts)
		value := ""
		if in.Body.OfficerCode {
			value = "on"
		}
		if err == nil {
			err = a.Accounts.SetRule(ctx, account.RuleOfficerCode, value, by.Person)
		}
		if err == nil {
			err = a.noted(ctx, "account.rule", account.RuleOfficerCode, value)
		}
		return answer(in.Body), a.fail(err)
	})
}

// resetting finds whether the actor may give this person a new password. One out of his reach is not there.
func (a *API) resetting(ctx context.Context, person string) (duty.Actor, error) {
	by, err := need(ctx, duty.ResetPassword)
	if err != nil {
		return by, err
	}
	if person == by.Person {
		return by, errs.New(errs.Forbidden, "account.own", "自己的密码请在“我的账号”里修改；忘记了请由另一名有权的人重置。")
	}
	posts, err := duty.OpenPosts(ctx, a.DB, a.County, []string{person})
	if err != nil {
		return by, err
	}
	if !by.MayReset(person, posts[person]) {
		return by, errs.New(errs.Forbidden, "account.not_below", "只能重置本乡镇村干部和入户排查人员的密码；其他人员请联系县安全管理员。")
	}
	return by, nil
}

func (a *API) accountSessions(api huma.API) {
	get(api, "list-account-sessions", "/accounts/{person}/sessions", "Where an account is signed in", func(ctx context.Context, in *personPath) (*body[PlaceList], error) {
		if _, err := need(ctx, duty.ManageAccounts); err != nil {
			return nil, a.fail(err)
		}
		list, err := a.placesOf(ctx, in.Person)
		return answer(PlaceList{list}), a.fail(err)
	})
	post(api, "revoke-account-sessions", "/accounts/{person}/sessions/revoke", "End every session of an account", func(ctx context.Context, in *personPath) (*body[AccountRow], error) {
		_, err := need(ctx, duty.ManageAccounts)
		return a.onAccount(ctx, in.Person, "account.revoke", err, func() error { return a.Accounts.RevokeAll(ctx, in.Person, sessionOf(ctx).ID) })
	})
	post(api, "link-account", "/accounts/{person}/link", "Tie an identity of the single sign-on to an account; an empty one unties", func(ctx context.Context, in *struct {
		Person string `path:"person" maxLength:"64"`
		Body   struct {
			Subject string `json:"subject" maxLength:"300"`
		}
	}) (*body[AccountRow], error) {
		_, err := need(ctx, duty.ManageAccounts)
		if err == nil && a.SignOn == nil {
			err = errNoSignOn
		}
		return a.onAccount(ctx, in.Person, "account.link", err, func() error {
			if in.Body.Subject == "" {
				return a.Accounts.Unlink(ctx, a.SignOn.Issuer, in.Person)
			}
			return a.Accounts.Link(ctx, a.SignOn.Issuer, in.Body.Subject, in.Person)
		})
	})
}

var errNoSignOn = errs.New(errs.NotFound, "oidc.none", "本县没有接入统一身份认证；请用账号密码登录。")

func (a *API) placesOf(ctx context.Context, person string) ([]PlaceView, error) {
	list, err := a.Accounts.Sessions(ctx, person)
	out := []PlaceView{}
	for _, p := range list {
		out = append(out, PlaceView{p.ID, p.Address, p.Agent, p.How, p.CreatedAt, p.SeenAt, p.ID == sessionOf(ctx).ID})
	}
	return out, err
}

func (a *API) accountPage(ctx context.Context, by duty.Actor, in *accountQuery) (Page[AccountRow], error) {
	list, next, err := a.Accounts.List(ctx, accountFilter(in.State, in.Q, in.After, in.Limit))
	if err != nil {
		return Page[AccountRow]{}, err
	}
	rows, err := a.accountRows(ctx, by, list)
	return Page[AccountRow]{Rows: rows, Next: next, Total: -1}, err
}

var accountStates = map[string]string{"ok": "正常", "locked": "已锁定", "disabled": "已停用", "must_change": "待改密码"}

func (a *API) accountRows(ctx context.Context, by duty.Actor, list []account.Account) ([]AccountRow, error) {
	ids := make([]string, len(list))
	for i, x := range list {
		ids[i] = x.Person
	}
	posts, err := duty.OpenPosts(ctx, a.DB, a.County, ids)
	if err != nil {
		return nil, err
	}
	names, err := duty.PersonNames(ctx, a.DB, a.County, ids)
	if err != nil {
		return nil, err
	}
	out := []AccountRow{}
	for _, x := range list {
		r := AccountRow{Person: x.Person, Name: x.Name, Login: x.Login, Phone: x.Phone, Posts: []string{}, State: "ok", CodeOn: x.CodeOn, Linked: x.Linked, CreatedAt: x.CreatedAt, SignedAt: x.SignedAt, DisabledAt: x.DisabledAt, Acts: []string{}}
		if names[x.Person] != "" {
			r.Name = names[x.Person]
		}
		for _, h := range posts[x.Person] {
			r.Posts = append(r.Posts, h.UnitName+" "+h.Title)
		}
		switch {
		case x.DisabledAt != 0:
			r.State = "disabled"
		case x.Locked:
			r.State = "locked"
		case x.MustChange:
			r.State = "must_change"
		}
		r.StateName = accountStates[r.State]
		r.Acts = accountActs(by, x, posts[x.Person], a.SignOn != nil)
		out = append(out, r)
	}
	return out, nil
}

// accountActs says what an officer may do with an account.
func accountActs(by duty.Actor, x account.Account, posts []duty.Held, signOn bool) []string {
	out := []string{}
	if by.May(duty.ManageAccounts) {
		out = append(out, "sessions")
		if signOn {
			out = append(out, "link")
		}
		switch {
		case x.DisabledAt != 0:
			out = append(out, "enable")
		case x.Person != by.Person:
			out = append(out, "disable")
		}
		if x.Locked {
			out = append(out, "unlock")
		}
	}
	if x.DisabledAt == 0 && by.MayReset(x.Person, posts) {
		out = append(out, "reset")
		if x.CodeOn && by.May(duty.ManagePosts) {
			out = append(out, "clearCode")
		}
	}
	return out
}

func (a *API) exportAccounts(ctx context.Context, by duty.Actor, q url.Values) (string, func(io.Writer) error, error) {
	if _, err := officers(context.WithValue(ctx, actorKey, by)); err != nil {
		return "", nil, err
	}
	in := &accountQuery{State: q.Get("state"), Q: q.Get("q"), Limit: exportPage}
	first, err := a.accountPage(ctx, by, in)
	if err != nil {
		return "", nil, err
	}
	heading := []string{"姓名", "登录名", "手机号", "岗位", "状态", "动态码", "统一身份", "开设日期", "最近登录"}
	yes := map[bool]string{true: "是", false: "否"}
	return "账号_" + a.today() + ".xlsx", func(w io.Writer) error {
		return stream(w, "账号", heading, first, func(after string) (Page[AccountRow], error) {
			in.After = after
			return a.accountPage(ctx, by, in)
		}, func(r AccountRow) []workbook.Value {
			return []workbook.Value{workbook.Text(r.Name), workbook.Text(r.Login), workbook.Text(r.Phone), workbook.Text(strings.Join(r.Posts, "；")), workbook.Text(r.StateName), workbook.Text(yes[r.CodeOn]), workbook.Text(yes[r.Linked]),
				workbook.Text(dayOrNone(r.CreatedAt)), workbook.Text(dayOrNone(r.SignedAt))}
		})
	}, nil
}
