package portalsend_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/unionhall/unionhall/internal/clock"
	"github.com/unionhall/unionhall/internal/portal"
	"github.com/unionhall/unionhall/internal/portal/portalsend"
	"github.com/unionhall/unionhall/internal/portal/portaltest"
	"github.com/unionhall/unionhall/internal/sqldb/sqldbtest"
)

// names is a name server that gives each name one address, or none.
func names(t *testing.T, of map[string][4]byte) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
			addr, known := of[q.Name.String()]
			switch {
			case !known:
				m.RCode = dnsmessage.RCodeNameError
			case q.Type == dnsmessage.TypeA:
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: addr},
				}}
			}
			if b, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(b, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, conn.LocalAddr().String())
	}}
}

// attempt makes one attempt at the address and gives what was noted.
func attempt(t *testing.T, address string, o portalsend.Options) portal.Delivery {
	t.Helper()
	h := open(t, sqldbtest.SQLite(t), clock.At(portaltest.T0))
	hook, _ := h.hook(t, address)
	h.offer(t)
	once(t, h.sender(o), 1)
	return h.log(t, hook)[0]
}

func wantFailure(t *testing.T, d portal.Delivery, f portal.Failure, status int) {
	t.Helper()
	if d.Failure != f || d.Status != status || d.State != portal.Pending || d.Attempts != 1 {
		t.Fatalf("want %s %d, have %+v", f, status, d)
	}
}

// A name may mean a partner when the hook is made, and the hall's own network when it is sent to. What
// counts is the address that is dialled.
func TestNamesThatTurnInward(t *testing.T) {
	to := receive(t)
	u, err := url.Parse(to.URL)
	if err != nil {
		t.Fatal(err)
	}
	for name, addr := range map[string][4]byte{
		"loopback.example.": {127, 0, 0, 1}, "private.example.": {10, 0, 0, 1}, "metadata.example.": {169, 254, 169, 254},
		"shared.example.": {100, 64, 0, 1}, "any.example.": {0, 0, 0, 0}, "group.example.": {224, 0, 0, 1},
	} {
		o := portalsend.Options{Reach: portal.Reach{AllowHTTP: true}, Resolver: names(t, map[string][4]byte{name: addr})}
		wantFailure(t, attempt(t, "http://"+name[:len(name)-1]+":"+u.Port()+"/", o), portal.FailAddress, 0)
	}
	if n := len(to.got()); n != 0 {
		t.Fatalf("%d requests came through", n)
	}
	// With the guard off the same name does lead here: it was the guard that refused.
	o := portalsend.Options{Reach: local, Resolver: names(t, map[string][4]byte{"loopback.example.": {127, 0, 0, 1}})}
	if d := attempt(t, "http://loopback.example:"+u.Port()+"/", o); d.State != portal.Delivered {
		t.Fatalf("%+v", d)
	}
}

func TestLiteralAddressesAreGuardedToo(t *testing.T) {
	to := receive(t)
	o := portalsend.Options{Reach: portal.Reach{AllowHTTP: true}, Resolver: &net.Resolver{}}
	wantFailure(t, attempt(t, to.URL, o), portal.FailAddress, 0) // as if the row had been made before the rules
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	to := receive(t)
	away := httptest.NewServer(http.RedirectHandler(to.URL, http.StatusTemporaryRedirect))
	t.Cleanup(away.Close)
	wantFailure(t, attempt(t, away.URL, portalsend.Options{}), portal.FailStatus, 307)
	if len(to.got()) != 0 {
		t.Fatal("the redirect was followed")
	}
}

func TestAnswersAreReadUpToALimit(t *testing.T) {
	var written atomic.Int64
	flood := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		chunk := make([]byte, 64<<10)
		for {
			n, err := w.Write(chunk)
			written.Add(int64(n))
			if err != nil {
				return
			}
		}
	}))
	d := attempt(t, flood.URL, portalsend.Options{})
	flood.Close()
	if d.State != portal.Delivered || written.Load() > 32<<20 {
		t.Fatalf("%+v after %d bytes", d, written.Load())
	}
}

func TestFailuresAreNamed(t *testing.T) {
	release := make(chan struct{})
	hung := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(func() { close(release); hung.Close() })
	wantFailure(t, attempt(t, hung.URL, portalsend.Options{Timeout: 50 * time.Millisecond}), portal.FailTimeout, 0)

	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	wantFailure(t, attempt(t, closed.URL, portalsend.Options{}), portal.FailConnect, 0)

	strange := httptest.NewTLSServer(http.NotFoundHandler()) // nobody knows its certificate
	t.Cleanup(strange.Close)
	wantFailure(t, attempt(t, strange.URL, portalsend.Options{}), portal.FailTLS, 0)

	o := portalsend.Options{Reach: local, Resolver: names(t, nil)}
	wantFailure(t, attempt(t, "http://nowhere.example/", o), portal.FailName, 0)

	wantFailure(t, attempt(t, receiveStatus(t, 400), portalsend.Options{}), portal.FailStatus, 400)
}

func receiveStatus(t *testing.T, status int) string {
	to := receive(t)
	to.answer(status)
	return to.URL
}
