package assets

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/gradus-ir/gradus/internal/durable"
)

// hubModel is a model in the hub cache, in the layout that hub clients share:
//
//	models--owner--name/refs/<branch>                 the commit it stands for
//	models--owner--name/blobs/<etag>                  contents
//	models--owner--name/snapshots/<commit>/<path>     links to blobs
type hubModel struct {
	repo     string
	revision string // a branch, a tag or a commit
	cache    string
	dir      string // models--owner--name
}

func newHubModel(repo, revision string) (hubModel, error) {
	cache, err := HubCache()
	if revision == "" {
		revision = "main"
	}
	return hubModel{repo, revision, cache, repoFolder(cache, repo)}, err
}

var commitPattern = regexp.MustCompile(`^[0-9a-f]{40}$`)

// cached returns the snapshot of the revision, "" where there is none, and what it lacks to be an encoder.
func (m hubModel) cached() (dir string, lack error) {
	commit := m.revision
	if text, err := os.ReadFile(filepath.Join(m.dir, "refs", m.revision)); err == nil {
		commit = strings.TrimSpace(string(text))
	}
	if !fs.ValidPath(commit) || commit == "." {
		return "", nil
	}
	dir = filepath.Join(m.dir, "snapshots", commit)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return "", nil
	}
	if lack := encoderLack(folderHas(dir)); lack != nil {
		return dir, fmt.Errorf("%s: %w", dir, lack)
	}
	return dir, nil
}

// settled tells a snapshot with all its files from one that a client which
// knows nothing of modules.json made: there the pooling would be guessed.
func (m hubModel) settled(dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, "modules.json")); err == nil {
		return true
	}
	_, err := os.Stat(m.mark(filepath.Base(dir)))
	return err == nil
}

// mark is a file that says we have seen the hub's list for that commit.
func (m hubModel) mark(commit string) string { return filepath.Join(m.dir, ".gradus-"+commit) }

// fetch brings the revision's encoder files into the cache. Its ref appears once all are there and verified.
func (m hubModel) fetch(ctx context.Context, opts Options) (string, error) {
	lock := filepath.Join(m.cache, ".locks", filepath.Base(m.dir), "gradus.lock")
	if err := os.MkdirAll(filepath.Dir(lock), 0o777); err != nil {
		return "", err
	}
	held, err := durable.LockWait(ctx, lock, nil)
	if err != nil {
		return "", err
	}
	defer held.Unlock()
	if dir, lack := m.cached(); dir != "" && lack == nil && m.settled(dir) { // another process was faster
		return dir, nil
	}
	h := newHub()
	list, err := h.list(ctx, m.repo, m.revision)
	if err != nil {
		return "", err
	}
	if err := encoderLack(list.has); err != nil {
		return "", err
	}
	if err := m.fetchFiles(ctx, h, list, opts); err != nil {
		return "", err
	}
	for _, file := range []struct{ path, text string }{
		{m.mark(list.Commit), ""},
		{filepath.Join(m.dir, "refs", m.revision), list.Commit},
	} {
		if err := os.MkdirAll(filepath.Dir(file.path), 0o777); err != nil {
			return "", err
		}
		if err := durable.WriteFile(file.path, func(w io.Writer) error { _, err := io.WriteString(w, file.text); return err }); err != nil {
			return "", err
		}
	}
	return filepath.Join(m.dir, "snapshots", list.Commit), nil
}

