package serve

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are a server's, in a registry of its own.
type metrics struct {
	registry     *prometheus.Registry
	requests     *prometheus.CounterVec
	took         *prometheus.HistogramVec
	underWay     prometheus.Gauge
	batchTexts   prometheus.Histogram
	batchTokens  prometheus.Histogram
	batchSeconds prometheus.Histogram
}

func newMetrics() *metrics {
	counts := prometheus.ExponentialBuckets(1, 2, 12)
	times := prometheus.ExponentialBuckets(0.001, 2, 16) // 1 ms to 33 s
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "gradus_requests_total", Help: "Requests answered, by route and HTTP status.",
		}, []string{"route", "status"}),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "gradus_request_seconds", Help: "Time from a request to its answer.", Buckets: times,
		}, []string{"route"}),
		underWay: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "gradus_requests_under_way", Help: "Requests not yet answered.",
		}),
		batchTexts: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "gradus_batch_texts", Help: "Texts an encoder took at once.", Buckets: counts,
		}),
		batchTokens: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "gradus_batch_tokens", Help: "Tokens an encoder took at once, padding left out.", Buckets: counts,
		}),
		batchSeconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "gradus_batch_seconds", Help: "Time an encoder took for a batch.", Buckets: times,
		}),
	}
	m.registry.MustRegister(m.requests, m.took, m.underWay, m.batchTexts, m.batchTokens, m.batchSeconds,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// queue shows how many tokens wait before an encoder or are under way in it.
func (m *metrics) queue(encoder string, tokens func() int64) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "gradus_queue_tokens", Help: "Tokens that wait for the encoder or are under way in it.",
		ConstLabels: prometheus.Labels{"encoder": encoder},
	}, func() float64 { return float64(tokens()) }))
}

func (m *metrics) batch(texts, tokens int, took time.Duration) {
	m.batchTexts.Observe(float64(texts))
	m.batchTokens.Observe(float64(tokens))
	m.batchSeconds.Observe(took.Seconds())
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// count takes note of the requests of a route.
func (m *metrics) count(route string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		m.underWay.Inc()
		status := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			m.underWay.Dec()
			m.requests.WithLabelValues(route, strconv.Itoa(status.status)).Inc()
			m.took.WithLabelValues(route).Observe(time.Since(start).Seconds())
		}()
		next.ServeHTTP(status, r)
	})
}

// statusWriter remembers the status of an answer.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
