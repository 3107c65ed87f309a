package lexical_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/gradus-ir/gradus/lexical"
)

// random is a collection of made-up words, some frequent and some rare, in
// documents of all lengths, every tenth the same as the one before it.
func random(rng *rand.Rand, documents, vocabulary int) []text {
	texts := make([]text, documents)
	for i := range texts {
		var words []string
		for range rng.IntN(1 << rng.IntN(8)) {
			words = append(words, fmt.Sprintf("w%d", int(math.Exp(rng.Float64()*math.Log(float64(vocabulary))))))
		}
		texts[i] = text{ID: fmt.Sprint(rng.Uint32()), Text: strings.Join(words, " ")}
		if i%10 == 9 {
			texts[i].Text = texts[i-1].Text
		}
	}
	return texts
}

// exhaustive scores every document by the formula, in float64.
func exhaustive(documents []text, query string, p lexical.Parameters) []lexical.Hit {
	frequencies := make([]map[string]float64, len(documents))
	containing := make(map[string]float64)
	tokens, occupied := 0.0, 0.0
	lengths := make([]float64, len(documents))
	for i, d := range documents {
		frequencies[i] = make(map[string]float64)
		for _, token := range lexical.Tokens(d.content()) {
			frequencies[i][token]++
			lengths[i]++
		}
		for token := range frequencies[i] {
			containing[token]++
		}
		tokens += lengths[i]
		occupied += min(lengths[i], 1)
	}
	var hits []lexical.Hit
	for i, d := range documents {
		score := 0.0
		for _, token := range lexical.Tokens(query) {
			if f := frequencies[i][token]; f > 0 {
				idf := math.Log(1 + (occupied-containing[token]+0.5)/(containing[token]+0.5))
				score += idf * f / (f + p.K1*(1-p.B+p.B*lengths[i]/(tokens/occupied)))
			}
		}
		if score > 0 {
			hits = append(hits, lexical.Hit{DocID: d.ID, Score: score})
		}
	}
	slices.SortFunc(hits, func(a, b lexical.Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), strings.Compare(b.DocID, a.DocID))
	})
	return hits
}

// What is found without going through everything is what going through everything finds.
func TestSearchIsExact(t *testing.T) {
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 1))
		documents := random(rng, 1+rng.IntN(14000), 3+rng.IntN(3000)) // up to four windows
		p := lexical.Parameters{K1: 2 * rng.Float64(), B: rng.Float64(), ExactLengths: true}
		x := open(t, write(t, lexical.Options{}, documents), p)
		for range 8 {
			query := ""
			for range 1 + rng.IntN(8) {
				query += fmt.Sprintf("w%d ", int(math.Exp(rng.Float64()*7)))
			}
			want := exhaustive(documents, query, p)
			for _, k := range []int{1, 10, 100, 20000} {
				got := search(t, x, []string{query}, k)[0]
				if len(got) != min(k, len(want)) {
					t.Fatalf("seed %d, query %q, k %d: want %d documents, got %d", seed, query, k, min(k, len(want)), len(got))
				}
				for rank, hit := range got {
					if math.Abs(hit.Score-want[rank].Score) > 2e-6*want[rank].Score {
						t.Fatalf("seed %d, query %q, k %d, rank %d: want %v, got %v", seed, query, k, rank+1, want[rank], hit)
					}
					if rank > 0 && hit.Score == got[rank-1].Score && hit.DocID > got[rank-1].DocID {
						t.Fatalf("seed %d, query %q, rank %d: want ties by id descending, got %v after %v", seed, query, rank+1, hit, got[rank-1])
					}
				}
				whole := search(t, x, []string{query}, 20000)[0]
				if diff := gocmp.Diff(whole[:len(got)], got); diff != "" {
					t.Fatalf("seed %d, query %q, k %d: want the head of the whole ranking (-want +got)\n%s", seed, query, k, diff)
				}
			}
		}
	}
}

// An index made in many stretches, merged twice, is that made in one, to the byte.
func TestMemoryDoesNotChangeTheIndex(t *testing.T) {
	documents := random(rand.New(rand.NewPCG(3, 3)), 3000, 2000)
	one, many := write(t, lexical.Options{}, documents), write(t, lexical.Options{Memory: 30000}, documents)
	if diff := gocmp.Diff(names(t, one), names(t, many)); diff != "" {
		t.Errorf("(-one +many)\n%s", diff)
	}
	for _, name := range names(t, one) {
		a, err1 := os.ReadFile(filepath.Join(one, name))
		b, err2 := os.ReadFile(filepath.Join(many, name))
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		if name != "manifest.json" && string(a) != string(b) {
			t.Errorf("%s is another", name)
		}
	}
}

