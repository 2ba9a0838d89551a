// Package directory lets people in whom a federation's own directory knows, over OpenID Connect.
package directory

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// Config says which directory, and how it knows people.
type Config struct {
	Issuer     string   `json:"issuer"` // https://id.example.org, as the directory writes it itself
	ClientID   string   `json:"client_id"`
	SecretFile string   `json:"secret_file"` // holds the client's secret; "" for a public client
	Name       Name     `json:"name"`        // what the button says
	Scopes     []string `json:"scopes"`      // besides openid; phone and email unless given
	// Claim holds the telephone number or the e-mail address with which the person signs in here. Its owner must be sure: for
	// phone_number and email the directory has to say that they are verified.
	Claim string `json:"claim"` // phone_number unless given
	// Unverified takes the claim without that: for directories whose numbers are entered by officers alone.
	Unverified bool `json:"unverified"`
}

// Name is what the directory is called.
type Name struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// Identity is somebody as the directory knows them.
type Identity struct {
	Issuer, Subject string    // for ever theirs
	Login           string    // the number or address of theirs, as the directory writes it; "" when it gives none that is verified
	At              time.Time // when they proved there who they are, which may be long ago; zero when it does not say
}

// Directory is one provider. It is asked for what it can do when somebody wants to sign in, not before: a directory that
// is away keeps nobody from starting the hall, nor from signing in otherwise. Safe for concurrent use.
type Directory struct {
	c        Config
	secret   string
	back     string
	client   *http.Client
	mu       sync.Mutex
	provider *oidc.Provider
}

// ErrRefused is an answer of the directory, or of somebody who says to be it, that proves nothing.
var ErrRefused = errors.New("directory: refused")

// Read reads a configuration and its secret. back is the address of the hall to which the directory leads back.
func Read(path, back string) (*Directory, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var c Config
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	out, err := New(c, back)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return out, nil
}

// New makes a directory; it asks nobody yet.
func New(c Config, back string) (*Directory, error) {
	u, err := url.Parse(c.Issuer)
	local := err == nil && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1")
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && local):
		return nil, errors.New("issuer: want an https:// address")
	case c.ClientID == "":
		return nil, errors.New("client_id: is missing")
	case c.Name.ZH == "":
		return nil, errors.New("name.zh: is missing: the button says it")
	}
	if c.Name.EN == "" {
		c.Name.EN = c.Name.ZH
	}
	if c.Claim == "" {
		c.Claim = "phone_number"
	}
	if len(c.Scopes) == 0 {
		c.Scopes = []string{"phone", "email"}
	}
	d := &Directory{c: c, back: back, client: &http.Client{Timeout: 10 * time.Second, CheckRedirect: stay}}
	if c.SecretFile != "" {
		b, err := os.ReadFile(c.SecretFile)
		if err != nil {
			return nil, err
		}
		d.secret = strings.TrimSpace(string(b))
	}
	return d, nil
}

// stay follows nobody: what the directory answers, it answers at the addresses that it has named.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// Name is what the button says.
func (d *Directory) Name() Name { return d.c.Name }

// Issuer is who it is.
func (d *Directory) Issuer() string { return d.c.Issuer }

// known asks the directory once for its addresses and keys; keys are read again as they change.
func (d *Directory) known(ctx context.Context) (*oidc.Provider, *oauth2.Config, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.provider == nil {
		// The provider keeps the context for reading keys later.
		p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), d.client), d.c.Issuer)
		if err != nil {
			return nil, nil, fmt.Errorf("directory: it cannot be asked: %w", err)
		}
		d.provider = p
	}
	return d.provider, &oauth2.Config{ClientID: d.c.ClientID, ClientSecret: d.secret, Endpoint: d.provider.Endpoint(), RedirectURL: d.back,
		Scopes: append([]string{oidc.ScopeOpenID}, d.c.Scopes...)}, nil
}

