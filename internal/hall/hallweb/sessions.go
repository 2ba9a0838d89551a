package hallweb

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/scs/v2"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
)

// Sessions knows by a cookie who is asking. A session begins at sign-in, not before, so readers
// without an account leave no trace.
type Sessions struct {
	s             *hall.Service
	plain, secure *scs.SessionManager // the same sessions, under a cookie for http and one for https
}

const (
	personKey = "person"
	provedKey = "proved" // when the person last proved who they are
)

// NewSessions makes the sessions of a service.
func NewSessions(s *hall.Service) *Sessions {
	m := scs.New()
	m.Lifetime = hall.SessionLife
	m.Store = sessionStore{s}
	m.Codec = codec{}
	m.HashTokenInStore = true
	m.ErrorFunc = sessionFailed
	m.Cookie.Name = "session"
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	secure := *m // with the same key into the context
	secure.Cookie.Name = "__Host-session"
	secure.Cookie.Secure = true
	return &Sessions{s: s, plain: m, secure: &secure}
}

// Wrap loads the session of a request and saves it; it goes into web.Options.Wrap.
func (se *Sessions) Wrap(next http.Handler) http.Handler {
	next = se.holdUp(next)
	plain, secure := se.plain.LoadAndSave(next), se.secure.LoadAndSave(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(context.WithValue(r.Context(), agentKey{}, r.UserAgent()))
		if web.Secure(r.Context()) {
			secure.ServeHTTP(w, r)
			return
		}
		plain.ServeHTTP(w, r)
	})
}

// Authenticate says who is asking, behind Wrap: it goes into web.Options.Authenticate, or is asked by
// it. A person who may not sign in any more is fault.Unauthenticated.
func (se *Sessions) Authenticate(r *http.Request) (actor.Actor, error) {
	personID := se.plain.GetString(r.Context(), personKey)
	if personID == "" {
		return actor.Actor{}, nil
	}
	a, err := se.s.Actor(r.Context(), personID)
	if fault.Is(err, fault.NotFound) {
		return actor.Actor{}, fault.New(fault.Unauthenticated, "fault.unauthenticated").Because(err)
	}
	return a, err
}

// begin signs the person in on this device, under a new token.
func (se *Sessions) begin(ctx context.Context, personID string) error {
	if err := se.plain.RenewToken(ctx); err != nil {
		return err
	}
	se.plain.Put(ctx, personKey, personID)
	se.ownNow(ctx)
	se.prove(ctx)
	return nil
}

// prove notes that the person has just proved who they are.
func (se *Sessions) prove(ctx context.Context) {
	se.plain.Put(ctx, provedKey, se.s.Now().UTC().Format(time.RFC3339))
}

// proveAnew notes that they did so within a session, which goes on under a new token and ends when it would have: whoever
// had the old one has nothing.
func (se *Sessions) proveAnew(ctx context.Context) error {
	until := se.plain.Deadline(ctx)
	if err := se.plain.RenewToken(ctx); err != nil {
		return err
	}
	se.plain.SetDeadline(ctx, until)
	se.prove(ctx)
	return nil
}

// provedThen notes that they did so earlier, at a directory; a time that is not known is long ago.
func (se *Sessions) provedThen(ctx context.Context, at time.Time) {
	se.plain.Put(ctx, provedKey, at.UTC().Format(time.RFC3339))
}

// proved is when they last did; zero when that is not known.
func (se *Sessions) proved(ctx context.Context) time.Time {
	at, _ := time.Parse(time.RFC3339, se.plain.GetString(ctx, provedKey))
	return at
}

// end signs out on this device.
func (se *Sessions) end(ctx context.Context) error {
	if se.plain.Token(ctx) == "" {
		return nil
	}
	return se.plain.Destroy(ctx)
}

// current is the id under which the session at hand is kept.
func (se *Sessions) current(ctx context.Context) string {
	token := se.plain.Token(ctx)
	if token == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(token)) // as scs hashes it
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

type agentKey struct{}

// sessionFailed answers when a session cannot be read or kept. What was done is told by the log.
func sessionFailed(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	slog.ErrorContext(r.Context(), "session", "request", web.RequestID(r.Context()), "err", err)
	w.Header().Set("Retry-After", "5")
	http.Error(w, lang.T(r.Context(), "fault.unavailable"), http.StatusServiceUnavailable)
}

// sessionStore keeps scs's sessions in the hall.
type sessionStore struct{ s *hall.Service }

var _ scs.CtxStore = sessionStore{}

// FindCtx implements scs.CtxStore; the token is a hash already.
func (st sessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	se, err := st.s.Session(ctx, token)
	if fault.Is(err, fault.NotFound) {
		return nil, false, nil
	}
	return se.Data, err == nil, err
}

// CommitCtx implements scs.CtxStore.
func (st sessionStore) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	_, values, err := codec{}.Decode(b)
	if err != nil {
		return err
	}
	personID, _ := values[personKey].(string)
	agent, _ := ctx.Value(agentKey{}).(string)
	expires := st.s.Now().Add(time.Until(expiry)).Truncate(time.Second) // scs counts by the machine's clock
	return st.s.SaveSession(ctx, hall.Session{
		ID: token, PersonID: personID, Expires: expires, Address: web.ClientIP(ctx).String(), Agent: cut(agent, 300), Data: b,
	})
}

// DeleteCtx implements scs.CtxStore.
func (st sessionStore) DeleteCtx(ctx context.Context, token string) error {
	return st.s.DropSession(ctx, token)
}

// scs asks for these as well and, given the others, calls none of them.

func (st sessionStore) Find(token string) ([]byte, bool, error) {
	return st.FindCtx(context.Background(), token)
}

func (st sessionStore) Commit(token string, b []byte, expiry time.Time) error {
	return st.CommitCtx(context.Background(), token, b, expiry)
}

func (st sessionStore) Delete(token string) error { return st.DeleteCtx(context.Background(), token) }

// codec writes a session as JSON, which the store keeps as text.
type codec struct{}

type encoded struct {
	Until  time.Time      `json:"until"`
	Values map[string]any `json:"values"`
}

// Encode implements scs.Codec.
func (codec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	return json.Marshal(encoded{deadline, values})
}

// Decode implements scs.Codec.
func (codec) Decode(b []byte) (time.Time, map[string]any, error) {
	var e encoded
	err := json.Unmarshal(b, &e)
	if e.Values == nil {
		e.Values = map[string]any{}
	}
	return e.Until, e.Values, err
}

// cut shortens to at most n bytes without breaking a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
