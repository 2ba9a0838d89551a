package monitor_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/unionhall/unionhall/internal/event"
	"github.com/unionhall/unionhall/internal/monitor"
)

func figures(t *testing.T, m *monitor.Monitor) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	return w.Body.String()
}

func hasLine(t *testing.T, text, line string) {
	t.Helper()
	if !slices.Contains(strings.Split(text, "\n"), line) {
		t.Errorf("no line %q in:\n%s", line, text)
	}
}

// served sends one request for a need through a routing table whose handler answers with a status.
func served(m *monitor.Monitor, code int) {
	mux := http.NewServeMux()
	mux.Handle("GET /needs/{need}", m.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, end := m.Update(r.Context())
		m.Statement(r.Context(), "SELECT *\n\tFROM need WHERE id = $1")(nil)
		end(nil)
		w.WriteHeader(code)
		w.WriteHeader(http.StatusTeapot) // too late to count
	})))
	mux.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/needs/0190-private?name=zhang", nil))
}

func TestRequestsAreCountedByRouteNeverByPath(t *testing.T) {
	m := monitor.New("1.2")
	served(m, http.StatusOK)
	served(m, http.StatusSeeOther)
	served(m, http.StatusInternalServerError)
	text := figures(t, m)
	for _, class := range []string{"2xx", "3xx", "5xx"} {
		hasLine(t, text, `unionhall_request_seconds_count{class="`+class+`",route="GET /needs/{need}"} 1`)
	}
	hasLine(t, text, "unionhall_store_statement_seconds_count 3")
	hasLine(t, text, "unionhall_store_update_seconds_count 3")
	if strings.Contains(text, "private") || strings.Contains(text, "zhang") {
		t.Error("the figures say what was asked for")
	}
}

func TestConsumersAreTimedAndTheirFailuresCounted(t *testing.T) {
	m := monitor.New("")
	failure := errors.New("not now")
	fn := m.Consumer("notices", func(_ context.Context, e event.Event) error {
		if e.ID == "bad" {
			return failure
		}
		return nil
	})
	hasLine(t, figures(t, m), `unionhall_event_errors_total{consumer="notices"} 0`) // alerts need it before the first failure
	if err := fn(t.Context(), event.Event{ID: "good", At: time.Now().Add(-time.Minute)}); err != nil {
		t.Error(err)
	}
	if err := fn(t.Context(), event.Event{ID: "bad", At: time.Now().Add(time.Hour)}); !errors.Is(err, failure) {
		t.Errorf("the consumer's failure became %v", err)
	}
	text := figures(t, m)
	hasLine(t, text, `unionhall_event_seconds_count{consumer="notices"} 2`)
	hasLine(t, text, `unionhall_event_errors_total{consumer="notices"} 1`)
	hasLine(t, text, `unionhall_event_delay_seconds_bucket{consumer="notices",le="15"} 1`)
	hasLine(t, text, `unionhall_event_delay_seconds_bucket{consumer="notices",le="300"} 2`)
}

func TestAGaugeThatCannotBeReadHidesNoOther(t *testing.T) {
	m := monitor.New("")
	m.Gauge("good", "", nil, func(context.Context) (float64, error) { return 7, nil })
	m.Gauge("bad", "", nil, func(context.Context) (float64, error) { return 0, errors.New("away") })
	text := figures(t, m)
	hasLine(t, text, "unionhall_good 7")
	if strings.Contains(text, "unionhall_bad 0") {
		t.Error("a figure that could not be read is shown")
	}
}

