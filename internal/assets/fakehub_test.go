package assets

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeHub serves files as the hub does: big ones by a redirect to another host that stores them.
type fakeHub struct {
	*httptest.Server
	store *httptest.Server
	files map[string]string // by path; a path with "lfs" in its name is stored elsewhere

	mu         sync.Mutex
	statuses   []int  // answered first, one a request
	retryAfter string // with them
	cuts       []int  // bodies cut after so many bytes, one a request
	requests   []*http.Request
}

func newFakeHub(t *testing.T, files map[string]string) *fakeHub {
	h := &fakeHub{files: files}
	h.Server = httptest.NewServer(http.HandlerFunc(h.serve))
	h.store = httptest.NewServer(http.HandlerFunc(h.serveStore))
	t.Cleanup(h.Close)
	t.Cleanup(h.store.Close)
	t.Setenv("HF_ENDPOINT", h.URL)
	return h
}

func gitHash(content string) string {
	sum := sha1.Sum([]byte(fmt.Sprintf("blob %d\x00%s", len(content), content)))
	return hex.EncodeToString(sum[:])
}

const commit = "0123456789012345678901234567890123456789"

func (h *fakeHub) serve(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	h.requests = append(h.requests, r)
	status := 0
	if len(h.statuses) > 0 {
		status, h.statuses = h.statuses[0], h.statuses[1:]
	}
	h.mu.Unlock()
	if status != 0 {
		w.Header().Set("Retry-After", h.retryAfter)
		w.WriteHeader(status)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/api/models/owner/model/revision/") || strings.HasPrefix(r.URL.Path, "/api/datasets/owner/data/revision/") {
		list := hubList{Commit: commit}
		for path, content := range h.files {
			list.Files = append(list.Files, struct {
				Name string `json:"rfilename"`
				Size int64  `json:"size"`
			}{path, int64(len(content))})
		}
		json.NewEncoder(w).Encode(list)
		return
	}
	_, path, found := strings.Cut(r.URL.Path, "/resolve/"+commit+"/")
	content, ok := h.files[path]
	switch {
	case !found || !ok:
		http.NotFound(w, r)
	case strings.Contains(path, "lfs") || strings.HasSuffix(path, ".safetensors"):
		w.Header().Set("X-Linked-Etag", `"`+sum(content)+`"`)
		w.Header().Set("Etag", `"something else"`)
		http.Redirect(w, r, strings.Replace(h.store.URL, "127.0.0.1", "localhost", 1)+"/"+path, http.StatusFound)
	default:
		w.Header().Set("Etag", `"`+gitHash(content)+`"`)
		h.body(w, r, content)
	}
}

func (h *fakeHub) serveStore(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	h.requests = append(h.requests, r)
	h.mu.Unlock()
	w.Header().Set("Etag", `"the store's own"`)
	h.body(w, r, h.files[strings.TrimPrefix(r.URL.Path, "/")])
}

func (h *fakeHub) body(w http.ResponseWriter, r *http.Request, content string) {
	h.mu.Lock()
	cut := -1
	if len(h.cuts) > 0 {
		cut, h.cuts = h.cuts[0], h.cuts[1:]
	}
	h.mu.Unlock()
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

func (h *fakeHub) ranges() []string {
	var ranges []string
	for _, r := range h.requests {
		ranges = append(ranges, r.Header.Get("Range"))
	}
	return ranges
}
