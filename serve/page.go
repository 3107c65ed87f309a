package serve

import (
	"embed"
	"io/fs"
	"net/http"
	"path"
	"slices"
)

//go:embed page
var pageFiles embed.FS

// kinds are the files that the page and a report are made of. Others in a
// report's folder, such as manifests, may name paths of this machine.
var kinds = map[string]string{
	".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml", ".png": "image/png",
}

// pageFile answers with a file of the page.
func pageFile(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, err := pageFiles.ReadFile("page/" + name)
		if err != nil {
			notFound("not_found", "", "no such file").write(w)
			return
		}
		w.Header().Set("Content-Security-Policy", pagePolicy)
		static(content, kinds[path.Ext(name)]).ServeHTTP(w, r)
	})
}

func pagePart(w http.ResponseWriter, r *http.Request) { pageFile(r.PathValue("file")).ServeHTTP(w, r) }

// reportPolicy lets a report show itself, scripts of its own included, but
// load nothing, and act as no part of this site: the page's cookie and answers are not its.
const reportPolicy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts allow-popups"

// reportNames are what a report's own page may be called.
var reportNames = []string{"index.html", "report.html"}

// reportPath is where the report is linked to; "" without one.
func (s *Server) reportPath() string {
	if s.Report == nil {
		return ""
	}
	i := slices.IndexFunc(reportNames, func(name string) bool {
		_, err := fs.Stat(s.Report, name)
		return err == nil
	})
	if i < 0 {
		return ""
	}
	return "/report/" + reportNames[i]
}

func (s *Server) report(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	kind := kinds[path.Ext(name)]
	var content []byte
	err := fs.ErrNotExist
	if s.Report != nil && kind != "" {
		content, err = fs.ReadFile(s.Report, name)
	}
	if err != nil { // whatever it is, the client learns no more than this
		notFound("not_found", "", "no such file in the report").write(w)
		return
	}
	w.Header().Set("Content-Security-Policy", reportPolicy)
	static(content, kind).ServeHTTP(w, r)
}
