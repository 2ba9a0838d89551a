package noticeweb

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// telling registers the pages on which people choose how they are told, and those that letters lead to.
func (h handlers) telling(rt *web.Router) {
	rt.Page("GET /me/notices", web.SignedIn, h.choose)
	rt.Page("POST /me/notices", web.SignedIn, h.chosen)
	rt.Page("POST /me/notices/mail", web.SignedIn, h.enterMail)
	rt.Page("POST /me/notices/mail/drop", web.SignedIn, h.dropMail)
	rt.Page("POST /me/notices/browsers", web.SignedIn, h.addBrowser)
	rt.Page("POST /me/notices/browsers/drop", web.SignedIn, h.dropBrowser)
	// Whoever follows a letter is often not signed in. Only the button acts: programs that look at the links of a letter
	// before its reader does must change nothing.
	rt.Page("GET /notices/letters/confirm", web.Public, h.letter(notice.LinkConfirm))
	rt.Page("POST /notices/letters/confirm", web.Public, h.answer(notice.LinkConfirm, h.s.Confirm))
	rt.Page("GET /notices/letters/stop", web.Public, h.letter(notice.LinkStop))
	rt.Page("POST /notices/letters/stop", web.Public, h.answer(notice.LinkStop, h.s.Stop))
}

// tellingView is what the page of choices shows.
type tellingView struct {
	notice.Telling
	Ways    []notice.Way // that this hall offers
	Offered bool         // more than its own pages
	HasMail bool
	HasText bool
	PushKey string // "" where browsers cannot be told
	Now     time.Time
	At      notice.Address
	Entered string // an address as it was entered, and was wrong
	From    string // times as they were entered
	To      string
	Errors  ui.Errors // of the choices
	Wrong   ui.Errors // of the address
}

func (h handlers) viewOf(ctx context.Context) (v tellingView, err error) {
	if !h.s.Leaves() {
		return v, nil
	}
	if v.Telling, err = h.s.Telling(ctx, actor.From(ctx)); err != nil {
		return v, err
	}
	for _, w := range notice.Ways {
		if h.s.Offered(w) {
			v.Ways = append(v.Ways, w)
		}
	}
	v.Offered = len(v.Ways) > 1
	v.HasMail, v.HasText = h.s.Offered(notice.Mail), h.s.Offered(notice.Text)
	v.PushKey, v.Now = h.s.PushKey(), h.clock.Now()
	v.At, _ = v.Mail()
	v.From, v.To = clockOf(v.Choices.QuietFrom), clockOf(v.Choices.QuietTo)
	return v, nil
}

func (h handlers) choose(w http.ResponseWriter, r *http.Request) error {
	v, err := h.viewOf(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, tellingPage(v))
}

func (h handlers) chosen(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	ctx := r.Context()
	c, err := choicesIn(f)
	if err == nil {
		err = h.s.Choose(ctx, actor.From(ctx), c)
	}
	if e, ok := web.FormErrors(ctx, err); ok {
		v, err := h.viewOf(ctx)
		if err != nil {
			return err
		}
		v.Choices, v.From, v.To, v.Errors = c, f.Get("quiet_from"), f.Get("quiet_to"), e
		return web.Render(w, r, http.StatusUnprocessableEntity, tellingPage(v))
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, "notice.telling.saved")
	return web.Redirect(w, r, "/me/notices")
}

// choicesIn reads the form. A kind that it does not hold keeps its default.
func choicesIn(f *web.Form) (notice.Choices, error) {
	var check fault.Check
	c := notice.Choices{Ways: map[notice.Kind]notice.Way{}, Quiet: f.Has("quiet"), Break: f.Has("break"), Every: notice.Every(f.Get("every"))}
	for _, k := range notice.Kinds {
		if w := f.Get(wayName(k)); w != "" {
			c.Ways[k] = notice.Way(w)
		}
	}
	c.QuietFrom, c.QuietTo = minuteIn(f, "quiet_from", &check), minuteIn(f, "quiet_to", &check)
	if c.Every == "" { // a hall without e-mail does not ask
		c.Every, c.Hour = notice.Default().Every, notice.Default().Hour
		return c, check.Err()
	}
	c.Hour = f.Int("hour", &check)
	return c, check.Err()
}

// minuteIn reads a time of day.
func minuteIn(f *web.Form, name string, check *fault.Check) int {
	at, err := time.Parse("15:04", f.Get(name))
	if err != nil {
		check.Add(name, "fault.notice.time")
		return 0
	}
	return at.Hour()*60 + at.Minute()
}

