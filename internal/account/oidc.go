package account

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"gonggu/internal/errs"
)

// Provider is the county's single sign-on (OpenID Connect): authorization code with PKCE, state and
// nonce. It is asked for its addresses when it is first needed, so that the product starts without it.
type Provider struct {
	Issuer, Client, Secret string
	Name                   string // as the button says it
	HTTP                   *http.Client

	mu       sync.Mutex
	provider *oidc.Provider
}

// roundLife is how long a person may take at the provider.
const roundLife = 10 * time.Minute

// Errors of the single sign-on.
var (
	errProvider = errs.New(errs.Busy, "oidc.unreachable", "统一身份认证暂时连不上；请稍后再试，或用账号密码登录。")
	errRound    = errs.New(errs.SignedOut, "oidc.round", "这次统一身份登录已过期或不是从本页发起的；请重新点击登录。")
	errDenied   = errs.New(errs.SignedOut, "oidc.denied", "统一身份认证没有放行；请重新登录，或用账号密码登录。")
)

// round is what a sign-in must remember while its person is at the provider. It travels sealed in a cookie.
type round struct {
	State, Nonce, Verifier, Person string
	Until                          int64
}

func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.provider != nil {
		return p.provider, nil
	}
	// The keys are fetched later with this context: it must not end with the request.
	got, err := oidc.NewProvider(p.context(context.WithoutCancel(ctx)), p.Issuer)
	if err != nil {
		return nil, errProvider.Because(err)
	}
	p.provider = got
	return got, nil
}

func (p *Provider) context(ctx context.Context) context.Context {
	client := p.HTTP
	if client == nil {
		client = &http.Client{Timeout: 15 * time.Second}
	}
	return oidc.ClientContext(ctx, client)
}

func (p *Provider) config(o *oidc.Provider, back string) *oauth2.Config {
	return &oauth2.Config{ClientID: p.Client, ClientSecret: p.Secret, Endpoint: o.Endpoint(), RedirectURL: back, Scopes: []string{oidc.ScopeOpenID, "profile"}}
}

// Leave begins a sign-in, or, with a person, a linking: the address to go to, and what the browser
// keeps meanwhile. Code: oidc.unreachable.
func (b Book) Leave(ctx context.Context, p *Provider, back, person string) (address, cookie string, err error) {
	o, err := p.discover(ctx)
	if err != nil {
		return "", "", err
	}
	r := round{State: newVerifier(), Nonce: newVerifier(), Verifier: oauth2.GenerateVerifier(), Person: person, Until: b.Clock.Now() + roundLife.Milliseconds()}
	raw, err := json.Marshal(r)
	if err != nil {
		return "", "", err
	}
	cookie = base64.RawURLEncoding.EncodeToString(b.Keys.Seal("oidc", raw))
	return p.config(o, back).AuthCodeURL(r.State, oidc.Nonce(r.Nonce), oauth2.S256ChallengeOption(r.Verifier)), cookie, nil
}

// Return ends what Leave began: who the provider says it is, and the person who is linking ("" for a
// sign-in). Codes: oidc.round, oidc.denied, oidc.unreachable.
func (b Book) Return(ctx context.Context, p *Provider, back, cookie string, q url.Values) (subject, person string, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(cookie)
	if err != nil || cookie == "" {
		return "", "", errRound
	}
	plain, err := b.Keys.Open("oidc", raw)
	if err != nil {
		return "", "", errRound
	}
	var r round
	if err := json.Unmarshal(plain, &r); err != nil || r.Until < b.Clock.Now() || q.Get("state") != r.State {
		return "", "", errRound
	}
	if q.Get("code") == "" {
		return "", "", errDenied
	}
	o, err := p.discover(ctx)
	if err != nil {
		return "", "", err
	}
	ctx = p.context(ctx)
	token, err := p.config(o, back).Exchange(ctx, q.Get("code"), oauth2.VerifierOption(r.Verifier))
	if err != nil {
		return "", "", errDenied.Because(err)
	}
	id, ok := token.Extra("id_token").(string)
	if !ok {
		return "", "", errDenied
	}
	said, err := o.Verifier(&oidc.Config{ClientID: p.Client}).Verify(ctx, id)
	if err != nil {
		return "", "", errDenied.Because(err)
	}
	if said.Nonce != r.Nonce {
		return "", "", errRound
	}
	return said.Subject, r.Person, nil
}
