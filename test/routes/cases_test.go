package routes

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/hall/hallsql"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/privacy"
	"github.com/unionhall/unionhall/internal/seal"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// target names rows of city A by the names that routes have for them: what is asked for in their place.
type target map[string]string

// targets makes, in city A's county, needs in every state with all that belongs to them, and gives the rows to be
// asked for: one set for each need, since no need has everything.
func (w *world) targets() []target {
	ctx := context.Background()
	ex, c := w.app.Exchange, w.a
	lead, contact, master := w.as(c.people["lead"]), w.as(c.people["contact"]), w.as(c.people["master"])
	offer := must[[]exchange.Offer](w)(ex.OffersOf(ctx, master.ID))[0]
	// The partner takes what is sent to it, so that nothing is tried again while the walk looks for changes.
	partner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	w.t.Cleanup(partner.Close)
	_, _, err := w.app.Portals.AddHook(ctx, w.portalOf(c.portal), c.portal.ID, partner.URL+"/"+w.secret("hook"), nil)
	w.must(err)

	w.private(lead, master)
	common := target{
		"union": c.county.ID, "person": master.ID, "enterprise": c.firm.ID, "offer": offer.ID, "days": "30",
		"contact": c.people["colleague"].ID, "master": master.ID,
		"kind": w.draftKind(lead).ID, "grant": w.grantOf("county-clerk"), "schema": "Need.json",
		"import": w.imported(lead), "list": "workers", "field": "identity", "purpose": "news",
		"portal": c.portal.ID, "key": w.keyOf(c.portal),
		"passkey": w.passkeyOf(c.people["contact"]),
		"request": w.requestOf(),
	}
	common["document"], common["paper"] = w.documentOf(master)
	finished := w.finished(contact, master, offer)
	open := w.open(lead, contact, offer)
	working := w.working(contact, master, offer)
	embedded := w.embedded(w.portalOf(c.portal), master, offer)
	embedded["hook"], embedded["delivery"] = w.delivery()
	embedded["document"], embedded["paper"] = w.licenceOf(contact)
	embedded["notice"] = w.noticeOf(contact.ID)
	common["session"] = w.sessionOf(c.people["contact"])
	out := []target{open, working, finished, embedded}
	for _, t := range out {
		for name, v := range common {
			if _, ok := t[name]; !ok {
				t[name] = v
			}
		}
	}
	// What everybody may know in the place of what nobody else may: an open kind of city A.
	public := target{}
	for name, v := range working {
		public[name] = v
	}
	public["kind"] = w.openKind(lead).ID
	return append(out, public)
}

func (w *world) portalOf(p portal.Portal) actor.Actor { return p.Actor() }

// values fill the form of a need with marked texts.
func (w *world) values(trade string) exchange.Values {
	s := func(what string) exchange.Value { return exchange.Value{Text: w.secret(what)} }
	at := w.a.county.Place
	return exchange.Values{
		"title": s("title"), "trade": {Text: trade}, "story": s("story"), "equipment": s("equipment"),
		"place":   {Spot: &exchange.Spot{Lat: at.Lat, Lng: at.Lng, Address: w.secret("place")}},
		"measure": {Measure: &exchange.Measure{Name: "圆度", Before: 0.12, Target: 0.03, Unit: "mm"}},
	}
}

func (w *world) post(by actor.Actor, ref string, files ...exchange.File) exchange.Need {
	d := exchange.Draft{KindID: exchange.ExpertVisit, EnterpriseID: w.a.firm.ID, Values: w.values("cnc-turning"), PortalRef: ref, Files: files}
	return must[exchange.Need](w)(w.app.Exchange.Post(context.Background(), by, d))
}

// open is a need to which a master was invited.
func (w *world) open(lead, contact actor.Actor, o exchange.Offer) target {
	n := w.post(contact, "", w.file(contact, w.secret("needfile")))
	e := must[exchange.Engagement](w)(w.app.Exchange.Invite(context.Background(), lead, n.ID, o.ID))
	return target{"need": n.ID, "engagement": e.ID, "file": n.Files[0].ID}
}

// working is a need at work: words, files, a visit agreed and one proposed.
func (w *world) working(contact, master actor.Actor, o exchange.Offer) target {
	ctx, ex := context.Background(), w.app.Exchange
	n := w.post(contact, "")
	e := must[exchange.Engagement](w)(ex.Accept(ctx, master, n.ID, o.ID))
	m := must[exchange.Message](w)(ex.Say(ctx, contact, n.ID, e.ID, w.secret("word"), []exchange.File{w.file(contact, w.secret("wordfile"))}, ""))
	must[exchange.Message](w)(ex.Say(ctx, master, n.ID, e.ID, w.secret("advice"), nil, ""))
	visit := func(in time.Duration) exchange.Visit {
		from := w.clock.Now().Add(in)
		return must[exchange.Visit](w)(ex.ProposeVisit(ctx, master, n.ID, e.ID, exchange.VisitPlan{From: from, To: from.Add(2 * time.Hour),
			Address: w.secret("visitaddress"), Note: w.secret("visitnote")}))
	}
	v := visit(48 * time.Hour)
	w.must(ex.AgreeVisit(ctx, contact, n.ID, e.ID, v.ID))
	visit(96 * time.Hour)
	return target{"need": n.ID, "engagement": e.ID, "visit": v.ID, "file": m.Files[0].ID}
}