func clockOf(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

func (h handlers) enterMail(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	ctx := r.Context()
	err = h.s.EnterMail(ctx, actor.From(ctx), f.Get("mail"))
	if e, ok := web.FormErrors(ctx, err); ok {
		v, err := h.viewOf(ctx)
		if err != nil {
			return err
		}
		v.Entered, v.Wrong = f.Get("mail"), e
		return web.Render(w, r, http.StatusUnprocessableEntity, tellingPage(v))
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, "notice.mail.entered")
	return web.Redirect(w, r, "/me/notices")
}

func (h handlers) dropMail(w http.ResponseWriter, r *http.Request) error {
	if err := h.s.DropMail(r.Context(), actor.From(r.Context())); err != nil {
		return err
	}
	web.Flash(r.Context(), "notice.mail.dropped")
	return web.Redirect(w, r, "/me/notices")
}

func (h handlers) addBrowser(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	if err := h.s.AddBrowser(r.Context(), actor.From(r.Context()), f.Get("subscription")); err != nil {
		return err
	}
	web.Flash(r.Context(), "notice.push.added")
	return web.Redirect(w, r, "/me/notices")
}

func (h handlers) dropBrowser(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	if err := h.s.DropBrowser(r.Context(), actor.From(r.Context()), f.Get("browser")); err != nil {
		return err
	}
	web.Flash(r.Context(), "notice.push.dropped")
	return web.Redirect(w, r, "/me/notices")
}

// letter asks whether to do what the link of a letter is for.
func (h handlers) letter(what string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := h.s.Follow(r.Context(), what, r.URL.Query().Get("letter")); err != nil {
			return err
		}
		return web.Render(w, r, http.StatusOK, letterPage(what, r.URL.RequestURI(), false))
	}
}

// answer does it, for the button and for the one click of a mail program.
func (h handlers) answer(what string, do func(context.Context, string) error) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := do(r.Context(), r.URL.Query().Get("letter")); err != nil {
			return err
		}
		return web.Render(w, r, http.StatusOK, letterPage(what, "", true))
	}
}

func wayName(k notice.Kind) string { return "way-" + string(k) }

// ways are the options of a kind of news.
func (v tellingView) ways(ctx context.Context) (out []ui.Option) {
	for _, w := range v.Ways {
		out = append(out, ui.Option{Value: string(w), Label: lang.T(ctx, "notice.way."+string(w))})
	}
	return out
}

// way is what is chosen of what this hall offers.
func (v tellingView) way(k notice.Kind) string {
	for _, w := range v.Ways {
		if w == v.Choices.Way(k) {
			return string(w)
		}
	}
	return string(notice.Nowhere)
}

func rhythms(ctx context.Context) (out []ui.Option) {
	for _, e := range []notice.Every{notice.Daily, notice.Weekly} {
		out = append(out, ui.Option{Value: string(e), Label: lang.T(ctx, "notice.digest."+string(e))})
	}
	return out
}

func hours(ctx context.Context) (out []ui.Option) {
	for h := range 24 {
		out = append(out, ui.Option{Value: strconv.Itoa(h), Label: lang.T(ctx, "notice.digest.at", "hour", h)})
	}
	return out
}

var addressTones = map[notice.AddressState]ui.Tone{notice.AddressNew: ui.Warn, notice.AddressActive: ui.Good, notice.AddressOff: ui.Bad}

// letterText is a text of the page that a letter leads to.
func letterText(ctx context.Context, what string, done bool, part string) string {
	switch {
	case !done:
		return lang.T(ctx, "notice.letters."+what+part)
	case part == ".title":
		return lang.T(ctx, "notice.letters."+what+".done")
	}
	return lang.T(ctx, "notice.letters."+what+".done"+part)
}

func mailLabel(ctx context.Context, v tellingView) string {
	if v.At.ID == "" {
		return lang.T(ctx, "notice.mail.label")
	}
	return lang.T(ctx, "notice.mail.change")
}

func textNote(ctx context.Context, v tellingView) string {
	if !v.HasText {
		return ""
	}
	return lang.T(ctx, "notice.sms.note")
}

// Sentence is the sentence of a notice for who reads it outside the hall.
func Sentence(tag string, it notice.Item) string {
	return text(lang.With(context.Background(), tag), it)
}