func (m hubModel) fetchFiles(ctx context.Context, h *hub, list hubList, opts Options) error {
	for _, sub := range []string{"blobs", "snapshots"} {
		if err := os.MkdirAll(filepath.Join(m.dir, sub), 0o777); err != nil {
			return err
		}
	}
	root, err := os.OpenRoot(m.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	var done, total int64
	for _, file := range list.Files {
		if wantedFile(file.Name) {
			total += file.Size
		}
	}
	for _, file := range list.Files {
		snapshot := path.Join("snapshots", list.Commit, file.Name)
		if !wantedFile(file.Name) {
			continue
		}
		if _, err := root.Stat(snapshot); err != nil {
			err := m.fetchFile(ctx, h, root, hubFile{m.repo, list.Commit, file.Name, -1}, func(have int64) {
				if opts.Progress != nil {
					opts.Progress(m.repo, min(done+have, total), total)
				}
			})
			if isNoRoom(err) {
				return fmt.Errorf("%s: no room on the disk for the encoder's %d bytes: %w", m.cache, total, err)
			}
			if err != nil {
				return err
			}
		}
		done += file.Size
	}
	return nil
}

// fetchFile brings one file to blobs/ under its ETag, which is its SHA-256 or
// its git blob hash and is verified as such, and links the snapshot to it.
func (m hubModel) fetchFile(ctx context.Context, h *hub, root *os.Root, file hubFile, progress func(have int64)) error {
	part := path.Join("blobs", file.Revision+"-"+strings.ReplaceAll(file.Path, "/", "%")+".incomplete")
	have := func() int64 {
		info, err := root.Stat(part)
		if err != nil {
			return 0
		}
		progress(info.Size())
		return info.Size()
	}
	header, err := h.download(ctx, file, hubSink{have, func(offset int64, body io.Reader) error {
		return writePartial(root, part, offset, readerFunc(func(p []byte) (int, error) {
			n, err := body.Read(p)
			have()
			return n, err
		}))
	}})
	if err != nil {
		return err
	}
	etag, err := verifyETag(root, part, header)
	if err != nil {
		root.Remove(part)
		return fmt.Errorf("%s: %w", file.Path, err)
	}
	blob := path.Join("blobs", etag)
	if err := root.Rename(part, blob); err != nil {
		return err
	}
	snapshot := path.Join("snapshots", file.Revision, file.Path)
	if err := root.MkdirAll(path.Dir(snapshot), 0o777); err != nil {
		return err
	}
	root.Remove(snapshot) // a link whose blob was gone
	return root.Symlink(strings.Repeat("../", strings.Count(snapshot, "/"))+blob, snapshot)
}

// verifyETag returns the name of the blob, after checking that the bytes are those the hub's headers announce.
func verifyETag(root *os.Root, name string, header http.Header) (string, error) {
	etag := header.Get("X-Linked-Etag")
	if etag == "" {
		etag = header.Get("Etag")
	}
	etag = strings.Trim(strings.TrimPrefix(etag, "W/"), `"`)
	in, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return "", err
	}
	var sum hash.Hash
	switch len(etag) {
	case 2 * sha256.Size:
		sum = sha256.New()
	case 2 * sha1.Size:
		sum = sha1.New()
		fmt.Fprintf(sum, "blob %d\x00", info.Size())
	default:
		return "", fmt.Errorf("want a SHA-256 or a git hash as ETag, got %q", etag)
	}
	if _, err := io.Copy(sum, in); err != nil {
		return "", err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != etag {
		return "", fmt.Errorf("%w: want hash %s, got %s", errWrong, etag, got)
	}
	return etag, nil
}

// hubList is what a repository holds at a commit.
type hubList struct {
	Commit string `json:"sha"`
	Files  []struct {
		Name string `json:"rfilename"`
		Size int64  `json:"size"`
	} `json:"siblings"`
}

func (l hubList) has(pattern string) bool {
	for _, file := range l.Files {
		if ok, _ := path.Match(pattern, file.Name); ok {
			return true
		}
	}
	return false
}

// list asks the hub which commit a revision is and what it holds.
func (h *hub) list(ctx context.Context, repo, revision string) (hubList, error) {
	address := h.endpoint + "/api/models/" + repo + "/revision/" + revision + "?blobs=true"
	var list hubList
	err := h.again(ctx, func() (bool, error) {
		response, _, err := h.get(ctx, address, 0)
		if err != nil {
			return false, err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return false, h.statusError(hubFile{Repo: repo, Revision: revision, Path: "list"}, response)
		}
		err = json.NewDecoder(io.LimitReader(response.Body, 32<<20)).Decode(&list)
		if err != nil {
			return false, retryable{err: fmt.Errorf("%s: want a JSON list of files: %w", address, err)}
		}
		return true, nil
	})
	if err == nil && !commitPattern.MatchString(list.Commit) {
		err = errors.New(address + ": want a commit of 40 hex digits, got " + fmt.Sprintf("%.60q", list.Commit))
	}
	for _, file := range list.Files {
		if err == nil && !fs.ValidPath(file.Name) {
			err = fmt.Errorf("%s: want paths inside the repository, got %q", address, file.Name)
		}
	}
	return list, err
}
