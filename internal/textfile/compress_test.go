package textfile_test

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/internal/textfile"
)

func TestCompressedIsReadBack(t *testing.T) {
	text := strings.Repeat("a line\nand another\n", 10_000)
	for _, ending := range textfile.Endings {
		var packed bytes.Buffer
		w, err := textfile.Compress(&packed, "lines.txt"+ending)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if small := packed.Len() < len(text)/10; small != (ending != "") {
			t.Errorf("%q: want it packed as its name says, got %d bytes", ending, packed.Len())
		}
		s, err := textfile.New("lines.txt"+ending, &packed)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for s.Scan() {
			lines = append(lines, string(s.Bytes()))
		}
		if err := s.Err(); err != nil || !slices.Equal(lines, strings.Split(strings.TrimSuffix(text, "\n"), "\n")) {
			t.Errorf("%q: want the lines back, got %d, %v", ending, len(lines), err)
		}
	}
}
