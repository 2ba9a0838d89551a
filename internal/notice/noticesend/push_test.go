package noticesend_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/notice/noticesend"
)

// browser is one with its push service.
type browser struct {
	t      *testing.T
	server *httptest.Server
	key    *ecdh.PrivateKey
	auth   []byte
	mu     sync.Mutex
	status []int // answers in turn, then 201; 0 takes the note and breaks off
	notes  []string
	heads  []http.Header
}

func browse(t *testing.T) *browser {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{t: t, key: key, auth: make([]byte, 16)}
	rand.Read(b.auth)
	b.server = httptest.NewTLSServer(http.HandlerFunc(b.serve))
	t.Cleanup(b.server.Close)
	return b
}

func (b *browser) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	b.mu.Lock()
	defer b.mu.Unlock()
	status := http.StatusCreated
	if len(b.status) > 0 {
		status, b.status = b.status[0], b.status[1:]
	}
	b.heads = append(b.heads, r.Header)
	if status < 300 {
		b.notes = append(b.notes, b.open(body))
	}
	if status == 0 {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(status)
}

// open decrypts as a browser does: RFC 8291.
func (b *browser) open(body []byte) string {
	must := func(out []byte, err error) []byte {
		if err != nil {
			b.t.Error(err)
		}
		return out
	}
	if len(body) < 86 {
		b.t.Error("no note in", len(body), "bytes")
		return ""
	}
	salt, theirs, sealed := body[:16], body[21:21+body[20]], body[21+int(body[20]):]
	public, err := ecdh.P256().NewPublicKey(theirs)
	if err != nil {
		b.t.Error(err)
		return ""
	}
	shared := must(b.key.ECDH(public))
	info := "WebPush: info\x00" + string(b.key.PublicKey().Bytes()) + string(theirs)
	ikm := must(hkdf.Key(sha256.New, shared, b.auth, info, 32))
	block, err := aes.NewCipher(must(hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)))
	if err != nil {
		b.t.Error(err)
		return ""
	}
	gcm, _ := cipher.NewGCM(block)
	plain := must(gcm.Open(nil, must(hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)), sealed, nil))
	return strings.TrimSuffix(strings.TrimRight(string(plain), "\x00"), "\x02")
}

// subscription is what the browser gives the hall.
func (b *browser) subscription() string {
	text := base64.RawURLEncoding.EncodeToString
	return `{"endpoint":"` + b.server.URL + `/geheim-7719","expirationTime":null,"keys":{"p256dh":"` +
		text(b.key.PublicKey().Bytes()) + `","auth":"` + text(b.auth) + `"}}`
}

// everywhere lets the hall go where it likes, over https.
func everywhere(s string) (string, bool) { return s, strings.HasPrefix(s, "https://") }

// push lets the world tell browsers, and gives the gateway for those of b's service.
func (w *world) push(b *browser) noticesend.Gateway {
	w.t.Helper()
	keys, err := noticesend.NewPushKeys()
	if err != nil || !keys.OK() {
		w.t.Fatal(keys, err)
	}
	w.s.Leave(notice.LeavingOptions{Store: w.out, Offered: []notice.Way{notice.Push}, Mark: w.box.Mark, PushKey: keys.Public,
		Browser: func(s string) (string, string, bool) { return noticesend.Subscription(s, everywhere) }})
	w.choose(func(c *notice.Choices) { c.Ways[notice.KindVisit] = notice.Push })
	return noticesend.NewPush(noticesend.PushOptions{Keys: keys, Sender: "hall@union.example", HTTP: b.server.Client()})
}