func TestSlowestAreTheWorstFirst(t *testing.T) {
	m := monitor.New("")
	for _, ms := range []int{1, 20, 5} {
		end := m.Statement(t.Context(), fmt.Sprintf("SELECT\n %d", ms))
		time.Sleep(time.Duration(ms) * time.Millisecond)
		end(nil)
	}
	m.Statement(t.Context(), "SELECT\n 20")(nil)
	got := m.Slowest(2)
	if len(got) != 2 || got[0].Text != "SELECT 20" || got[1].Text != "SELECT 5" {
		t.Fatalf("%+v", got)
	}
	if s := got[0]; s.Count != 2 || s.Worst < 20*time.Millisecond || s.Total < s.Worst || s.Latest.IsZero() {
		t.Errorf("%+v", s)
	}
	for n := range 2000 { // lists of every length are one statement
		m.Statement(t.Context(), "DELETE FROM x WHERE id IN ("+strings.Repeat("$1, ", n+2)+"$9)")(nil)
	}
	found := 0
	for _, s := range m.Slowest(10) {
		if s.Text == "DELETE FROM x WHERE id IN ($…)" {
			found = s.Count
		}
	}
	if found != 2000 {
		t.Errorf("%+v", m.Slowest(10))
	}
	for i := range 3000 { // as lists of every length would
		m.Statement(t.Context(), fmt.Sprintf("SELECT a%d", i))(nil)
	}
	if n := len(m.Slowest(1 << 20)); n != 1000 {
		t.Errorf("%d statements are kept", n)
	}
}

func TestManyAtOnce(t *testing.T) {
	m := monitor.New("")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				served(m, http.StatusOK)
				m.Slowest(3)
			}
		})
	}
	wg.Wait()
	hasLine(t, figures(t, m), `unionhall_request_seconds_count{class="2xx",route="GET /needs/{need}"} 1600`)
}

func TestSpansHangTogetherAndNameNobody(t *testing.T) {
	kept := tracetest.NewInMemoryExporter()
	p := sdk.NewTracerProvider(sdk.WithSyncer(kept))
	m := monitor.New("", monitor.WithTracer(p.Tracer("test")))
	served(m, http.StatusInternalServerError)
	m.Statement(t.Context(), "SELECT 1")(nil) // nobody's: no trace of its own
	spans := kept.GetSpans()
	byName := map[string]tracetest.SpanStub{}
	for _, s := range spans {
		byName[s.Name] = s
		if text := fmt.Sprint(s.Attributes, s.Status, s.Events); strings.Contains(text, "private") || strings.Contains(text, "zhang") {
			t.Errorf("a span says what was asked for: %s", text)
		}
	}
	root := byName["GET /needs/{need}"]
	if len(spans) != 3 || byName["statement"].Parent.SpanID() != root.SpanContext.SpanID() || byName["update"].Parent.SpanID() != root.SpanContext.SpanID() {
		t.Errorf("%+v", spans)
	}
	if !slices.Contains(byName["statement"].Attributes, attribute.String("db.query.text", "SELECT * FROM need WHERE id = $1")) {
		t.Errorf("%v", byName["statement"].Attributes)
	}
}

func TestTracesReachACollector(t *testing.T) {
	got := make(chan string, 8)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got <- r.URL.Path + " " + string(b)
	}))
	defer collector.Close()
	quiet := slog.New(slog.DiscardHandler)
	tracer, stop, err := monitor.Traces(t.Context(), collector.URL, "1.2", 1, quiet)
	if err != nil {
		t.Fatal(err)
	}
	served(monitor.New("", monitor.WithTracer(tracer)), http.StatusOK)
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	select {
	case sent := <-got:
		if !strings.HasPrefix(sent, "/v1/traces ") || !strings.Contains(sent, "GET /needs/{need}") || !strings.Contains(sent, "unionhall") || strings.Contains(sent, "private") {
			t.Errorf("sent: %q", sent)
		}
	default:
		t.Error("nothing was sent")
	}
	for _, bad := range []string{"", "collector:4318", "ftp://x", "http://me:secret@x"} {
		if _, _, err := monitor.Traces(t.Context(), bad, "", 1, quiet); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, _, err := monitor.Traces(t.Context(), collector.URL, "", 1.5, quiet); err == nil {
		t.Error("a share above one is taken")
	}
}
