package trec_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gradus-ir/gradus/trec"
)

func lay(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestReadQrels(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want trec.Qrels
	}{
		"TREC": {
			"# made by hand\n301 0 CR93E-10279 0\n301\t0\tFR94-1 2\n\n302 Q0 FT-1 -2\n",
			trec.Qrels{"301": {"CR93E-10279": 0, "FR94-1": 2}, "302": {"FT-1": -2}},
		},
		"BEIR": {
			"query-id\tcorpus-id\tscore\r\nq1\td1\t3\r\nq2\td 2\t0\r\nq1\t#d3\t1\r\n",
			trec.Qrels{"q1": {"d1": 3, "#d3": 1}, "q2": {"d 2": 0}},
		},
		"BEIR with a mark and another header": {
			"\ufeffqid\tdocid\trelevance\nq1\td1\t1\n", trec.Qrels{"q1": {"d1": 1}},
		},
		"grades with a point, as MTEB has them": {"q 0 d 1.0\nq 0 e 2e0\n", trec.Qrels{"q": {"d": 1, "e": 2}}},
		"a line twice":                          {"q 0 d 1\nq 0 d 1\n", trec.Qrels{"q": {"d": 1}}},
		"empty":                                 {"", trec.Qrels{}},
		"only header":                           {"query-id\tcorpus-id\tscore\n", trec.Qrels{}},
	} {
		got, err := trec.ReadQrels(lay(t, "test.tsv", c.text))
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%s: error %v, (-want +got)\n%s", name, err, diff)
		}
	}
}

func TestQrelsErrors(t *testing.T) {
	corpus := map[string]struct{}{"d1": {}}
	for _, c := range []struct {
		name, text string
		checks     []trec.Check
		want       string
	}{
		{"grade no number", "q 0 d 1\nq 0 e high\n", nil, `test.tsv:2: want an integer as grade, got "high"`},
		{"grade no integer", "query-id\tcorpus-id\tscore\nq\td\t1.5\n", nil, `test.tsv:2: want an integer as grade, got "1.5"`},
		{"grade NaN", "q 0 d NaN\n", nil, `test.tsv:1: want an integer as grade, got "NaN"`},
		{"grade infinite", "q 0 d inf\n", nil, `test.tsv:1: want an integer as grade, got "inf"`},
		{"grade too large", "q 0 d 1e10\n", nil, `test.tsv:1: want an integer as grade, got "1e10"`},
		{"no header", "q1\td1\t1\n", nil, `test.tsv:1: want 4 fields "query iter doc grade", got 3; BEIR qrels need their header`},
		{"few fields", "q 0 d 1\nq 0\n", nil, `test.tsv:2: want 4 fields "query iter doc grade", got 2`},
		{"many fields", "q 0 d 1 x\n", nil, `test.tsv:1: want 4 fields "query iter doc grade", got 5 or more`},
		{"BEIR of two fields", "query-id\tcorpus-id\tscore\nq\td\n", nil, `test.tsv:2: want 3 tab-separated fields`},
		{"BEIR without an id", "query-id\tcorpus-id\tscore\n\td\t1\n", nil, `test.tsv:2: want ids that are not empty`},
		{"two grades", "q 0 d 1\nr 0 d 1\nq 0 d 2\n", nil, `test.tsv:3: query "q", document "d": want one grade, got 2 after 1`},
		{"grade out of range", "q 0 d 3\nq 0 e 4\n", []trec.Check{trec.GradesBetween(0, 3)}, `test.tsv:2: want a grade from 0 to 3, got 4`},
		{"unknown document", "q 0 d1 3\nq 0 d2 1\n", []trec.Check{trec.KnownDocuments(corpus)}, `test.tsv:2: document "d2" (query "q") is not in the corpus`},
		{"unknown query", "q 0 d1 3\n", []trec.Check{trec.KnownQueries(corpus)}, `test.tsv:1: query "q" is not among the queries`},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := lay(t, "test.tsv", c.text)
			if _, err := trec.ReadQrels(path, c.checks...); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %s, got %v", c.want, err)
			}
		})
	}
}

func TestJudgmentsStream(t *testing.T) {
	path := lay(t, "test.tsv", "q2 0 b 1\nq1 0 a -1\nbroken\n")
	var got []trec.Judgment
	var failed error
	for j, err := range trec.Judgments(path) {
		if err != nil {
			failed = err
			break
		}
		got = append(got, j)
	}
	want := []trec.Judgment{{"q2", "b", 1}, {"q1", "a", -1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want file order (-want +got)\n%s", diff)
	}
	if failed == nil || !strings.Contains(failed.Error(), "test.tsv:3: ") {
		t.Errorf("want the broken line named after the good ones, got %v", failed)
	}
	for range trec.Judgments(path) { // stopping early neither fails nor yields again
		break
	}
}

func TestEachJudgment(t *testing.T) {
	path := lay(t, "test.tsv", "q2 0 b 1\nq1 0 a -1\n")
	var got []trec.Judgment
	if err := trec.EachJudgment(path, func(j trec.Judgment) error { got = append(got, j); return nil }); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, j := range got {
		if err := j.Write(&text); err != nil {
			t.Fatal(err)
		}
	}
	if text.String() != "q2 0 b 1\nq1 0 a -1\n" {
		t.Errorf("want it written as it was read, got %q", text.String())
	}
	refused := errors.New("refused")
	err := trec.EachJudgment(path, func(j trec.Judgment) error {
		if j.Grade < 0 {
			return refused
		}
		return nil
	})
	if !errors.Is(err, refused) || !strings.HasSuffix(err.Error(), "test.tsv:2: refused") {
		t.Errorf("want the refusal with its line, got %v", err)
	}
	if err := (trec.Judgment{QueryID: "q", DocID: "a b"}).Write(&text); err == nil || err.Error() != `query "q": a TREC qrels file wants a document id without white space, got "a b"` {
		t.Errorf("got %v", err)
	}
}

func FuzzReadQrels(f *testing.F) {
	for _, seed := range []string{"q 0 d 1\n", "query-id\tcorpus-id\tscore\nq\td\t1\n", "# x\n", "q\td\t1\n", "a\tb\tc\n\t\t\n", "\x00 \x0b \x0c 1", "q 0 d 99999999999999999999"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := lay(t, "fuzz.tsv", string(data))
		qrels, err := trec.ReadQrels(path)
		if (err == nil) != (qrels != nil) {
			t.Errorf("want qrels or an error, got %v, %v", qrels, err)
		}
		for query, docs := range qrels {
			if query == "" || len(docs) == 0 {
				t.Errorf("query %q with %d documents", query, len(docs))
			}
		}
	})
}
