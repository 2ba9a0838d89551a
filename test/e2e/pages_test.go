package e2e

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/seal"
	"github.com/unionhall/unionhall/internal/web"
)

// sight is one page as one person sees it.
type sight struct {
	name string // of the page, for messages and pictures
	path string
}

// person is somebody of the demonstration with what they have.
type person struct {
	key    string
	phone  string // "" for anybody
	sights []sight
}

func (p *person) add(name, path string) {
	if path != "" {
		p.sights = append(p.sights, sight{name, path})
	}
}

// path is where the person's page of that name is.
func (p person) path(name string) string {
	for _, s := range p.sights {
		if s.name == name {
			return s.path
		}
	}
	return ""
}

// finder of the demonstration's rows, as the hall itself sees them.
type rows struct {
	t *testing.T
	h *house
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func (r rows) actor(phone string) actor.Actor {
	r.t.Helper()
	ctx := context.Background()
	in := must[hall.SignedIn](r.t)(r.h.app.Hall.SignIn(ctx, hall.SignIn{Login: phone, Password: app.DemoPassword, Address: "test"}))
	return must[actor.Actor](r.t)(r.h.app.Hall.Actor(ctx, in.Person.ID))
}

// needs gives an enterprise's needs with all that became of them.
func (r rows) needs(f exchange.NeedFilter) []exchange.Case {
	r.t.Helper()
	f.Limit = 200
	return must[[]exchange.Case](r.t)(r.h.app.Exchange.Cases(context.Background(), actor.Hall, f))
}

func needPath(c exchange.Case) string { return "/needs/" + c.Need.ID }

func dealPath(e exchange.Engagement) string { return "/needs/" + e.NeedID + "/engagements/" + e.ID }

// deal gives the path of the first engagement that fits, "" when there is none.
func deal(cases []exchange.Case, fits func(exchange.Case, exchange.Engagement) bool) string {
	for _, c := range cases {
		for _, e := range c.Engagements {
			if fits(c, e) {
				return dealPath(e)
			}
		}
	}
	return ""
}

func inState(s exchange.EngagementState) func(exchange.Case, exchange.Engagement) bool {
	return func(_ exchange.Case, e exchange.Engagement) bool { return e.State == s }
}

func openVisit(_ exchange.Case, e exchange.Engagement) bool {
	return e.State == exchange.Accepted && slices.ContainsFunc(e.Visits, exchange.Visit.Open)
}

func askedAgain(_ exchange.Case, e exchange.Engagement) bool {
	return slices.ContainsFunc(e.FollowUps, func(f exchange.FollowUp) bool { return !f.Asked.IsZero() && f.Answered.IsZero() })
}

func withTool(_ exchange.Case, e exchange.Engagement) bool {
	return e.State == exchange.Finished && e.ToolID != ""
}

func need(cases []exchange.Case, s exchange.NeedState) string {
	for _, c := range cases {
		if c.Need.State == s {
			return needPath(c)
		}
	}
	return ""
}

// people are the kinds of user, each with every page that is theirs.
func people(t *testing.T, h *house) []person {
	t.Helper()
	r, ctx := rows{t, h}, context.Background()
	speaks, crafts, works := r.actor(contact), r.actor(master), r.actor(clerk)
	tools := must[[]exchange.Tool](t)(h.app.Exchange.Tools(ctx, exchange.ToolFilter{Limit: 1}))
	own := must[[]exchange.Tool](t)(h.app.Exchange.Tools(ctx, exchange.ToolFilter{OwnerID: crafts.ID, Limit: 1}))
	asked := r.needs(exchange.NeedFilter{EnterpriseID: speaks.Enterprises})
	done := must[[]exchange.Case](t)(h.app.Exchange.Engagements(ctx, crafts, 200))
	local := r.needs(exchange.NeedFilter{Under: []string{works.Grants[0].Path}})
	waiting := r.needs(exchange.NeedFilter{Under: []string{works.Grants[0].Path}, States: []exchange.NeedState{exchange.NeedOpen}})

	anybody := person{key: "anybody"}
	anybody.add("home", "/")
	anybody.add("signin", "/signin")
	anybody.add("code", "/signin/code")
	anybody.add("code-enter", "/signin/code/enter")
	anybody.add("password-new", "/signin/password")
	anybody.add("join", "/join?place="+url.QueryEscape("鼓楼"))
	anybody.add("join-form", "/join/form?union="+works.Grants[0].UnionID)
	anybody.add("join-code", "/join/code")
	anybody.add("join-state", "/join/state")
	anybody.add("masters", "/masters")
	anybody.add("master", "/masters/"+crafts.ID)
	anybody.add("toolbox", "/toolbox")
	anybody.add("tool", "/toolbox/"+tools[0].ID)
	anybody.add("api", "/api")
	anybody.add("letter-confirm", letterOf(t, h, speaks, notice.LinkConfirm))
	anybody.add("letter-stop", letterOf(t, h, speaks, notice.LinkStop))

	firm := person{key: "contact", phone: contact}
	firm.add("home", "/")
	firm.add("needs", "/needs")
	firm.add("need-new", "/needs/new")
	firm.add("ask", "/needs/ask?master="+crafts.ID)
	firm.add("need-new-for", "/needs/new?master="+crafts.ID)
	firm.add("need-open", need(asked, exchange.NeedOpen))
	firm.add("need-edit", editable(asked))
	firm.add("need-engaged", need(asked, exchange.NeedEngaged))
	firm.add("need-closed", need(asked, exchange.NeedClosed))
	firm.add("deal-invited", deal(asked, inState(exchange.Invited)))
	firm.add("deal-accepted", deal(asked, inState(exchange.Accepted)))
	firm.add("deal-finished", deal(asked, withTool))
	firm.add("deal-asked", deal(asked, askedAgain))
	firm.add("notices", "/notices")
	firm.add("notices-ways", "/me/notices")
	firm.add("me", "/me")
	firm.add("own-firm", "/me/enterprises/"+speaks.Enterprises[0])
	firm.add("sessions", "/me/sessions")
	firm.add("password", "/me/password")
	firm.add("phone", "/me/phone")
	firm.add("phone-code", "/me/phone/code")
	firm.add("privacy", "/me/privacy")
	firm.add("privacy-identity", "/me/privacy/fields/identity")
	firm.add("privacy-readings", "/me/privacy/readings")
	firm.add("privacy-export", "/me/privacy/export")
	firm.add("privacy-erase", "/me/privacy/erase")

	craft := person{key: "master", phone: master}
	craft.add("home", "/")
	craft.add("work", "/work")
	craft.add("profile", "/me/master")
	craft.add("honours", "/me/master/honours")
	craft.add("offers", "/offers")
	craft.add("offer", "/offers/"+exchange.ExpertVisit)
	craft.add("deal-invited", deal(done, inState(exchange.Invited)))
	craft.add("deal-accepted", deal(done, inState(exchange.Accepted)))
	craft.add("deal-visit", deal(done, openVisit))
	craft.add("deal-finished", deal(done, inState(exchange.Finished)))
	if feed := must[[]exchange.Match](t)(h.app.Exchange.Feed(ctx, crafts, 1)); len(feed) > 0 {
		craft.add("need-fits", "/needs/"+feed[0].Need.ID)
	}
	if len(own) > 0 {
		craft.add("tool-own", "/toolbox/"+own[0].ID)
		craft.add("tool-edit", "/toolbox/"+own[0].ID+"/edit")
	}

	hand := person{key: "worker", phone: worker}
	hand.add("home", "/")
	hand.add("work", "/work")
	hand.add("offers", "/offers")
	hand.add("me", "/me")
	hand.add("notices", "/notices")
	hand.add("membership", "/me/membership")
	hand.add("transfer", "/me/transfer")
	hand.add("transfer-form", "/me/transfer/form?union="+works.Grants[0].UnionID)
	hand.add("leave", "/me/leave")

	boss := person{key: "lead", phone: lead}
	leads := r.actor(lead).Grants[0].UnionID
	some := must[hall.List[hall.Enterprise]](t)(h.app.Hall.EnterprisesIn(ctx, actor.Hall, works.Grants[0].UnionID, hall.Search{Page: hall.Page{Limit: 1}})).Rows[0]
	boss.add("home", "/")
	boss.add("desk", "/console")
	boss.add("needs", "/console/needs")
	boss.add("figures", "/console/figures")
	boss.add("kinds", "/console/kinds")
	boss.add("kind", "/console/kinds/"+exchange.ExpertVisit)
	boss.add("kind-new", "/console/kinds/new")
	boss.add("unions", "/console/unions")
	boss.add("union-new", "/console/unions/new?union="+leads)
	boss.add("union-name", "/console/unions/"+leads+"/name")
	boss.add("union-move", "/console/unions/"+some.UnionID+"/move?how=move&q=市")
	for _, city := range must[[]hall.Union](t)(h.app.Hall.Children(ctx, leads)) {
		if !actor.Within(some.UnionPath, city.Path) {
			boss.add("union-move-preview", "/console/unions/"+some.UnionID+"/move?how=move&into="+city.ID)
			boss.add("union-merge-preview", "/console/unions/"+some.UnionID+"/move?how=merge&into="+city.ID)
			break
		}
	}
	boss.add("officers", "/console/officers")
	boss.add("officer-new", "/console/officers/new?union="+leads)
	boss.add("audits", "/console/audits")
	boss.add("enterprises", "/console/enterprises")
	boss.add("enterprise", "/console/enterprises/"+some.ID)
	boss.add("enterprise-verify", "/console/enterprises/"+some.ID+"/verify")
	boss.add("enterprise-close", "/console/enterprises/"+some.ID+"/close")
	if speakers := must[map[string][]hall.Contact](t)(h.app.Hall.Contacts(ctx, []string{some.ID}))[some.ID]; len(speakers) > 0 {
		boss.add("contact-remove", "/console/enterprises/"+some.ID+"/contacts/"+speakers[0].PersonID+"/remove")
	}
	boss.add("enterprise-new", "/console/enterprises/new?union="+some.UnionID)
	boss.add("masters", "/console/masters")
	boss.add("master-new", "/console/masters/new?union="+some.UnionID)
	boss.add("documents", "/console/documents")
	boss.add("honour", "/console/honours/"+certificate(t, h))
	boss.add("master-honours", "/console/masters/"+crafts.ID+"/honours")
	boss.add("workers", "/console/workers")
	boss.add("joining", "/console/joining")
	boss.add("joining-one", "/console/joining/"+asking(t, h, r.actor(lead)))
	boss.add("imports", "/console/imports")
	boss.add("import-new", "/console/imports/new")
	boss.add("import-columns", "/console/imports/"+listOf(t, h, r.actor(lead), false))
	boss.add("import-checked", "/console/imports/"+listOf(t, h, r.actor(lead), true))
	boss.add("worker", "/console/workers/"+r.actor(worker).ID)
	boss.add("worker-phone", "/console/workers/"+r.actor(worker).ID+"/phone")
	boss.add("worker-private", "/console/workers/"+r.actor(worker).ID+"/private")
	boss.add("private", "/console/private")
	boss.add("readings", "/console/readings")
	boss.add("portals", "/console/portals")
	boss.add("portal-new", "/console/portals/new")
	embeds, hook := hooked(t, h)
	boss.add("portal", "/console/portals/"+embeds)
	boss.add("portal-hook", "/console/portals/"+embeds+"/hooks/"+hook)

	desk := person{key: "clerk", phone: clerk}
	desk.add("desk", "/console")
	desk.add("needs", "/console/needs?state=open")
	desk.add("figures", "/console/figures")
	desk.add("assign", needPathOf(waiting, "/console%s/assign"))
	desk.add("assign-why", needPathOf(waiting, "/console%s/assign?master="+url.QueryEscape("林")))
	desk.add("need-open", need(local, exchange.NeedOpen))
	desk.add("deal-accepted", deal(local, inState(exchange.Accepted)))
	desk.add("kind", "/console/kinds/"+exchange.ExpertVisit)

	reads := person{key: "auditor", phone: auditor}
	reads.add("desk", "/console")
	reads.add("needs", "/console/needs")
	reads.add("figures", "/console/figures")
	reads.add("kind", "/console/kinds/"+exchange.ExpertVisit)
	reads.add("officers", "/console/officers")
	reads.add("deal-finished", deal(local, withTool))
	all := person{key: "steward", phone: steward}
	all.add("system", "/console/system")
	return []person{anybody, firm, craft, hand, boss, desk, reads, all}
}

// letterOf is where a letter to an address of a person leads, which they enter unless they have.
func letterOf(t *testing.T, h *house, who actor.Actor, what string) string {
	t.Helper()
	told := must[notice.Telling](t)(h.app.Notices.Telling(t.Context(), who))
	if _, ok := told.Mail(); !ok {
		if err := h.app.Notices.EnterMail(t.Context(), who, "zhang.min@mail.example"); err != nil {
			t.Fatal(err)
		}
		told = must[notice.Telling](t)(h.app.Notices.Telling(t.Context(), who))
	}
	at, _ := told.Mail()
	box := must[*seal.Box](t)(app.Keys(h.app.Config))
	return "/notices/letters/" + what + "?letter=" + notice.Token(box.Mark, what, at.PersonID, at.ID)
}

// asking is a request of a member to go over to the union of the lead.
func asking(t *testing.T, h *house, to actor.Actor) string {
	t.Helper()
	r := rows{t, h}
	q, err := h.app.Hall.AskTransfer(context.Background(), r.actor(master), to.Grants[0].UnionID, "搬到市区了，离新单位近一些。")
	return must[hall.Request](t)(q, err).ID
}

// certificate is an honour of the master that waits to be confirmed.
func certificate(t *testing.T, h *house) string {
	t.Helper()
	ctx, r := context.Background(), rows{t, h}
	crafts := r.actor(master)
	for _, d := range must[[]hall.Document](t)(h.app.Hall.HonoursGiven(ctx, crafts, crafts.ID)) {
		if d.State == hall.DocumentWaiting {
			return d.ID
		}
	}
	return must[hall.Document](t)(h.app.Hall.GiveHonour(ctx, crafts, hall.HonourInput{Name: "全国五一劳动奖章", Level: hall.NationalHonour, Year: 2022, Issuer: "中华全国总工会",
		Papers: []hall.Paper{{ID: id.New(), Name: "奖章证书.pdf", Type: "application/pdf", Size: 182_000, Hash: strings.Repeat("0", 64)}}})).ID
}

// hooked is a portal of the demonstration and a hook of it.
func hooked(t *testing.T, h *house) (portalID, hookID string) {
	t.Helper()
	ctx := context.Background()
	portalID = must[[]portal.Portal](t)(h.app.Portals.List(ctx, actor.Hall))[0].ID
	if there := must[[]portal.Hook](t)(h.app.Portals.Hooks(ctx, actor.Hall, portalID)); len(there) > 0 {
		return portalID, there[0].ID
	}
	k, _, err := h.app.Portals.AddHook(ctx, actor.Hall, portalID, "https://partner.example/hook", nil)
	return portalID, must[portal.Hook](t)(k, err).ID
}

func editable(cases []exchange.Case) string {
	for _, c := range cases {
		if c.Need.State == exchange.NeedOpen && c.Working() == 0 {
			return needPath(c) + "/edit"
		}
	}
	return ""
}

func needPathOf(cases []exchange.Case, form string) string {
	if len(cases) == 0 {
		return ""
	}
	return strings.Replace(form, "%s", needPath(cases[0]), 1)
}

// listOf uploads a list with every kind of row in it, and has it checked.
func listOf(t *testing.T, h *house, who actor.Actor, checked bool) string {
	t.Helper()
	body := "福州市总工会会员花名册,,,\n姓名,手机号,所在工会,备注\n张伟,13500000001,,\n李娜,1.35E+10,,\n王芳,13500000003,天上工会,\n"
	j := must[intake.Job](t)(h.app.Imports.Upload(t.Context(), who, intake.Upload{Kind: "workers", Name: "会员花名册（2026 年）.csv", Body: strings.NewReader(body)}))
	if !checked {
		return j.ID
	}
	j = must[intake.Job](t)(h.app.Imports.SetColumns(t.Context(), who, j.ID, j.Columns))
	for j.State.Working() {
		time.Sleep(20 * time.Millisecond)
		j = must[intake.Job](t)(h.app.Imports.Job(t.Context(), who, j.ID))
	}
	return j.ID
}

// parts are GET routes that answer with something else than a page of their own.
var parts = []string{
	"/needs/{need}/answers", "/needs/{need}/engagements/{engagement}/thread", "/needs/{need}/engagements/{engagement}/progress",
	"/needs/{need}/engagements/{engagement}/visits/{visit}/calendar.ics", "/needs/{need}/files/{file}", "/documents/{document}/papers/{paper}", "/me/calendar.ics",
	"/console/import-templates/{list}", "/console/imports/{import}/bad", "/console/imports/{import}/progress",
	"/notices/bell", "/signin/directory/back", "/console/desk", "/console/needs.xlsx", "/console/figures.xlsx", "/console/readings.csv",
}

// TestEveryPageIsLookedAt holds the list of pages to the routing table: a page that nobody added there fails.
func TestEveryPageIsLookedAt(t *testing.T) {
	h := ours(t)
	mux := http.NewServeMux()
	missing := map[string]bool{}
	for _, r := range h.app.Router.Routes() {
		if r.Surface != web.HTML || r.Method != http.MethodGet || slices.Contains(parts, r.Pattern) {
			continue
		}
		mux.HandleFunc("GET "+r.Pattern, func(http.ResponseWriter, *http.Request) {})
		missing["GET "+r.Pattern] = true
	}
	for _, p := range people(t, h) {
		for _, s := range p.sights {
			_, pattern := mux.Handler(httptest.NewRequest(http.MethodGet, s.path, nil))
			delete(missing, pattern)
		}
	}
	delete(missing, "GET /me/passkeys") // at an address with a name only: TestPasskeyInTheBrowser looks at it
	for pattern := range missing {
		t.Errorf("%s is a page that no test looks at: add it to people", pattern)
	}
}
