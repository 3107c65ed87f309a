package textfile_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/gradus-ir/gradus/internal/textfile"
)

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"empty":             {"", nil},
		"only a mark":       {"\ufeff", nil},
		"no end":            {"a\nb", []string{"a", "b"}},
		"CRLF and a mark":   {"\ufeffa\r\nb\r\n", []string{"a", "b"}},
		"blank lines":       {"\n\na\n\n", []string{"", "", "a", ""}},
		"a long line":       {"a\n" + long + "\nb\n", []string{"a", long, "b"}},
		"a long last line":  {long, []string{long}},
		"CR within":         {"a\rb\n", []string{"a\rb"}},
		"a mark later":      {"a\n\ufeffb\n", []string{"a", "\ufeffb"}},
		"separator U+2028":  {"a\u2028b\n", []string{"a\u2028b"}},
		"shorter than zstd": {"a", []string{"a"}},
	} {
		for packing, pack := range map[string]func(string) []byte{"plain": func(s string) []byte { return []byte(s) }, "gzip": gzipped, "zstd": zstded} {
			path := filepath.Join(t.TempDir(), "file.txt") // the name says nothing of the compression
			if err := os.WriteFile(path, pack(c.text), 0o666); err != nil {
				t.Fatal(err)
			}
			got, err := readAll(path)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%s, %s: want %.40q, got %.40q, %v", name, packing, c.want, got, err)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := textfile.Open(dir); err == nil || !strings.Contains(err.Error(), "want a file, got a folder") {
		t.Errorf("a folder: want it said, got %v", err)
	}
	path := filepath.Join(dir, "cut.gz")
	packed := gzipped(strings.Repeat("0123456789\n", 100_000))
	if err := os.WriteFile(path, packed[:len(packed)/2], 0o666); err != nil {
		t.Fatal(err)
	}
	if lines, err := readAll(path); err == nil || !strings.Contains(err.Error(), "cut.gz:") || !strings.Contains(err.Error(), "unexpected EOF") {
		t.Errorf("a cut file: want file, line and unexpected EOF, got %v after %d lines", err, len(lines))
	}
	s, err := textfile.New("endless", io.MultiReader(strings.NewReader("short\n"), endless{}))
	if err != nil {
		t.Fatal(err)
	}
	for s.Scan() {
	}
	if err := s.Err(); err == nil || err.Error() != "endless:2: line longer than 134217728 bytes" {
		t.Errorf("a line without end: want its place and the limit, got %v", err)
	}
}

// endless never ends a line.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func FuzzScanner(f *testing.F) {
	f.Add([]byte("a\nb\r\n"))
	f.Add([]byte("\ufeff"))
	f.Add(gzipped("a\nb\n"))
	f.Add(zstded("a\nb\n"))
	f.Add([]byte{0x1f, 0x8b, 8, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := textfile.New("fuzz", bytes.NewReader(data))
		if err != nil {
			return
		}
		defer s.Close()
		for n := 1; s.Scan() && n < 10_000; n++ {
			if bytes.ContainsRune(s.Bytes(), '\n') || s.Line() != n {
				t.Fatalf("line %d is %q, numbered %d", n, s.Bytes(), s.Line())
			}
		}
	})
}

func readAll(path string) ([]string, error) {
	s, err := textfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	var lines []string
	for s.Scan() {
		lines = append(lines, string(s.Bytes()))
	}
	return lines, s.Err()
}

func gzipped(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.Bytes()
}

func zstded(text string) []byte {
	var b bytes.Buffer
	w, _ := zstd.NewWriter(&b)
	io.WriteString(w, text)
	w.Close()
	return b.Bytes()
}
