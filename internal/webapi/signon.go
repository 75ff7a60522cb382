package webapi

import (
	"context"
	"net/http"
	"net/url"

	"gonggu/internal/account"
	"gonggu/internal/errs"
)

// The single sign-on is a round of redirects, not an API: it lies at /oidc/, outside of /api/v1.

const (
	roundCookieName = "gonggu_round"
	roundAge        = 600 // seconds
	oidcBack        = "/oidc/callback"
)

func (a *API) roundCookie(value string, age int) http.Cookie {
	return http.Cookie{Name: roundCookieName, Value: value, Path: "/oidc/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: a.Secure, MaxAge: age}
}

type hostKey struct{}

// backOf is the address to which the provider sends people back: where they came from.
func backOf(ctx context.Context) string {
	s, _ := ctx.Value(hostKey{}).(string)
	return s + oidcBack
}

func (a *API) origin(r *http.Request) string {
	if a.Secure {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// SignOnHandler serves the two ends of a sign-in by the county's single sign-on: leaving and coming back.
func (a *API) SignOnHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oidc/start", func(w http.ResponseWriter, r *http.Request) {
		if a.SignOn == nil {
			a.turnedBack(w, r, errNoSignOn)
			return
		}
		address, round, err := a.Accounts.Leave(r.Context(), a.SignOn, a.origin(r)+oidcBack, "")
		if err != nil {
			a.turnedBack(w, r, err)
			return
		}
		c := a.roundCookie(round, roundAge)
		http.SetCookie(w, &c)
		http.Redirect(w, r, address, http.StatusFound)
	})
	mux.HandleFunc("GET "+oidcBack, a.cameBack)
	return mux
}

func (a *API) cameBack(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	gone := a.roundCookie("", -1)
	http.SetCookie(w, &gone)
	if a.SignOn == nil {
		a.turnedBack(w, r, errNoSignOn)
		return
	}
	value := ""
	if c, err := r.Cookie(roundCookieName); err == nil {
		value = c.Value
	}
	ctx := context.WithValue(r.Context(), fromKey, a.from(r))
	subject, person, err := a.Accounts.Return(ctx, a.SignOn, a.origin(r)+oidcBack, value, r.URL.Query())
	if err != nil {
		a.turnedBack(w, r, err)
		return
	}
	if person != "" {
		a.link(w, r, subject, person)
		return
	}
	who, token, err := a.Accounts.Enter(ctx, a.SignOn.Issuer, subject, fromOf(ctx))
	if err = a.entered(ctx, who, "oidc", err); err != nil {
		a.turnedBack(w, r, err)
		return
	}
	c := a.cookie(token, 0)
	http.SetCookie(w, &c)
	http.Redirect(w, r, "/", http.StatusFound)
}

// link ties the identity that came back to the person who left, if he still is the one who is signed in.
func (a *API) link(w http.ResponseWriter, r *http.Request, subject, person string) {
	c, err := r.Cookie(cookieName)
	if err == nil {
		var s account.Session
		if s, err = a.Accounts.Of(r.Context(), c.Value); err == nil && s.Person != person {
			err = account.ErrSignedIn
		}
	} else {
		err = account.ErrSignedIn
	}
	if err == nil {
		err = a.Accounts.Link(r.Context(), a.SignOn.Issuer, subject, person)
	}
	if err == nil {
		err = a.Accounts.Noted(r.Context(), account.Event{At: a.Clock.Now(), Person: person, Action: "account.link", Subject: person})
	}
	if err != nil {
		http.Redirect(w, r, "/account?fault="+url.QueryEscape(a.sayable(err)), http.StatusFound)
		return
	}
	http.Redirect(w, r, "/account?linked=1", http.StatusFound)
}

// sayable is the sentence of an error for a page that the browser is sent to; our own faults are logged, not shown.
func (a *API) sayable(err error) string {
	if e := errs.As(err); e.Kind == errs.Internal || e.Code == "oidc.denied" || e.Code == "oidc.unreachable" {
		a.Log.Error("single sign-on", "error", err.Error())
	}
	return errs.Code(err)
}

// turnedBack sends a person to the sign-in page, which says in words what the code means.
func (a *API) turnedBack(w http.ResponseWriter, r *http.Request, err error) {
	http.Redirect(w, r, "/sign-in?fault="+url.QueryEscape(a.sayable(err)), http.StatusFound)
}
