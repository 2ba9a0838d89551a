package notice

import (
	"context"
	"crypto/hmac"
	"slices"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
)

// LeavingOptions say how news leaves the hall.
type LeavingOptions struct {
	Store   Outgoing
	Offered []Way                                                    // those that this hall can send by, besides Nowhere; Digest needs Mail
	Mark    func(kind, value string) string                          // signs what letters link to; the same in every process of the hall
	Mail    func(string) (string, bool)                              // brings an e-mail address to its normal form
	Browser func(string) (endpoint, subscription string, ok bool)    // brings to its normal form what a browser has subscribed with
	PushKey string                                                   // that browsers subscribe with
	Agreed  func(ctx context.Context, personID string) (bool, error) // whether the person lets news leave the hall; nil: everybody does
	Nudge   func()                                                   // lets the sender look at once; may be nil
}

// leaving is what a Service needs so that news leaves the hall.
type leaving struct{ LeavingOptions }

// Leave lets news leave the hall from now on. To be called before the service is used.
func (s *Service) Leave(o LeavingOptions) {
	if o.Nudge == nil {
		o.Nudge = func() {}
	}
	if o.Agreed == nil {
		o.Agreed = func(context.Context, string) (bool, error) { return true, nil }
	}
	s.out = &leaving{o}
}

// Offered reports whether this hall can send by the way.
func (s *Service) Offered(w Way) bool { return s.out != nil && s.out.offered(w) }

func (l *leaving) offered(w Way) bool { return w == Nowhere || slices.Contains(l.Offered, w) }

// plan gives each notice its deliveries, with one look at the choices and one at the addresses of all its people.
func (l *leaving) plan(ctx context.Context, items []Item) error {
	if l == nil || len(l.Offered) == 0 {
		return nil
	}
	var who []string
	for _, it := range items {
		if !slices.Contains(who, it.PersonID) {
			who = append(who, it.PersonID)
		}
	}
	chosen, err := l.Store.Choices(ctx, who)
	if err != nil {
		return err
	}
	addresses, err := l.Store.Addresses(ctx, who)
	if err != nil {
		return err
	}
	for i, it := range items {
		c, ok := chosen[it.PersonID]
		if !ok {
			c = Default()
		}
		items[i].Out = plan(it, c, addresses[it.PersonID], l.offered)
	}
	return nil
}

func (l *leaving) trim(ctx context.Context, before time.Time) error {
	if l == nil {
		return nil
	}
	for {
		n, err := l.Store.TrimDeliveries(ctx, before, trimBatch)
		if err != nil || n < trimBatch {
			return err
		}
	}
}

// Leaves reports whether news can leave the hall at all.
func (s *Service) Leaves() bool { return s.out != nil }

// Telling is how a person is told: what they have chosen, and where they can be reached.
type Telling struct {
	Choices   Choices
	Addresses []Address
	Objected  bool // to news by any way: what is chosen rests until they take that back
}

// Mail is the person's e-mail address, if they have entered one.
func (t Telling) Mail() (Address, bool) {
	for _, a := range t.Addresses {
		if a.Way == Mail {
			return a, true
		}
	}
	return Address{}, false
}

// Telling gives how the actor is told.
func (s *Service) Telling(ctx context.Context, a actor.Actor) (t Telling, err error) {
	defer fault.Wrap(&err, "notice.Telling")
	if err := s.mine(a); err != nil {
		return t, err
	}
	chosen, err := s.out.Store.Choices(ctx, []string{a.ID})
	if err != nil {
		return t, err
	}
	t.Choices = Default()
	if c, ok := chosen[a.ID]; ok {
		t.Choices = c
	}
	all, err := s.out.Store.Addresses(ctx, []string{a.ID})
	if err != nil {
		return t, err
	}
	t.Addresses = all[a.ID]
	agreed, err := s.out.Agreed(ctx, a.ID)
	t.Objected = !agreed
	return t, err
}

// Choose keeps how the actor wants to be told, from the next notice on.
func (s *Service) Choose(ctx context.Context, a actor.Actor, c Choices) (err error) {
	defer fault.Wrap(&err, "notice.Choose")
	if err := s.mine(a); err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	t, err := s.Telling(ctx, a)
	if err != nil {
		return err
	}
	return s.out.Store.SaveChoices(ctx, a.ID, c.heeding(t.Choices, s.out.offered))
}

// asks is how many addresses a person may enter in a day: each gets a letter, and not everybody's is one's own.
const asks = 5

