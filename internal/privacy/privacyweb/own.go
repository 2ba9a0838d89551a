package privacyweb

import (
	"bufio"
	"net/http"
	"strconv"
	"time"

	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/privacy"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// overview is what one's own page shows.
type overview struct {
	Standings []privacy.Standing
	Sheet     privacy.Sheet
	Readings  []privacy.Reading // the newest few
	Names     map[string]string
	Now       time.Time
}

const newest = 3

func (h *handlers) mine(w http.ResponseWriter, r *http.Request) (err error) {
	ctx, a := mine(r)
	v := overview{Now: h.Clock.Now()}
	if v.Standings, err = h.s.Standings(ctx, a); err != nil {
		return err
	}
	if v.Sheet, err = h.s.Sheet(ctx, a, a.ID); err != nil {
		return err
	}
	found, err := h.s.OwnReadings(ctx, a, "")
	if err != nil {
		return err
	}
	v.Readings = found.Rows[:min(newest, len(found.Rows))]
	if v.Names, err = h.named(ctx, v.Readings); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, minePage(v))
}

func (h *handlers) decide(w http.ResponseWriter, r *http.Request) error {
	ctx, a := mine(r)
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	version, _ := strconv.Atoi(f.Get("version"))
	given := f.Get("given") == "yes"
	if err := h.s.Decide(ctx, a, r.PathValue("purpose"), version, given); err != nil {
		return err
	}
	if given {
		web.Flash(ctx, "privacy.agreed")
	} else {
		web.Flash(ctx, "privacy.withdrawn")
	}
	return web.Redirect(w, r, "/me/privacy")
}

// ownForm is the form of one of one's own sensitive values.
type ownForm struct {
	Field  privacy.Field
	Masked string // "" when there is none
	Text   string // what was typed
	Agreed bool   // consent was given before
}

func (h *handlers) ownForm(r *http.Request) (v ownForm, err error) {
	ctx, a := mine(r)
	if v.Field, err = field(r); err != nil {
		return v, err
	}
	sheet, err := h.s.Sheet(ctx, a, a.ID)
	if err != nil {
		return v, err
	}
	v.Masked = sheet.Masked[v.Field]
	v.Agreed, err = h.s.Consented(ctx, a.ID, string(v.Field))
	return v, err
}

func (h *handlers) ownField(w http.ResponseWriter, r *http.Request) error {
	v, err := h.ownForm(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, ownFieldPage(v, ui.Errors{}))
}

func (h *handlers) setOwn(w http.ResponseWriter, r *http.Request) error {
	ctx, a := mine(r)
	v, err := h.ownForm(r)
	if err != nil {
		return err
	}
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	v.Text = f.Values.Get("content")
	err = h.s.Set(ctx, a, a.ID, v.Field, v.Text, f.Get("agreed") == "yes" && !v.Agreed)
	if e, ok := web.FormErrors(ctx, err); ok {
		quiet(w)
		return web.Render(w, r, http.StatusUnprocessableEntity, ownFieldPage(v, e))
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, "privacy.kept")
	return web.Redirect(w, r, "/me/privacy")
}

func (h *handlers) showOwn(w http.ResponseWriter, r *http.Request) error {
	ctx, a := mine(r)
	f, err := field(r)
	if err != nil {
		return err
	}
	value, err := h.s.Show(ctx, a, a.ID, f, privacy.Why{})
	if err != nil {
		return err
	}
	quiet(w)
	return web.Render(w, r, http.StatusOK, shownOwnPage(f, value))
}

func (h *handlers) removeOwn(w http.ResponseWriter, r *http.Request) error {
	ctx, a := mine(r)
	f, err := field(r)
	if err != nil {
		return err
	}
	if err := h.s.Remove(ctx, a, a.ID, f); err != nil {
		return err
	}
	web.Flash(ctx, "privacy.removed")
	return web.Redirect(w, r, "/me/privacy")
}

func (h *handlers) ownReadings(w http.ResponseWriter, r *http.Request) error {
	ctx, a := mine(r)
	found, err := h.s.OwnReadings(ctx, a, r.URL.Query().Get("before"))
	if err != nil {
		return err
	}
	names, err := h.named(ctx, found.Rows)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, ownReadingsPage(found, names))
}

// exportPage is opened with a proof, so that its button needs none.
func (h *handlers) exportPage(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, exportPage())
}

// export sends the archive as it is made. What goes wrong after its beginning cuts the connection, so that nobody takes
// half of it for the whole.
func (h *handlers) export(w http.ResponseWriter, r *http.Request) error {
	ctx, a := mine(r)
	if !a.SignedIn() {
		return fault.Refused()
	}
	if r.Header.Get("HX-Request") == "true" { // a script cannot save a file: what held the form up has been answered, so that the button works now
		return web.Redirect(w, r, "/me/privacy/export")
	}
	quiet(w)
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // it may be long
	w.Header().Set("Content-Type", "application/zip")
	w.Header().Set("Content-Disposition", `attachment; filename="my-data-`+h.Clock.Now().Format("20060102")+`.zip"`)
	begun := &begun{w: w}
	out := bufio.NewWriterSize(begun, 32<<10)
	err := h.s.Pack(ctx, a, out)
	if err == nil {
		err = out.Flush()
	}
	if err != nil && begun.yes {
		web.Spare(ctx, "archive of somebody's data not finished", err)
		panic(http.ErrAbortHandler)
	}
	if err != nil {
		w.Header().Del("Content-Disposition")
		w.Header().Del("Content-Type")
	}
	return err
}

// begun remembers whether anything was written.
type begun struct {
	w   http.ResponseWriter
	yes bool
}

func (b *begun) Write(p []byte) (int, error) {
	b.yes = true
	return b.w.Write(p)
}

func (h *handlers) farewell(w http.ResponseWriter, r *http.Request) error {
	ctx, a := mine(r)
	v, err := h.s.Farewell(ctx, a)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, farewellPage(v, ui.Errors{}))
}

func (h *handlers) erase(w http.ResponseWriter, r *http.Request) error {
	ctx, a := mine(r)
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	_, err = h.s.AskErasure(ctx, a, f.Get("name"))
	if e, ok := web.FormErrors(ctx, err); ok {
		v, err := h.s.Farewell(ctx, a)
		if err != nil {
			return err
		}
		return web.Render(w, r, http.StatusUnprocessableEntity, farewellPage(v, e))
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, "privacy.erase.asked")
	return web.Redirect(w, r, "/me/privacy/erase")
}

func (h *handlers) recall(w http.ResponseWriter, r *http.Request) error {
	ctx, a := mine(r)
	if err := h.s.RecallErasure(ctx, a); err != nil {
		return err
	}
	web.Flash(ctx, "privacy.erase.recalled")
	return web.Redirect(w, r, "/me/privacy/erase")
}
