package monitor

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/unionhall/unionhall/internal/event"
)

// Consumer times what a consumer does with each event, and how long the event waited for it.
func (m *Monitor) Consumer(name string, fn func(context.Context, event.Event) error) func(context.Context, event.Event) error {
	handled, refused, delay := m.handled.WithLabelValues(name), m.refused.WithLabelValues(name), m.delay.WithLabelValues(name)
	return func(ctx context.Context, e event.Event) error {
		begun := time.Now()
		if !e.At.IsZero() {
			delay.Observe(max(0, begun.Sub(e.At).Seconds())) // another machine's clock may be ahead
		}
		ctx, span := m.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindConsumer),
			trace.WithAttributes(attribute.String("messaging.destination.name", e.Subject)))
		defer span.End()
		err := fn(ctx, e)
		handled.Observe(time.Since(begun).Seconds())
		if err != nil {
			refused.Inc()
			span.SetStatus(codes.Error, "")
		}
		return err
	}
}