// Ping reports whether the directory answers.
func (d *Directory) Ping(ctx context.Context) error {
	_, _, err := d.known(ctx)
	return err
}

// Address is where the person signs in. State comes back with them, nonce inside of what the directory signs, and the
// verifier is shown when the code is turned in: all three are secrets of one attempt.
func (d *Directory) Address(ctx context.Context, state, nonce, verifier string) (string, error) {
	_, c, err := d.known(ctx)
	if err != nil {
		return "", err
	}
	// Whoever asks for an age is told when somebody signed in; this one is so high that it asks nobody anew.
	told := oauth2.SetAuthURLParam("max_age", strconv.Itoa(int(mostAge/time.Second)))
	return c.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier), told), nil
}

// Identity turns in the code with which somebody came back.
func (d *Directory) Identity(ctx context.Context, code, nonce, verifier string) (Identity, error) {
	p, c, err := d.known(ctx)
	if err != nil {
		return Identity{}, err
	}
	ctx = oidc.ClientContext(ctx, d.client)
	token, err := c.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return Identity{}, exchangeFailed(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := p.Verifier(&oidc.Config{ClientID: d.c.ClientID}).Verify(ctx, raw)
	if err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	switch {
	case id.Nonce != nonce:
		return Identity{}, fmt.Errorf("%w: the nonce is another's", ErrRefused)
	case id.Subject == "": // the library takes it, and all who are called nothing would be one person
		return Identity{}, fmt.Errorf("%w: it names nobody", ErrRefused)
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if claims[d.c.Claim] == nil {
		if err := d.more(ctx, p, token, id.Subject, claims); err != nil {
			return Identity{}, err
		}
	}
	return Identity{Issuer: id.Issuer, Subject: id.Subject, Login: d.login(claims), At: provedAt(claims)}, nil
}

const (
	mostAge = 30 * 24 * time.Hour // how long ago somebody may have signed in at the directory
	skew    = 5 * time.Minute     // how far its clock may be ahead
)

// provedAt is when the directory says that the person signed in there; it never is to come.
func provedAt(claims map[string]any) time.Time {
	said, ok := claims["auth_time"].(float64)
	now := time.Now().UTC().Truncate(time.Second)
	at := time.Unix(int64(said), 0).UTC()
	switch {
	case !ok || said <= 0 || said > 1<<40 || at.After(now.Add(skew)):
		return time.Time{}
	case at.After(now):
		return now
	}
	return at
}

// more asks for what the directory does not put into what it signs.
func (d *Directory) more(ctx context.Context, p *oidc.Provider, token *oauth2.Token, subject string, into map[string]any) error {
	if p.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return fmt.Errorf("directory: it does not say who came: %w", err)
	}
	if info.Subject != subject {
		return fmt.Errorf("%w: it speaks of somebody else", ErrRefused)
	}
	found := map[string]any{}
	if err := info.Claims(&found); err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	for name, v := range found {
		if into[name] == nil {
			into[name] = v
		}
	}
	return nil
}

// login is the claim, where its owner is sure.
func (d *Directory) login(claims map[string]any) string {
	v, _ := claims[d.c.Claim].(string)
	if d.c.Unverified {
		return v
	}
	switch sure := claims[d.c.Claim+"_verified"].(type) {
	case bool:
		if sure {
			return v
		}
	case string: // as some write it
		if sure == "true" {
			return v
		}
	}
	return ""
}

// exchangeFailed tells a code that is no good from a directory that is away. The library's error holds the whole answer.
func exchangeFailed(err error) error {
	var r *oauth2.RetrieveError
	if errors.As(err, &r) && r.Response != nil {
		if r.Response.StatusCode < 500 {
			return fmt.Errorf("%w: %s", ErrRefused, r.ErrorCode)
		}
		return fmt.Errorf("directory: it answers %d", r.Response.StatusCode)
	}
	return fmt.Errorf("directory: it does not answer: %w", err)
}
