package webapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"gonggu/internal/account"
	"gonggu/internal/clock"
)

// OwnAccount is one's own account: what protects it, and where it is signed in.
type OwnAccount struct {
	Login        string      `json:"login"`
	Name         string      `json:"name"`
	Phone        string      `json:"phone" doc:"masked"`
	CodeOn       bool        `json:"codeOn"`
	CodeRequired bool        `json:"codeRequired" doc:"the county wants one of this person"`
	RecoveryLeft int         `json:"recoveryLeft"`
	SignOn       string      `json:"signOn" doc:"the name of the county's single sign-on; empty without one"`
	Linked       bool        `json:"linked"`
	IdleMinutes  int         `json:"idleMinutes"`
	Sessions     []PlaceView `json:"sessions"`
}

// EnrolmentView is what a phone needs to make time codes; shown once.
type EnrolmentView struct {
	Secret string `json:"secret"`
	URI    string `json:"uri"`
	QR     string `json:"qr" doc:"a PNG as a data URI"`
}

// RecoveryView are the recovery codes; shown once.
type RecoveryView struct {
	Codes []string `json:"codes"`
}

// AddressView is where the browser must go next.
type AddressView struct {
	Address string `json:"address"`
}

type passwordOnly struct {
	Body struct {
		Password string `json:"password" maxLength:"200"`
	}
}

func dayOrNone(ms int64) string {
	if ms == 0 {
		return ""
	}
	return clock.Day(ms)
}

// mine are the routes of one's own account; whoever is signed in may use them.
func (a *API) mine(api huma.API) {
	get(api, "show-account", "/account", "One's own account and where it is signed in", func(ctx context.Context, _ *none) (*body[OwnAccount], error) {
		out, err := a.own(ctx)
		return answer(out), a.fail(err)
	})
	post(api, "change-password", "/account/password", "Change one's password; other sessions end", func(ctx context.Context, in *struct {
		Body struct {
			Current string `json:"current" maxLength:"200"`
			Next    string `json:"next" maxLength:"200"`
		}
	}) (*body[OwnAccount], error) {
		return a.onOwn(ctx, "account.password", a.Accounts.Change(ctx, sessionOf(ctx), in.Body.Current, in.Body.Next))
	})
	post(api, "revoke-sessions", "/account/sessions/revoke", "End one of one's sessions, or all others", func(ctx context.Context, in *struct {
		Body struct {
			ID string `json:"id" maxLength:"64" doc:"empty: all but this one"`
		}
	}) (*body[OwnAccount], error) {
		s := sessionOf(ctx)
		if in.Body.ID == "" {
			return a.onOwn(ctx, "account.revoke", a.Accounts.RevokeAll(ctx, s.Person, s.ID))
		}
		return a.onOwn(ctx, "account.revoke", a.Accounts.Revoke(ctx, s.Person, in.Body.ID))
	})
	a.codes(api)
	a.linking(api)
}

func (a *API) codes(api huma.API) {
	post(api, "begin-code", "/account/code", "A secret for time codes, shown once", func(ctx context.Context, in *passwordOnly) (*body[EnrolmentView], error) {
		names, err := a.areaNames(ctx)
		if err != nil {
			return nil, a.fail(err)
		}
		e, err := a.Accounts.BeginCode(ctx, sessionOf(ctx), in.Body.Password, "巩固 "+names[a.County].Name)
		return answer(EnrolmentView(e)), a.fail(err)
	})
	post(api, "confirm-code", "/account/code/confirm", "Switch time codes on with the first one; answers with the recovery codes, shown once", func(ctx context.Context, in *struct {
		Body struct {
			Code string `json:"code" maxLength:"20"`
		}
	}) (*body[RecoveryView], error) {
		codes, err := a.Accounts.ConfirmCode(ctx, sessionOf(ctx), in.Body.Code)
		if err == nil {
			err = a.noted(ctx, "account.code_on", sessionOf(ctx).Person, "")
		}
		return answer(RecoveryView{orNone(codes)}), a.fail(err)
	})
	post(api, "drop-code", "/account/code/drop", "Switch one's time codes off", func(ctx context.Context, in *passwordOnly) (*body[OwnAccount], error) {
		return a.onOwn(ctx, "account.code_off", a.Accounts.DropCode(ctx, sessionOf(ctx), in.Body.Password))
	})
}

type linkAnswer struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      AddressView
}

// linking ties the person who is signed in to his identity; his password keeps another page from doing it for him.
func (a *API) linking(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "begin-link", Method: http.MethodPost, Path: "/api/v1/account/link", Summary: "Begin to tie one's single sign-on to this account", DefaultStatus: http.StatusOK},
		func(ctx context.Context, in *passwordOnly) (*linkAnswer, error) {
			if a.SignOn == nil {
				return nil, a.fail(errNoSignOn)
			}
			s := sessionOf(ctx)
			if err := a.Accounts.Prove(ctx, s, in.Body.Password); err != nil {
				return nil, a.fail(err)
			}
			address, round, err := a.Accounts.Leave(ctx, a.SignOn, backOf(ctx), s.Person)
			if err != nil {
				return nil, a.fail(err)
			}
			return &linkAnswer{SetCookie: a.roundCookie(round, roundAge), Body: AddressView{address}}, nil
		})
	post(api, "drop-link", "/account/unlink", "Untie one's single sign-on", func(ctx context.Context, in *passwordOnly) (*body[OwnAccount], error) {
		if a.SignOn == nil {
			return nil, a.fail(errNoSignOn)
		}
		s := sessionOf(ctx)
		err := a.Accounts.Prove(ctx, s, in.Body.Password)
		if err == nil {
			err = a.Accounts.Unlink(ctx, a.SignOn.Issuer, s.Person)
		}
		return a.onOwn(ctx, "account.unlink", err)
	})
}

// onOwn notes what was done to one's own account and shows it.
func (a *API) onOwn(ctx context.Context, action string, err error) (*body[OwnAccount], error) {
	if err == nil {
		err = a.noted(ctx, action, sessionOf(ctx).Person, "")
	}
	if err != nil {
		return nil, a.fail(err)
	}
	out, err := a.own(ctx)
	return answer(out), a.fail(err)
}

func (a *API) own(ctx context.Context) (OwnAccount, error) {
	s := sessionOf(ctx)
	got, err := a.Accounts.Get(ctx, s.Person)
	if err != nil {
		return OwnAccount{}, err
	}
	out := OwnAccount{Login: got.Login, Name: got.Name, Phone: got.Phone, CodeOn: got.CodeOn, Linked: got.Linked, IdleMinutes: int(account.Idle.Minutes()), CodeRequired: ctx.Value(mustKey) == mustEnrol}
	if by := actorOf(ctx); by.Name != "" {
		out.Name = by.Name
	}
	if a.SignOn != nil {
		out.SignOn = a.SignOn.Name
	}
	if out.RecoveryLeft, err = a.Accounts.Recovery(ctx, s.Person); err != nil {
		return out, err
	}
	out.Sessions, err = a.placesOf(ctx, s.Person)
	return out, err
}
