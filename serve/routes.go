package serve

import (
	_ "embed"
	"net/http"
	"strings"
)

// route is one thing that a server answers.
type route struct {
	method, path string
	open         bool // to those without the token too
	handler      http.Handler
}

//go:embed openapi.json
var openAPI []byte

func (s *Server) table() []route {
	api := func(method, path string, do endpoint) route {
		return route{method: method, path: path, handler: s.handle(do)}
	}
	return []route{
		api("POST", "/v1/embeddings", s.embeddings),
		api("GET", "/v1/models", s.models),
		api("POST", "/search", s.search),
		api("POST", "/explain", s.explain),
		api("GET", "/collection", s.collection),
		api("GET", "/queries", s.queries),
		api("GET", "/graded", s.graded),
		api("GET", "/document", s.document),
		{method: "GET", path: "/metrics", handler: s.metrics.handler()},
		{method: "GET", path: "/healthz", open: true, handler: s.handle(s.healthy)},
		{method: "GET", path: "/readyz", open: true, handler: s.handle(s.isReady)},
		{method: "GET", path: "/openapi.json", open: true, handler: static(openAPI, "application/json")},
		{method: "POST", path: "/session", open: true, handler: http.HandlerFunc(s.session)},
		{method: "GET", path: "/report/{file...}", handler: http.HandlerFunc(s.report)},
		{method: "GET", path: "/{$}", open: true, handler: pageFile("index.html")},
		{method: "GET", path: "/page/{file}", open: true, handler: http.HandlerFunc(pagePart)},
	}
}

func (s *Server) newRoutes() http.Handler {
	mux := http.NewServeMux()
	allowed := make(map[string][]string) // path → methods
	for _, r := range s.table() {
		handler := r.handler
		if !r.open {
			handler = s.guard(handler)
		}
		mux.Handle(r.method+" "+r.path, s.metrics.count(strings.TrimSuffix(r.path, "{$}"), handler))
		allowed[r.path] = append(allowed[r.path], r.method)
	}
	mux.Handle("/", s.metrics.count("other", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if methods, ok := allowed[r.URL.Path]; ok {
			w.Header().Set("Allow", strings.Join(methods, ", "))
			refusal(http.StatusMethodNotAllowed, "method_not_allowed", "", "want %s, got %s", strings.Join(methods, " or "), r.Method).write(w)
			return
		}
		notFound("not_found", "", "no such endpoint; /openapi.json lists them").write(w)
	})))
	return s.protect(mux)
}

type status struct {
	Status string `json:"status"`
}

func (s *Server) healthy(*http.Request) (any, error) { return status{"ok"}, nil }

func (s *Server) isReady(*http.Request) (any, error) {
	wait := func(code, why string) error {
		e := trouble(http.StatusServiceUnavailable, "server_error", code, why)
		e.after = 1
		return e
	}
	switch {
	case s.draining.Load():
		return nil, wait("stopping", errStopping.Error())
	case s.cold.Load() > 0:
		return nil, wait("warming_up", "the encoder is warming up; requests are answered, some of them slowly")
	}
	return status{"ready"}, nil
}

// static answers with bytes that never change in a process.
func static(content []byte, kind string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "no-cache")
		w.Write(content)
	})
}
