package crash

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
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
	"github.com/unionhall/unionhall/internal/blob"
	"github.com/unionhall/unionhall/internal/blob/blobtest"
	"github.com/unionhall/unionhall/internal/exchange"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/id"
	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
	"github.com/unionhall/unionhall/internal/stream/streamtest"
)

var faultsFor = flag.Duration("faults", 20*time.Second, "how long TestFaults has things go wrong")

// faulty is the program in the folder of that name, built once.
var faulty = sync.OnceValues(func() (string, error) { return built("faulty", "./faulty") })

// trouble is a hall and all that can go wrong around it.
type trouble struct {
	*program
	t        *testing.T
	switches string // the file that the program reads
	files    *blobtest.Service
	restart  func() error        // of the store; nil where that is a file
	nats     *streamtest.Cluster // nil where the stream is in the data folder
	counted  map[string]int
}

// set has the program go wrong as the switches say.
func (w *trouble) set(full bool, lost float64, off time.Duration) {
	w.t.Helper()
	b, err := json.Marshal(map[string]any{"Full": full, "Lost": lost, "Off": off})
	if err == nil {
		err = os.WriteFile(w.switches+".new", b, 0o600)
	}
	if err == nil {
		err = os.Rename(w.switches+".new", w.switches)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// faults are what happens, by name. Each leaves all as it was, but for the hour.
func (w *trouble) faults() map[string]func() {
	short := func() { time.Sleep(200*time.Millisecond + rand.N(1500*time.Millisecond)) }
	out := map[string]func(){
		"kill -9":      func() { w.kill(); w.start() },
		"disk full":    func() { w.set(true, 0, 0); short(); w.set(false, 0, 0) },
		"answers lost": func() { w.set(false, 0.3, 0); short(); w.set(false, 0, 0) },
		"clock set":    func() { w.set(false, 0, rand.N(52*time.Hour)-26*time.Hour); short(); w.set(false, 0, 0) },
		"S3 gives 503": func() {
			w.files.Fail(func(rw http.ResponseWriter, _ *http.Request) bool {
				rw.WriteHeader(http.StatusServiceUnavailable)
				return true
			})
			short()
			w.files.Fail(func(http.ResponseWriter, *http.Request) bool { return false })
		},
		"killed while the disk is full": func() { w.set(true, 0, 0); short(); w.kill(); w.set(false, 0, 0); w.start() },
	}
	if w.restart != nil {
		out["PostgreSQL dies"] = func() {
			if err := w.restart(); err != nil {
				w.t.Error(err)
			}
		}
		out["PostgreSQL dies and the hall with it"] = func() {
			w.kill()
			if err := w.restart(); err != nil {
				w.t.Error(err)
			}
			w.start()
		}
	}
	if w.nats != nil {
		out["NATS is cut in two"] = func() { // the hall is left with the part that may decide nothing
			w.nats.Stop(0, 1)
			short()
			w.nats.Start(0, 1)
		}
		out["NATS dies"] = func() { w.nats.Stop(); short(); w.nats.Start() }
	}
	return out
}

// happen lets faults happen, one after the other and each kind as often, for a time.
func (w *trouble) happen(d time.Duration) {
	all := w.faults()
	var names []string
	for end := time.Now().Add(d); time.Now().Before(end) && !w.t.Failed(); {
		if len(names) == 0 {
			for name := range all {
				names = append(names, name)
			}
			rand.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		}
		all[names[0]]()
		w.counted[names[0]]++
		names = names[1:]
		time.Sleep(rand.N(700 * time.Millisecond))
	}
}

// Needs, messages and files go into a hall around which everything goes wrong: what was acknowledged is there in the end,
// once, what follows from it has followed once, and the rows agree with each other. `make faults` does it for ten minutes.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("has things go wrong for half a minute")
	}
	t.Run("sqlite", func(t *testing.T) { underFaults(t, &trouble{t: t}, "") })
	t.Run("postgres", func(t *testing.T) {
		dsn, restart := sqldbtest.MortalCluster(t)
		underFaults(t, &trouble{t: t, restart: restart, nats: streamtest.NewCluster(t, 3)}, dsn)
	})
}

func underFaults(t *testing.T, w *trouble, store string) {
	dir, files := t.TempDir(), blobtest.NewService(t)
	partner := newReceiver(t)
	s := plant(t, dir, store, partner.URL)
	talk := conversations(t, dir, store, s)
	w.switches, w.files, w.counted = filepath.Join(t.TempDir(), "switches.json"), files, map[string]int{}
	w.set(false, 0, 0)
	w.program = newProgram(t, dir, store)
	w.args = []string{must[string](t)(faulty()), "-data", dir, "-store", store, "-listen", w.base[len("http://"):], "-files", files.At("files/hall"), "-switches", w.switches}
	if w.nats != nil {
		w.args = append(w.args, "-stream", w.nats.Address())
	}
	w.start()
	offered(t, dir, store)
	told, said := newLedger(t), newLedger(t)
	for i, c := range talk {
		told.acknowledged(fmt.Sprint("talk-", i), c.need)
	}
	end := load(3, w.program, s, told)
	hush := chatter(w, talk, said)
	w.happen(*faultsFor)
	end()
	hush()

	acked := told.all()
	oncePerRef(t, newAPI(w.program, s, true), acked)
	saidOnce(t, dir, store, talk, files, said.all())
	for i := range talk { // a master took them at once, so that nobody had to be told
		delete(acked, fmt.Sprint("talk-", i))
	}
	handedOn(t, dir, store, acked)
	if err := w.stop(); err != nil {
		t.Errorf("it was asked to stop: %v", err)
	}
	sound(t, dir, store)
	if len(acked) < 50 || len(said.all()) < 20 {
		t.Errorf("%d needs, %d messages: too few to say anything", len(acked), len(said.all()))
	}
	t.Logf("%d needs and %d messages, each with a file, acknowledged; none lost, none doubled; what went wrong: %v", len(acked), len(said.all()), w.counted)
}

