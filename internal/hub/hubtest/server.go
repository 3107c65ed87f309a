// Package hubtest is a server that speaks the hub's protocol, for tests and
// benchmarks: repositories that are listed and downloaded, large files by a
// redirect to another host, gated and private ones, uploads, and faults on demand.
package hubtest

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Commit is that of a repository that nothing was uploaded to.
const Commit = "0123456789012345678901234567890123456789"

// Server is a hub. Its fields are set before it is asked.
type Server struct {
	*httptest.Server
	Store *httptest.Server // another host, which has the large files

	Repos    map[string]*Repo // by kind and id: models/owner/name, datasets/owner/name
	Token    string           // what private repositories and every upload want to see
	PartSize int              // bytes of a part of a large upload; 0 takes them whole

	// Faults.
	Statuses   []int  // answered first, one a request
	RetryAfter string // with them
	Cuts       []int  // downloads cut after so many bytes, one a request; -1 is not

	mu       sync.Mutex
	requests []*http.Request
	objects  map[string]string // uploaded, by SHA-256
	parts    map[string]string // of objects, by their address
}

// Repo is a repository at its only commit.
type Repo struct {
	Files   map[string]string // by path
	Commit  string            // "" is Commit
	Private bool              // wants the token
	Gated   bool              // is refused to everybody
}

func (r *Repo) commit() string {
	if r.Commit == "" {
		return Commit
	}
	return r.Commit
}

// Start serves until Stop.
func Start() *Server {
	s := &Server{Repos: map[string]*Repo{}, objects: map[string]string{}, parts: map[string]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	s.Store = httptest.NewServer(http.HandlerFunc(s.serveStore))
	return s
}

// Stop ends it and its store.
func (s *Server) Stop() {
	s.Server.Close()
	s.Store.Close()
}

// New serves until the test ends, as the hub of its environment.
func New(t testing.TB) *Server {
	s := Start()
	t.Cleanup(s.Stop)
	t.Setenv("HF_ENDPOINT", s.URL)
	return s
}

// Requests are what came so far, at the hub and at its store.
func (s *Server) Requests() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*http.Request(nil), s.requests...)
}

// Forget drops the requests that came so far.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// Ranges are the Range headers of the requests.
func (s *Server) Ranges() []string {
	var ranges []string
	for _, r := range s.Requests() {
		ranges = append(ranges, r.Header.Get("Range"))
	}
	return ranges
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, r)
	status := 0
	if len(s.Statuses) > 0 {
		status, s.Statuses = s.Statuses[0], s.Statuses[1:]
	}
	s.mu.Unlock()
	if status != 0 {
		w.Header().Set("Retry-After", s.RetryAfter)
		w.WriteHeader(status)
		return
	}
	if rest, ok := strings.CutPrefix(r.URL.Path, "/api/"); ok {
		s.serveAPI(w, r, strings.Split(rest, "/"))
		return
	}
	kind, rest := "models", strings.TrimPrefix(r.URL.Path, "/")
	if data, ok := strings.CutPrefix(rest, "datasets/"); ok {
		kind, rest = "datasets", data
	}
	if id, found := strings.CutSuffix(rest, ".git/info/lfs/objects/batch"); found {
		s.serveBatch(w, r, id)
		return
	}
	parts := strings.SplitN(rest, "/", 5)
	if len(parts) < 5 || parts[2] != "resolve" {
		refuse(w, http.StatusNotFound, "no such page")
		return
	}
	if repo := s.repo(w, r, kind, parts[0]+"/"+parts[1]); repo != nil {
		s.serveFile(w, r, repo, kind+"/"+parts[0]+"/"+parts[1], parts[3], parts[4])
	}
}

// repo is a repository that may be read, nil where it was refused.
func (s *Server) repo(w http.ResponseWriter, r *http.Request, kind, id string) *Repo {
	s.mu.Lock()
	defer s.mu.Unlock()
	repo := s.Repos[kind+"/"+id]
	switch signed := r.Header.Get("Authorization") != ""; {
	case repo == nil || repo.Private && !s.signed(r):
		w.Header().Set("X-Error-Code", "RepoNotFound")
		if !signed {
			refuse(w, http.StatusUnauthorized, "Invalid username or password.") // as the hub does: it tells nobody which there are
		} else {
			refuse(w, http.StatusNotFound, "Repository not found")
		}
		return nil
	case repo.Gated:
		w.Header().Set("X-Error-Code", "GatedRepo")
		if !signed {
			refuse(w, http.StatusUnauthorized, "Access to model "+id+" is restricted.")
		} else {
			refuse(w, http.StatusForbidden, "Access to model "+id+" is restricted and you are not in the authorized list.")
		}
		return nil
	}
	return repo
}

func (s *Server) signed(r *http.Request) bool {
	return r.Header.Get("Authorization") == "Bearer "+s.Token
}

// Large tells whether the hub keeps a file at its store.
func Large(path string) bool {
	return strings.Contains(path, "lfs") || strings.HasSuffix(path, ".safetensors") || strings.HasSuffix(path, ".parquet")
}

// SHA256 is the hash that large files are known by.
func SHA256(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// GitHash is the hash that other files are known by.
func GitHash(content string) string {
	sum := sha1.Sum([]byte(fmt.Sprintf("blob %d\x00%s", len(content), content)))
	return hex.EncodeToString(sum[:])
}

func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("X-Error-Message", message)
	answer(w, status, map[string]string{"error": message})
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(value)
}
