package hub

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// file is a file on its way to the hub.
type file struct {
	path   string
	size   int64
	sample []byte // its first bytes, by which the hub tells text from other content
	git    string // hash as a blob of git
	sha256 string

	large bool // sent to the store
	here  bool // at the hub, as it is
}

// outgoing measures and hashes files of a folder.
func outgoing(root *os.Root, paths []string) ([]*file, error) {
	var files []*file
	for _, path := range paths {
		f, err := measure(root, path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(root.Name(), path), err)
		}
		files = append(files, f)
	}
	return files, nil
}

func measure(root *os.Root, path string) (*file, error) {
	const sampleSize = 512
	in, err := root.Open(filepath.FromSlash(path))
	if err != nil {
		return nil, err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return nil, err
	}
	f := &file{path: path, size: info.Size(), sample: make([]byte, min(sampleSize, info.Size()))}
	if _, err := io.ReadFull(in, f.sample); err != nil {
		return nil, err
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	git, sum := sha1.New(), sha256.New()
	fmt.Fprintf(git, "blob %d\x00", f.size)
	if n, err := io.Copy(io.MultiWriter(git, sum), in); err != nil || n != f.size {
		return nil, fmt.Errorf("want %d bytes, got %d: %w", f.size, n, err)
	}
	f.git, f.sha256 = hex.EncodeToString(git.Sum(nil)), hex.EncodeToString(sum.Sum(nil))
	return f, nil
}
