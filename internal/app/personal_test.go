package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/fault"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/intake"
	"github.com/unionhall/unionhall/internal/privacy"
	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// planted are the personal values that nothing but the keys may lead to. To watch over another kind of value, add one
// here and let the test below enter it.
var planted = struct {
	lead, master, worker, stranger, listed, crafted, applicant, renewed, wanted, employer, email, address, agent, identity, unknown, health string
}{
	lead: "13987651201", master: "13987651202", worker: "13987651203", stranger: "13987651204", listed: "13987651205", crafted: "13987651207",
	applicant: "13987651206", renewed: "13987651208", wanted: "13987651209", employer: "暗礁七十七号快递站",
	email: "qiu.yanfen.7719@mail.example", address: "198.51.100.77", agent: "Plantedbrowser/77.19",
	identity: "350102199003070012", unknown: "440308199901010012", health: "花生过敏七七一九",
}

// forms are all the ways in which planted values can be written.
func forms() (out []string) {
	for _, n := range []string{planted.lead, planted.master, planted.worker, planted.stranger, planted.listed, planted.crafted, planted.applicant, planted.renewed, planted.wanted} {
		out = append(out, n, n[:3]+" "+n[3:7]+" "+n[7:], n[:3]+"-"+n[3:7]+"-"+n[7:], n[:3]+"%20"+n[3:7], n[:3]+"+"+n[3:7]+"+"+n[7:], wide(n), n[3:])
	}
	out = append(out, planted.email, strings.ToUpper(planted.email), strings.ReplaceAll(planted.email, "@", "%40"), wide(planted.email),
		strings.Split(planted.email, "@")[0], planted.agent, planted.employer, planted.health, url.QueryEscape(planted.health))
	for _, n := range []string{planted.identity, planted.unknown} {
		out = append(out, n, n[:6]+" "+n[6:14]+" "+n[14:], n[:6]+"+"+n[6:14]+"+"+n[14:], wide(n), n[2:16])
	}
	for _, plain := range append([]string{}, out...) {
		out = append(out, hex.EncodeToString([]byte(plain)))
		for shift := range 3 { // base64 looks different at each place in a group
			b := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat(" ", shift) + plain))
			out = append(out, b[shift+1:len(b)-2])
		}
	}
	return out
}

// wide is a text as Chinese keyboards write it at full width.
func wide(s string) string {
	return strings.Map(func(r rune) rune { return r - '!' + '！' }, s)
}

// leaks gives the forms that a text holds.
func leaks(text []byte, watched []string) (out []string) {
	for _, f := range watched {
		if bytes.Contains(text, []byte(f)) {
			out = append(out, f)
		}
	}
	return out
}