func TestSmallCases(t *testing.T) {
	documents := []text{{ID: "a", Text: "wing wing"}, {ID: "c", Text: "flow"}, {ID: "b", Text: "the flow"}, {ID: "empty"}, {ID: "stop", Text: "of the"}}
	x := open(t, write(t, lexical.Options{}, documents), lexical.Default)
	nothing := open(t, write(t, lexical.Options{}, nil), lexical.Default)
	wordless := open(t, write(t, lexical.Options{}, documents[3:]), lexical.Default)
	for _, c := range []struct {
		name  string
		x     *lexical.Index
		query string
		k     int
		want  []string
	}{
		{"ties by id descending", x, "flows", 10, []string{"c", "b"}},
		{"a tie at the cut", x, "flows", 1, []string{"c"}},
		{"deeper than the collection", x, "flow wing", 1000, []string{"a", "c", "b"}},
		{"a word twice", x, "flow flow flow wing", 10, []string{"c", "b", "a"}},
		{"no words", x, " ?! ", 10, nil},
		{"stop words", x, "of the", 10, nil},
		{"unknown words", x, "zeppelin", 10, nil},
		{"empty collection", nothing, "flow", 10, nil},
		{"collection without a word", wordless, "flow", 10, nil},
	} {
		var got []string
		for _, hit := range search(t, c.x, []string{c.query}, c.k)[0] {
			got = append(got, hit.DocID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: want %v, got %v", c.name, c.want, got)
		}
	}
	if x.Len() != 5 || nothing.Len() != 0 {
		t.Errorf("want 5 and 0 documents, got %d and %d", x.Len(), nothing.Len())
	}
	if found := search(t, x, nil, 1); len(found) != 0 {
		t.Errorf("no query: want nothing, got %v", found)
	}
	if _, err := x.Search(t.Context(), []string{"flow"}, 0); err == nil || !strings.Contains(err.Error(), "want a depth of at least 1, got 0") {
		t.Errorf("depth 0: want it refused, got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := x.Search(ctx, []string{"flow"}, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: want its error, got %v", err)
	}
}

func TestCreateErrors(t *testing.T) {
	long := random(rand.New(rand.NewPCG(1, 1)), 500, 500)
	for _, c := range []struct {
		name      string
		documents []text
		want      string
	}{
		{"twice", []text{{ID: "a"}, {ID: "b"}, {ID: "a"}}, `document "a": want each id once, got it twice`},
		{"twice, far apart", append(slices.Clone(long), long[0]), fmt.Sprintf("document %q: want each id once, got it twice", long[0].ID)},
		{"no id", []text{{}}, `bm25: want a document id of one line that is not empty, got ""`},
		{"two lines", []text{{ID: "a\nb"}}, `bm25: want a document id of one line that is not empty, got "a\nb"`},
	} {
		parent := t.TempDir()
		if err := tryWrite(filepath.Join(parent, "index"), lexical.Options{Memory: 20000}, c.documents); err == nil || err.Error() != c.want {
			t.Errorf("%s: want %s, got %v", c.name, c.want, err)
		}
		if left := names(t, parent); len(left) > 0 {
			t.Errorf("%s: want nothing left, got %v", c.name, left)
		}
	}
	if err := tryWrite(t.TempDir(), lexical.Options{}, nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a folder that exists: want fs.ErrExist, got %v", err)
	}
}

func TestParameters(t *testing.T) {
	dir := write(t, lexical.Options{}, nil)
	for _, p := range []lexical.Parameters{{K1: -1}, {K1: math.NaN()}, {K1: math.Inf(1)}, {B: -0.1}, {B: 1.1}, {B: math.NaN()}} {
		if _, err := lexical.Open(dir, p); err == nil {
			t.Errorf("%+v: want it refused", p)
		}
	}
	x := open(t, write(t, lexical.Options{}, []text{{ID: "a", Text: "flow flow"}, {ID: "b", Text: "flow"}, {ID: "c", Text: "wing"}}), lexical.Parameters{})
	if hits := search(t, x, []string{"flow"}, 10)[0]; len(hits) != 2 || hits[0].DocID != "b" || hits[0].Score != hits[1].Score {
		t.Errorf("k1 0: want frequency not to count, got %v", hits)
	}
}
