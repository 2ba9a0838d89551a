package hall

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
)

// What codes and tokens of joining are good for. There nobody has an account yet: a challenge carries the identifier of a
// request, whose number lies sealed in the store.
const (
	CodeJoin      Purpose = "code-join"       // to file a request
	CodeJoinState Purpose = "code-join-state" // to see where it stands

	joinState Purpose = "join-state" // the browser that proved the number
)

// StateLife is how long a browser sees where its request stands without another code.
const StateLife = 60 * 24 * time.Hour

// JoinInput is what a worker gives to be taken into a union.
type JoinInput struct {
	Name         string
	Phone        string
	UnionID      string
	Employer     string
	EnterpriseID string
	Note         string
}

func (s *Service) joining(ctx context.Context, in JoinInput) (Request, error) {
	var c fault.Check
	r := Request{Kind: Joining, State: Unproved, Name: strings.TrimSpace(in.Name), UnionID: in.UnionID, Employer: strings.TrimSpace(in.Employer),
		EnterpriseID: in.EnterpriseID, Note: strings.TrimSpace(in.Note), Lang: lang.Of(ctx)}
	checkLine(&c, "name", r.Name, 40)
	checkLength(&c, "employer", r.Employer, 80)
	checkLength(&c, "note", r.Note, 500)
	var ok bool
	r.Phone, ok = ParsePhone(in.Phone)
	c.That(ok, "phone", "hall.fault.phone")
	u, err := s.Union(ctx, in.UnionID)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return Request{}, err
	}
	c.That(err == nil, "union", "hall.fault.choose-union")
	r.UnionPath = u.Path
	return r, c.Err()
}

// SendJoinCode keeps a request that is not proved yet, sends a code to its number, and gives the token with which that
// has to be entered. Whether the number has an account already cannot be told from the answer: only the message says so.
func (s *Service) SendJoinCode(ctx context.Context, in JoinInput, address string) (token string, err error) {
	defer fault.Wrap(&err, "hall.SendJoinCode")
	if s.texter == nil {
		return "", fault.NoSuch()
	}
	r, err := s.joining(ctx, in)
	if err != nil {
		return "", err
	}
	if err := s.mayText(string(r.Phone), address); err != nil {
		return "", err
	}
	cred, err := s.store.Credential(ctx, string(r.Phone))
	if err != nil && !fault.Is(err, fault.NotFound) {
		return "", err
	}
	r.ID, r.Created = id.New(), s.clock.Now()
	if err := s.store.DraftRequest(ctx, r); err != nil {
		return "", err
	}
	code := newCode()
	c, out := Challenge{Purpose: CodeJoin, Data: r.ID}, outgoing{to: r.Phone, text: codeText(ctx, code), code: code}
	if cred.Status == Active {
		c.Data, out = "", outgoing{to: r.Phone, text: lang.T(ctx, "hall.join.text.known")} // never met
	}
	token, err = s.challengeWith(ctx, c, CodeLife, func(token string) string { return digest("code", token, code) })
	if err == nil {
		s.queue(ctx, out)
	}
	return token, err
}

// EnterJoinCode takes the code that SendJoinCode sent and files the request, and gives the token with which this browser
// sees where it stands. However often it is filed, one number has one request waiting.
func (s *Service) EnterJoinCode(ctx context.Context, token, code, address string) (state string, err error) {
	defer fault.Wrap(&err, "hall.EnterJoinCode")
	c, err := s.enterFor(ctx, CodeJoin, token, code, address)
	if err != nil {
		return "", err
	}
	now := s.clock.Now()
	r, err := s.store.ProveRequest(ctx, c.Data, now, func(r Request) Trace {
		return Trace{Events: []event.Event{changed(RequestChanged, now, r.ID, r.UnionPath)}}
	})
	if fault.Is(err, fault.NotFound) {
		return "", BadCode // it took too long
	}
	if err != nil {
		return "", err
	}
	return s.challenge(ctx, Challenge{Purpose: joinState, Data: r.ID}, StateLife)
}

