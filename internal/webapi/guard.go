package webapi

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strings"

	"gonggu/internal/account"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
)

// What else than account.Must… keeps a session from working.
const (
	mustEnrol = "enrol" // the county wants officers to sign in with a time code
	mustPost  = "post"  // no post is left
)

// unfinished says, for each thing that a session must do first, where it may go meanwhile and what it
// hears elsewhere. Somebody without a post may still hand in what he wrote while he had one (design contract 10).
var unfinished = map[string]struct {
	paths []string
	why   *errs.Error
}{
	account.MustCode:   {[]string{"/session", "/session/code"}, errs.New(errs.Forbidden, "account.must_code", "请先输入手机上的动态码，完成登录。")},
	account.MustChange: {[]string{"/session", "/account", "/account/password"}, errs.New(errs.Forbidden, "account.must_change", "您用的是一次性密码，请先改成自己的密码，再办理其他事项。")},
	mustEnrol: {[]string{"/session", "/account", "/account/password", "/account/code", "/account/code/confirm"},
		errs.New(errs.Forbidden, "account.must_enrol", "本县要求系统管理员、安全管理员、审计员用动态码登录；请先启用动态码。")},
	mustPost: {[]string{"/session", "/session/post", "/acts", "/refused", "/account", "/account/password", "/account/code", "/account/code/confirm", "/account/code/drop", "/account/sessions/revoke", "/account/link", "/account/unlink"},
		errs.New(errs.Forbidden, "account.no_post", "您的账号目前没有任何岗位；已交的记录都在。请联系安全管理员。")},
}

// identify finds who asks: the session of the cookie, in the post that he works in.
func (a *API) identify(r *http.Request) (context.Context, error) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return nil, account.ErrSignedIn
	}
	s, err := a.Accounts.Of(r.Context(), c.Value)
	if err != nil {
		return nil, err
	}
	by, must, err := a.entrance(r.Context(), s)
	if err != nil {
		return nil, err
	}
	if u, ok := unfinished[must]; ok && !slices.Contains(u.paths, strings.TrimPrefix(r.URL.Path, "/api/v1")) {
		return nil, u.why
	}
	ctx := context.WithValue(r.Context(), actorKey, by)
	ctx = context.WithValue(ctx, tokenKey, c.Value)
	ctx = context.WithValue(ctx, mustKey, must)
	return context.WithValue(ctx, sessionKey, s), nil
}

// entrance says in which post a session works and what it must do first. The zero Actor may nothing.
func (a *API) entrance(ctx context.Context, s account.Session) (duty.Actor, string, error) {
	if s.Must == account.MustCode {
		return duty.Actor{}, s.Must, nil
	}
	by, err := a.actor(ctx, s)
	switch {
	case errs.Code(err) == duty.ErrNoPost.Code:
		must := s.Must
		if must == "" {
			must = mustPost
		}
		return duty.Actor{Person: s.Person}, must, nil
	case err != nil || s.Must != "":
		return by, s.Must, err
	case s.CodeOn || !slices.ContainsFunc(by.Duties, duty.Duty.Officer):
		return by, "", nil
	}
	rule, err := a.Accounts.Rule(ctx, account.RuleOfficerCode)
	if err == nil && rule == "on" {
		return by, mustEnrol, nil
	}
	return by, "", err
}

// actor returns the post that a session chose, or the oldest that is left. Code: duty.no_post.
func (a *API) actor(ctx context.Context, s account.Session) (duty.Actor, error) {
	if s.Post != "" {
		by, err := duty.ActorOf(ctx, a.DB, a.County, s.Person, s.Post)
		if err == nil || errs.Code(err) != duty.ErrNoPost.Code {
			return by, err
		}
	}
	posts, err := duty.PostsOf(ctx, a.DB, a.County, s.Person)
	if err != nil {
		return duty.Actor{}, err
	}
	if len(posts) == 0 {
		return duty.Actor{}, duty.ErrNoPost
	}
	return posts[0], nil
}

// from says where a request comes from. Only a proxy of our own is believed about others.
func (a *API) from(r *http.Request) account.From {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if a.Proxied {
		list := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
		if last := strings.TrimSpace(list[len(list)-1]); net.ParseIP(last) != nil {
			host = last
		}
	}
	return account.From{Address: host, Agent: browserOf(r.UserAgent())}
}

// browserOf says in words what somebody reads in his list of sign-ins; the whole header is nobody's business.
func browserOf(agent string) string {
	browser, machine := "其他程序", ""
	for _, x := range [][2]string{{"MicroMessenger", "微信"}, {"Edg/", "Edge"}, {"360SE", "360 浏览器"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}} {
		if strings.Contains(agent, x[0]) {
			browser = x[1]
			break
		}
	}
	for _, x := range [][2]string{{"Android", "安卓手机"}, {"iPhone", "苹果手机"}, {"iPad", "苹果平板"}, {"Windows", "Windows 电脑"}, {"Mac OS", "苹果电脑"}, {"Linux", "Linux 电脑"}} {
		if strings.Contains(agent, x[0]) {
			machine = x[1]
			break
		}
	}
	return strings.TrimSpace(machine + " " + browser)
}

func fromOf(ctx context.Context) account.From {
	f, _ := ctx.Value(fromKey).(account.From)
	return f
}

func sessionOf(ctx context.Context) account.Session {
	s, _ := ctx.Value(sessionKey).(account.Session)
	return s
}

// noted writes an account event down in the name of who is signed in.
func (a *API) noted(ctx context.Context, action, subject, detail string) error {
	by := actorOf(ctx)
	return a.Accounts.Noted(ctx, account.Event{At: a.Clock.Now(), Person: by.Person, Post: by.Post, Action: action, Subject: subject, Detail: detail})
}