const talks = 4

// conversation is an engagement at work, in which somebody writes.
type conversation struct{ need, engagement string }

// conversations makes some, whose thread an officer writes to.
func conversations(t *testing.T, dir, store string, s seed) (out []conversation) {
	t.Helper()
	ctx := context.Background()
	opened(t, dir, store, func(a *app.App) {
		if err := a.Exchange.Load(ctx); err != nil {
			t.Fatal(err)
		}
		by := must[portal.Portal](t)(a.Portals.Portal(ctx, actor.Hall, s.portal))
		for i, row := range must[hall.List[hall.Master]](t)(a.Hall.FindMasters(ctx, hall.MasterSearch{})).Rows[:talks] {
			m := row.PersonID
			if err := a.Exchange.SyncMaster(ctx, m); err != nil {
				t.Fatal(err)
			}
			n := must[exchange.Need](t)(a.Exchange.Post(ctx, by.Actor(), exchange.Draft{KindID: exchange.ExpertVisit, EnterpriseID: s.firm, PortalRef: fmt.Sprint("talk-", i), Values: exchange.Values{
				"title": {Text: "主轴发热"}, "trade": {Text: "cnc-turning"}, "story": {Text: "半小时就烫手"},
				"place": {Spot: &exchange.Spot{Lat: 24.91, Lng: 118.61, Address: "创业路 8 号"}}}}))
			for _, o := range must[[]exchange.Offer](t)(a.Exchange.OffersOf(ctx, m)) {
				if o.KindID == exchange.ExpertVisit {
					e := must[exchange.Engagement](t)(a.Exchange.Accept(ctx, must[actor.Actor](t)(a.Hall.Actor(ctx, m)), n.ID, o.ID))
					out = append(out, conversation{n.ID, e.ID})
				}
			}
		}
	})
	return out
}

// chatter writes to each thread until the returned function is called: a message with a file at a time, sent again until it
// is answered.
func chatter(w *trouble, talk []conversation, l *ledger) (hush func()) {
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i, c := range talk {
		wg.Go(func() {
			v := newWriter(w.base)
			for n := 0; ; n++ {
				words, once := fmt.Sprintf("第 %d-%d 条", i, n), id.New()
				for !v.say(c, words, once) {
					time.Sleep(20 * time.Millisecond)
				}
				l.acknowledged(words, c.engagement)
				select {
				case <-stop:
					return
				case <-time.After(50 * time.Millisecond):
				}
			}
		})
	}
	return func() { close(stop); wg.Wait() }
}

// writer is somebody with a browser, who sends what got no answer again.
type writer struct {
	base string
	http *http.Client
}

func newWriter(base string) *writer {
	jar, _ := cookiejar.New(nil) // it never fails
	return &writer{base, &http.Client{Jar: jar, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// paper is the file that goes with a message.
func paper(words string) []byte { return []byte("随 " + words + " 附上的说明\n") }

// say sends a message with a file under its key, and reports whether the hall has answered that it has it.
func (v *writer) say(c conversation, words, once string) bool {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("body", words) // into memory
	_ = form.WriteField("once", once)
	if f, err := form.CreateFormFile("files", "说明.txt"); err == nil {
		_, _ = f.Write(paper(words))
	}
	_ = form.Close()
	to, ok := v.send("/needs/"+c.need+"/engagements/"+c.engagement+"/messages", form.FormDataContentType(), &body)
	if ok && strings.HasPrefix(to, "/signin") {
		v.send("/signin", "application/x-www-form-urlencoded", strings.NewReader(url.Values{"login": {"13900000001"}, "password": {"correct-horse-battery"}}.Encode()))
		return false
	}
	return ok
}

// send gives where a form that was taken leads.
func (v *writer) send(path, kind string, body io.Reader) (to string, ok bool) {
	res, err := v.http.Post(v.base+path, kind, body)
	if err != nil {
		return "", false
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.Header.Get("Location"), err == nil && res.StatusCode == http.StatusSeeOther
}

// saidOnce reads the threads: every message that was acknowledged is there once, with the file that was sent with it.
func saidOnce(t *testing.T, dir, store string, talk []conversation, files *blobtest.Service, acked map[string]string) {
	t.Helper()
	keeper := must[blob.Store](t)(blob.S3(files.At("files/hall"), t.TempDir()))
	opened(t, dir, store, func(a *app.App) {
		found := map[string]int{}
		for _, c := range talk {
			for _, m := range must[[]exchange.Message](t)(a.Exchange.Thread(context.Background(), actor.Hall, c.need, c.engagement)) {
				found[m.Body]++
				if len(m.Files) != 1 {
					t.Errorf("%s has %d files", m.Body, len(m.Files))
					continue
				}
				f, err := keeper.Open(context.Background(), m.Files[0].Hash)
				if err != nil {
					t.Errorf("%s: %v", m.Body, err)
					continue
				}
				b, err := io.ReadAll(f)
				if err := errors.Join(err, f.Close()); err != nil || !bytes.Equal(b, paper(m.Body)) {
					t.Errorf("%s: another file, %v", m.Body, err)
				}
			}
		}
		for words := range acked {
			if found[words] != 1 {
				t.Errorf("%s was acknowledged and is there %d times", words, found[words])
			}
		}
		for words, n := range found {
			if n > 1 {
				t.Errorf("%s is there %d times", words, n)
			}
		}
	})
}
