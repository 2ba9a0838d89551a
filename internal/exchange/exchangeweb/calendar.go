package exchangeweb

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
)

// How far a personal calendar reaches back, how many cases it looks through, and how often it is to be fetched.
const (
	calendarPast  = 60 * 24 * time.Hour
	calendarCases = 200
	calendarFresh = "PT1H"
)

// visitCalendar gives one visit as an invitation: fetched again, it replaces what the calendar holds, and
// takes it out when the visit was called off.
func (p *Pages) visitCalendar(w http.ResponseWriter, r *http.Request) error {
	d, err := p.deal(r)
	if err != nil {
		return err
	}
	visitID, err := given(r, "visit")
	if err != nil {
		return err
	}
	for _, v := range d.e.Visits {
		if v.ID != visitID {
			continue
		}
		method := ics.MethodRequest
		if !v.Canceled.IsZero() {
			method = ics.MethodCancel
		}
		cal := p.newCalendar(r, method)
		p.addVisit(r, cal, d.need, d.e, v, p.Clock.Now())
		return serveCalendar(w, cal, lang.T(r.Context(), "exchange.calendar.file")+".ics")
	}
	return fault.NoSuch()
}

func (p *Pages) newCalendar(r *http.Request, m ics.Method) *ics.Calendar {
	cal := ics.NewCalendarFor("unionhall")
	cal.SetProductId("-//unionhall//exchange//" + strings.ToUpper(lang.Of(r.Context())))
	cal.SetMethod(m)
	cal.SetCalscale("GREGORIAN")
	cal.SetXWRTimezone(lang.Zone.String())
	return cal
}

// addVisit adds a visit. It names the hall as its organiser, so that nobody's own number or address travels
// with it.
func (p *Pages) addVisit(r *http.Request, cal *ics.Calendar, n exchange.Need, e exchange.Engagement, v exchange.Visit, now time.Time) {
	ctx := r.Context()
	ev := cal.AddEvent(v.ID + "@unionhall")
	ev.SetDtStampTime(now)
	ev.SetSequence(v.Edition)
	ev.SetCreatedTime(v.Proposed)
	ev.SetStartAt(v.From)
	ev.SetEndAt(v.To)
	ev.SetSummary(lang.T(ctx, "exchange.calendar.summary", "title", n.Title))
	ev.SetLocation(p.whereOf(ctx, n, v))
	link := p.base(r) + "/needs/" + n.ID + "/engagements/" + e.ID
	ev.SetDescription(strings.TrimSpace(v.Note + "\n" + lang.T(ctx, "exchange.calendar.more") + " " + link))
	ev.SetURL(link)
	ev.SetOrganizer("mailto:no-reply@"+p.host(r), ics.WithCN(lang.T(ctx, "web.hall")))
	switch {
	case !v.Canceled.IsZero():
		ev.SetStatus(ics.ObjectStatusCancelled)
	case v.Agreed.IsZero():
		ev.SetStatus(ics.ObjectStatusTentative)
	default:
		ev.SetStatus(ics.ObjectStatusConfirmed)
		a := ev.AddAlarm()
		a.SetAction(ics.ActionDisplay)
		a.SetTrigger("-PT2H")
		a.SetProperty(ics.ComponentPropertyDescription, lang.T(ctx, "exchange.calendar.summary", "title", n.Title))
	}
}

// whereOf is where a visit is: as agreed, or else where the need is.
func (p *Pages) whereOf(ctx context.Context, n exchange.Need, v exchange.Visit) string {
	if v.Address != "" {
		return v.Address
	}
	if k, err := p.Exchange.Kind(actor.From(ctx), n.KindID); err == nil {
		if s := n.Spot(k); s != nil {
			return s.Address
		}
	}
	return ""
}

func serveCalendar(w http.ResponseWriter, cal *ics.Calendar, name string) error {
	h := w.Header()
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Cache-Control", "private, no-cache")
	return cal.SerializeTo(w, ics.WithNewLineWindows)
}

// base is where the hall is reached.
func (p *Pages) base(r *http.Request) string {
	if p.BaseURL != "" {
		return strings.TrimSuffix(p.BaseURL, "/")
	}
	if web.Secure(r.Context()) {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// host is the name in base, for addresses that nobody writes to.
func (p *Pages) host(r *http.Request) string {
	if u, err := url.Parse(p.base(r)); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	return "unionhall.invalid"
}

// calendarKey is what the address of a person's calendar carries. It cannot be guessed and says nothing but
// whose calendar it is; it stays the same as long as the secret does.
func (p *Pages) calendarKey(personID string) string {
	m := hmac.New(sha256.New, p.Secret)
	m.Write([]byte("exchange calendar of " + personID))
	return personID + "." + base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:24])
}

// calendarHref is the address of the actor's calendar, "" where there is none.
func (p *Pages) calendarHref(r *http.Request, a actor.Actor) string {
	if len(p.Secret) == 0 || p.Actor == nil || !a.SignedIn() {
		return ""
	}
	return p.base(r) + "/me/calendar.ics?key=" + url.QueryEscape(p.calendarKey(a.ID))
}

// calendar gives a person's agreed visits, on both sides, to whoever has the address: calendars fetch it by
// themselves, without a session.
func (p *Pages) calendar(w http.ResponseWriter, r *http.Request) error {
	key := r.URL.Query().Get("key")
	personID, _, _ := strings.Cut(key, ".")
	if len(p.Secret) == 0 || p.Actor == nil || !id.Valid(personID) || !hmac.Equal([]byte(key), []byte(p.calendarKey(personID))) {
		return fault.NoSuch()
	}
	ctx := r.Context()
	a, err := p.Actor(ctx, personID)
	if err != nil {
		return err
	}
	r = r.WithContext(actor.With(ctx, a))
	cases, err := p.calendarOf(r.Context(), a)
	if err != nil {
		return err
	}
	cal := p.newCalendar(r, ics.MethodPublish)
	cal.SetXWRCalName(lang.T(ctx, "exchange.calendar.name"))
	cal.SetRefreshInterval(calendarFresh, ics.WithValue("DURATION"))
	cal.SetXPublishedTTL(calendarFresh)
	now := p.Clock.Now()
	seen := map[string]bool{}
	for _, c := range cases {
		for _, e := range c.Engagements {
			for _, v := range e.Visits {
				if !v.Agreed.IsZero() && v.Canceled.IsZero() && v.To.After(now.Add(-calendarPast)) && !seen[v.ID] {
					seen[v.ID] = true
					p.addVisit(r, cal, c.Need, e, v, now)
				}
			}
		}
	}
	return serveCalendar(w, cal, lang.T(ctx, "exchange.calendar.file")+".ics")
}

// calendarOf gives the cases in which the person has a part.
func (p *Pages) calendarOf(ctx context.Context, a actor.Actor) ([]exchange.Case, error) {
	cases, err := p.Exchange.Engagements(ctx, a, calendarCases)
	if err != nil {
		return nil, err
	}
	own, err := p.ownCases(ctx, a, calendarCases)
	return append(cases, own...), err
}
