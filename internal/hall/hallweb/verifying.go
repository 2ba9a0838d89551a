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
	var err error
	if v.Given, err = h.s.Licence(ctx, actor.From(ctx), v.Enterprise); err != nil {
		return err
	}
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
type verifyForm struct{ State, Licence, Reason, Document string }

func (h *handlers) verifyEnterprisePage(w http.ResponseWriter, r *http.Request) error {
	v, err := h.workFirm(r)
	if err != nil {
		return err
	}
	if v.Status == hall.Closed {
		return web.Redirect(w, r, v.href())
	}
	if err := h.verification(r.Context(), &v); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, verifyEnterprisePage(v, verifyForm{Document: v.Given.ID}, ui.Errors{}))
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
	form := verifyForm{State: f.Get("state"), Licence: f.Get("licence"), Reason: f.Get("reason"), Document: f.Get("document")}
	err = h.s.VerifyEnterprise(ctx, actor.From(ctx), hall.VerifyInput{
		EnterpriseID: v.ID, State: hall.Finding(form.State), Licence: form.Licence, Reason: form.Reason, DocumentID: form.Document,
	})
	if errors.Is(err, hall.EnterpriseClosed) { // since the form was shown, which is gone now
		web.FlashTone(ctx, ui.Warn, hall.EnterpriseClosed.Msg)
		return web.Redirect(w, r, v.href())
	}
	if fl, ok := again(err); ok {
		if err := h.verification(ctx, &v); err != nil {
			return err
		}
		if errors.Is(fl, hall.DocumentMoved) { // the newest is shown: it is to be looked at
			form.Document = v.Given.ID
		}
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
	var facts []ui.Fact
	if v.Given.ID != "" {
		facts = append(facts, ui.Fact{Term: lang.T(ctx, "hall.licence.given-at"), Text: lang.Day(ctx, v.Given.Given)})
	}
	if v.Found.State == "" {
		return append(facts, ui.Fact{Term: lang.T(ctx, "hall.enterprise.verify.state"), Body: ui.Badge(documentTone(v.Given.State), lang.T(ctx, "hall.document.state."+string(v.Given.State)))})
	}
	facts = append(facts, ui.Fact{Term: lang.T(ctx, "hall.enterprise.verify.state"), Body: findingBadge(v.Found.State)})
	if v.Found.Reason != "" {
		facts = append(facts, ui.Fact{Term: lang.T(ctx, "hall.enterprise.verify.reason"), Text: v.Found.Reason})
	}
	return append(facts, ui.Fact{
		Term: lang.T(ctx, "hall.enterprise.verification.by"),
		Text: lang.T(ctx, "hall.enterprise.verification.when", "day", lang.Day(ctx, v.Found.At), "name", v.FoundBy),
	})
}

func giveTitle(ctx context.Context, v firm) string {
	if v.Given.ID == "" {
		return lang.T(ctx, "hall.licence.give")
	}
	return lang.T(ctx, "hall.licence.replace")
}

// licenceFacts are what an officer compares the document with. The code that is registered is not among them: it is to be
// read from the document.
func licenceFacts(ctx context.Context, v firm) []ui.Fact {
	given := ui.Fact{Term: lang.T(ctx, "hall.licence.document"), Text: lang.T(ctx, "hall.licence.not-given")}
	if v.Given.ID != "" {
		given.Text = lang.Day(ctx, v.Given.Given)
	}
	return []ui.Fact{{Term: lang.T(ctx, "hall.enterprise.name"), Text: v.Name}, given}
}
