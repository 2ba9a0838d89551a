package sms_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/sms"
)

var message = sms.Message{Phone: "+8613800138123", Text: "验证码 884411，\"五分钟\"内有效 & 勿告他人", Code: "884411"}

func TestFileKeepsEveryMessageForThisUserOnly(t *testing.T) {
	dir := t.TempDir()
	var log, shown bytes.Buffer
	s := sms.NewFile(dir, &shown, slog.New(slog.NewTextHandler(&log, nil)))
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := s.Send(t.Context(), message); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	path := filepath.Join(dir, sms.FileName)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for lines := bufio.NewScanner(f); lines.Scan(); n++ {
		var l sms.Line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil || l.Phone != message.Phone || l.Text != message.Text {
			t.Errorf("%s: %v", lines.Text(), err)
		}
	}
	if n != 20 || strings.Count(shown.String(), message.Phone+": "+message.Text+"\n") != 20 {
		t.Errorf("%d lines; on the screen:\n%s", n, shown.String())
	}
	if strings.Contains(log.String(), "13800138123") || strings.Contains(log.String(), "884411") || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("logged: %s", log.String())
	}
}

// taking is a gateway that answers as it is told.
type taking struct {
	*httptest.Server
	status int
	answer string
	got    []*http.Request
	bodies []string
}

func newTaking(t *testing.T) *taking {
	g := &taking{status: 200, answer: `{"code":0}`}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		g.got, g.bodies = append(g.got, r), append(g.bodies, string(b))
		w.WriteHeader(g.status)
		_, _ = io.WriteString(w, g.answer)
	}))
	t.Cleanup(g.Close)
	return g
}

func described(t *testing.T, g sms.Gateway) sms.Sender {
	t.Helper()
	b, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "gateway.json")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := sms.Open(path, "", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestGatewayFillsItsTemplates(t *testing.T) {
	t.Setenv("TEST_SMS_KEY", "k3y")
	g := newTaking(t)
	s := described(t, sms.Gateway{URL: g.URL + "/send?to={{urlquery .Phone}}", Headers: map[string]string{"Authorization": `Bearer {{env "TEST_SMS_KEY"}}`, "Content-Type": "application/json"},
		Body: `{"home":{{json .Home}},"text":{{json .Text}},"params":[{{json .Code}}]}`, Accept: `"code":0`})
	if err := s.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	if host, err := sms.Named(""); host != "" || err != nil {
		t.Error(host, err)
	}
	r := g.got[0]
	if r.Method != "POST" || r.URL.Query().Get("to") != message.Phone || r.Header.Get("Authorization") != "Bearer k3y" {
		t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
	}
	var body struct {
		Home, Text string
		Params     []string
	}
	if err := json.Unmarshal([]byte(g.bodies[0]), &body); err != nil || body.Home != "13800138123" || body.Text != message.Text || body.Params[0] != message.Code {
		t.Errorf("%s: %v", g.bodies[0], err)
	}
}

func TestGatewaySaysWhatSurelyDidNotArrive(t *testing.T) {
	g := newTaking(t)
	s := described(t, sms.Gateway{URL: g.URL + "/{{.Phone}}", Body: "{{.Text}}", Accept: "ok", Seconds: 1})
	for _, c := range []struct {
		status  int
		answer  string
		refused bool
		good    bool
	}{
		{200, "ok", false, true}, {204, "", true, false}, {200, "no balance", true, false}, {400, "ok", true, false}, {429, "", true, false},
		{302, "", true, false}, {500, "ok", false, false}, {503, "", false, false},
	} {
		g.status, g.answer = c.status, c.answer
		err := s.Send(t.Context(), message)
		if (err == nil) != c.good || errors.Is(err, sms.ErrRefused) != c.refused {
			t.Errorf("%d %q: %v", c.status, c.answer, err)
		}
		if err != nil && (strings.Contains(err.Error(), "13800138123") || strings.Contains(err.Error(), "884411")) {
			t.Errorf("the error tells: %v", err)
		}
	}
	g.Close()
	if err := s.Send(t.Context(), message); !errors.Is(err, sms.ErrRefused) || strings.Contains(err.Error(), "13800138123") {
		t.Errorf("a gateway that is away: %v", err)
	}
}

func TestASlowGatewayIsUnknown(t *testing.T) {
	stop := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-stop:
		case <-time.After(5 * time.Second):
		}
	}))
	defer slow.Close()
	defer close(stop)
	s := described(t, sms.Gateway{URL: slow.URL, Body: "{{.Text}}", Seconds: 1})
	if err := s.Send(t.Context(), message); err == nil || errors.Is(err, sms.ErrRefused) {
		t.Errorf("it may have arrived: %v", err)
	}
}

func TestDescriptionsAreCheckedAtTheStart(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"no JSON": `url: x`, "a word too much": `{"url":"https://x","colour":"red"}`, "no host": `{"url":"x"}`, "another scheme": `{"url":"ftp://x"}`,
		"no template": `{"url":"https://x","body":"{{.Text"}`, "no such field": `{"url":"https://x","body":"{{.Name}}"}`,
		"no such secret": `{"url":"https://x","headers":{"A":"{{env \"SURELY_NOT_SET\"}}"}}`, "too long": `{"url":"https://x","seconds":999}`,
	} {
		path := filepath.Join(dir, "gateway.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sms.Open(path, dir, nil); err == nil || !strings.Contains(err.Error(), "gateway.json") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := sms.Open(filepath.Join(dir, "none.json"), dir, nil); err == nil {
		t.Error("a description that is not there is taken")
	}
}
