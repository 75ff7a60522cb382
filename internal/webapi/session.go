package webapi

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/access"
	"gonggu/internal/account"
	"gonggu/internal/act"
	"gonggu/internal/campaign"
	"gonggu/internal/duty"
	"gonggu/internal/errs"
)

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		return []byte(`{}`)
	}
	return b
}

// Ref names a place.
type Ref struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// UnitRef names a unit.
type UnitRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// Post is one of the person's posts.
type Post struct {
	ID     string   `json:"id"`
	Title  string   `json:"title"`
	Unit   UnitRef  `json:"unit"`
	Area   Ref      `json:"area"`
	Duties []string `json:"duties"`
}

// AccountRef is who is signed in.
type AccountRef struct {
	ID    string `json:"id"`
	Login string `json:"login"`
	Name  string `json:"name"`
}

// CampaignView is the open campaign.
type CampaignView struct {
	ID         string           `json:"id"`
	Title      string           `json:"title"`
	Pack       string           `json:"pack" doc:"the pack's version"`
	PackDigest string           `json:"packDigest"`
	CutOff     string           `json:"cutOff"`
	Phases     []campaign.Phase `json:"phases"`
	Days       []campaign.Day   `json:"days"`
	OpenedAt   int64            `json:"openedAt"`
}

// LogHead is the log's size and root.
type LogHead struct {
	Size int64  `json:"size"`
	Root string `json:"root"`
}

// Me is the signed-in person in the post that he works in, and what that post may do.
type Me struct {
	Account     AccountRef    `json:"account"`
	Post        Post          `json:"post"`
	Posts       []Post        `json:"posts"`
	May         []string      `json:"may"`
	Day         string        `json:"day" doc:"the product's own day; a demonstration stands on its own"`
	Now         int64         `json:"now" doc:"the product's own clock, Unix ms"`
	Demo        bool          `json:"demo"`
	County      Ref           `json:"county"`
	Campaign    *CampaignView `json:"campaign,omitempty"`
	LogHead     LogHead       `json:"logHead"`
	Fingerprint string        `json:"fingerprint" doc:"of the log's public key"`
	Must        string        `json:"must" enum:",code,password,enrol,post" doc:"what this session must do before anything else"`
	Note        string        `json:"note" doc:"something to tell the person: the post he worked in has ended"`
}

type credentials struct {
	Body struct {
		Login    string `json:"login" maxLength:"60"`
		Password string `json:"password" maxLength:"200"`
	}
}

type meAnswer struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      Me
}

type signedOut struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (a *API) cookie(token string, age int) http.Cookie {
	return http.Cookie{Name: cookieName, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: a.Secure, MaxAge: age}
}

// CountyView is what the sign-in page shows before anybody has signed in.
type CountyView struct {
	Code string `json:"code"`
	Name string `json:"name"`
	Demo bool   `json:"demo"`
	Day  string `json:"day"`
	// SignOn is what the button of the single sign-on says; "" when the county has none.
	SignOn string `json:"signOn"`
}

func (a *API) sessions(api huma.API) {
	get(api, "show-county", "/county", "The county's name, for the sign-in page", func(ctx context.Context, _ *none) (*body[CountyView], error) {
		names, err := a.areaNames(ctx)
		v := CountyView{Code: a.County, Name: names[a.County].Name, Demo: a.Demo, Day: a.today()}
		if a.SignOn != nil {
			v.SignOn = a.SignOn.Name
		}
		return answer(v), a.fail(err)
	})
	post(api, "sign-in", "/session", "Sign in with login and password", func(ctx context.Context, in *credentials) (*meAnswer, error) {
		person, token, err := a.Accounts.SignIn(ctx, in.Body.Login, in.Body.Password, fromOf(ctx))
		if err = a.entered(ctx, person, "password", err); err != nil {
			return nil, a.fail(err)
		}
		me, err := a.meOf(ctx, token)
		return &meAnswer{SetCookie: a.cookie(token, 0), Body: me}, a.fail(err)
	})
	post(api, "sign-in-code", "/session/code", "The second step of a sign-in: a time code or a recovery code", func(ctx context.Context, in *struct {
		Body struct {
			Code string `json:"code" maxLength:"40"`
		}
	}) (*body[Me], error) {
		s := sessionOf(ctx)
		if err := a.entered(ctx, s.Person, "code", a.Accounts.Code(ctx, s, in.Body.Code)); err != nil {
			return nil, a.fail(err)
		}
		token, _ := ctx.Value(tokenKey).(string)
		me, err := a.meOf(ctx, token)
		return answer(me), a.fail(err)
	})
	get(api, "show-session", "/session", "Who is signed in, in which post, and what it may do", func(ctx context.Context, _ *none) (*body[Me], error) {
		token, _ := ctx.Value(tokenKey).(string)
		me, err := a.meOf(ctx, token)
		return answer(me), a.fail(err)
	})
	huma.Register(api, huma.Operation{OperationID: "sign-out", Method: http.MethodDelete, Path: "/api/v1/session", Summary: "End this session", DefaultStatus: http.StatusOK},
		func(ctx context.Context, in *struct {
			Session string `cookie:"gonggu_session"`
		}) (*signedOut, error) {
			if in.Session != "" {
				if err := a.Accounts.SignOut(ctx, in.Session); err != nil {
					return nil, a.fail(err)
				}
			}
			return &signedOut{SetCookie: a.cookie("", -1)}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "choose-post", Method: http.MethodPut, Path: "/api/v1/session/post", Summary: "Work in another of one's posts", DefaultStatus: http.StatusOK},
		func(ctx context.Context, in *struct {
			Body struct {
				Post string `json:"post"`
			}
		}) (*body[Me], error) {
			s := sessionOf(ctx)
			by, err := duty.ActorOf(ctx, a.DB, a.County, s.Person, in.Body.Post)
			if err != nil {
				return nil, a.fail(err)
			}
			token, _ := ctx.Value(tokenKey).(string)
			if err := a.Accounts.Choose(ctx, token, by.Post); err != nil {
				return nil, a.fail(err)
			}
			me, err := a.meOf(ctx, token)
			return answer(me), a.fail(err)
		})
}

