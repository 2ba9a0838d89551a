package monitor

import (
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Wrap times the requests of one route. It stands inside of the routing table, where the pattern is known: the path
// itself holds identifiers.
func (m *Monitor) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route := r.Pattern
		if route == "" {
			route = "none"
		}
		ctx, span := m.tracer.Start(r.Context(), route, trace.WithSpanKind(trace.SpanKindServer))
		defer span.End()
		out := &answer{ResponseWriter: w, code: http.StatusOK}
		begun := time.Now()
		defer func() {
			class := strconv.Itoa(out.code/100) + "xx"
			m.requests.WithLabelValues(route, class).Observe(time.Since(begun).Seconds())
			span.SetAttributes(attribute.Int("http.response.status_code", out.code))
			if out.code >= 500 {
				span.SetStatus(codes.Error, "")
			}
		}()
		next.ServeHTTP(out, r.WithContext(ctx))
	})
}

// answer notes the status that a handler gives.
type answer struct {
	http.ResponseWriter
	code  int
	wrote bool
}

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(code int) {
	if !a.wrote && code >= 200 {
		a.code, a.wrote = code, true
	}
	a.ResponseWriter.WriteHeader(code)
}

// Write implements http.ResponseWriter.
func (a *answer) Write(b []byte) (int, error) {
	a.wrote = true
	return a.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach what lies below.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
