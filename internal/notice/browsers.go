package notice

import (
	"context"
	"strings"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
)

// browsers is how many a person may register.
const browsers = 10

// Browsers are those that the person has registered, oldest first.
func (t Telling) Browsers() (out []Address) {
	for _, a := range t.Addresses {
		if a.Way == Push {
			out = append(out, a)
		}
	}
	return out
}

// PushKey is what browsers subscribe with; "" where the hall cannot reach them.
func (s *Service) PushKey() string {
	if !s.Offered(Push) {
		return ""
	}
	return s.out.PushKey
}

// AddBrowser registers the browser that made the subscription for the actor alone: whoever had registered it before is
// told there no more. Again is no harm.
func (s *Service) AddBrowser(ctx context.Context, a actor.Actor, subscription string) (err error) {
	defer fault.Wrap(&err, "notice.AddBrowser")
	t, err := s.Telling(ctx, a)
	if err != nil {
		return err
	}
	if !s.Offered(Push) {
		return fault.NoSuch()
	}
	endpoint, value, ok := s.out.Browser(subscription)
	if !ok {
		return fault.New(fault.Invalid, "fault.notice.browser")
	}
	at := Address{PersonID: a.ID, ID: s.out.browserID(endpoint), Way: Push, Value: value, State: AddressActive, CreatedAt: s.clock.Now()}
	others := 0
	for _, b := range t.Browsers() {
		if b.ID != at.ID {
			others++
		}
	}
	if others >= browsers {
		return fault.New(fault.TooMany, "fault.notice.browsers", "most", browsers)
	}
	return s.out.Store.AddAddress(ctx, at)
}

// browserID is the same for a browser whoever registers it, and tells nothing of it.
func (l *leaving) browserID(endpoint string) string {
	return strings.ReplaceAll(l.Mark("notice-browser", endpoint), ":", "_")
}

// DropBrowser forgets a browser of the actor's.
func (s *Service) DropBrowser(ctx context.Context, a actor.Actor, id string) (err error) {
	defer fault.Wrap(&err, "notice.DropBrowser")
	t, err := s.Telling(ctx, a)
	if err != nil {
		return err
	}
	for _, b := range t.Browsers() {
		if b.ID == id {
			return s.out.Store.DropAddress(ctx, a.ID, id)
		}
	}
	return nil // gone already
}
