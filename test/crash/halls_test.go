package crash

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/sqldb"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
	"github.com/unionhall/unionhall/internal/stream/streamtest"
)

// Two processes on one PostgreSQL and a cluster of three NATS nodes are one hall, also while the node that leads the
// stream goes and one of the processes is killed: every need that was acknowledged is there once, its masters were told
// once, and sessions and live pages do not mind which process they meet.
func TestTwoHalls(t *testing.T) {
	if testing.Short() {
		t.Skip("kills the program and a server of NATS")
	}
	partner, nats, store, dir := newReceiver(t), streamtest.NewCluster(t, 3), sqldbtest.DurableCluster(t), t.TempDir()
	s := plant(t, dir, store, partner.URL)
	a, b := twoOf(t, dir, store, nats.Address())
	offered(t, dir, store)
	officer := newVisitor(t)
	officer.signIn(a)
	officer.sees(b, http.StatusOK)
	told := newLedger(t)
	shown := officer.shows(b, topUnion(t, dir, store))
	told.need(newAPI(a, s, true), "first")
	shown("a need that was posted at the other hall")

	const rounds = 2
	end := load(4, &program{base: front(t, a, b)}, s, told)
	for range rounds {
		progress(t, told, 40)
		lead := nats.Leader("HALL")
		if lead < 0 {
			t.Fatal("no server leads the stream HALL")
		}
		nats.Stop(lead)
		progress(t, told, 40)
		a.kill()
		progress(t, told, 40)
		officer.sees(b, http.StatusOK)
		nats.Start(lead)
		a.start()
		a, b = b, a // the other one is next
	}
	progress(t, told, 40)
	end()

	acked := told.all()
	for _, p := range []*program{a, b} {
		oncePerRef(t, newAPI(p, s, true), acked)
		matched(t, newAPI(p, s, true), acked)
	}
	at := time.Now()
	want := handedOn(t, dir, store, acked)
	t.Logf("handed on %s later", time.Since(at).Round(time.Second))
	delivered(t, partner, want, 2*rounds) // see TestKill
	toldOnce(t, dir, store)
	shown = officer.shows(a, topUnion(t, dir, store))
	told.need(newAPI(b, s, true), "last")
	shown("a need that was posted at the other hall, after all of it")
	officer.signOut(b)
	officer.sees(a, http.StatusSeeOther)
	for _, p := range []*program{a, b} {
		if err := p.stop(); err != nil {
			t.Errorf("it was asked to stop: %v", err)
		}
	}
	sound(t, dir, store)
	t.Logf("%d needs over %d deaths of a hall and of a server of NATS", len(acked), rounds)
}

// twoOf starts two processes of the hall in dir: each has a data folder of its own, and they share the keys.
func twoOf(t *testing.T, dir, store, stream string) (a, b *program) {
	t.Helper()
	a, b = newProgram(t, dir, store), newProgram(t, t.TempDir(), store)
	for _, p := range []*program{a, b} {
		p.args = append(p.args, "--stream", stream, "--keys", filepath.Join(dir, "keys", "seal.json"))
		p.start()
	}
	return a, b
}

// front is a proxy before the halls, which takes them by turns and knows of no health: a request that meets a dead one
// is answered 502, and comes again to the other.
func front(t *testing.T, halls ...*program) string {
	t.Helper()
	var turn atomic.Uint64
	var bases []*url.URL
	for _, p := range halls {
		bases = append(bases, must[*url.URL](t)(url.Parse(p.base)))
	}
	p := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(bases[turn.Add(1)%uint64(len(bases))]) },
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	})
	t.Cleanup(p.Close)
	return p.URL
}

// progress waits until n more needs are acknowledged.
func progress(t *testing.T, l *ledger, n int) {
	t.Helper()
	was := len(l.all())
	for end := time.Now().Add(30 * time.Second); len(l.all()) < was+n; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d needs in 30 s, want %d: the halls stand still", len(l.all())-was, n)
		}
	}
}

// need posts one need.
func (l *ledger) need(c *api, ref string) {
	l.t.Helper()
	id, _, err := c.post(context.Background(), ref)
	if err != nil {
		l.t.Fatal(err)
	}
	l.acknowledged(ref, id)
}

// topUnion is the live topic of all that happens in the hall.
func topUnion(t *testing.T, dir, store string) string {
	t.Helper()
	db := beside(t, dir, store)
	defer db.Close()
	return "union:" + must[string](t)(sqldb.One(context.Background(), db, sqldb.Value[string], `SELECT id FROM hall_union ORDER BY length(path) LIMIT 0+1`))
}

// toldOnce sees that nobody was told of a thing twice.
func toldOnce(t *testing.T, dir, store string) {
	t.Helper()
	db := beside(t, dir, store)
	defer db.Close()
	twice := must[int](t)(sqldb.One(context.Background(), db, sqldb.Value[int],
		`SELECT count(*) FROM (SELECT 1 FROM notice_item GROUP BY person_id, link, msg HAVING count(*) > 1) AS doubled`))
	if twice > 0 {
		t.Errorf("%d notices were given twice", twice)
	}
}

// visitor is an officer's browser. It takes both halls for one, as it would behind a proxy: cookies know no ports.
type visitor struct {
	t    *testing.T
	http *http.Client
}

func newVisitor(t *testing.T) *visitor {
	jar := must[*cookiejar.Jar](t)(cookiejar.New(nil))
	return &visitor{t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (v *visitor) signIn(p *program) {
	v.send(p, "/signin", url.Values{"login": {"13900000001"}, "password": {"correct-horse-battery"}})
}

func (v *visitor) signOut(p *program) { v.send(p, "/signout", nil) }

func (v *visitor) send(p *program, path string, form url.Values) {
	v.t.Helper()
	res, err := v.http.PostForm(p.base+path, form)
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		v.t.Fatalf("%s: %s", path, res.Status)
	}
}

// sees asks for a page that only those see who are signed in.
func (v *visitor) sees(p *program, status int) {
	v.t.Helper()
	res, err := v.http.Get(p.base + "/me")
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	if _, _ = io.Copy(io.Discard, res.Body); res.StatusCode != status {
		v.t.Errorf("/me: %s, want %d", res.Status, status)
	}
}

// shows opens a live page that follows the topic; the returned function waits until it is told of a change.
func (v *visitor) shows(p *program, topic string) (change func(what string)) {
	v.t.Helper()
	res, err := v.http.Get(p.base + "/live?topic=" + url.QueryEscape(topic))
	if err != nil {
		v.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		v.t.Fatalf("/live: %s", res.Status)
	}
	late := time.AfterFunc(20*time.Second, func() { res.Body.Close() })
	lines := bufio.NewScanner(res.Body)
	until := func(line, what string) {
		v.t.Helper()
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), line) {
				return
			}
		}
		v.t.Fatalf("a live page did not show %s: %v", what, lines.Err())
	}
	until("event: hello", "that it is open")
	return func(what string) {
		v.t.Helper()
		defer res.Body.Close()
		defer late.Stop()
		until("data: "+topic, what)
	}
}
