package trec_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/gradus-ir/gradus/trec"
)

func TestReadRunOrdersAsTrecEvalDoes(t *testing.T) {
	path := lay(t, "a.run", strings.Join([]string{
		"q1 Q0 low 1 1e-5 bm25",
		"q1 Q0 d1 2 3.5 bm25", // the rank column is wrong, as it often is
		"q2\tQ0\tx\t1\t-2\tbm25",
		"# a comment",
		"",
		"q1 Q0 d10 9 3.5 bm25",
		"  q1 Q0 d9 9 3.50 bm25 and more",
	}, "\n"))
	got, err := trec.ReadRun(path)
	want := trec.Run{Tag: "bm25", Rankings: map[string][]trec.Scored{
		"q1": {{"d9", 3.5}, {"d10", 3.5}, {"d1", 3.5}, {"low", 1e-5}}, // ties by id, bytewise, descending
		"q2": {{"x", -2}},
	}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, (-want +got)\n%s", err, diff)
	}
}

func TestReadRunErrors(t *testing.T) {
	good := "q Q0 a 1 2 t\n"
	for want, text := range map[string]string{
		`a.run:2: want 6 fields "query Q0 doc rank score tag", got 5`: good + "q Q0 b 2 1\n",
		`a.run:2: want a finite number as score, got "NaN"`:           good + "q Q0 b 2 NaN t\n",
		`a.run:2: want a finite number as score, got "-inf"`:          good + "q Q0 b 2 -inf t\n",
		`a.run:2: want a finite number as score, got "1e999"`:         good + "q Q0 b 2 1e999 t\n",
		`a.run:2: want a finite number as score, got "1,5"`:           good + "q Q0 b 2 1,5 t\n",
		`a.run:4: query "q": document "a" again, first on line 1`:     good + "r Q0 a 1 2 t\n\n" + good,
		`a.run:1: want 6 fields "query Q0 doc rank score tag", got 1`: "{\"json\":\n",
	} {
		if _, err := trec.ReadRun(lay(t, "a.run", text)); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("want %s, got %v", want, err)
		}
	}
	if run, err := trec.ReadRun(lay(t, "a.run", "q Q0 a 1 1e-999 t\n")); err != nil || run.Rankings["q"][0].Score != 0 {
		t.Errorf("a score too small for float64: want 0, got %v, %v", run, err)
	}
}

func TestReadRunOfMSMARCO(t *testing.T) {
	path := lay(t, "a.tsv", "q1\td2\t2\nq1\td1\t1\n\nq2\td9\t1\n")
	got, err := trec.ReadRun(path)
	want := trec.Run{Rankings: map[string][]trec.Scored{"q1": {{"d1", -1}, {"d2", -2}}, "q2": {{"d9", -1}}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, (-want +got)\n%s", err, diff)
	}
	var text strings.Builder
	if err := got.WriteMSMARCO(&text); err != nil || text.String() != "q1\td1\t1\nq1\td2\t2\nq2\td9\t1\n" {
		t.Errorf("got %q, %v", text.String(), err)
	}
	for want, text := range map[string]string{
		`a.tsv:2: want 3 fields "query doc rank", got 2`:              "q\td\t1\nq\te\n",
		`a.tsv:2: want a rank from 1, got "0"`:                        "q\td\t1\nq\te\t0\n",
		`a.tsv:3: want a rank from 1, got "x"`:                        "q\td\t1\n\nr Q0 x 1 2 t\n",
		`a.tsv:2: want 6 fields "query Q0 doc rank score tag", got 3`: "q Q0 x 1 2 t\nr\td\t1\n",
		`a.tsv:1: want 6 fields "query Q0 doc rank score tag", got 3`: "query-id\tcorpus-id\tscore\n",
		`a.tsv:2: query "q": document "d" again, first on line 1`:     "q\td\t1\nq\td\t2\n",
	} {
		path := lay(t, "a.tsv", text)
		if _, err := trec.ReadRun(path); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("want %s, got %v", want, err)
		}
		if _, err := each(path); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("in parts: want %s, got %v", want, err)
		}
	}
}

