package hallweb

import (
	"context"
	"errors"
	"net/http"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// stretch is one time of belonging as it is shown.
type stretch struct {
	hall.Stretch
	Union, By string
}

// history reads to which unions a person belonged, in one query for the turns and one for the names.
func (h *handlers) history(ctx context.Context, personID string) ([]stretch, error) {
	list, err := h.s.History(ctx, actor.From(ctx), personID)
	if err != nil {
		return nil, err
	}
	var unions, people []string
	for _, s := range list {
		unions, people = append(unions, s.UnionID), append(people, s.By)
	}
	names, err := h.s.Names(ctx, people)
	if err != nil {
		return nil, err
	}
	named := h.unionNames(ctx, unions)
	out := make([]stretch, len(list))
	for i, s := range list {
		out[i] = stretch{s, named[s.UnionID], names[s.By]}
	}
	return out, nil
}

func (s stretch) when(ctx context.Context) string {
	if s.To.IsZero() {
		return lang.T(ctx, "hall.membership.since", "from", lang.Day(ctx, s.From))
	}
	return lang.T(ctx, "hall.membership.span", "from", lang.Day(ctx, s.From), "to", lang.Day(ctx, s.To))
}

func (s stretch) how(ctx context.Context) string {
	if s.By == "" {
		return lang.T(ctx, "hall.turn."+string(s.How))
	}
	return lang.T(ctx, "hall.turn."+string(s.How)+".by", "name", s.By)
}

// belonging is one's own page about it.
type belonging struct {
	Where   string
	History []stretch
	Asked   *hall.Request // the latest transfer
	To      string
}

func (h *handlers) membership(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	a, p, err := h.mine(ctx)
	if err != nil {
		return err
	}
	var v belonging
	if _, v.Where, err = h.chosenUnion(ctx, p.UnionID); err != nil {
		return err
	}
	if v.History, err = h.history(ctx, a.ID); err != nil {
		return err
	}
	asked, err := h.s.OwnTransfer(ctx, a)
	switch {
	case err == nil:
		v.Asked, v.To = &asked, h.nameAt(ctx, asked.UnionPath)
	case !fault.Is(err, fault.NotFound):
		return err
	}
	return web.Render(w, r, http.StatusOK, membershipPage(v))
}

// transferring is the form of a transfer.
type transferring struct {
	Union     hall.Union
	Where     string
	Note      string
	Stay, End []roleAt
}

func (h *handlers) transferring(ctx context.Context, unionID string) (v transferring, err error) {
	if !id.Valid(unionID) {
		return v, fault.NoSuch()
	}
	if v.Union, v.Where, err = h.chosenUnion(ctx, unionID); err != nil {
		return v, err
	}
	stay, end, err := h.s.RolesAfter(ctx, actor.From(ctx), unionID)
	if err != nil {
		return v, err
	}
	if v.Stay, err = h.rolesAt(ctx, stay); err == nil {
		v.End, err = h.rolesAt(ctx, end)
	}
	return v, err
}

func (h *handlers) transferFormPage(w http.ResponseWriter, r *http.Request) error {
	unionID := r.URL.Query().Get("union")
	if unionID == "" {
		return web.Redirect(w, r, "/me/transfer")
	}
	v, err := h.transferring(r.Context(), unionID)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, transferFormPage(v, ui.Errors{}))
}

func (h *handlers) askTransfer(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	v, err := h.transferring(ctx, f.Get("union"))
	if err != nil {
		return err
	}
	v.Note = f.Get("note")
	_, err = h.s.AskTransfer(ctx, actor.From(ctx), v.Union.ID, v.Note)
	if fl, ok := faultOf(err); ok && (fl.Code == fault.Invalid || fl.Code == fault.TooMany) {
		return web.Render(w, r, refusal(w, fl), transferFormPage(v, ui.NewErrors(ctx, fl)))
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, "hall.transfer.filed")
	return web.Redirect(w, r, "/me/membership")
}

func (h *handlers) withdrawTransfer(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	err := h.s.WithdrawTransfer(ctx, actor.From(ctx))
	if fl, ok := faultOf(err); ok && (fl.Code == fault.Conflict || fl.Code == fault.NotFound) {
		return web.Redirect(w, r, "/me/membership")
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, "hall.transfer.withdrawn")
	return web.Redirect(w, r, "/me/membership")
}

// leaving says what leaving ends.
type leaving struct {
	hall.Leaving
	Roles []roleAt
	Firms []string
}

func (h *handlers) leaving(ctx context.Context) (v leaving, err error) {
	if v.Leaving, err = h.s.Leaving(ctx, actor.From(ctx)); err != nil {
		return v, err
	}
	if v.Roles, err = h.rolesAt(ctx, v.Grants); err != nil {
		return v, err
	}
	var ids []string
	for _, c := range v.Contacts {
		ids = append(ids, c.EnterpriseID)
	}
	found, err := h.s.Enterprises(ctx, ids)
	for _, id := range ids {
		v.Firms = append(v.Firms, found[id].Name)
	}
	return v, err
}

func (v leaving) mayNot() bool { return len(v.Ongoing) > 0 || v.OnlyLead }

func (h *handlers) leavePage(w http.ResponseWriter, r *http.Request) error {
	v, err := h.leaving(r.Context())
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, leavePage(v, ui.Errors{}))
}

func (h *handlers) leave(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	var c fault.Check
	c.That(f.Get("sure") != "", "sure", "hall.fault.sure")
	if err = c.Err(); err == nil {
		err = h.s.Leave(ctx, actor.From(ctx))
	}
	if fl, ok := faultOf(err); ok && (fl.Code == fault.Invalid || errors.Is(err, hall.StillEngaged) || errors.Is(err, hall.OnlyLead)) {
		v, err := h.leaving(ctx)
		if err != nil {
			return err
		}
		return web.Render(w, r, web.Status(fl), leavePage(v, ui.NewErrors(ctx, fl)))
	}
	if err != nil {
		return err
	}
	if err := h.Sessions.end(ctx); err != nil { // the store has ended it; the browser forgets it too
		return err
	}
	web.Flash(ctx, "hall.leave.done")
	return web.Redirect(w, r, "/")
}
