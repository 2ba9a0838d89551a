package privacy_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/dossier"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/privacy"
	"github.com/unionhall/unionhall/internal/privacy/privacysql"
	"github.com/unionhall/unionhall/internal/privacy/privacytest"
	"github.com/unionhall/unionhall/internal/seal/sealtest"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

const county = "/0/1/01/"

var people = privacytest.Hall{
	"w1": {ID: "w1", Name: "邱燕芬", UnionPath: county, Phone: "139****0001"},
	"w2": {ID: "w2", Name: "林秀珠", UnionPath: county, Phone: "139****0002"},
	"o":  {ID: "o", Name: "干部", UnionPath: county},
}

// store may be told not to keep readings.
type store struct {
	privacy.Store
	full bool
}

func (s *store) AddReadings(ctx context.Context, rows []privacy.Reading) error {
	if s.full {
		return errors.New("the disk is full")
	}
	return s.Store.AddReadings(ctx, rows)
}

type world struct {
	*privacy.Service
	store *store
	clock *clock.Fake
}

func newWorld(t *testing.T, parts ...dossier.Part) world {
	w := world{store: &store{Store: privacysql.New(sqldbtest.SQLite(t), sealtest.Box(t))}, clock: clock.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))}
	w.Service = privacy.New(privacy.Options{Store: w.store, People: people, Unions: people, Clock: w.clock, Parts: parts})
	return w
}

