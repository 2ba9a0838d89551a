package app_test

import (
	"bytes"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/dossier"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/lang"
	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/notice/noticesql"
	"github.com/unionhall/unionhall/internal/privacy"
	"github.com/unionhall/unionhall/internal/seal"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// scanBackup makes an archive of the hall, opens it as anybody could, and looks for what is watched.
func scanBackup(t *testing.T, c app.Config, canary string, watched []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hall.backup")
	if _, err := app.Backup(t.Context(), c, path, false); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := zstd.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	plain, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range leaks(plain, watched) {
		t.Errorf("the backup holds %q", l)
	}
	if !bytes.Contains(plain, []byte(canary)) {
		t.Error("the scan of the backup sees nothing")
	}
}

func check[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// leaving is a hall with a master who has a finished engagement and wants to leave.
type leaving struct {
	*app.App
	clock         *clock.Fake
	config        app.Config
	lead, contact actor.Actor
	master        actor.Actor
	need          string
	engagement    string
}

// words are what the master wrote, and what is known of them: none of it may be found afterwards.
var words = []string{"柯启明留的话七七一九", "柯启明的评语七七一九", "柯启明的备注七七一九", "七七一九技师简介", "花生过敏七七一九", "柯启明", "13987651202", "350102199003070012"}

// always is every day of the week.
func always() (c hall.Calendar) {
	for day := range 7 {
		c.Weekly = append(c.Weekly, hall.Slot{Weekday: time.Weekday(day), From: 8 * 60, To: 20 * 60})
	}
	return c
}

func leavingHall(t *testing.T, store string) *leaving {
	ctx := t.Context()
	l := &leaving{clock: clock.At(time.Now()), config: app.Config{Dir: t.TempDir(), Store: store}}
	l.config.Clock = l.clock
	l.App = open(t, l.config)
	lead := check[hall.Person](t)(l.Hall.Found(ctx, hall.Founding{Name: "某省总工会", NameEN: "A province", Level: hall.Province, Person: "张三", Phone: planted.lead, Password: password}))
	l.lead = check[actor.Actor](t)(l.Hall.Actor(ctx, lead.ID))
	m := check[hall.Newcomer](t)(l.Hall.CreateMaster(ctx, actor.Hall, hall.PersonInput{Name: "柯启明", Phone: planted.master}, hall.MasterInput{Title: "高级技师",
		UnionID: lead.UnionID, Honours: []hall.Honour{{Name: "柯启明工作室", Year: 2020}}, MasterOwn: hall.MasterOwn{Craft: []string{"fitting"}, Bio: "七七一九技师简介", Place: hall.Place{Lat: 26, Lng: 119}, ReachMetre: 50_000, MaxLoad: 2, Calendar: always()}}))
	e := check[hall.Enterprise](t)(l.Hall.CreateEnterprise(ctx, l.lead, hall.EnterpriseInput{Name: "八闽轴承厂", UnionID: lead.UnionID, Industry: "machinery", Size: "small"}))
	c := check[hall.Newcomer](t)(l.Hall.AddContact(ctx, l.lead, hall.ContactInput{EnterpriseID: e.ID, Title: "厂长", Name: "联系人", Phone: planted.worker}))
	l.contact = check[actor.Actor](t)(l.Hall.Actor(ctx, c.Person.ID))
	l.master = check[actor.Actor](t)(l.Hall.Actor(ctx, m.Person.ID))
	if err := l.Exchange.Load(ctx); err != nil {
		t.Fatal(err)
	}
	if err := l.Exchange.SyncMaster(ctx, m.Person.ID); err != nil {
		t.Fatal(err)
	}
	var offer exchange.Offer
	for _, o := range check[[]exchange.Offer](t)(l.Exchange.OffersOf(ctx, m.Person.ID)) {
		if o.KindID == exchange.ExpertVisit {
			offer = o
		}
	}
	n := check[exchange.Need](t)(l.Exchange.Post(ctx, l.contact, exchange.Draft{KindID: exchange.ExpertVisit, EnterpriseID: e.ID, Values: exchange.Values{
		"title": {Text: "轴承外圈椭圆"}, "trade": {Text: "fitting"}, "story": {Text: "压装后椭圆"}, "place": {Spot: &exchange.Spot{Lat: 26, Lng: 119, Address: "福州"}}}}))
	check[exchange.Engagement](t)(l.Exchange.Invite(ctx, l.lead, n.ID, offer.ID))
	g := check[exchange.Engagement](t)(l.Exchange.Accept(ctx, l.master, n.ID, offer.ID))
	check[exchange.Message](t)(l.Exchange.Say(ctx, l.master, n.ID, g.ID, words[0], nil, ""))
	check[exchange.Message](t)(l.Exchange.Say(ctx, l.contact, n.ID, g.ID, "谢谢师傅", nil, ""))
	for _, text := range []struct {
		by    actor.Actor
		field privacy.Field
		text  string
	}{{l.master, privacy.IdentityField, words[7]}, {l.master, privacy.HealthField, words[4]}} {
		if err := l.Privacy.Set(ctx, text.by, l.master.ID, text.field, text.text, true); err != nil {
			t.Fatal(err)
		}
	}
	check[hall.Document](t)(l.Hall.GiveHonour(ctx, l.master, hall.HonourInput{Name: "柯启明工作室", Level: hall.CityHonour, Year: 2021, Issuer: "某市总工会",
		Papers: []hall.Paper{{ID: "p", Name: "柯启明证书.jpg", Type: "image/jpeg", Hash: strings.Repeat("0", 64)}}}))
	l.need, l.engagement = n.ID, g.ID
	return l
}

// finish closes the engagement on both sides.
func (l *leaving) finish(t *testing.T) {
	for _, end := range []struct {
		by            actor.Actor
		note, comment string
	}{{l.master, words[2], words[1]}, {l.contact, "企业的备注", "企业的评语"}} {
		check[exchange.Case](t)(l.Exchange.Close(t.Context(), end.by, l.need, l.engagement, exchange.Closing{Result: exchange.Solved, Stars: 5, Note: end.note, Comment: end.comment}))
	}
}

func TestAnErasedPersonIsFoundNowhere(t *testing.T) {
	for engine, store := range map[string]string{"sqlite": "", "postgres": sqldbtest.PostgresDSN(t)} {
		t.Run(engine, func(t *testing.T) {
			l, ctx := leavingHall(t, store), t.Context()
			if _, err := l.Privacy.AskErasure(ctx, l.master, "柯启明"); !fault.Is(err, fault.Conflict) {
				t.Errorf("in the middle of an engagement: %v", err)
			}
			if _, err := l.Privacy.AskErasure(ctx, l.lead, "张三"); !fault.Is(err, fault.Conflict) {
				t.Errorf("an officer in office: %v", err)
			}
			l.finish(t)
			l.tellElsewhere(t)
			l.moves(t)
			check[privacy.Erasure](t)(l.Privacy.AskErasure(ctx, l.master, "柯启明"))
			l.clock.Move(privacy.Wait)
			if n, err := l.Privacy.EraseDue(ctx); n != 1 || err != nil {
				t.Fatal(n, err)
			}
			if err := l.Exchange.SyncMaster(ctx, l.master.ID); err != nil && !fault.Is(err, fault.NotFound) {
				t.Error(err)
			}
			scanTables(t, l.DB, "八闽轴承厂", words)
			scanBackup(t, l.config, "八闽轴承厂", words)
			l.rowsLeft(t)
			l.stays(t)
		})
	}
}

// tellElsewhere has the master choose how to be told, so that there is something of that to erase.
func (l *leaving) tellElsewhere(t *testing.T) {
	out := noticesql.NewOutgoing(l.DB, check[*seal.Box](t)(app.Keys(l.config)))
	at := notice.Address{PersonID: l.master.ID, ID: "a", Way: notice.Mail, Value: "qm7719@example.com", State: notice.AddressActive, CreatedAt: l.clock.Now()}
	ask := notice.Delivery{PersonID: at.PersonID, EventID: "a", Msg: notice.MsgConfirm, Way: notice.Mail, AddressID: "a", State: notice.Sent, CreatedAt: at.CreatedAt}
	for _, err := range []error{out.SaveChoices(t.Context(), l.master.ID, notice.Default()), out.PutAddress(t.Context(), at, ask)} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// moves has the master go over to another union and ask for the next.
func (l *leaving) moves(t *testing.T) {
	ctx := t.Context()
	for _, code := range []string{"01", "02"} {
		u := check[hall.Union](t)(l.Hall.CreateUnion(ctx, l.lead, hall.NewUnion{ParentID: l.lead.UnionID, Level: hall.City, Code: code, Kind: hall.Region,
			Name: lang.Text{ZH: "第" + code + "市总工会"}, Place: hall.Place{Lat: 24.9, Lng: 118.6}}))
		q := check[hall.Request](t)(l.Hall.AskTransfer(ctx, l.master, u.ID, "搬家"))
		if code == "01" {
			check[hall.Request](t)(l.Hall.Decide(ctx, l.lead, hall.Decision{RequestID: q.ID, Approve: true}))
		}
	}
}

// mayStay are the tables that still know the identifier of somebody who was erased, and why.
var mayStay = map[string]string{
	"hall_master":     "emptied: engagements name it",
	"privacy_consent": "evidence, for its time",
	"privacy_reading": "evidence, for its time",
	"privacy_erasure": "says that it was done",
}

// rowsLeft asks every table that there is, so that a new one is not forgotten.
func (l *leaving) rowsLeft(t *testing.T) {
	asked := 0
	for _, table := range check[[]sqldb.Table](t)(l.DB.Tables(t.Context(), l.DB)) {
		if !slices.ContainsFunc(table.Columns, func(c sqldb.Column) bool { return c.Name == "person_id" }) {
			continue
		}
		asked++
		n := check[int](t)(sqldb.One(t.Context(), l.DB, sqldb.Value[int], `SELECT COUNT(*) FROM `+table.Name+` WHERE person_id = $1`, l.master.ID))
		if n > 0 && mayStay[table.Name] == "" {
			t.Errorf("%s still has %d rows of somebody who was erased", table.Name, n)
		}
	}
	if asked < 10 {
		t.Errorf("only %d tables were asked", asked)
	}
}

// stays looks at what is left of somebody who was erased.
func (l *leaving) stays(t *testing.T) {
	ctx := t.Context()
	c, _, err := l.Exchange.Case(ctx, l.contact, l.need)
	if err != nil {
		t.Fatal(err)
	}
	e := c.Engagements[0]
	if e.State != exchange.Finished || e.NeedEnd.Stars != 5 || e.NeedEnd.Comment != "企业的评语" || e.OfferEnd.Comment != "" || e.OfferEnd.Note != "" || e.OfferEnd.Result != exchange.Solved {
		t.Errorf("the engagement: %+v, %+v", e.NeedEnd, e.OfferEnd)
	}
	thread := check[[]exchange.Message](t)(l.Exchange.Thread(ctx, l.contact, l.need, l.engagement))
	if len(thread) != 2 || thread[0].Body != dossier.Gone || thread[1].Body != "谢谢师傅" {
		t.Errorf("the conversation: %+v", thread)
	}
	p := check[hall.Person](t)(l.Hall.Person(ctx, actor.Hall, l.master.ID))
	if p.Name != dossier.Erased || p.Phone != "" || p.Status != hall.Closed {
		t.Errorf("%+v", p)
	}
	if found := check[hall.List[hall.Master]](t)(l.Hall.FindMasters(ctx, hall.MasterSearch{})); found.Total != 0 {
		t.Errorf("still a master: %+v", found.Rows)
	}
	if _, err := l.Hall.Actor(ctx, l.master.ID); !fault.Is(err, fault.NotFound) {
		t.Errorf("may still act: %v", err)
	}
	for _, o := range check[[]exchange.Offer](t)(l.Exchange.OffersOf(ctx, l.master.ID)) {
		if o.Status != exchange.OfferEnded {
			t.Errorf("an offer is %s", o.Status)
		}
	}
	// The number is free for whoever comes next.
	next := check[hall.Newcomer](t)(l.Hall.CreateMaster(ctx, actor.Hall, hall.PersonInput{Name: "新人", Phone: planted.master}, hall.MasterInput{Title: "技师",
		UnionID: p.UnionID, MasterOwn: hall.MasterOwn{Craft: []string{"fitting"}, MaxLoad: 1}}))
	if next.Person.ID == l.master.ID {
		t.Error("the same person came back")
	}
}

// What the two sides see of each other is on the record, and who objects is not shown.
func TestANumberInAnEngagementIsOnRecord(t *testing.T) {
	l, ctx := leavingHall(t, ""), t.Context()
	base, stop := start(t, l.App)
	defer stop()
	v := visit(t, base)
	v.signIn(200, planted.lead, password)
	page := "/needs/" + l.need + "/engagements/" + l.engagement
	if text := v.send(200, page, nil); !strings.Contains(text, planted.master) {
		t.Fatal("the officer at work does not see the master's number")
	}
	v.send(200, page, nil)
	mine := check[privacy.Found](t)(l.Privacy.OwnReadings(ctx, l.master, ""))
	if len(mine.Rows) != 1 || mine.Rows[0].ReaderID != l.lead.ID || mine.Rows[0].Role != "lead" || mine.Rows[0].Source != "engagement/"+l.engagement {
		t.Errorf("%+v", mine.Rows)
	}
	if list := v.send(200, "/console/readings.csv", nil); !strings.Contains(list, "柯启明") || strings.Contains(list, planted.master) {
		t.Errorf("the list for a report: %s", list)
	}
	if pack := v.send(200, "/me/privacy/export", url.Values{}); !strings.HasPrefix(pack, "PK") {
		t.Errorf("the copy of one's own data: %.80s", pack)
	}
	if err := l.Privacy.Decide(ctx, l.master, privacy.Contact, 1, false); err != nil {
		t.Fatal(err)
	}
	if text := v.send(200, page, nil); strings.Contains(text, planted.master) {
		t.Error("shown against an objection")
	}
}

// The file of an import goes when its time is over, and what needed it says so.
func TestFilesOfImportsGo(t *testing.T) {
	l, ctx := leavingHall(t, ""), t.Context()
	j := check[intake.Job](t)(l.Imports.Upload(ctx, l.lead, intake.Upload{Kind: "workers", UnionID: l.lead.UnionID, Name: "名单.csv",
		Body: strings.NewReader("姓名,手机号\n林秀珠," + planted.listed + "\n")}))
	l.clock.Move((privacy.ImportDays - 1) * 24 * time.Hour)
	if err := l.Privacy.SweepDue(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Imports.Draft(ctx, l.lead, j.ID); err != nil {
		t.Fatalf("too early: %v", err)
	}
	l.clock.Move(2 * 24 * time.Hour)
	if err := l.Privacy.SweepDue(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Imports.Draft(ctx, l.lead, j.ID); !fault.Is(err, fault.Conflict) {
		t.Errorf("its file is there: %v", err)
	}
	if now := check[intake.Job](t)(l.Imports.Job(ctx, l.lead, j.ID)); now.State != intake.Canceled || !now.FileGone() {
		t.Errorf("%+v", now)
	}
	left := 0
	err := filepath.WalkDir(filepath.Join(l.config.Dir, "files"), func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			left++
		}
		return err
	})
	if err != nil || left != 0 {
		t.Errorf("%d files left, %v", left, err)
	}
}
