package assets

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hostileTar writes a header as it is.
func hostileTar(headers ...tar.Header) []byte {
	var b bytes.Buffer
	g := gzip.NewWriter(&b)
	w := tar.NewWriter(g)
	for _, header := range headers {
		w.WriteHeader(&header)
		io.WriteString(w, strings.Repeat("x", int(header.Size)))
	}
	w.Close()
	g.Close()
	return b.Bytes()
}

func symlinkWheel() []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	header := &zip.FileHeader{Name: "m/a"}
	header.SetMode(os.ModeSymlink | 0o777)
	w, _ := z.CreateHeader(header)
	io.WriteString(w, "/etc")
	z.Close()
	return b.Bytes()
}

func TestExtract(t *testing.T) {
	wanted := []Member{{Path: "m/a", File: "a", Size: 4}}
	plain := tar.Header{Name: "m/a", Typeflag: tar.TypeReg, Size: 4}
	for _, c := range []struct {
		name, kind string
		archive    []byte
		want       string // "" for success
	}{
		{"good", "wheel", wheel("m/", "", "m/b", "other", "m/a", "AAAA"), ""},
		{"parent", "wheel", wheel("m/a", "AAAA", "../a", "evil"), `got "../a"`},
		{"parent inside", "wheel", wheel("m/../../a", "evil", "m/a", "AAAA"), `got "m/../../a"`},
		{"absolute", "wheel", wheel("/etc/passwd", "evil", "m/a", "AAAA"), `got "/etc/passwd"`},
		{"backslash", "wheel", wheel(`..\a`, "evil", "m/a", "AAAA"), `got "..\\a"`},
		{"twice", "wheel", wheel("m/a", "AAAA", "m/a", "EVIL"), `want one member "m/a"`},
		{"absent", "wheel", wheel("m/b", "AAAA"), `want a member "m/a", got none`},
		{"longer", "wheel", wheel("m/a", "AAAAA"), "want 4 bytes, got 5"},
		{"shorter", "wheel", wheel("m/a", "AAA"), "want 4 bytes, got 3"},
		{"symlink", "wheel", symlinkWheel(), "want a plain file"},
		{"not a wheel", "wheel", []byte("<html>"), "want a wheel"},
		{"empty", "wheel", nil, "want a wheel"},
		{"good", "npm", tgz("m/b", "other", "m/a", "AAAA"), ""},
		{"parent", "npm", tgz("../a", "evil", "m/a", "AAAA"), `got "../a"`},
		{"absent", "npm", tgz("m/b", "AAAA"), `want a member "m/a", got none`},
		{"longer", "npm", tgz("m/a", "AAAAA"), "want 4 bytes, got 5"},
		{"twice", "npm", tgz("m/a", "AAAA", "m/a", "EVIL"), `want one member "m/a"`},
		{"symlink", "npm", hostileTar(tar.Header{Name: "m/a", Typeflag: tar.TypeSymlink, Linkname: "/etc"}), "want a plain file"},
		{"device", "npm", hostileTar(plain, tar.Header{Name: "/dev/sda", Typeflag: tar.TypeBlock}), `got "/dev/sda"`},
		{"cut", "npm", tgz("m/a", "AAAA")[:40], "want a gzipped tar file"},
		{"not a tar", "npm", []byte("<html>"), "want a gzipped tar file"},
	} {
		t.Run(c.kind+" "+c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "archive")
			if err := os.WriteFile(path, c.archive, 0o666); err != nil {
				t.Fatal(err)
			}
			got := ""
			err := extract(c.kind, path, wanted, func(m Member, r io.Reader) error {
				text, err := io.ReadAll(r)
				got += string(text)
				return err
			})
			switch {
			case c.want == "" && (err != nil || got != "AAAA"):
				t.Errorf("want AAAA, got %q, %v", got, err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("want %q, got %v", c.want, err)
			}
		})
	}
}

func FuzzExtract(f *testing.F) {
	f.Add("wheel", wheel("m/", "", "m/a", "AAAA"))
	f.Add("wheel", wheel("m/a", "AAAA", "../evil", "x"))
	f.Add("npm", tgz("m/a", "AAAA"))
	f.Fuzz(func(t *testing.T, kind string, archive []byte) {
		path := filepath.Join(t.TempDir(), "archive")
		if err := os.WriteFile(path, archive, 0o666); err != nil {
			t.Fatal(err)
		}
		taken := 0
		err := extract(kind, path, []Member{{Path: "m/a", File: "a", Size: 4}}, func(m Member, r io.Reader) error {
			taken++
			text, err := io.ReadAll(r)
			if len(text) > 4 || err == nil && len(text) != 4 {
				t.Errorf("want 4 bytes, got %d, %v", len(text), err)
			}
			return err
		})
		if taken > 1 || err == nil && taken != 1 {
			t.Errorf("want the member once, got it %d times, %v", taken, err)
		}
	})
}