// finished is a need that was solved some weeks ago, with a toolbox entry and a question whether the gain holds.
func (w *world) finished(contact, master actor.Actor, o exchange.Offer) target {
	ctx, ex := context.Background(), w.app.Exchange
	n := w.post(contact, "")
	e := must[exchange.Engagement](w)(ex.Accept(ctx, master, n.ID, o.ID))
	must[exchange.Message](w)(ex.Say(ctx, master, n.ID, e.ID, w.secret("oldadvice"), nil, ""))
	after := 0.02
	for _, by := range []actor.Actor{master, contact} {
		must[exchange.Case](w)(ex.Close(ctx, by, n.ID, e.ID, exchange.Closing{Result: exchange.Solved, After: &after, Note: w.secret("endnote"),
			Stars: 5, Comment: w.secret("endcomment")}))
	}
	// What is in the toolbox is everybody's.
	tool := must[exchange.Tool](w)(ex.WriteTool(ctx, master, n.ID, e.ID, exchange.Tool{Title: "软爪撑大再夹", Problem: "薄壁套变形", Method: "先撑后夹"}))
	w.clock.Move(31 * 24 * time.Hour)
	must[int](w)(ex.AskDue(ctx))
	return target{"need": n.ID, "engagement": e.ID, "tool": tool.ID}
}

// embedded is a need that came through the portal, with a master at work.
func (w *world) embedded(p, master actor.Actor, o exchange.Offer) target {
	ctx, ex := context.Background(), w.app.Exchange
	n := w.post(p, w.secret("ref"))
	e := must[exchange.Engagement](w)(ex.Accept(ctx, master, n.ID, o.ID))
	must[exchange.Message](w)(ex.Say(ctx, p, n.ID, e.ID, w.secret("portalword"), nil, ""))
	return target{"need": n.ID, "engagement": e.ID}
}

// draftKind is a kind that city A has not opened, and openKind one that it has; as the built-in one, but for
// their names.
func (w *world) draftKind(lead actor.Actor) exchange.Kind {
	k := w.kind("a-draft", exchange.KindDraft, lang.Text{ZH: w.secret("kindname"), EN: w.secret("kindname")})
	k.Summary = lang.Text{ZH: w.secret("kindsummary"), EN: w.secret("kindsummary")}
	k.Need.Fields[0].Help = lang.Text{ZH: w.secret("kindhelp"), EN: w.secret("kindhelp")}
	return must[exchange.Kind](w)(w.app.Exchange.SaveKind(context.Background(), lead, k))
}

func (w *world) openKind(lead actor.Actor) exchange.Kind {
	k := w.kind("a-open", exchange.KindOpen, lang.Text{ZH: "a市互助", EN: "Help in A"})
	k.Offer.By = exchange.ByWorker
	for i := range k.Offer.Fields {
		k.Offer.Fields[i].From = ""
	}
	return must[exchange.Kind](w)(w.app.Exchange.SaveKind(context.Background(), lead, k))
}

func (w *world) kind(slug string, status exchange.KindStatus, name lang.Text) exchange.Kind {
	k := exchange.BuiltIn()[0]
	k.ID, k.Version, k.Status, k.UnionID, k.UnionPath, k.Name = slug, 0, status, w.a.county.ID, w.a.county.Path, name
	return k
}

func (w *world) grantOf(part string) string {
	for _, g := range w.batch.Grants {
		if g.PersonID == w.a.people[part].ID {
			return g.ID
		}
	}
	w.t.Fatalf("no grant of %s", part)
	return ""
}

// one waits for a row that follows from an event.
func (w *world) one(query string, args ...any) string {
	w.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		found := must[[]string](w)(sqldb.All(context.Background(), w.app.DB, sqldb.Value[string], query, args...))
		if len(found) > 0 {
			return found[0]
		}
		if time.Now().After(end) {
			w.t.Fatalf("nothing found by %s", query)
		}
	}
}

// imported is a list of city A that was checked and waits, with a row that is wrong.
func (w *world) imported(clerk actor.Actor) string {
	ctx := context.Background()
	body := "姓名," + w.secret("heading") + "\n张伟,13500000001\n李娜,13500000002\n王芳,1\n"
	j := must[intake.Job](w)(w.app.Imports.Upload(ctx, clerk, intake.Upload{Kind: "workers", UnionID: w.a.county.ID, Name: w.secret("file"), Body: strings.NewReader(body)}))
	must[intake.Job](w)(w.app.Imports.SetColumns(ctx, clerk, j.ID, j.Columns))
	w.one(`SELECT id FROM intake_job WHERE id = $1 AND state = 'checked'`, j.ID)
	return j.ID
}

