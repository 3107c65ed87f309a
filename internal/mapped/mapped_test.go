package mapped

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folder has files of sizes on both sides of a page, and one that nothing here wrote.
func folder(t *testing.T) (dir string, texts map[string][]byte) {
	t.Helper()
	dir, texts = t.TempDir(), make(map[string][]byte)
	r := rand.New(rand.NewPCG(1, 1))
	var outputs []*Output
	for name, size := range map[string]int{"empty": 0, "short": 10, "page": pageSize, "long": 3*pageSize + 7} {
		text := make([]byte, size)
		for i := range text {
			text[i] = byte(r.Uint32())
		}
		texts[name] = text
		out, err := Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for rest := text; len(rest) > 0; { // in pieces of all sizes
			n := min(len(rest), 1+r.IntN(pageSize))
			if _, err := out.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if out.Len() != size {
			t.Errorf("%s: want %d bytes, got %d", name, size, out.Len())
		}
		outputs = append(outputs, out)
	}
	texts["other"] = []byte("{}")
	if err := os.WriteFile(filepath.Join(dir, "other"), texts["other"], 0o666); err != nil {
		t.Fatal(err)
	}
	if err := WriteChecksums(dir, outputs, "other"); err != nil {
		t.Fatal(err)
	}
	for _, out := range outputs {
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir, texts
}

func TestFolder(t *testing.T) {
	dir, texts := folder(t)
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for name, text := range texts {
		file, err := d.File(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := file.Bytes(0, file.Len())
		if err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s: want its bytes, got others, %v", name, err)
		}
		if len(text) > 5 {
			if got, err := file.Bytes(2, 5); err != nil || !bytes.Equal(got, text[2:5]) {
				t.Errorf("%s: want bytes 2 to 5, got %v, %v", name, got, err)
			}
		}
		for _, span := range [][2]int{{-1, 0}, {2, 1}, {0, len(text) + 1}} {
			if _, err := file.Bytes(span[0], span[1]); err == nil || !strings.Contains(err.Error(), name+": at byte ") {
				t.Errorf("%s: bytes %v: want an error, got %v", name, span, err)
			}
		}
	}
	if _, err := d.File("absent"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "checksums.bin: want it to list absent") {
		t.Errorf("a file that is not listed: got %v", err)
	}
	if err := d.Check(); err != nil {
		t.Error(err)
	}
	if _, err := Open(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no checksums: want fs.ErrNotExist, got %v", err)
	}
}

// A page that differs is found when it is read, and not before.
func TestDamage(t *testing.T) {
	dir, texts := folder(t)
	harmed := bytes.Clone(texts["long"])
	harmed[pageSize+3] ^= 4
	if err := os.WriteFile(filepath.Join(dir, "long"), harmed, 0o666); err != nil {
		t.Fatal(err)
	}
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	file, err := d.File("long")
	if err != nil {
		t.Fatal(err)
	}
	for _, span := range [][2]int{{0, pageSize}, {2 * pageSize, 3*pageSize + 7}} {
		if _, err := file.Bytes(span[0], span[1]); err != nil {
			t.Errorf("pages that are sound: %v", err)
		}
	}
	for range 2 {
		if _, err := file.Bytes(pageSize-1, pageSize+1); err == nil || !strings.Contains(err.Error(), "long: at byte 4096: want checksum ") {
			t.Errorf("want the page named, got %v", err)
		}
	}
	if err := d.Check(); err == nil {
		t.Error("want the damage found")
	}
}

// Whatever is behind what was said to be there is cut off, and the sums are those of a file written in one go.
func TestContinue(t *testing.T) {
	dir, texts := folder(t)
	for _, size := range []int{0, 1, pageSize, pageSize + 1, 3 * pageSize} {
		path := filepath.Join(dir, "again")
		if err := os.WriteFile(path, append(texts["long"][:size:size], "torn"...), 0o666); err != nil {
			t.Fatal(err)
		}
		out, err := Continue(path, size)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write(texts["long"][size:]); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(out.Sync(), WriteChecksums(dir, []*Output{out}), out.Close()); err != nil {
			t.Fatal(err)
		}
		d, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		file, err := d.File("again")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := file.Bytes(0, file.Len()); err != nil || !bytes.Equal(got, texts["long"]) {
			t.Errorf("from byte %d: want the bytes of one go, got others, %v", size, err)
		}
		d.Close()
		if _, err := Continue(path, len(texts["long"])+1); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("a file that lost something: got %v", err)
		}
	}
}

// Whatever checksums.bin is made of, it is an error or a folder, and never more memory than it has itself.
func FuzzParse(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{1, 0, 'a', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, text []byte) {
		if _, err := parse(text); err == nil && len(text) < 4 {
			t.Error("want a checksum")
		}
		listed, err := parse(sealed(text)) // so that what is before the checksum is read
		if err != nil {
			return
		}
		for _, l := range listed {
			if len(l.sums)*4 > len(text) || !filepath.IsLocal(l.name) {
				t.Errorf("%q: %d sums of %d bytes", l.name, len(l.sums), len(text))
			}
		}
	})
}

func sealed(text []byte) []byte {
	return binary.LittleEndian.AppendUint32(bytes.Clone(text), crc32.Checksum(text, castagnoli))
}
