package parquetfile_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/internal/parquetfile"
)

var corpus = []parquetfile.Column{{Names: []string{"_id", "id"}}, {Names: []string{"title"}, Optional: true}, {Names: []string{"text"}}}

var qrels = []parquetfile.Column{{Names: []string{"query-id"}}, {Names: []string{"corpus-id"}}, {Names: []string{"score"}}}

// read collects a file's rows.
func read(path string, columns []parquetfile.Column) ([][]string, error) {
	var rows [][]string
	err := parquetfile.Read(path, columns, func(row []string) error {
		rows = append(rows, slices.Clone(row))
		return nil
	})
	return rows, err
}

// TestFilesOfPyarrow: testdata/make.py made them.
func TestFilesOfPyarrow(t *testing.T) {
	for _, name := range []string{"snappy", "zstd-v2", "gzip-plain", "none-delta", "large-strings"} {
		rows, err := read(filepath.Join("testdata", name+".parquet"), corpus)
		if err != nil || len(rows) != 50 {
			t.Errorf("%s: want 50 rows, got %d, %v", name, len(rows), err)
			continue
		}
		for i, row := range rows {
			want := []string{fmt.Sprintf("d%d", i), fmt.Sprintf("Title %d", i%5), fmt.Sprintf("Text %d: ünï\n\t", i) + strings.Repeat("x", i)}
			if i%3 == 0 {
				want[1] = "" // null
			}
			if i == 7 {
				want[2] = ""
			}
			if !slices.Equal(row, want) {
				t.Errorf("%s: row %d: want %q, got %q", name, i+1, want, row)
			}
		}
	}
	rows, err := read("testdata/qrels.parquet", qrels)
	if err != nil || len(rows) != 50 || !slices.Equal(rows[49], []string{"49", "d49", "1"}) {
		t.Errorf("qrels: want whole numbers as their digits, got %q, %v", rows, err)
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for want, path := range map[string]string{
		`want a parquet file, got 5 bytes`:                                                     write("short", "PAR1x"),
		`want a parquet file, which ends with "PAR1", got "ines"`:                              write("text", "a text of some lines"),
		`want a footer of at most 0 bytes, got 2147483647`:                                     write("footer", "PAR1\xff\xff\xff\x7fPAR1"),
		`the footer: cut off`:                                                                  write("cut", "PAR1\x19\xfc\x02\x00\x00\x00PAR1"),
		`want a text or a number a row in column "metadata"`:                                   "testdata/qrels.parquet",
		`want a column _id or id, got query-id, corpus-id, score, metadata`:                    "testdata/qrels.parquet",
		`row 1: column _id: page at byte 4: want pages packed by Snappy, gzip, zstd or not at`: "testdata/lz4.parquet",
	} {
		columns := corpus
		if strings.HasSuffix(want, `"metadata"`) {
			columns = []parquetfile.Column{{Names: []string{"metadata"}}}
		}
		if _, err := read(path, columns); err == nil || !strings.HasPrefix(err.Error(), path+": "+want) {
			t.Errorf("want %s: %s, got %v", path, want, err)
		}
	}
	refused := errors.New("refused")
	err := parquetfile.Read("testdata/snappy.parquet", corpus, func(row []string) error {
		if row[0] == "d30" {
			return refused
		}
		return nil
	})
	if !errors.Is(err, refused) || err.Error() != "testdata/snappy.parquet: row 31: refused" {
		t.Errorf("want the caller's error with its row, got %v", err)
	}
}

// TestACallersPanicIsItsOwn: only the decoder's are caught.
func TestACallersPanicIsItsOwn(t *testing.T) {
	defer func() {
		if p := recover(); p != "mine" {
			t.Errorf("want my panic, got %v", p)
		}
	}()
	parquetfile.Read("testdata/snappy.parquet", corpus, func([]string) error { panic("mine") })
}

type row struct {
	ID    string `parquet:"_id"`
	Title string `parquet:"title"`
	Text  string `parquet:"text"`
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "rows.parquet")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := parquetfile.NewWriter[row](file)
	var want [][]string
	for i := range 300 { // more than a row group
		r := row{fmt.Sprint(i), "", strings.Repeat(fmt.Sprint("text ", i), 1+i*17)}
		want = append(want, []string{r.ID, r.Title, r.Text})
		if err := w.Write(r, 1<<20); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	got, err := read(path, corpus)
	if err != nil || !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("want the rows, got %d, %v", len(got), err)
	}
}