// passkeyOf gives a person a passkey, with which nobody can sign.
func (w *world) passkeyOf(p hall.Person) string {
	key := "walk-" + p.ID
	w.must(w.app.DB.Update(context.Background(), func(tx sqldb.Tx) error {
		_, err := tx.Exec(context.Background(), `INSERT INTO hall_passkey (id, person_id, name, data, created_at, used_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			key, p.ID, w.secret("passkey"), "{}", w.clock.Now(), time.Time{})
		return err
	}))
	return key
}

// private gives a person of city A an identity number, and has an officer read it.
func (w *world) private(officer, person actor.Actor) {
	ctx := context.Background()
	w.must(w.app.Privacy.Set(ctx, person, person.ID, privacy.IdentityField, "350102199003070012", true))
	must[string](w)(w.app.Privacy.Show(ctx, officer, person.ID, privacy.IdentityField, privacy.Why{Reason: "aid", Note: w.secret("reading")}))
}

// keyOf gives a portal one key more, which can be revoked without shutting it out.
func (w *world) keyOf(p portal.Portal) string {
	k, _, err := w.app.Portals.AddKey(context.Background(), actor.Hall, p.ID, time.Time{})
	return must[portal.Key](w)(k, err).ID
}

// keep copies the rows that a query finds, and gives what puts back those that have gone since.
func (w *world) keep(table, where, value string) (putBack func()) {
	ctx := context.Background()
	rows, err := w.app.DB.Query(ctx, "SELECT * FROM "+table+" WHERE "+where+" = $1", value)
	w.must(err)
	defer rows.Close()
	columns, err := rows.Columns()
	w.must(err)
	var kept [][]any
	for rows.Next() {
		row, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			to[i] = &row[i]
		}
		w.must(rows.Scan(to...))
		kept = append(kept, row)
	}
	w.must(rows.Err())
	return func() {
		w.must(w.app.DB.Update(ctx, func(tx sqldb.Tx) error {
			for _, row := range kept {
				if _, err := tx.Exec(ctx, "INSERT INTO "+table+" VALUES ("+sqldb.In(1, len(row))+") ON CONFLICT DO NOTHING", row...); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

func (w *world) delivery() (hook, delivery string) {
	delivery = w.one(`SELECT id FROM portal_delivery ORDER BY id LIMIT 1`)
	return w.one(`SELECT hook_id FROM portal_delivery WHERE id = $1`, delivery), delivery
}

func (w *world) noticeOf(personID string) string {
	return w.one(`SELECT id FROM notice_item WHERE person_id = $1 ORDER BY id LIMIT 1`, personID)
}

// sessionOf signs a person in.
func (w *world) sessionOf(p hall.Person) string {
	w.signIn(p, "walk")
	return w.one(`SELECT id FROM hall_session WHERE person_id = $1 ORDER BY created_at DESC LIMIT 1`, p.ID)
}

// settled waits until everything that happened has been handed on.
func (w *world) settled() {
	w.one(`SELECT 'yes' WHERE NOT EXISTS (SELECT 1 FROM sqldb_outbox WHERE published_at = 0)`)
	time.Sleep(200 * time.Millisecond) // what the stream's consumers are about to write
}

// requestOf is a worker's request to join city A's county.
func (w *world) requestOf() string {
	ctx := context.Background()
	r := hall.Request{ID: id.New(), Kind: hall.Joining, State: hall.Unproved, UnionID: w.a.county.ID, UnionPath: w.a.county.Path, Name: w.secret("applicant"),
		Phone: "+8613511110000", Employer: w.secret("employer"), Note: w.secret("joinnote"), Lang: "zh", Created: w.clock.Now()}
	people := hallsql.New(w.app.DB, must[*seal.Box](w)(app.Keys(w.app.Config)))
	w.must(people.DraftRequest(ctx, r))
	must[hall.Request](w)(people.ProveRequest(ctx, r.ID, r.Created, func(hall.Request) hall.Trace { return hall.Trace{} }))
	return r.ID
}

// documentOf is a certificate of city A's master, which waits.
func (w *world) documentOf(master actor.Actor) (document, paper string) {
	d := must[hall.Document](w)(w.app.Hall.GiveHonour(context.Background(), master, hall.HonourInput{Name: w.secret("honour"), Level: hall.CityHonour, Year: 2020,
		Issuer: w.secret("issuer"), Papers: w.papers(master)}))
	return d.ID, d.Papers[0].ID
}

// licenceOf hands in a business licence of city A's enterprise.
func (w *world) licenceOf(contact actor.Actor) (document, paper string) {
	d := must[hall.Document](w)(w.app.Hall.GiveLicence(context.Background(), contact, w.a.firm.ID, w.papers(contact)))
	return d.ID, d.Papers[0].ID
}

func (w *world) papers(by actor.Actor) []hall.Paper {
	f := w.file(by, w.secret("paper"))
	return []hall.Paper{{ID: f.ID, Name: f.Name, Type: f.Type, Size: f.Size, Hash: f.Hash}}
}
