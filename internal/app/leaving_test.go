package app_test

import (
	"bufio"
	"context"
	"io"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/actor"
	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/hall"
	"github.com/unionhall/unionhall/internal/notice"
	"github.com/unionhall/unionhall/internal/privacy"
	"github.com/unionhall/unionhall/internal/sqldb"
)

// post is a small mail server on this machine, without TLS.
type post struct {
	l    net.Listener
	rcpt string // its answer to RCPT, "" takes the letter
	mu   sync.Mutex
	took []string // the letters as they can be read
}

func postOffice(t *testing.T) *post {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &post{l: l}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.talk(c)
		}
	}()
	return p
}

func (p *post) config() app.Mail {
	return app.Mail{Server: "smtp+plain://" + p.l.Addr().String(), From: "hall@union.example"}
}

func (p *post) talk(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	say := func(line string) { _, _ = io.WriteString(c, line+"\r\n") }
	say("220 mail.example ESMTP")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(line)), " "); {
		case verb == "RCPT" && p.rcpt != "":
			say(p.rcpt)
		case verb == "DATA":
			say("354 go on")
			var text strings.Builder
			for line, err = r.ReadString('\n'); err == nil && line != ".\r\n"; line, err = r.ReadString('\n') {
				text.WriteString(line)
			}
			plain, _ := io.ReadAll(quotedprintable.NewReader(strings.NewReader(text.String())))
			p.mu.Lock()
			p.took = append(p.took, string(plain))
			p.mu.Unlock()
			say("250 taken")
		case verb == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

func (p *post) letters() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.took...)
}

// texts is a gateway of text messages; its description lies in a file.
func texts(t *testing.T) (config string, got func() []string) {
	var mu sync.Mutex
	var took []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		took = append(took, string(b))
	}))
	t.Cleanup(server.Close)
	config = filepath.Join(t.TempDir(), "sms.json")
	if err := os.WriteFile(config, []byte(`{"url": "`+server.URL+`", "body": "{{.Phone}} {{.Text}}"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	return config, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string{}, took...)
	}
}

// until waits for what the hall does by itself.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain for", what)
		}
	}
}

var answerLink = regexp.MustCompile(`http://[^/\s]+(/notices/letters/confirm\?letter=\S+)`)

// One event, one letter, one text message: whether the hall runs when it happens or is opened again in between.
func TestNewsLeavesTheHallOnce(t *testing.T) {
	letters, ctx := postOffice(t), context.Background()
	smsConfig, messages := texts(t)
	c := app.Config{Dir: t.TempDir(), Mail: letters.config(), SMS: smsConfig, Listen: "127.0.0.1:0", Cheap: true}
	again := func() (*app.App, string, func()) {
		a, err := app.Open(ctx, c, quiet)
		if err != nil {
			t.Fatal(err)
		}
		base, stop := start(t, a)
		return a, base, func() {
			if err := stop(); err != nil {
				t.Error(err)
			}
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	a, base, stop := again()
	_, worker := peopled(t, a)
	person := func(id string) actor.Actor { return actor.Actor{Kind: actor.Person, ID: id} }
	in, err := a.Hall.Actor(ctx, worker)
	if err != nil {
		t.Fatal(err)
	}
	lead := leadOf(t, a)
	choose := func(id string, w notice.Way) {
		ways := notice.Default()
		ways.Quiet, ways.Ways = false, map[notice.Kind]notice.Way{notice.KindVisit: w}
		if err := a.Notices.Choose(ctx, person(id), ways); err != nil {
			t.Fatal(err)
		}
	}
	choose(in.ID, notice.Text)
	choose(lead, notice.Mail)
	if err := a.Notices.EnterMail(ctx, person(lead), planted.email); err != nil {
		t.Fatal(err)
	}
	until(t, "the letter that asks", func() bool { return len(letters.letters()) == 1 })
	link := answerLink.FindStringSubmatch(letters.letters()[0])
	if link == nil {
		t.Fatal("no link in", letters.letters()[0])
	}
	anybody := visit(t, base)
	if page := anybody.send(200, link[1], nil); !strings.Contains(page, "Confirm your address") {
		t.Error(page)
	}
	anybody.send(200, link[1], url.Values{})
	stop()

	tell := func(a *app.App, event string) {
		t.Helper()
		var news []notice.New
		for _, id := range []string{lead, in.ID} {
			news = append(news, notice.New{PersonID: id, EventID: event, Msg: "notice.exchange.visit.agreed", Link: "/needs/" + event})
		}
		if err := a.Notices.Tell(ctx, news); err != nil {
			t.Fatal(err)
		}
	}
	// It happens in a process that ends before it sends.
	brief, err := app.Open(ctx, c, quiet)
	if err != nil {
		t.Fatal(err)
	}
	tell(brief, "e1")
	if err := brief.Close(); err != nil {
		t.Fatal(err)
	}
	count := func(event string) [2]int {
		n := [2]int{}
		for i, all := range [][]string{letters.letters(), messages()} {
			for _, text := range all {
				if strings.Contains(text, "/needs/"+event) {
					n[i]++
				}
			}
		}
		return n
	}
	sent := func(event string) func() bool { return func() bool { n := count(event); return n[0] > 0 && n[1] > 0 } }
	for range 2 { // each time the event comes again
		a, _, stop = again()
		until(t, "the first event", sent("e1"))
		tell(a, "e1")
		stop()
	}
	a, _, stop = again()
	defer stop()
	tell(a, "e1")
	tell(a, "e2") // what comes after it has been sent, so it would have been, too
	until(t, "the second event", sent("e2"))
	for _, event := range []string{"e1", "e2"} {
		if n := count(event); n != [2]int{1, 1} {
			t.Errorf("%s: %v", event, n)
		}
	}
	if err := a.Privacy.Decide(ctx, person(in.ID), privacy.News, 1, false); err != nil {
		t.Fatal(err)
	}
	if how, err := a.Notices.Telling(ctx, person(in.ID)); err != nil || !how.Objected {
		t.Errorf("who objects is not told so: %+v %v", how, err)
	}
	tell(a, "e3")
	until(t, "the third event", func() bool {
		n, err := sqldb.One(ctx, a.DB, sqldb.Value[int], `SELECT COUNT(*) FROM notice_delivery WHERE event_id = 'e3' AND why = 'objected'`)
		return err == nil && n == 1 && count("e3")[0] > 0
	})
	if err := a.Privacy.Decide(ctx, person(in.ID), privacy.News, 1, true); err != nil {
		t.Fatal(err)
	}
	tell(a, "e4")
	until(t, "the fourth event", sent("e4"))
	if n := count("e3"); n != [2]int{1, 0} {
		t.Errorf("who had objected was told: %v", n)
	}
	if !strings.HasPrefix(messages()[0], "+86"+planted.worker+" ") {
		t.Error(messages()[0])
	}
}

// leadOf is the id of whoever founded the hall.
func leadOf(t *testing.T, a *app.App) string {
	t.Helper()
	in, err := a.Hall.SignIn(t.Context(), hall.SignIn{Login: planted.lead, Password: password, Address: planted.address})
	if err != nil {
		t.Fatal(err)
	}
	return in.Person.ID
}
