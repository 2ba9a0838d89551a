// Package monitor shows the people who run a hall how it does: figures for Prometheus, the slowest statements, and, where
// they ask for them, traces. What it keeps names routes, statements without their arguments, and consumers, never what
// somebody asked for: an address, a name or an identifier has no place in a figure.
package monitor

import (
	"context"
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
)

// Monitor counts and times what one process does. It is safe for concurrent use; what it costs is some hundred
// nanoseconds a request, statement or event.
type Monitor struct {
	registry *prometheus.Registry
	tracer   trace.Tracer
	slow     slowest

	requests  *prometheus.HistogramVec // route, code class
	statement prometheus.Observer
	update    prometheus.Observer
	failed    *prometheus.CounterVec   // operation
	handled   *prometheus.HistogramVec // consumer
	refused   *prometheus.CounterVec   // consumer
	delay     *prometheus.HistogramVec // consumer
	restarts  *prometheus.CounterVec   // what
}

// Option changes a monitor.
type Option func(*Monitor)

// WithTracer sends spans to a tracer; without it there are none.
func WithTracer(t trace.Tracer) Option { return func(m *Monitor) { m.tracer = t } }

// quick are the bounds, in seconds, of what should take milliseconds.
var quick = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}

// New makes a monitor of a process that runs a version of the hall.
func New(version string, opts ...Option) *Monitor {
	m := &Monitor{registry: prometheus.NewRegistry(), tracer: noop.NewTracerProvider().Tracer("")}
	for _, o := range opts {
		o(m)
	}
	histograms := func(name, help string, labels ...string) *prometheus.HistogramVec {
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "unionhall", Name: name, Help: help, Buckets: quick}, labels)
		m.registry.MustRegister(h)
		return h
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "unionhall", Name: name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	m.requests = histograms("request_seconds", "Requests by route and class of answer (2xx to 5xx).", "route", "class")
	m.statement = histograms("store_statement_seconds", "Statements of the store, until their rows are read.").WithLabelValues()
	m.update = histograms("store_update_seconds", "Updates of the store, until they are durable, waiting for their turn included.").WithLabelValues()
	m.failed = counters("store_errors_total", "Statements and updates that failed.", "operation")
	m.handled = histograms("event_seconds", "Events handled, by consumer.", "consumer")
	m.refused = counters("event_errors_total", "Events that a consumer failed on; they come again.", "consumer")
	m.delay = prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "unionhall", Name: "event_delay_seconds",
		Help: "From when something happened until a consumer begins with it.", Buckets: []float64{.01, .05, .1, .5, 1, 5, 15, 60, 300, 1800, 7200}}, []string{"consumer"})
	m.restarts = counters("restarts_total", "Work behind the pages that stopped and was started again.", "what")
	m.failed.WithLabelValues("statement") // alerts ask for it before the first fails
	built := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "unionhall", Name: "build_info", Help: "1, with the version.",
		ConstLabels: prometheus.Labels{"version": version, "go": runtime.Version()}})
	built.Set(1)
	m.registry.MustRegister(m.delay, built, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Gauge adds a figure that is read each time somebody asks for the figures. When it cannot be read it is left out.
func (m *Monitor) Gauge(name, help string, labels prometheus.Labels, read func(context.Context) (float64, error)) {
	m.registry.MustRegister(&gauge{prometheus.NewDesc("unionhall_"+name, help, nil, labels), read})
}

type gauge struct {
	desc *prometheus.Desc
	read func(context.Context) (float64, error)
}

// patience bounds how long one figure may keep the others waiting.
const patience = 3 * time.Second

// Describe implements prometheus.Collector.
func (g *gauge) Describe(to chan<- *prometheus.Desc) { to <- g.desc }

// Collect implements prometheus.Collector.
func (g *gauge) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	v, err := g.read(ctx)
	if err != nil {
		to <- prometheus.NewInvalidMetric(g.desc, err)
		return
	}
	to <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, v)
}

// Handler gives the figures in Prometheus' format. It asks nobody who they are: it is for an address of its own that
// only the machines of the operators reach.
func (m *Monitor) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError, MaxRequestsInFlight: 4})
}

// Restarts gives what counts that some work had to be started again.
func (m *Monitor) Restarts(what string) (again func()) { return m.restarts.WithLabelValues(what).Inc }