func self(id string) actor.Actor {
	return actor.Actor{Kind: actor.Person, ID: id, UnionPath: people[id].UnionPath}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestIdentityNumbers(t *testing.T) {
	now := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for in, want := range map[string]string{
		"11010519491231002X": "11**************2X", " 110105 19491231 002x ": "11**************2X", "１１０１０５１９４９１２３１００２Ｘ": "11**************2X",
		"110105491231002": "privacy.fault.id-short", "110105194912310021": "privacy.fault.id-check", "11010519491231002": "privacy.fault.id-form",
		"11010519491331002X": "privacy.fault.id-date", "110105202612310027": "privacy.fault.id-date", "": "privacy.fault.id-form", "X": "privacy.fault.id-form",
		"1101051949123100XX": "privacy.fault.id-form", "11010519491231002é": "privacy.fault.id-form",
	} {
		n, wrong := privacy.ParseID(in, now)
		if got := wrong + n.String(); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func TestConsentCountsForItsVersion(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	holds := func(purpose string) bool {
		t.Helper()
		got, err := w.Consented(ctx, "w1", purpose)
		ok(t, err)
		return got
	}
	if !holds(privacy.Membership) || !holds(privacy.Contact) || holds(privacy.Health) {
		t.Error("before anything was said")
	}
	ok(t, w.Decide(ctx, self("w1"), privacy.Health, 1, true))
	ok(t, w.Decide(ctx, self("w1"), privacy.Contact, 1, false))
	if !holds(privacy.Health) || holds(privacy.Contact) {
		t.Error("after it was said")
	}
	defer func(p privacy.Purpose) { privacy.Purposes[5] = p }(privacy.Purposes[5])
	privacy.Purposes[5].Version = 2
	if holds(privacy.Health) {
		t.Error("an agreement to another text counts")
	}
	list, err := w.Standings(ctx, self("w1"))
	ok(t, err)
	if !list[5].Anew || list[5].Holds || list[1].Anew {
		t.Errorf("%+v", list)
	}
	for purpose, version := range map[string]int{privacy.Health: 1, privacy.Membership: 1, "none": 1} {
		if err := w.Decide(ctx, self("w1"), purpose, version, true); err == nil {
			t.Errorf("%s %d was taken", purpose, version)
		}
	}
	if err := w.Decide(ctx, actor.Actor{}, privacy.News, 1, true); !fault.Is(err, fault.Denied) {
		t.Error(err)
	}
}

func TestWithdrawingForgetsTheValue(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	ok(t, w.Set(ctx, self("w1"), "w1", privacy.IdentityField, privacytest.IDs[0], true))
	ok(t, w.Set(ctx, self("w1"), "w1", privacy.HealthField, "过敏", true))
	ok(t, w.Decide(ctx, self("w1"), privacy.Identity, 1, false))
	sheet, err := w.Sheet(ctx, self("w1"), "w1")
	if err != nil || sheet.Masked[privacy.IdentityField] != "" || sheet.Masked[privacy.HealthField] == "" {
		t.Errorf("%+v, %v", sheet.Masked, err)
	}
	ok(t, w.Set(ctx, self("w2"), "w2", privacy.IdentityField, privacytest.IDs[0], true))
}

func TestWhoMaySetAndShow(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	number := privacytest.IDs[1]
	if err := w.Set(ctx, self("w1"), "w1", privacy.IdentityField, number, false); !fault.Is(err, fault.Invalid) {
		t.Errorf("kept without consent: %v", err)
	}
	ok(t, w.Set(ctx, self("w1"), "w1", privacy.IdentityField, number, true))
	if err := w.Set(ctx, self("w2"), "w2", privacy.IdentityField, number, true); !errors.Is(err, privacy.TakenID) {
		t.Errorf("two people: %v", err)
	}
	why := privacy.Why{Reason: "verify"}
	for name, c := range map[string]struct {
		a          actor.Actor
		show, list fault.Code // "" is yes
	}{
		"own clerk":    {privacytest.Officer("o", actor.Clerk, county), "", ""},
		"own lead":     {privacytest.Officer("o", actor.Lead, county), "", ""},
		"own auditor":  {privacytest.Officer("o", actor.Auditor, county), fault.Denied, ""},
		"parent clerk": {privacytest.Officer("o", actor.Clerk, "/0/1/"), "", ""},
		"child lead":   {privacytest.Officer("o", actor.Lead, county+"02/"), fault.NotFound, ""},
		"sister lead":  {privacytest.Officer("o", actor.Lead, "/0/1/02/"), fault.NotFound, ""},
		"another":      {self("w2"), fault.NotFound, fault.NotFound},
		"nobody":       {actor.Actor{}, fault.Denied, fault.NotFound},
	} {
		got, err := w.Show(ctx, c.a, "w1", privacy.IdentityField, why)
		if c.show == "" && (err != nil || got != number) || c.show != "" && (!fault.Is(err, c.show) || got != "") {
			t.Errorf("%s is shown %q, %v", name, got, err)
		}
		if err := w.Set(ctx, c.a, "w1", privacy.HealthField, "过敏", true); (err == nil) != (c.show == "") {
			t.Errorf("%s sets: %v", name, err)
		}
		if _, err := w.FindID(ctx, c.a, number); (err == nil) != (c.show == "") {
			t.Errorf("%s finds: %v", name, err)
		}
		_, found, err := w.Readings(ctx, c.a, "", privacy.Query{})
		if c.list == "" && err != nil || c.list != "" && !fault.Is(err, c.list) {
			t.Errorf("%s lists: %v", name, err)
		}
		if strings.HasPrefix(name, "child") || strings.HasPrefix(name, "sister") {
			if found.Total != 0 {
				t.Errorf("%s sees %d readings", name, found.Total)
			}
		}
	}
	_, found, err := w.Readings(ctx, privacytest.Officer("a", actor.Auditor, "/0/"), "/0/", privacy.Query{Field: privacy.IdentityField})
	if err != nil || found.Total != 3 || found.People != 1 || found.Rows[0].PersonID != "w1" || found.Rows[0].Reason != "verify" {
		t.Errorf("%+v, %v", found, err)
	}
	mine, err := w.OwnReadings(ctx, self("w1"), "")
	if err != nil || len(mine.Rows) != 3 {
		t.Errorf("the person sees %+v, %v", mine, err)
	}
}

// Without the row there is no value, and a reason that says nothing, or too much, is no reason.
func TestNoReadingWithoutItsRow(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	clerk := privacytest.Officer("o", actor.Clerk, county)
	ok(t, w.Set(ctx, self("w1"), "w1", privacy.IdentityField, privacytest.IDs[0], true))
	for _, why := range []privacy.Why{{}, {Reason: "fun"}, {Reason: "other"}, {Reason: "other", Note: "他的号码 139 8765 1203"}, {Reason: "verify", Note: strings.Repeat("长", 201)}} {
		if got, err := w.Show(ctx, clerk, "w1", privacy.IdentityField, why); !fault.Is(err, fault.Invalid) || got != "" {
			t.Errorf("%+v: %q, %v", why, got, err)
		}
	}
	w.store.full = true
	if got, err := w.Show(ctx, clerk, "w1", privacy.IdentityField, privacy.Why{Reason: "law"}); err == nil || got != "" {
		t.Errorf("shown without a row: %q", got)
	}
	if got, err := w.Numbers(ctx, self("w2"), []string{"w1"}, "engagement/e"); err == nil || len(got) != 0 {
		t.Errorf("a number is shown without a row: %v", got)
	}
	if got, err := w.Show(ctx, self("w1"), "w1", privacy.IdentityField, privacy.Why{}); err != nil || got != privacytest.IDs[0] {
		t.Errorf("one's own needs no row: %v", err)
	}
}

func TestNumbersInAnEngagement(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	for range 3 {
		got, err := w.Numbers(ctx, self("w1"), []string{"w1", "w2", "gone"}, "engagement/e")
		if err != nil || got["w1"] != "1390000w1" || got["w2"] != "1390000w2" || len(got) != 2 {
			t.Fatalf("%v, %v", got, err)
		}
	}
	w.clock.Move(24 * time.Hour)
	_, err := w.Numbers(ctx, self("w1"), []string{"w2"}, "engagement/e")
	ok(t, err)
	mine, err := w.OwnReadings(ctx, self("w2"), "")
	if err != nil || len(mine.Rows) != 2 || mine.Rows[0].Role != "party" || mine.Rows[0].Field != privacy.PhoneField {
		t.Errorf("one a day: %+v, %v", mine.Rows, err)
	}
	if own, err := w.OwnReadings(ctx, self("w1"), ""); err != nil || len(own.Rows) != 0 {
		t.Errorf("one's own number: %+v, %v", own, err)
	}
	ok(t, w.Decide(ctx, self("w2"), privacy.Contact, 1, false))
	if got, err := w.Numbers(ctx, self("w1"), []string{"w2"}, "engagement/e"); err != nil || got["w2"] != "" {
		t.Errorf("shown against an objection: %v, %v", got, err)
	}
}

// part is a module that takes three calls to forget, and may fail.
type part struct {
	hinders []string
	left    int
	fail    error
	calls   int
}

func (p *part) Mine(context.Context, string) ([]dossier.Section, error) {
	return []dossier.Section{dossier.Few("messages", []string{"at", "text"}, [][]any{{time.Time{}, "<b>你好</b>"}})}, nil
}
func (p *part) Hinders(context.Context, string) ([]string, error) { return p.hinders, nil }
func (p *part) Erase(context.Context, string) (bool, error) {
	p.calls++
	if p.fail != nil {
		return false, p.fail
	}
	p.left--
	return p.left > 0, nil
}

func TestErasure(t *testing.T) {
	one, two := &part{left: 3}, &part{left: 1}
	w, ctx := newWorld(t, one, two), t.Context()
	ok(t, w.Set(ctx, self("w1"), "w1", privacy.HealthField, "过敏", true))
	if _, err := w.AskErasure(ctx, self("w1"), "别人"); !fault.Is(err, fault.Invalid) {
		t.Errorf("without the name: %v", err)
	}
	one.hinders = []string{"exchange.erase.live"}
	if _, err := w.AskErasure(ctx, self("w1"), "邱燕芬"); !fault.Is(err, fault.Conflict) {
		t.Errorf("in the middle of an engagement: %v", err)
	}
	one.hinders = nil
	e, err := w.AskErasure(ctx, self("w1"), " 邱燕芬 ")
	if err != nil || e.Due.Sub(e.Asked) != privacy.Wait {
		t.Fatal(e, err)
	}
	again, err := w.AskErasure(ctx, self("w1"), "邱燕芬")
	if err != nil || again != e {
		t.Errorf("asked twice: %+v, %v", again, err)
	}
	ok(t, w.RecallErasure(ctx, self("w1")))
	w.clock.Move(privacy.Wait)
	if n, err := w.EraseDue(ctx); n != 0 || err != nil || one.calls != 0 {
		t.Fatal("erased what was called off", n, err)
	}
	_, err = w.AskErasure(ctx, self("w1"), "邱燕芬")
	ok(t, err)
	if n, _ := w.EraseDue(ctx); n != 0 {
		t.Fatal("erased too early")
	}
	w.clock.Move(privacy.Wait)
	one.hinders = []string{"exchange.erase.live"} // came in meanwhile
	if n, _ := w.EraseDue(ctx); n != 0 || one.calls != 0 {
		t.Fatal("erased in the middle of an engagement")
	}
	one.hinders = nil
	two.fail = errors.New("the store is away")
	if n, _ := w.EraseDue(ctx); n != 0 || one.calls != 3 {
		t.Fatalf("%d, one was called %d times", n, one.calls)
	}
	if err := w.RecallErasure(ctx, self("w1")); !fault.Is(err, fault.Conflict) {
		t.Errorf("called off in the middle: %v", err)
	}
	two.fail = nil
	if n, err := w.EraseDue(ctx); n != 1 || err != nil || one.calls != 3 || two.calls != 2 {
		t.Fatalf("%d, %v; the first part was called %d times, the second %d", n, err, one.calls, two.calls)
	}
	if _, err := w.Show(ctx, self("w1"), "w1", privacy.HealthField, privacy.Why{}); !fault.Is(err, fault.NotFound) {
		t.Errorf("the note is there still: %v", err)
	}
}

func TestPack(t *testing.T) {
	w := newWorld(t, &part{})
	ctx := lang.With(t.Context(), "en")
	ok(t, w.Set(ctx, self("w1"), "w1", privacy.IdentityField, privacytest.IDs[0], true))
	_, err := w.Show(ctx, privacytest.Officer("o", actor.Clerk, county), "w1", privacy.IdentityField, privacy.Why{Reason: "aid"})
	ok(t, err)
	var b bytes.Buffer
	ok(t, w.Pack(ctx, self("w1"), &b))
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	ok(t, err)
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		ok(t, err)
		text, err := io.ReadAll(r)
		ok(t, err)
		files[f.Name] = string(text)
	}
	for _, want := range []string{privacytest.IDs[0], "&lt;b&gt;你好&lt;/b&gt;", "干部"} {
		if !strings.Contains(files["index.html"], want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, name := range []string{"sensitive", "consents", "readings", "messages"} {
		var rows []map[string]any
		if err := json.Unmarshal([]byte(files["data/"+name+".json"]), &rows); err != nil || len(rows) != 1 {
			t.Errorf("%s: %v, %v", name, rows, err)
		}
	}
	if err := w.Pack(ctx, actor.Actor{}, io.Discard); !fault.Is(err, fault.Denied) {
		t.Error(err)
	}
}

func TestSweep(t *testing.T) {
	clk := clock.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	rows, runs := 1200, 0
	var before time.Time
	broken := errors.New("away")
	s := privacy.New(privacy.Options{Store: privacysql.New(sqldbtest.SQLite(t), sealtest.Box(t)), People: people, Unions: people, Clock: clk, Keep: []privacy.Keep{
		{Kind: "notices", Days: 180, Trim: func(_ context.Context, at time.Time, limit int) (int, error) {
			n := min(limit, rows)
			rows, before = rows-n, at
			runs++
			return n, nil
		}},
		{Kind: "imports", Days: 90, Trim: func(context.Context, time.Time, int) (int, error) { return 0, broken }},
	}})
	ctx := t.Context()
	ok(t, s.SweepDue(ctx))
	ok(t, s.SweepDue(ctx)) // not again on the same day
	if rows != 0 || runs != 3 || !before.Equal(clk.Now().AddDate(0, 0, -180)) {
		t.Errorf("%d rows left after %d runs before %s", rows, runs, before)
	}
	got, err := s.Kept(ctx, privacytest.Officer("o", actor.Auditor, county))
	ok(t, err)
	last := map[string]privacy.Sweep{}
	for _, k := range got {
		last[k.Kind] = k.Last
	}
	if last["notices"].Removed != 1200 || last["notices"].Failed || !last["imports"].Failed || last["readings"].At.IsZero() {
		t.Errorf("%+v", last)
	}
	clk.Move(24 * time.Hour)
	rows = 7
	ok(t, s.SweepDue(ctx))
	got, err = s.Kept(ctx, privacytest.Officer("o", actor.Auditor, county))
	ok(t, err)
	for _, k := range got {
		if k.Kind == "notices" && (k.Last.Removed != 7 || k.Last.Total != 1207) {
			t.Errorf("%+v", k.Last)
		}
	}
	if _, err := s.Kept(ctx, self("w1")); !fault.Is(err, fault.Denied) {
		t.Error(err)
	}
}
