package parquetfile

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// columnsOf are what is read of a file of testdata.
func columnsOf(name string) []Column {
	if strings.HasSuffix(name, "qrels.parquet") {
		return []Column{{Names: []string{"query-id"}}, {Names: []string{"corpus-id"}}, {Names: []string{"score"}}}
	}
	return []Column{{Names: []string{"_id", "id"}}, {Names: []string{"title"}, Optional: true}, {Names: []string{"text"}}}
}

// try reads a file that may be broken, and returns how many rows it had.
func try(data []byte, columns []Column) (rows int, err error) {
	err = read(bytes.NewReader(data), int64(len(data)), columns, func([]string) error {
		rows++
		return nil
	})
	return rows, err
}

// TestBrokenFiles: whatever byte of a file is another, and wherever it is cut,
// reading ends with rows or an error, and takes no memory to speak of.
func TestBrokenFiles(t *testing.T) {
	names, err := filepath.Glob("testdata/*.parquet")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	refused := 0
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		columns := columnsOf(name)
		attempt := func(broken []byte) {
			if _, err := try(broken, columns); err != nil {
				refused++
			}
		}
		for i := range data {
			for _, flip := range []byte{0x01, 0x40, 0x80, 0xff} {
				broken := slices.Clone(data)
				broken[i] ^= flip
				attempt(broken)
			}
		}
		for cut := range data {
			attempt(data[:cut])
			attempt(slices.Concat(data[:cut], data[min(cut+5, len(data)):])) // some bytes are missing
		}
	}
	if refused < 10_000 {
		t.Errorf("want most broken files refused, got %d", refused)
	}
}

func FuzzRead(f *testing.F) {
	names, _ := filepath.Glob("testdata/*.parquet")
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"corpus.parquet", "qrels.parquet"} {
			if rows, err := try(data, columnsOf(name)); err == nil && rows > 1<<40 {
				t.Errorf("want rows that are there, got %d", rows)
			}
		}
	})
}
