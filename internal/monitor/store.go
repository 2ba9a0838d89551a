package monitor

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Statement is told by the store that a statement begins; the store calls what it returns when the rows are read.
func (m *Monitor) Statement(ctx context.Context, text string) func(error) {
	begun := time.Now()
	var span trace.Span
	if parent := trace.SpanFromContext(ctx); parent.IsRecording() { // what nobody follows would be a trace of its own
		_, span = m.tracer.Start(ctx, "statement", trace.WithSpanKind(trace.SpanKindClient),
			trace.WithAttributes(attribute.String("db.query.text", short(text))))
	}
	return func(err error) {
		took := time.Since(begun)
		m.statement.Observe(took.Seconds())
		m.slow.note(text, took)
		if err != nil && !errors.Is(err, context.Canceled) { // whoever asked has left
			m.failed.WithLabelValues("statement").Inc()
		}
		end(span, err)
	}
}

// Update is told by the store that a closure wants to be made durable; the store calls what it returns when it is, or
// has failed.
func (m *Monitor) Update(ctx context.Context) (context.Context, func(error)) {
	begun := time.Now()
	var span trace.Span
	if parent := trace.SpanFromContext(ctx); parent.IsRecording() {
		ctx, span = m.tracer.Start(ctx, "update")
	}
	return ctx, func(err error) {
		m.update.Observe(time.Since(begun).Seconds())
		end(span, err)
	}
}

// end says no more of an error than that there was one: its text may name a person.
func end(span trace.Span, err error) {
	if span == nil {
		return
	}
	if err != nil {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

var list = regexp.MustCompile(`\$\d+(?:, ?\$\d+){2,}`)

// short is a statement on one line, its lists of placeholders without their length: what asks for three rows and what
// asks for three hundred is the same statement.
func short(text string) string {
	out := []rune(list.ReplaceAllString(strings.Join(strings.Fields(text), " "), "$…"))
	if len(out) > longest {
		out = append(out[:longest], '…')
	}
	return string(out)
}

const longest = 400

// Slow is what one statement has cost since the process began.
type Slow struct {
	Text   string // without arguments, on one line, shortened
	Count  int
	Total  time.Duration
	Worst  time.Duration
	Latest time.Time // when the worst was
}

// most is how many different texts are kept, as they are and made short. The hall has some hundreds; lists of
// placeholders make more.
const most = 1000

// slowest keeps the sums of each statement.
type slowest struct {
	mu   sync.Mutex
	as   map[string]*Slow // by the text as it is, so that it is made short once
	sums map[string]*Slow // by the short text
}

func (s *slowest) note(text string, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := s.sumOf(text)
	if sum == nil {
		return
	}
	sum.Count++
	sum.Total += took
	if took > sum.Worst {
		sum.Worst, sum.Latest = took, time.Now()
	}
}

// sumOf gives nil for a statement too many.
func (s *slowest) sumOf(text string) *Slow {
	if sum := s.as[text]; sum != nil {
		return sum
	}
	if s.sums == nil {
		s.as, s.sums = map[string]*Slow{}, map[string]*Slow{}
	}
	key := short(text)
	sum := s.sums[key]
	if sum == nil && len(s.sums) < most {
		sum = &Slow{Text: key}
		s.sums[key] = sum
	}
	if sum != nil && len(s.as) < most {
		s.as[text] = sum
	}
	return sum
}

// Slowest gives the n statements whose worst took longest, the worst first.
func (m *Monitor) Slowest(n int) []Slow {
	m.slow.mu.Lock()
	out := make([]Slow, 0, len(m.slow.sums))
	for _, s := range m.slow.sums {
		out = append(out, *s)
	}
	m.slow.mu.Unlock()
	slices.SortFunc(out, func(a, b Slow) int { return cmp.Or(cmp.Compare(b.Worst, a.Worst), cmp.Compare(a.Text, b.Text)) })
	return out[:min(n, len(out))]
}
