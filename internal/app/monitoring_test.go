package app_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/unionhall/unionhall/internal/app"
	"github.com/unionhall/unionhall/internal/hall"
)

func get(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v\n%.300s", url, res.Status, err, b)
	}
	return string(b)
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return netip.MustParseAddrPort(l.Addr().String()).String()
}

// What the dashboard and the alerts ask for is what a hall that has just begun shows, and none of it is on the address
// that everybody reaches.
func TestFiguresAreThoseOfTheDashboard(t *testing.T) {
	metrics := freeAddress(t)
	a := open(t, app.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Metrics: metrics})
	if _, err := a.Hall.Found(t.Context(), hall.Founding{Name: "某市总工会", NameEN: "A city", Level: hall.City, Person: "张三", Phone: "13800138000", Password: "一二三四五六七八九十"}); err != nil {
		t.Fatal(err)
	}
	base, stop := start(t, a)
	get(t, base+"/")
	if res, err := http.Get(base + "/metrics"); err != nil || res.StatusCode != http.StatusNotFound {
		t.Errorf("the hall's own address shows its figures: %v %v", res, err)
	}
	var text string
	for end := time.Now().Add(10 * time.Second); !strings.Contains(text, "unionhall_storage_bytes") && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		text = get(t, "http://"+metrics+"/metrics")
	}
	series := regexp.MustCompile(`(?m)^([a-z_]+)[{ ]`)
	have := map[string]bool{}
	for _, m := range series.FindAllStringSubmatch(text, -1) {
		have[m[1]] = true
	}
	asked := regexp.MustCompile(`\b(?:unionhall|process)_[a-z_]+\b`)
	n := 0
	for _, file := range []string{"alerts.yaml", "dashboard.json"} {
		b, err := os.ReadFile("../../deploy/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range asked.FindAllString(string(b), -1) {
			n++
			if !have[name] {
				t.Errorf("%s asks for %s, which the hall does not show", file, name)
			}
		}
	}
	if n < 25 {
		t.Errorf("only %d figures asked for: the search is broken", n)
	}
	if !strings.Contains(text, `unionhall_request_seconds_count{class="2xx",route="GET /{$}"} 1`) {
		t.Errorf("the front page is not counted: %s", regexp.MustCompile(`(?m)^unionhall_request_seconds_count.*$`).FindAllString(text, -1))
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if _, err := http.Get("http://" + metrics + "/metrics"); err == nil {
		t.Error("the figures are served by a hall that has stopped")
	}
}

func TestAnAddressForFiguresThatIsTakenIsSaid(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a := open(t, app.Config{Dir: t.TempDir(), Listen: "127.0.0.1:0", Metrics: l.Addr().String()})
	if err := a.Run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Fatal(err)
	}
}

func TestTracesToNowhereAreRefused(t *testing.T) {
	_, err := app.Open(context.Background(), app.Config{Dir: t.TempDir(), Cheap: true, Traces: "collector"}, quiet)
	if err == nil || !strings.Contains(err.Error(), "--traces") {
		t.Fatal(err)
	}
}