// entered notes a sign-in, done or failed, of an account that exists.
func (a *API) entered(ctx context.Context, person, how string, err error) error {
	if err != nil && !errs.Shown(err) {
		return err
	}
	e := access.Entry{Person: person, Action: access.SignIn, Subject: person, Detail: howNames[how] + " " + fromOf(ctx).Address}
	if err != nil { // the login as typed is not kept: people type passwords there
		e.Action, e.Detail = access.SignFail, e.Detail+" "+errs.As(err).Message
	}
	a.Access.Later(e)
	return err
}

var howNames = map[string]string{"password": "密码", "code": "动态码", "oidc": "统一身份"}

// meOf says who is signed in as the guard of the next request will find him.
func (a *API) meOf(ctx context.Context, token string) (Me, error) {
	s, err := a.Accounts.Of(ctx, token)
	if err != nil {
		return Me{}, err
	}
	by, must, err := a.entrance(ctx, s)
	if err != nil {
		return Me{}, err
	}
	if must == account.MustCode {
		names, err := a.areaNames(ctx)
		// Half signed in: nothing but what the sign-in page shows.
		return Me{Account: AccountRef{Login: s.Login}, Post: Post{Duties: []string{}}, Posts: []Post{}, May: []string{}, Day: a.today(), Now: a.Clock.Now(), Demo: a.Demo,
			County: Ref{a.County, names[a.County].Name}, Must: must}, err
	}
	me, err := a.me(ctx, s, by)
	me.Must = must
	return me, err
}

// moved tells somebody whose chosen post has ended in which one he works now.
func (a *API) moved(ctx context.Context, s account.Session, by duty.Actor) (string, error) {
	if s.Post == "" || s.Post == by.Post || by.Post == "" {
		return "", nil
	}
	was, err := duty.Known(ctx, a.DB, a.County, s.Post)
	if err != nil {
		return "", err
	}
	return "您原来的岗位“" + was.UnitName + " " + was.Title + "”已经结束，现在按“" + by.UnitName + " " + by.Title + "”办理。在原岗位填写、尚未提交的内容，提交后会留在“未受理的记录”里，不会丢。", nil
}

func (a *API) me(ctx context.Context, s account.Session, by duty.Actor) (Me, error) {
	names, err := a.areaNames(ctx)
	if err != nil {
		return Me{}, err
	}
	if by.Name == "" {
		kept, err := a.Accounts.Get(ctx, s.Person)
		if err != nil {
			return Me{}, err
		}
		by.Name = kept.Name
	}
	note, err := a.moved(ctx, s, by)
	if err != nil {
		return Me{}, err
	}
	me := Me{Note: note, Account: AccountRef{s.Person, s.Login, by.Name}, Post: a.postView(by, names), Posts: []Post{}, May: []string{}, Day: a.today(), Now: a.Clock.Now(), Demo: a.Demo,
		County: Ref{a.County, names[a.County].Name}, Fingerprint: a.Fingerprint}
	posts, err := duty.PostsOf(ctx, a.DB, a.County, s.Person)
	if err != nil {
		return me, err
	}
	for _, p := range posts {
		me.Posts = append(me.Posts, a.postView(p, names))
	}
	for _, m := range by.All() {
		me.May = append(me.May, string(m))
	}
	head, err := act.ReadHead(ctx, a.DB, a.County)
	if err != nil {
		return me, err
	}
	me.LogHead = LogHead{head.Size, hex.EncodeToString(head.Root[:])}
	c, l, err := a.Book.Current(ctx, a.DB)
	if errs.Code(err) == campaign.ErrNone.Code {
		return me, nil
	}
	if err != nil {
		return me, err
	}
	me.Campaign = &CampaignView{c.ID, c.Title, l.Pack.Version(), c.Pack, c.CutOff, c.Phases, orNone(c.Days), c.OpenedAt}
	return me, nil
}

func orNone[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (a *API) postView(p duty.Actor, names map[string]duty.Area) Post {
	v := Post{ID: p.Post, Title: p.Title, Unit: UnitRef{p.Unit, p.UnitName, p.UnitKind}, Area: Ref{p.Area, names[p.Area].Name}, Duties: []string{}}
	for _, d := range p.Duties {
		v.Duties = append(v.Duties, string(d))
	}
	return v
}