// SendStateCode sends a code to a number that has asked to be taken in; a number that has not gets none, and the answer
// is the same.
func (s *Service) SendStateCode(ctx context.Context, phone, address string) (token string, err error) {
	defer fault.Wrap(&err, "hall.SendStateCode")
	if s.texter == nil {
		return "", fault.NoSuch()
	}
	p, ok := ParsePhone(phone)
	if !ok {
		var c fault.Check
		c.Add("phone", "hall.fault.phone")
		return "", c.Err()
	}
	if err := s.mayText(string(p), address); err != nil {
		return "", err
	}
	r, err := s.store.RequestOf(ctx, p)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return "", err
	}
	code := newCode()
	token, err = s.challengeWith(ctx, Challenge{Purpose: CodeJoinState, Data: r.ID}, CodeLife,
		func(token string) string { return digest("code", token, code) })
	if err == nil && r.ID != "" {
		s.queue(ctx, outgoing{to: p, text: codeText(ctx, code), code: code})
	}
	return token, err
}

// EnterStateCode takes the code that SendStateCode sent and gives the token with which this browser sees the request.
func (s *Service) EnterStateCode(ctx context.Context, token, code, address string) (state string, err error) {
	defer fault.Wrap(&err, "hall.EnterStateCode")
	c, err := s.enterFor(ctx, CodeJoinState, token, code, address)
	if err != nil {
		return "", err
	}
	return s.challenge(ctx, Challenge{Purpose: joinState, Data: c.Data}, StateLife)
}

// enterFor checks a code of a request.
func (s *Service) enterFor(ctx context.Context, p Purpose, token, code, address string) (Challenge, error) {
	return s.enterCode(ctx, p, token, code, address, func(c Challenge) bool { return c.Data != "" })
}

// JoinState gives where the request of this browser stands. Without a token it is BadCode; a request that was forgotten
// is fault.NoSuch.
func (s *Service) JoinState(ctx context.Context, token string) (_ Request, err error) {
	defer fault.Wrap(&err, "hall.JoinState")
	c, ok, err := s.look(ctx, joinState, token)
	if err != nil {
		return Request{}, err
	}
	if !ok {
		return Request{}, BadCode
	}
	return s.store.Request(ctx, c.Data)
}

// WithdrawJoin takes back the request of this browser. One that was decided stays.
func (s *Service) WithdrawJoin(ctx context.Context, token string) (err error) {
	defer fault.Wrap(&err, "hall.WithdrawJoin")
	r, err := s.JoinState(ctx, token)
	if err != nil {
		return err
	}
	return s.withdraw(ctx, r.ID)
}

func (s *Service) withdraw(ctx context.Context, requestID string) error {
	return s.store.DecideRequest(ctx, requestID, func(r Request, _ *Belonging) (Outcome, error) {
		if r.State != Waiting {
			return Outcome{}, RequestDecided
		}
		r.State, r.Decided = Withdrawn, s.clock.Now()
		return Outcome{Request: r, Trace: Trace{Events: []event.Event{changed(RequestChanged, r.Decided, r.ID, r.UnionPath)}}}, nil
	})
}

// TellApplicant sends a message about a joining that was decided, once. For the consumer of RequestChanged.
func (s *Service) TellApplicant(ctx context.Context, r Request) (err error) {
	defer fault.Wrap(&err, "hall.TellApplicant(%s)", r.ID)
	if s.texter == nil || r.Kind != Joining || r.State != Approved && r.State != NotTaken {
		return nil
	}
	u, err := s.Union(ctx, r.UnionID)
	if err != nil {
		return err
	}
	// From here on it may have gone out, as far as anybody knows: what can fail came before.
	mine, err := s.store.TakeTelling(ctx, r.ID, s.clock.Now())
	if err != nil || !mine {
		return err
	}
	ctx = lang.With(ctx, r.Lang)
	text := lang.T(ctx, "hall.join.text.approved", "union", u.Name.In(ctx))
	if r.State == NotTaken {
		text = lang.T(ctx, "hall.join.text.refused", "union", u.Name.In(ctx), "reason", r.Reason)
	}
	if err := s.texter.Text(ctx, r.Phone, text, ""); err != nil {
		// Not tried again: it may have gone out, and the page of the request says the same.
		slog.ErrorContext(ctx, "applicant not told", "request", r.ID, "to", r.Phone, "err", err)
	}
	return nil
}

// trimRequests forgets what nobody needs any more.
func (s *Service) trimRequests(ctx context.Context) (int, error) {
	now := s.clock.Now()
	return s.store.TrimRequests(ctx, now.Add(-draftLife), now.Add(-decidedFor))
}
