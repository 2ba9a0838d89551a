package hallweb

import (
	"context"
	"errors"
	"net/http"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/web"
	"github.com/unionhall/unionhall/internal/web/ui"
)

// verification reads what was found about the enterprise, and by whom.
func (h *handlers) verification(ctx context.Context, v *firm) error {
	found, err := h.s.Verifications(ctx, actor.From(ctx), []hall.Enterprise{v.Enterprise})
	if err != nil || found[v.ID].State == "" {
		return err
	}
	v.Found = found[v.ID]
	names, err := h.s.Names(ctx, []string{v.Found.By})
	v.FoundBy = names[v.Found.By]
	return err
}

// verifyForm is a finding as typed.
type verifyForm struct{ State, Licence, Reason string }

func (h *handlers) verifyEnterprisePage(w http.ResponseWriter, r *http.Request) error {
	v, err := h.workFirm(r)
	if err != nil {
		return err
	}
	if v.Status == hall.Closed {
		return web.Redirect(w, r, v.href())
	}
	return web.Render(w, r, http.StatusOK, verifyEnterprisePage(v, verifyForm{}, ui.Errors{}))
}

func (h *handlers) verifyEnterprise(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v, err := h.workFirm(r)
	if err != nil {
		return err
	}
	f, err := web.ParseForm(r, web.Limits{})
	if err != nil {
		return err
	}
	form := verifyForm{State: f.Get("state"), Licence: f.Get("licence"), Reason: f.Get("reason")}
	err = h.s.VerifyEnterprise(ctx, actor.From(ctx), hall.VerifyInput{
		EnterpriseID: v.ID, State: hall.Finding(form.State), Licence: form.Licence, Reason: form.Reason,
	})
	if errors.Is(err, hall.EnterpriseClosed) { // since the form was shown, which is gone now
		web.FlashTone(ctx, ui.Warn, hall.EnterpriseClosed.Msg)
		return web.Redirect(w, r, v.href())
	}
	if fl, ok := again(err); ok {
		return web.Render(w, r, web.Status(fl), verifyEnterprisePage(v, form, ui.NewErrors(ctx, fl)))
	}
	if err != nil {
		return err
	}
	web.Flash(ctx, "hall.enterprise.verify.done", "name", v.Name)
	return web.Redirect(w, r, v.href())
}

func findingOptions(ctx context.Context) (out []ui.Option) {
	for _, f := range hall.Findings {
		key := "hall.enterprise.verify." + string(f)
		out = append(out, ui.Option{Value: string(f), Label: lang.T(ctx, key), Help: lang.T(ctx, key+".help")})
	}
	return out
}

func findingTone(f hall.Finding) ui.Tone {
	if f == hall.Verified {
		return ui.Good
	}
	return ui.Warn
}

func verificationFacts(ctx context.Context, v firm) []ui.Fact {
	facts := []ui.Fact{{Term: lang.T(ctx, "hall.enterprise.verify.state"), Text: lang.T(ctx, "hall.finding."+string(v.Found.State))}}
	if v.Found.Reason != "" {
		facts = append(facts, ui.Fact{Term: lang.T(ctx, "hall.enterprise.verify.reason"), Text: v.Found.Reason})
	}
	return append(facts, ui.Fact{
		Term: lang.T(ctx, "hall.enterprise.verification.by"),
		Text: lang.T(ctx, "hall.enterprise.verification.when", "day", lang.Day(ctx, v.Found.At), "name", v.FoundBy),
	})
}
