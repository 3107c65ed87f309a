package hubtest

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// object is a file in the hub's lists.
type object struct {
	Type string `json:"type"`
	Path string `json:"path"`
	Name string `json:"rfilename"`
	Size int    `json:"size"`
	OID  string `json:"oid"`
	LFS  *lfs   `json:"lfs,omitempty"`
}

type lfs struct {
	OID         string `json:"oid"`
	SHA256      string `json:"sha256"`
	Size        int    `json:"size"`
	PointerSize int    `json:"pointerSize"`
}

func (s *Server) list(repo *Repo) []object {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []object{}
	for _, path := range slices.Sorted(maps.Keys(repo.Files)) {
		content := repo.Files[path]
		o := object{Type: "file", Path: path, Name: path, Size: len(content), OID: GitHash(content)}
		if Large(path) {
			o.LFS = &lfs{SHA256(content), SHA256(content), len(content), 130}
		}
		list = append(list, o)
	}
	return list
}

func (s *Server) info(repo *Repo, id string) map[string]any {
	return map[string]any{"id": id, "sha": repo.commit(), "private": repo.Private, "siblings": s.list(repo)}
}

// serveFile answers with a file, or where the store has it.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, repo *Repo, key, revision, path string) {
	s.mu.Lock()
	content, ok := repo.Files[path]
	s.mu.Unlock()
	if !ok || revision != repo.commit() && revision != "main" {
		w.Header().Set("X-Error-Code", "EntryNotFound")
		refuse(w, http.StatusNotFound, "Entry not found")
		return
	}
	w.Header().Set("X-Repo-Commit", repo.commit())
	if !Large(path) {
		w.Header().Set("Etag", `"`+GitHash(content)+`"`)
		s.body(w, r, content)
		return
	}
	w.Header().Set("X-Linked-Etag", `"`+SHA256(content)+`"`)
	w.Header().Set("X-Linked-Size", fmt.Sprint(len(content)))
	w.Header().Set("Etag", `"something else"`)
	http.Redirect(w, r, s.elsewhere("/"+key+"/"+path), http.StatusFound)
}

// elsewhere is an address at the store, under another host than the hub's.
func (s *Server) elsewhere(path string) string {
	return strings.Replace(s.Store.URL, "127.0.0.1", "localhost", 1) + path
}

func (s *Server) serveStore(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, r)
	s.mu.Unlock()
	if r.Header.Get("Authorization") != "" { // as S3, which takes one signature, in the address
		refuse(w, http.StatusBadRequest, "Only one auth mechanism allowed")
		return
	}
	if r.Method == http.MethodPut {
		s.servePut(w, r)
		return
	}
	parts := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 4)
	s.mu.Lock()
	content := ""
	if repo := s.Repos[strings.Join(parts[:min(3, len(parts))], "/")]; repo != nil {
		content = repo.Files[parts[len(parts)-1]]
	}
	s.mu.Unlock()
	w.Header().Set("Etag", `"the store's own"`)
	s.body(w, r, content)
}

func (s *Server) body(w http.ResponseWriter, r *http.Request, content string) {
	cut := -1
	s.mu.Lock()
	if len(s.Cuts) > 0 && r.Method == http.MethodGet {
		cut, s.Cuts = s.Cuts[0], s.Cuts[1:]
	}
	s.mu.Unlock()
	if cut < 0 {
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(content))
		return
	}
	var offset int
	if fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &offset); offset > 0 {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", offset, len(content)-1, len(content)))
		w.Header().Set("Content-Length", fmt.Sprint(len(content)-offset))
		w.WriteHeader(http.StatusPartialContent)
	} else {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
	}
	io.WriteString(w, content[offset:offset+cut])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}
