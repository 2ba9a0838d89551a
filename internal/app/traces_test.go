package app_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	traced "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// collector takes traces over OTLP/HTTP, as those who watch over a hall would.
type collector struct {
	*httptest.Server
	mu   sync.Mutex
	sent [][]byte // as they came
}

func collects(t *testing.T) *collector {
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Encoding") != "" {
			t.Errorf("not to be read: %s as %q, %v", r.URL.Path, r.Header.Get("Content-Encoding"), err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.sent = append(c.sent, b)
	}))
	t.Cleanup(c.Close)
	return c
}

// scan looks into all that came, as it came and as it is read, and sees that the spans are those of what was done.
func (c *collector) scan(t *testing.T, watched []string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	spans, names, answers := 0, map[string]int{}, map[string]bool{}
	for _, sent := range c.sent {
		var all traced.TracesData // written as a request to export is
		if err := proto.Unmarshal(sent, &all); err != nil {
			t.Fatal(err)
		}
		for _, l := range append(leaks(sent, watched), leaks([]byte(all.String()), watched)...) {
			t.Errorf("a trace holds %q", l)
		}
		for _, r := range all.GetResourceSpans() {
			for _, s := range r.GetScopeSpans() {
				for _, span := range s.GetSpans() {
					spans++
					names[span.GetName()]++
					for _, a := range span.GetAttributes() {
						if a.GetKey() == "http.response.status_code" {
							answers[fmt.Sprint(span.GetName(), " ", a.GetValue().GetIntValue())] = true
						}
					}
				}
			}
		}
	}
	if spans < 200 || names["statement"] < 100 || names["update"] < 10 || names["hall-requests"] == 0 {
		t.Errorf("%d spans, of which %d are statements and %d updates: the traces were not caught", spans, names["statement"], names["update"])
	}
	for _, want := range []string{"GET /console/workers 200", "GET /console/workers 500", "GET /console/workers/{person} 404", "none 404",
		"POST /console/private/find 303", "POST /console/workers/{person}/private/show 422", "POST /join 303", "POST /signin 422", "POST /signin 429", "POST /signin 500"} {
		if !answers[want] {
			t.Errorf("no span says %s", want)
		}
	}
	if t.Failed() {
		t.Log(slices.Sorted(maps.Keys(answers)))
	}
}
