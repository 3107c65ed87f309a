package assets

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"path"
	"strings"

	"github.com/gradus-ir/gradus/internal/hub"
)

// fetchFile brings one file to blobs/ under its ETag, which is its SHA-256 or
// its git blob hash and is verified as such, and links the snapshot to it.
func (m hubRepo) fetchFile(ctx context.Context, client *hub.Client, root *os.Root, file hub.File, progress func(have int64)) error {
	part := path.Join("blobs", file.Revision+"-"+strings.ReplaceAll(file.Path, "/", "%")+".incomplete")
	have := func() int64 {
		info, err := root.Stat(part)
		if err != nil {
			return 0
		}
		progress(info.Size())
		return info.Size()
	}
	header, err := client.Download(ctx, file, hub.Sink{Have: have, Write: func(offset int64, body io.Reader) error {
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