func (w *world) register(who actor.Actor, b *browser) {
	w.t.Helper()
	if err := w.s.AddBrowser(context.Background(), who, b.subscription()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) browsersOf(who actor.Actor) int {
	w.t.Helper()
	told, err := w.s.Telling(context.Background(), who)
	if err != nil {
		w.t.Fatal(err)
	}
	return len(told.Browsers())
}

func TestABrowserIsToldTheKindAndNoMore(t *testing.T) {
	stores(t, func(t *testing.T, dsn string) {
		w, b := process(t, dsn, nil), browse(t)
		g := w.push(b)
		for range 2 {
			w.register(li, b)
		}
		for range 3 { // the event comes again before, between and after
			w.tell(visit, "e1")
			w.once(g)
		}
		if len(b.notes) != 1 || len(b.heads) != 1 {
			t.Fatal(b.notes)
		}
		var note map[string]string
		if err := json.Unmarshal([]byte(b.notes[0]), &note); err != nil {
			t.Fatal(err)
		}
		if len(note) != 3 || note["text"] != "上门安排" || note["link"] != "/needs/e1" || note["title"] == "" {
			t.Errorf("%v", note)
		}
		if h := b.heads[0]; !strings.HasPrefix(h.Get("Authorization"), "vapid t=") || h.Get("TTL") != "43200" {
			t.Error(h)
		}
	})
}

func TestABrowserIsOnePersons(t *testing.T) {
	w, b := process(t, "sqlite:"+t.TempDir()+"/hall.db", nil), browse(t)
	g, mei := w.push(b), actor.Actor{Kind: actor.Person, ID: "mei"}
	w.register(li, b)
	w.tell(visit, "e1")
	w.register(mei, b)
	w.once(g)
	if w.browsersOf(li) != 0 || w.browsersOf(mei) != 1 || len(b.notes) != 0 {
		t.Error("it still tells who had it before:", b.notes)
	}
	told, _ := w.s.Telling(t.Context(), mei)
	if err := w.s.DropBrowser(t.Context(), li, told.Browsers()[0].ID); err != nil || w.browsersOf(mei) != 1 {
		t.Error("somebody else's was dropped:", err)
	}
	if err := w.s.DropBrowser(t.Context(), mei, told.Browsers()[0].ID); err != nil || w.browsersOf(mei) != 0 {
		t.Error(err)
	}
	for range 10 {
		w.register(li, browse(t))
	}
	if w.s.AddBrowser(t.Context(), li, browse(t).subscription()) == nil {
		t.Error("browsers without end")
	}
}

func TestWhatPushServicesSay(t *testing.T) {
	for name, c := range map[string]struct {
		status   int
		state    string
		browsers int
		again    int // notes after an hour
	}{
		"gone":        {410, "failed the push service says 410", 0, 0},
		"never there": {404, "failed the push service says 404", 0, 0},
		"too many":    {429, "waiting the push service says 429", 1, 1},
		"not now":     {503, "waiting the push service says 503", 1, 1},
		"refused":     {403, "failed the push service says 403", 1, 0},
		"broken":      {500, "unknown no answer", 1, 0},
		"elsewhere":   {307, "failed the push service says 307", 1, 0},
		"broken off":  {0, "unknown no answer", 1, 1}, // it had taken the note, and gets none again
	} {
		t.Run(name, func(t *testing.T) {
			w, b := process(t, "sqlite:"+t.TempDir()+"/hall.db", nil), browse(t)
			g := w.push(b)
			w.register(li, b)
			b.status = []int{c.status}
			w.tell(visit, "e1")
			w.once(g)
			w.wantState("e1", c.state)
			if n := w.browsersOf(li); n != c.browsers {
				t.Errorf("%d browsers", n)
			}
			w.clock.Move(time.Hour)
			w.tell(visit, "e1")
			w.once(g)
			if len(b.notes) != c.again {
				t.Errorf("%d notes: %v", len(b.notes), b.notes)
			}
		})
	}
}

func TestAPushServiceThatCannotBeReachedIsTriedAgain(t *testing.T) {
	w, b := process(t, "sqlite:"+t.TempDir()+"/hall.db", nil), browse(t)
	g := w.push(b)
	w.register(li, b)
	b.server.Close()
	w.tell(visit, "e1")
	w.once(g)
	w.wantState("e1", "waiting the push service cannot be reached")
}

func TestSubscriptionsAreChecked(t *testing.T) {
	good := browse(t).subscription()
	if _, _, ok := noticesend.Subscription(good, everywhere); !ok {
		t.Fatal("a good one is refused")
	}
	for name, bad := range map[string]string{
		"nothing": "", "no JSON": "x", "empty": "{}", "http": strings.Replace(good, "https:", "http:", 1),
		"no point": strings.Replace(good, `"p256dh":"`, `"p256dh":"AAAA`, 1), "no secret": strings.Replace(good, `"auth":"`, `"auth":"AAAA`, 1),
	} {
		if _, _, ok := noticesend.Subscription(bad, everywhere); ok {
			t.Error(name)
		}
	}
}
