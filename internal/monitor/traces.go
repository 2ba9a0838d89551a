package monitor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Traces sends spans to a collector that speaks OTLP over HTTP, at an address such as http://127.0.0.1:4318, in the
// background: a collector that is away costs the hall nothing but the spans. share is how many requests of all are
// followed, 0 to 1. stop sends what is left, for at most five seconds.
func Traces(ctx context.Context, collector, version string, share float64, log *slog.Logger) (_ trace.Tracer, stop func() error, err error) {
	u, err := url.Parse(collector)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, nil, errors.New("want the address of a collector, such as http://127.0.0.1:4318")
	}
	if !(share >= 0 && share <= 1) {
		return nil, nil, fmt.Errorf("want a share of requests from 0 to 1, have %v", share)
	}
	out, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(u.JoinPath("v1/traces").String()), otlptracehttp.WithTimeout(5*time.Second))
	if err != nil {
		return nil, nil, err
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces cannot be sent; the hall goes on without", "err", err) }))
	p := sdk.NewTracerProvider(sdk.WithBatcher(out), sdk.WithSampler(sdk.ParentBased(sdk.TraceIDRatioBased(share))),
		sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", "unionhall"), attribute.String("service.version", version))))
	stop = func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := p.Shutdown(ctx); err != nil {
			log.Warn("the last traces were not sent", "err", err)
		}
		return nil
	}
	return p.Tracer("unionhall"), stop, nil
}
