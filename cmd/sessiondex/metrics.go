package main

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/sessiondex/sessiondex"
)

// metricsPath is where Prometheus asks.
const metricsPath = "/metrics"

// metrics are what who runs the server sees of it: the process, the engine, and the
// requests by method, route and status.
type metrics struct {
	registry *prometheus.Registry
	handler  http.Handler
	seconds  *prometheus.HistogramVec
	running  prometheus.Gauge
}

func newMetrics() *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	m.seconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "sessiondex", Subsystem: "http", Name: "request_duration_seconds",
		Help:    "Time until a request was answered; event streams are counted when they end.",
		Buckets: []float64{.00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .1, .5, 1, 5},
	}, []string{"method", "route", "status"})
	m.running = prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: "sessiondex", Subsystem: "http", Name: "requests_running", Help: "Requests and event streams that are under way.",
	})
	m.registry.MustRegister(m.seconds, m.running, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
	return m
}

// observer counts what an engine does: queries by method and plan, writes, and
// transactions of the file.
func (m *metrics) observer() *sessiondex.Observer {
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "sessiondex", Name: name, Help: help,
			Buckets: []float64{.000005, .00001, .000025, .00005, .0001, .00025, .0005, .001, .0025, .01, .05, .25, 1, 5},
		}, labels)
		m.registry.MustRegister(h)
		return h
	}
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: "sessiondex", Name: name, Help: help})
		m.registry.MustRegister(c)
		return c
	}
	queries := histogram("query_duration_seconds", "Time that the engine took for a query; the plan is how its page was made, where there is one.", "op", "plan", "result")
	writes := histogram("write_duration_seconds", "Time from the call of a write to its return, the file included.", "result")
	written := counter("written_sessions_total", "Sessions that writes added, changed or deleted.")
	syncs := histogram("sync_duration_seconds", "Time of a transaction of the database file.", "result")
	synced := counter("synced_writes_total", "Writes that transactions of the file took.")
	bytes := counter("synced_bytes_total", "Bytes that transactions of the file wrote, about.")
	return &sessiondex.Observer{
		Query: func(d sessiondex.QueryDone) {
			queries.WithLabelValues(d.Op, string(d.Plan.Method), result(d.Err)).Observe(d.Duration.Seconds())
		},
		Write: func(d sessiondex.WriteDone) {
			writes.WithLabelValues(result(d.Err)).Observe(d.Duration.Seconds())
			written.Add(float64(d.Sessions))
		},
		Sync: func(d sessiondex.SyncDone) {
			syncs.WithLabelValues(result(d.Err)).Observe(d.Duration.Seconds())
			synced.Add(float64(d.Writes))
			bytes.Add(float64(d.Bytes))
		},
	}
}

// result is the label of what went well or did not. What was asked wrongly did not.
func result(err error) string {
	if err != nil {
		return "error"
	}
	return "ok"
}

// watch adds the figures of an engine, read when they are asked for.
func (m *metrics) watch(e *sessiondex.Engine) {
	gauge := func(name, help string, value func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "sessiondex", Name: name, Help: help}, value))
	}
	gauge("sessions", "Sessions in the engine, hidden ones included.", func() float64 { return float64(e.Len()) })
	gauge("session_bytes", "Size of the sessions themselves, without any index.", func() float64 { return float64(e.Stats().SessionBytes) })
	gauge("title_segments", "Immutable segments of the title index.", func() float64 { return float64(e.Stats().Titles.Segments) })
	gauge("title_index_bytes", "Memory of the title index, about.", func() float64 { return float64(e.Stats().Titles.Bytes) })
	gauge("titles_buffered", "Titles that are not in a segment yet.", func() float64 { return float64(e.Stats().Titles.Buffered) })
	counter := func(name, help string, value func() uint64) {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: "sessiondex", Name: name, Help: help}, func() float64 { return float64(value()) }))
	}
	counter("title_seals_total", "Segments built from fresh titles.", func() uint64 { return e.Stats().Titles.Seals })
	counter("title_merges_total", "Segments built from other segments.", func() uint64 { return e.Stats().Titles.Merges })
	counter("title_failures_total", "Segments that could not be built.", func() uint64 { return e.Stats().Titles.Failures })
	gauge("version", "Writes that led to the newest version.", func() float64 { return float64(e.Version()) })
}

// routes are the paths that get a label of their own. All others share one: else any
// client could make labels without end.
var routes = []string{
	"/api/v0/sessions", "/api/v0/session-facets", "/api/v0/session-events", "/api/v0/session-view", "/api/v0/session-why", "/api/v0/session-export",
	"/api/v0/login", "/api/v0/logout", "/openapi.json", "/docs",
}

func routeOf(base, path string) string {
	path = strings.TrimSuffix(strings.TrimPrefix(path, base), "/")
	for _, route := range routes {
		if path == route {
			return route
		}
	}
	if rest, ok := strings.CutPrefix(path, "/api/v0/sessions/"); ok {
		switch {
		case strings.HasSuffix(rest, "/read"), strings.HasSuffix(rest, "/unread"):
			return "/api/v0/sessions/{id}" + rest[strings.LastIndexByte(rest, '/'):]
		case !strings.Contains(rest, "/"):
			return "/api/v0/sessions/{id}"
		}
	}
	return "other"
}

// methods are those that get a label of their own.
var methods = map[string]bool{"GET": true, "HEAD": true, "POST": true, "PUT": true, "PATCH": true, "DELETE": true, "OPTIONS": true}

// count counts the requests that next answers.
func (m *metrics) count(base string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.running.Inc()
		begin := time.Now()
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			m.running.Dec()
			method := r.Method
			if !methods[method] {
				method = "other"
			}
			m.seconds.WithLabelValues(method, routeOf(base, r.URL.Path), strconv.Itoa(seen.status)).Observe(time.Since(begin).Seconds())
		}()
		next.ServeHTTP(seen, r)
	})
}

// statusWriter sees the status that is answered.
type statusWriter struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (w *statusWriter) WriteHeader(status int) {
	if !w.wrote && status >= http.StatusOK {
		w.status, w.wrote = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	w.wrote = true
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController flush and set deadlines.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// guard answers the metrics on the address of the API only to those who may see
// everything there.
func (m *metrics) guard(let func(*http.Request) bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != metricsPath:
			next.ServeHTTP(w, r)
		case !let(r):
			w.Header().Set("Www-Authenticate", "Bearer")
			answer(w, http.StatusUnauthorized, `{"detail":"Unauthorized: metrics need a key that sees everything, or --metrics-addr"}`)
		default:
			m.handler.ServeHTTP(w, r)
		}
	})
}