// EnterMail keeps an e-mail address in place of the one before, and sends a letter there that asks whether it is the
// actor's. Until they say so from there, nothing else is sent to it.
func (s *Service) EnterMail(ctx context.Context, a actor.Actor, raw string) (err error) {
	defer fault.Wrap(&err, "notice.EnterMail")
	if err := s.mine(a); err != nil {
		return err
	}
	value, ok := s.out.Mail(raw)
	if !ok || !s.Offered(Mail) {
		var c fault.Check
		c.Add("mail", "fault.notice.mail")
		return c.Err()
	}
	now := s.clock.Now()
	n, err := s.out.Store.Asked(ctx, a.ID, now.Add(-24*time.Hour))
	if err != nil {
		return err
	}
	if n >= asks {
		return fault.New(fault.TooMany, "fault.notice.asks")
	}
	at := Address{PersonID: a.ID, ID: id.New(), Way: Mail, Value: value, State: AddressNew, CreatedAt: now}
	err = s.out.Store.PutAddress(ctx, at, Delivery{PersonID: a.ID, EventID: at.ID, Msg: MsgConfirm, Way: Mail, AddressID: at.ID,
		State: Waiting, CreatedAt: now, DueAt: now, ExpiresAt: now.Add(24 * time.Hour)})
	if err == nil {
		s.out.Nudge()
	}
	return err
}

// DropMail forgets the actor's e-mail address.
func (s *Service) DropMail(ctx context.Context, a actor.Actor) (err error) {
	defer fault.Wrap(&err, "notice.DropMail")
	t, err := s.Telling(ctx, a)
	if err != nil {
		return err
	}
	if at, ok := t.Mail(); ok {
		return s.out.Store.DropAddress(ctx, a.ID, at.ID)
	}
	return nil
}

// Owners gives those who have confirmed that an e-mail address, in its normal form, is theirs, and have not switched it
// off since. For other modules.
func (s *Service) Owners(ctx context.Context, mail string) (_ []string, err error) {
	defer fault.Wrap(&err, "notice.Owners")
	if s.out == nil {
		return nil, nil
	}
	return s.out.Store.Owners(ctx, Mail, mail)
}

// What a letter's link is for.
const (
	LinkConfirm = "confirm"
	LinkStop    = "stop"
)

// Token names an address in a link of a letter, so that whoever got the letter, and nobody else, can answer for it.
func Token(mark func(kind, value string) string, what, personID, addressID string) string {
	return personID + "." + addressID + "." + strings.ReplaceAll(mark("notice-"+what, personID+"/"+addressID), ":", "_")
}

// follow opens a token.
func (s *Service) follow(what, token string) (personID, addressID string, err error) {
	part := strings.SplitN(token, ".", 3)
	if s.out == nil || len(part) != 3 || !hmac.Equal([]byte(Token(s.out.LeavingOptions.Mark, what, part[0], part[1])), []byte(token)) {
		return "", "", fault.NoSuch()
	}
	return part[0], part[1], nil
}

// Follow reports fault.NotFound for a token that no letter held, and fault.Conflict for one that came too late.
func (s *Service) Follow(ctx context.Context, what, token string) (err error) {
	defer fault.Wrap(&err, "notice.Follow(%s)", what)
	person, address, err := s.follow(what, token)
	if err == nil && what == LinkConfirm {
		err = s.fresh(ctx, person, address)
	}
	return err
}

// answerWithin is how long a letter that asks for an answer can be answered: an old one may lie in the box of somebody
// else by then.
const answerWithin = 7 * 24 * time.Hour

// fresh refuses to confirm an address that was entered too long ago, or is gone.
func (s *Service) fresh(ctx context.Context, personID, addressID string) error {
	all, err := s.out.Store.Addresses(ctx, []string{personID})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all[personID], func(a Address) bool { return a.ID == addressID })
	switch {
	case i < 0:
		return fault.NoSuch()
	case all[personID][i].CreatedAt.Add(answerWithin).Before(s.clock.Now()):
		return fault.New(fault.Conflict, "fault.notice.late")
	}
	return nil
}

// Confirm begins to use the address of a letter. Anybody who holds the letter may say so; again is no harm. An address
// that was switched off since stays off.
func (s *Service) Confirm(ctx context.Context, token string) (err error) {
	defer fault.Wrap(&err, "notice.Confirm")
	person, address, err := s.follow(LinkConfirm, token)
	if err != nil {
		return err
	}
	if err := s.fresh(ctx, person, address); err != nil {
		return err
	}
	ok, err := s.out.Store.SetAddress(ctx, person, address, AddressActive, "", AddressNew, AddressActive)
	if err == nil && !ok {
		return fault.NoSuch()
	}
	return err
}

// Stop sends nothing more to the address of a letter.
func (s *Service) Stop(ctx context.Context, token string) (err error) {
	defer fault.Wrap(&err, "notice.Stop")
	person, address, err := s.follow(LinkStop, token)
	if err != nil {
		return err
	}
	// An address that is gone gets nothing either: whoever stops twice has got what they asked for.
	_, err = s.out.Store.SetAddress(ctx, person, address, AddressOff, OffStopped, AddressNew, AddressActive)
	return err
}

// mine refuses whoever has no notices of their own, and everybody where nothing leaves the hall.
func (s *Service) mine(a actor.Actor) error {
	if err := own(a); err != nil {
		return err
	}
	if s.out == nil {
		return fault.NoSuch()
	}
	return nil
}