// scanFiles looks into every file of the data folder but the keys, and says in how many the canary was found.
func scanFiles(t *testing.T, dir, canary string, watched []string) (found int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path == filepath.Join(dir, "keys") {
				return fs.SkipDir
			}
			return nil
		}
		b, err := os.ReadFile(path)
		for _, l := range leaks(b, watched) {
			t.Errorf("%s holds %q", path, l)
		}
		if bytes.Contains(b, []byte(canary)) {
			found++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// scanTables looks into every row of every table, and says in how many the canary was found.
func scanTables(t *testing.T, db *sqldb.DB, canary string, watched []string) (found int) {
	t.Helper()
	ctx := context.Background()
	list := `SELECT name FROM sqlite_master WHERE type = 'table'`
	if db.Dialect() == sqldb.Postgres {
		list = `SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`
	}
	tables, err := sqldb.All(ctx, db, sqldb.Value[string], list)
	if err != nil || len(tables) < 20 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	for _, table := range tables {
		rows, err := db.Query(ctx, `SELECT * FROM `+table)
		if err != nil {
			t.Fatal(err)
		}
		columns, _ := rows.Columns()
		for rows.Next() {
			row, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range row {
				into[i] = &row[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			for i, v := range row {
				if b, ok := v.([]byte); ok {
					row[i] = string(b)
				}
			}
			text := fmt.Append(nil, row...)
			for _, l := range leaks(text, watched) {
				t.Errorf("table %s holds %q", table, l)
			}
			if bytes.Contains(text, []byte(canary)) {
				found++
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
	}
	return found
}

// journal is a log that many write to.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(b)
}

func (j *journal) bytes() []byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	return bytes.Clone(j.b.Bytes())
}

// visitor is a browser.
type visitor struct {
	t    *testing.T
	base string
	http *http.Client
}

func visit(t *testing.T, base string) *visitor {
	jar, _ := cookiejar.New(nil)
	return &visitor{t, base, &http.Client{Jar: jar}}
}

// send sends a form, or asks when there is none, and gives the page.
func (v *visitor) send(want int, path string, form url.Values) string {
	v.t.Helper()
	method, body := "GET", ""
	if form != nil {
		method, body = "POST", form.Encode()
	}
	r, err := http.NewRequest(method, v.base+path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("User-Agent", planted.agent)
	r.Header.Set("Accept-Language", "en")
	res, err := v.http.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	var page bytes.Buffer
	_, _ = page.ReadFrom(res.Body)
	if res.StatusCode != want {
		v.t.Errorf("%s %s: %d, want %d\n%.300s", method, path, res.StatusCode, want, page.Bytes())
	}
	return page.String()
}

func (v *visitor) signIn(want int, login, password string) {
	v.t.Helper()
	v.send(want, "/signin", url.Values{"login": {login}, "password": {password}})
}

const (
	password = "一二三四五六七八九十"
	worker   = "邱燕芬"
)

// peopled founds a hall, enters a master and a worker, and gives the union.
func peopled(t *testing.T, a *app.App) (unionID, workerID string) {
	t.Helper()
	ctx := t.Context()
	lead, err := a.Hall.Found(ctx, hall.Founding{Name: "某省总工会", NameEN: "A province", Level: hall.Province, Person: "张三", Phone: planted.lead, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	m, err := a.Hall.CreateMaster(ctx, actor.Hall, hall.PersonInput{Name: "柯启明", Phone: planted.master}, hall.MasterInput{Title: "高级技师",
		UnionID: lead.UnionID, MasterOwn: hall.MasterOwn{Craft: []string{"fitting"}, ReachMetre: 50_000, MaxLoad: 2}})
	if err != nil || m.Person.Phone.Whole() != planted.master {
		t.Fatalf("%+v, %v", m, err)
	}
	p := hall.Person{ID: id.New(), Name: worker, Phone: hall.Phone("+86" + planted.worker), Email: hall.Email(planted.email), UnionID: lead.UnionID,
		UnionPath: lead.UnionPath, Status: hall.Active, Created: lead.Created}
	if err := a.Hall.Load(ctx, hall.Batch{People: []hall.NewPerson{{Person: p}}}); err != nil {
		t.Fatal(err)
	}
	return lead.UnionID, p.ID
}

// sensitive has an officer enter, look for and read what is sensitive about a worker.
func sensitive(t *testing.T, a *app.App, officer *visitor, workerID string) {
	t.Helper()
	sheet := "/console/workers/" + workerID + "/private"
	for want, number := range map[int]string{200: planted.identity, 422: planted.unknown[:17] + "5"} {
		officer.send(want, sheet+"/identity", url.Values{"content": {number}, "agreed": {"yes"}})
	}
	if err := a.Privacy.Set(t.Context(), actor.Hall, workerID, privacy.HealthField, planted.health, true); !fault.Is(err, fault.Denied) {
		t.Errorf("the hall itself sets: %v", err)
	}
	self := actor.Actor{Kind: actor.Person, ID: workerID}
	if err := a.Privacy.Set(t.Context(), self, workerID, privacy.HealthField, planted.health, true); err != nil {
		t.Fatal(err)
	}
	if page := officer.send(200, "/console/private/find", url.Values{"number": {planted.identity}}); !strings.Contains(page, "35**************12") || strings.Contains(page, planted.identity) {
		t.Error("a number does not find its owner, masked")
	}
	officer.send(422, "/console/private/find", url.Values{"number": {planted.unknown}})
	for field, want := range map[string]string{"identity": planted.identity, "health": planted.health, "phone": planted.worker, "email": planted.email} {
		if page := officer.send(200, sheet+"/show", url.Values{"field": {field}, "reason": {"aid"}}); !strings.Contains(page, want) {
			t.Errorf("%s is not shown", field)
		}
	}
	officer.send(422, sheet+"/show", url.Values{"field": {"identity"}, "reason": {"other"}, "note": {planted.identity}})
	var pack bytes.Buffer
	if err := a.Privacy.Pack(t.Context(), self, &pack); err != nil || pack.Len() < 1000 {
		t.Errorf("the copy of one's own data: %d bytes, %v", pack.Len(), err)
	}
	if page := officer.send(200, "/console/readings?person="+workerID, nil); !strings.Contains(page, worker) || strings.Count(page, "<tr") != 5 {
		t.Errorf("the record has %d rows with its head", strings.Count(page, "<tr"))
	}
}

// imported takes lists of workers and of masters in, each with a bad row.
func imported(t *testing.T, a *app.App, unionID string) {
	t.Helper()
	ctx := t.Context()
	in, err := a.Hall.SignIn(ctx, hall.SignIn{Login: planted.lead, Password: password, Address: planted.address})
	if err != nil {
		t.Fatal(err)
	}
	lead, err := a.Hall.Actor(ctx, in.Person.ID)
	if err != nil {
		t.Fatal(err)
	}
	workers := "姓名,手机号\n林秀珠," + planted.listed + "\n陈坏行," + planted.listed[:10] + "\n"
	for kind, body := range map[string]string{"workers": workers,
		"masters": "姓名,手机号,技能等级,工种\n林巧匠," + planted.crafted + ",技师,焊工\n陈坏行," + planted.crafted[:10] + ",技师,焊工\n"} {
		j, err := a.Imports.Upload(ctx, lead, intake.Upload{Kind: kind, UnionID: unionID, Name: "花名册.csv", Body: strings.NewReader(body)})
		if err == nil {
			_, err = a.Imports.SetColumns(ctx, lead, j.ID, j.Columns)
		}
		wait := func(in intake.State) {
			t.Helper()
			for end := time.Now().Add(time.Minute); j.State != in && err == nil; time.Sleep(20 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("waited in vain for %s: %+v", in, j)
				}
				j, err = a.Imports.Job(ctx, lead, j.ID)
			}
			if err != nil {
				t.Fatal(in, err)
			}
		}
		wait(intake.Checked)
		_, err = a.Imports.Start(ctx, lead, j.ID, intake.GoodRows, false)
		wait(intake.Done)
		if j.Added != 1 || j.Bad != 1 {
			t.Fatalf("imported %s: %+v", kind, j.Progress)
		}
	}
	twin, err := a.Imports.Upload(ctx, lead, intake.Upload{Kind: "workers", UnionID: unionID, Name: "again.csv",
		Body: strings.NewReader(workers)})
	if err != nil {
		t.Fatal(err)
	}
	if _, found, err := a.Imports.Twin(ctx, lead, twin); !found || err != nil {
		t.Errorf("the same file is not known again: %v", err)
	}
}

// applies asks to be taken in by phone, with the code that a message brings, and is refused.
func applies(t *testing.T, a *app.App, base, unionID string, texts captured) {
	t.Helper()
	ctx := t.Context()
	v := visit(t, base)
	v.send(200, "/join?employer="+url.QueryEscape(planted.employer), nil)
	v.send(200, "/join", url.Values{"union": {unionID}, "name": {"江素云"}, "phone": {planted.applicant}, "employer": {planted.employer}, "note": {planted.employer}})
	select {
	case code := <-texts:
		v.send(200, "/join/code", url.Values{"code": {code}})
	case <-time.After(10 * time.Second):
		t.Fatal("no code came")
	}
	list, err := a.Hall.Requests(ctx, actor.Hall, "", false, hall.Page{})
	if err != nil || list.Total != 1 || list.Rows[0].Phone.Whole() != planted.applicant {
		t.Fatalf("%+v, %v", list, err)
	}
	v.send(200, "/join/state", nil)
}

// changesPhone gives the lead another number, tells the one that they had, and leaves a third that was asked for.
func changesPhone(t *testing.T, a *app.App, officer *visitor, texts captured) {
	t.Helper()
	next := func() (code string) {
		select {
		case code = <-texts:
		case <-time.After(20 * time.Second):
			t.Fatal("no message came")
		}
		return code
	}
	officer.send(422, "/me/phone", url.Values{"phone": {planted.renewed + "x"}})
	officer.send(200, "/me/phone", url.Values{"phone": {wide(planted.renewed)}})
	officer.send(200, "/me/phone/code", url.Values{"code": {next()}})
	if told := next(); told != "" {
		t.Errorf("the old number got the code %q", told)
	}
	if page := officer.send(200, "/notices", nil); !strings.Contains(page, "number of your account was changed") {
		t.Error("no news of it")
	}
	officer.send(200, "/me/phone", url.Values{"phone": {planted.wanted}})
	next()
	if n, err := sqldb.One(t.Context(), a.DB, sqldb.Value[int], `SELECT COUNT(*) FROM hall_challenge WHERE phone <> ''`); err != nil || n < 1 {
		t.Errorf("%d numbers wait, %v", n, err)
	}
}

// forgets has somebody ask for a new password by an address that was confirmed, to which no letter can be sent.
func forgets(t *testing.T, a *app.App, base string, log *journal) {
	t.Helper()
	err := a.DB.Update(t.Context(), func(tx sqldb.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE notice_address SET state = 'active' WHERE way = 'mail'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	visit(t, base).send(200, "/signin/code", url.Values{"for": {"password"}, "login": {strings.ToUpper(planted.email)}})
	until(t, "the letter with a code that was refused", func() bool { return bytes.Contains(log.bytes(), []byte("letter with a code not sent")) })
}

// captured are codes that were sent.
type captured chan string

// Text implements hall.Texter.
func (c captured) Text(_ context.Context, _ hall.Phone, _, code string) error { c <- code; return nil }

// Whatever people do, and whatever goes wrong, neither the store nor the stream, the files, the log or the traces
// tell who they are.
func TestNothingPersonalLiesInTheClear(t *testing.T) {
	for engine, store := range map[string]string{"sqlite": "", "postgres": sqldbtest.PostgresDSN(t)} {
		t.Run(engine, func(t *testing.T) {
			log := &journal{}
			dir, letters, traces := t.TempDir(), postOffice(t), collects(t)
			letters.rcpt = "550 <" + planted.email + "> is nobody here"
			logger, before := slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), slog.Default()
			slog.SetDefault(logger) // as the program does
			t.Cleanup(func() { slog.SetDefault(before) })
			a, err := app.Open(t.Context(), app.Config{Dir: dir, Store: store, Listen: "127.0.0.1:0", Cheap: true, Mail: letters.config(),
				Traces: traces.URL, TraceShare: 1}, logger)
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			union, workerID := peopled(t, a)
			texts := make(captured, 10)
			a.Hall.Texts(texts)
			base, stop := start(t, a)

			officer := visit(t, base)
			officer.signIn(200, wide(planted.lead), password)
			for _, q := range []string{planted.worker, "+86 " + planted.worker} {
				page := officer.send(200, "/console/workers?union="+union+"&q="+url.QueryEscape(q), nil)
				if !strings.Contains(page, worker) || !strings.Contains(page, "139****1203") || strings.Contains(page, planted.worker[3:]+"<") {
					t.Errorf("%s does not find its owner, masked", q)
				}
			}
			officer.send(200, "/me/sessions", nil)
			officer.send(422, "/console/officers/check", url.Values{"union": {union}, "role": {"clerk"}, "phone": {planted.stranger}})
			officer.send(422, "/console/officers/check", url.Values{"union": {union}, "role": {"clerk"}, "phone": {planted.stranger + "x"}})
			officer.send(200, "/console/officers/check", url.Values{"union": {union}, "role": {"clerk"}, "phone": {planted.worker}})
			officer.send(200, "/me/notices/mail", url.Values{"mail": {planted.email}})
			officer.send(422, "/me/notices/mail", url.Values{"mail": {planted.email + " x"}})
			until(t, "the letter that was refused", func() bool { return bytes.Contains(log.bytes(), []byte("news not taken")) })
			forgets(t, a, base, log)
			imported(t, a, union)
			officer.send(404, "/console/workers/none?q="+planted.worker, nil)
			for _, typed := range []string{planted.worker, "+86 " + planted.worker, planted.identity, wide(planted.identity), planted.email, planted.employer} {
				officer.send(404, "/console/workers/"+url.PathEscape(typed), nil)
				officer.send(404, "/nowhere/"+url.PathEscape(typed), nil)
			}
			given := officer.send(200, "/console/workers/"+workerID+"/password", url.Values{})
			if !strings.Contains(given, worker) {
				t.Error("no password was handed out")
			}

			sensitive(t, a, officer, workerID)

			applies(t, a, base, union, texts)
			changesPhone(t, a, officer, texts)
			other := visit(t, base)
			for _, login := range []string{planted.worker, planted.stranger, planted.email, strings.ToUpper(planted.email), planted.email + "x"} {
				other.signIn(422, login, "wrong")
			}
			for range 12 { // until it is too often
				_, _ = other.http.PostForm(base+"/signin", url.Values{"login": {planted.stranger}, "password": {"wrong"}})
			}

			// A row that somebody has changed behind the hall fails, and says so in the log.
			swap := func(from, to string) {
				err := a.DB.Update(t.Context(), func(tx sqldb.Tx) error {
					_, err := tx.Exec(t.Context(), `UPDATE hall_person SET phone = $1 WHERE phone = $2`, to, from)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			kept, err := sqldb.One(t.Context(), a.DB, sqldb.Value[string], `SELECT phone FROM hall_person WHERE id = $1`, workerID)
			if err != nil {
				t.Fatal(err)
			}
			swap(kept, kept[:40])
			officer.send(500, "/console/workers?union="+union+"&q="+planted.worker, nil)
			if !bytes.Contains(log.bytes(), []byte("hall_person.phone/"+workerID)) {
				t.Error("the log does not say what is damaged")
			}
			swap(kept[:40], kept)
			officer.send(200, "/console/workers?union="+union+"&q="+planted.worker, nil)

			watched := forms()
			if n := scanTables(t, a.DB, worker, watched); n != 1 {
				t.Errorf("the scan of tables finds the name in %d rows: it sees nothing", n)
			}
			inFiles := scanFiles(t, dir, worker, watched)
			if engine == "sqlite" && inFiles == 0 {
				t.Error("the scan of files does not find the name: it sees nothing")
			}
			scanBackup(t, a.Config, worker, watched)
			// The store goes away in the middle.
			if err := a.DB.Close(); err != nil {
				t.Fatal(err)
			}
			other.http.Jar = nil
			for _, login := range []string{planted.worker, planted.email} {
				res, err := other.http.PostForm(base+"/signin", url.Values{"login": {login}, "password": {"wrong"}})
				if err != nil || res.StatusCode < 500 {
					t.Errorf("without a store: %v, %v", res, err)
				}
			}
			_ = stop()
			_ = a.Close() // what has no store any more may complain
			scanFiles(t, dir, worker, watched)
			text := log.bytes()
			for _, l := range leaks(text, watched) {
				t.Errorf("the log holds %q", l)
			}
			if !bytes.Contains(text, []byte(`"path":"/console/workers"`)) || !bytes.Contains(text, []byte(`"level":"ERROR"`)) {
				t.Error("the log was not caught")
			}
			traces.scan(t, watched)
		})
	}
}

// A store of before is sealed when it is first opened, down to what the engine has left in its files.
func TestAStoreOfBeforeIsSealed(t *testing.T) {
	for engine, store := range map[string]string{"sqlite": "", "postgres": sqldbtest.PostgresDSN(t)} {
		t.Run(engine, func(t *testing.T) {
			dir, ctx := t.TempDir(), t.Context()
			dsn := store
			if dsn == "" {
				dsn = "sqlite:" + filepath.Join(dir, "hall.db")
			}
			db, err := sqldb.Open(ctx, dsn)
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Migrate(ctx); err != nil {
				t.Fatal(err)
			}
			err = db.Update(ctx, func(tx sqldb.Tx) error {
				for _, q := range []string{
					`INSERT INTO hall_person (id, name, phone, email, union_id, union_path, lang, status, created_at)
						VALUES ('w', '` + worker + `', '+86` + planted.worker + `', '` + planted.email + `', 'u', '/0/', '', 'active', 1)`,
					`INSERT INTO hall_login (value, kind, person_id) VALUES ('+86` + planted.worker + `', 'phone', 'w'), ('` + planted.email + `', 'email', 'w')`,
					`INSERT INTO hall_session (id, person_id, created_at, seen_at, expires_at, address, agent, data)
						VALUES ('s', 'w', 1, 1, 2, '` + planted.address + `', '` + planted.agent + `', '{}')`,
				} {
					if _, err := tx.Exec(ctx, q); err != nil {
						return err
					}
				}
				for i := range 300 { // pages of them
					_, err := tx.Exec(ctx, `INSERT INTO hall_login (value, kind, person_id) VALUES ($1, 'phone', 'gone')`, fmt.Sprint("+86", planted.stranger, i))
					if err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			// Deleted rows stay in a file until their room is needed.
			err = db.Update(ctx, func(tx sqldb.Tx) error {
				_, err := tx.Exec(ctx, `DELETE FROM hall_login WHERE person_id = 'gone'`)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			if engine == "sqlite" {
				b, err := os.ReadFile(filepath.Join(dir, "hall.db"))
				if err != nil || !bytes.Contains(b, []byte(planted.stranger)) || !bytes.Contains(b, []byte(planted.email)) {
					t.Fatalf("the store of before has nothing in the clear: the test tests nothing (%v)", err)
				}
			}
			a := open(t, app.Config{Dir: dir, Store: store})
			watched := append(forms(), planted.address)
			if n := scanTables(t, a.DB, worker, watched); n != 1 {
				t.Errorf("the name is in %d rows", n)
			}
			if n := scanFiles(t, dir, worker, watched); engine == "sqlite" && n == 0 {
				t.Error("the scan of files sees nothing")
			}
			p, err := a.Hall.Person(ctx, actor.Hall, "w")
			if err != nil || p.Phone.Whole() != planted.worker || string(p.Email) != planted.email {
				t.Errorf("%+v, %v", p, err)
			}
		})
	}
}