func TestReadRunCompressed(t *testing.T) {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	path := lay(t, "a.run.zst", string(w.EncodeAll([]byte("q Q0 a 1 2 t\n"), nil)))
	if run, err := trec.ReadRun(path); err != nil || len(run.Rankings["q"]) != 1 {
		t.Errorf("want one document, got %v, %v", run, err)
	}
}

func TestWriteRun(t *testing.T) {
	run := trec.Run{Tag: "dense", Rankings: map[string][]trec.Scored{
		"q2": {{"a", float64(float32(0.3))}, {"b", float64(float32(0.1))}}, // float32 all through: its digits
		"q1": {{"a", 0.3}, {"b", 1e-7}},
	}}
	var text strings.Builder
	if err := run.Write(&text); err != nil {
		t.Fatal(err)
	}
	want := "q1 Q0 a 1 0.3 dense\nq1 Q0 b 2 1e-07 dense\nq2 Q0 a 1 0.3 dense\nq2 Q0 b 2 0.1 dense\n"
	if text.String() != want {
		t.Errorf("want\n%sgot\n%s", want, text.String())
	}
}

func TestWriteRunErrors(t *testing.T) {
	for want, run := range map[string]trec.Run{
		`a TREC run wants a tag without white space, got "my run"`:                  {Tag: "my run"},
		`a TREC run wants a query id without white space, got "q 1"`:                {Rankings: map[string][]trec.Scored{"q 1": nil}},
		`query "q": a TREC run wants a document id without white space, got "a\tb"`: {Rankings: map[string][]trec.Scored{"q": {{"a\tb", 1}}}},
		`query "q", document "a": want a finite score, got NaN`:                     {Rankings: map[string][]trec.Scored{"q": {{"a", math.NaN()}}}},
	} {
		if err := run.Write(&strings.Builder{}); err == nil || err.Error() != want {
			t.Errorf("want %s, got %v", want, err)
		}
	}
}

// Whatever is read, written and read again has the same rankings.
func FuzzReadRun(f *testing.F) {
	for _, seed := range []string{"q Q0 a 1 2 t\n", "q Q0 a 1 1e-5 t\nq Q0 b 1 0.00001 t\n", "q Q0 a 1 NaN t", "# x\n\n", "q Q0 a 1 0x1p-2 t", "q Q0 a 1 0.30000001192092896 t\nq Q0 b 2 0.3 t\n", "q Q0 a 1 1_0 t", "\ufeffq Q0 a 1 2 t\r\n", "q Q0 a 1 2 t\nr Q0 a 1 2 t\nq Q0 b 1 2 t\n", " q Q0 a 1 2 t\n#\nqq Q0 a 1 2 t", "q Q0 a 1 123456789012345 t", "q\x00 Q0 \xff 1 -0 t", "q\td\t1\nq\te\t2\n"} {
		f.Add([]byte(seed))
	}
	for _, c := range odd {
		f.Add([]byte(c.text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		source := lay(t, "fuzz.run", string(data))
		run, err := trec.ReadRun(source)
		inParts, failed := each(source)
		if !errors.Is(failed, trec.ErrNotGrouped) && (err == nil) != (failed == nil) {
			t.Fatalf("read whole: %v; in parts: %v", err, failed)
		}
		if err != nil {
			return
		}
		if diff := cmp.Diff(run, inParts); failed == nil && diff != "" {
			t.Errorf("(-whole +in parts)\n%s", diff)
		}
		for query, ranking := range run.Rankings {
			if !slices.IsSortedFunc(ranking, trec.Compare) {
				t.Errorf("query %q is not in order: %v", query, ranking)
			}
		}
		path := filepath.Join(t.TempDir(), "again.run")
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if err := run.Write(file); err != nil {
			t.Fatal(err)
		}
		again, err := trec.ReadRun(path)
		if err != nil {
			t.Fatal(err)
		}
		for query, ranking := range run.Rankings {
			for i, doc := range ranking {
				if again.Rankings[query][i].DocID != doc.DocID {
					t.Fatalf("query %q, rank %d: want %q, got %q", query, i+1, doc.DocID, again.Rankings[query][i].DocID)
				}
			}
		}
	})
}
