package serve

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/trec"
)

func (s *served) search(t testing.TB, body string) searchAnswer {
	t.Helper()
	var answer searchAnswer
	s.do(t, "/search", body).into(t, &answer)
	return answer
}

func ranking(answer searchAnswer) []trec.Scored {
	var list []trec.Scored
	for _, h := range answer.Hits {
		list = append(list, trec.Scored{DocID: h.DocID, Score: h.Score})
	}
	return list
}

// What is found is what the packages beneath find, in their order.
func TestSearchIsThatOfTheIndexes(t *testing.T) {
	w := newWorld(t, someDocuments)
	s := run(t, w.Options)
	for _, query := range []string{"lift of a wing", "heat", "noise of jets in the boundary layer", "unknown"} {
		vector := w.fake.vector("query: " + query)
		dense, err := w.Retrievers[0].Vectors.TopK(t.Context(), [][]float32{vector}, 3)
		check(t, err)
		if got := ranking(s.search(t, fmt.Sprintf(`{"query": %q, "k": 3}`, query))); !slices.Equal(got, dense[0]) {
			t.Errorf("%s: want %v, got %v", query, dense[0], got)
		}
		lists, err := w.Words.Search(t.Context(), []string{query}, 3)
		check(t, err)
		var words []trec.Scored
		for _, h := range lists[0] {
			words = append(words, trec.Scored(h))
		}
		if got := ranking(s.search(t, fmt.Sprintf(`{"query": %q, "k": 3, "mode": "bm25"}`, query))); !slices.Equal(got, words) {
			t.Errorf("%s, bm25: want %v, got %v", query, words, got)
		}
		hybrid := s.search(t, fmt.Sprintf(`{"query": %q, "mode": "hybrid"}`, query))
		for _, h := range hybrid.Hits {
			sum := 0.0
			for mode, part := range h.Parts {
				sum += part.Share
				alone := ranking(s.search(t, fmt.Sprintf(`{"query": %q, "mode": %q}`, query, mode)))
				if alone[part.Rank-1] != (trec.Scored{DocID: h.DocID, Score: part.Score}) {
					t.Errorf("%s, %s: want it at rank %d of %s, got %v", query, h.DocID, part.Rank, mode, alone)
				}
			}
			if math.Abs(sum-h.Score) > 1e-12 || len(h.Parts) == 0 {
				t.Errorf("%s, %s: want parts of %v, got %+v", query, h.DocID, h.Score, h.Parts)
			}
		}
		if len(hybrid.Hits) != len(someDocuments) {
			t.Errorf("%s: want all documents, got %d", query, len(hybrid.Hits))
		}
	}
}

// A filter leaves out the documents that the split does not grade, and changes nothing about the others.
func TestSplitFilters(t *testing.T) {
	documents := slices.Clone(someDocuments)
	for i := range 400 { // so that BM25 must be asked deeper
		documents = append(documents, collection.Document{ID: fmt.Sprint("more", i), Text: "A wing, a wing, a jet"})
	}
	w := newWorld(t, documents)
	s := run(t, w.Options)
	judged := []string{"wing", "jet", "heat"} // by test; "gone" is not in the corpus
	for _, mode := range []string{"dense", "bm25", "hybrid"} {
		all := ranking(s.search(t, fmt.Sprintf(`{"query": "lift of a wing or jet", "k": 1000, "mode": %q}`, mode)))
		all = slices.DeleteFunc(all, func(d trec.Scored) bool { return !slices.Contains(judged, d.DocID) })
		got := ranking(s.search(t, fmt.Sprintf(`{"query": "lift of a wing or jet", "k": 2, "mode": %q, "split": "test"}`, mode)))
		if mode == "hybrid" { // ranks are among the judged alone
			if len(got) != 2 || !slices.ContainsFunc(all, func(d trec.Scored) bool { return d.DocID == got[0].DocID }) {
				t.Errorf("%s: want two judged documents, got %v", mode, got)
			}
			continue
		}
		if !slices.Equal(got, all[:2]) {
			t.Errorf("%s: want %v, got %v", mode, all[:2], got)
		}
	}
}

func TestSearchByQueryIDShowsGrades(t *testing.T) {
	s := run(t, newWorld(t, someDocuments).Options)
	answer := s.search(t, `{"query_id": "q1", "qrels": "test", "marks": true, "mode": "bm25"}`)
	grades := make(map[string]int)
	for _, h := range answer.Hits {
		if h.Grade != nil {
			grades[h.DocID] = *h.Grade
		}
		if joined := strings.Join(h.Marks, ""); joined != h.Excerpt {
			t.Errorf("want the excerpt %q in pieces, got %q", h.Excerpt, h.Marks)
		}
	}
	if answer.Query != "lift of wings" || len(grades) != 2 || grades["wing"] != 3 || grades["jet"] != 1 {
		t.Errorf("want the grades of wing and jet alone, got %v of %+v", grades, answer)
	}
	if m := answer.Hits[0].Marks; !slices.Equal(m, []string{"The ", "lift", " of a ", "wing", " in a slipstream."}) {
		t.Errorf("want the shared words marked, got %q", m)
	}
}

func TestSearchRefusals(t *testing.T) {
	w := newWorld(t, someDocuments)
	s := run(t, w.Options)
	w.Words = nil
	dense := run(t, w.Options)
	bare := run(t, Options{Retrievers: []Retriever{{Name: "fake", Encoder: newFake(), MaxLength: 64}}})
	for _, c := range []struct {
		s          *served
		path, body string
		want       string
	}{
		{s, "/search", `{}`, `400 invalid_value query: want query, a text, or query_id, one of the collection's`},
		{s, "/search", `{"query": "x", "query_id": "q1"}`, `400 invalid_value query: want query or query_id, got both`},
		{s, "/search", `{"query": "x", "mod": "bm25"}`, `400 unknown_field mod: unknown field "mod"`},
		{s, "/search", `{"query": "x", "mode": "words"}`, `400 invalid_value mode: want mode dense, bm25 or hybrid, got "words"`},
		{s, "/search", `{"query": "x", "k": 0}`, `400 invalid_value k: want k from 1 to 1000, got 0`},
		{s, "/search", `{"query": "x", "k": 1001}`, `400 invalid_value k: want k from 1 to 1000, got 1001`},
		{s, "/search", `{"query": "x", "k": "3"}`, `400 invalid_value k: want k as a JSON number, got a string`},
		{s, "/search", `{"query_id": "q9"}`, `404 query_not_found query_id: no query "q9" in the collection`},
		{s, "/search", `{"query": "x", "split": "dev"}`, `404 split_not_found split: no split "dev" here; there is test, train`},
		{s, "/search", `{"query": "x", "qrels": "../test"}`, `404 split_not_found qrels: no split "../test" here; there is test, train`},
		{s, "/search", `{"query": "x", "encoder": "other"}`, `404 model_not_found encoder: no model "other" here; there is fake`},
		{s, "/search", `{"query": "` + strings.Repeat("x", queryBytes+1) + `"}`, `422 query_too_long query: want a query of at most 32768 bytes, got 32769`},
		{dense, "/search", `{"query": "x", "mode": "bm25"}`, `404 mode_not_served mode: no search by mode bm25 here; there is dense`},
		{bare, "/search", `{"query": "x"}`, `404 no_collection -: no collection is served here`},
		{s, "/explain", `{"query": "x", "doc_id": "none"}`, `404 document_not_found doc_id: no document "none" in the collection`},
		{s, "/document?id=none", "", `404 document_not_found id: no document "none" in the collection`},
		{s, "/graded?split=test", "", `400 invalid_value query_id: want query_id, one of the collection's`},
		{s, "/graded?query_id=q1", "", `404 split_not_found split: no split "" here; there is test, train`},
		{s, "/queries?limit=0", "", `400 invalid_value limit: want limit as a number from 1 to 1000, got "0"`},
		{s, "/queries?offset=x", "", `400 invalid_value offset: want offset as a number from 0 to 3, got "x"`},
		{bare, "/queries", "", `404 no_collection -: no collection is served here`},
	} {
		if got := c.s.do(t, c.path, c.body).fault(); got != c.want {
			t.Errorf("%s %.60s\nwant %s\n got %s", c.path, c.body, c.want, got)
		}
	}
}

func TestExplain(t *testing.T) {
	w := newWorld(t, someDocuments)
	s := run(t, w.Options)
	const query = "the lift of wings and wings"
	for _, doc := range s.search(t, fmt.Sprintf(`{"query": %q, "mode": "hybrid"}`, query)).Hits {
		var why explanation
		s.do(t, "/explain", fmt.Sprintf(`{"query": %q, "doc_id": %q}`, query, doc.DocID)).into(t, &why)
		sum := 0.0
		for _, term := range why.BM25.Terms {
			sum += term.Share
		}
		if want := doc.Parts["bm25"].Score; math.Abs(sum-want) > 1e-6 || math.Abs(why.BM25.Score-want) > 1e-6 {
			t.Errorf("%s: want BM25 parts of %v, got %+v", doc.DocID, want, why.BM25)
		}
		if why.Dense.Score != doc.Parts["dense"].Score || len(why.Dense.Words) != 6 {
			t.Errorf("%s: want the similarity %v and six words, got %+v", doc.DocID, doc.Parts["dense"].Score, why.Dense)
		}
		for i, word := range why.Dense.Words {
			words := strings.Fields(query)
			without := w.fake.vector("query: " + strings.Join(slices.Delete(words, i, i+1), " "))
			place, _ := w.Collection.find(doc.DocID)
			left := 0.0
			for d, x := range w.Retrievers[0].Vectors.Row(place) {
				left += float64(x) * float64(without[d])
			}
			if want := why.Dense.Score - left; math.Abs(word.Share-want) > 1e-6 {
				t.Errorf("%s: want %s to give %v, got %v", doc.DocID, word.Word, want, word.Share)
			}
		}
	}
	var why explanation
	s.do(t, "/explain", `{"query": "slipstreams, wings & lift of wings", "doc_id": "wing"}`).into(t, &why)
	if !slices.Equal(why.Shared, []string{"slipstream", "wing", "lift"}) || !slices.Equal(why.Title, []string{"", "Wings"}) {
		t.Errorf("want the shared terms in the query's order, and Wings marked, got %q and %q", why.Shared, why.Title)
	}
}

func TestBrowsing(t *testing.T) {
	s := run(t, newWorld(t, someDocuments).Options)
	for path, want := range map[string]string{
		"/collection":                 `{"name":"tiny","documents":6,"queries":3,"splits":["test","train"],"modes":["dense","bm25","hybrid"],"encoders":[{"name":"fake","max_tokens":64,"searches":true}]}`,
		"/queries?split=test&limit=1": `{"queries":[{"id":"q1","text":"lift of wings","graded":3}],"more":true}`,
		"/queries?split=train":        `{"queries":[{"id":"q2","text":"heat flow","graded":1}],"more":false}`,
		"/queries?contains=HEAT":      `{"queries":[{"id":"q2","text":"heat flow","graded":0}],"more":false}`,
		"/queries?offset=2":           `{"queries":[{"id":"q3","text":"never judged","graded":0}],"more":false}`,
		"/graded?query_id=q1&split=test": `{"query":{"id":"q1","text":"lift of wings","graded":3},"split":"test","documents":[` +
			`{"doc_id":"wing","grade":3,"title":"Wings","excerpt":"The lift of a wing in a slipstream."},` +
			`{"doc_id":"gone","grade":2,"title":"","excerpt":"","missing":true},` +
			`{"doc_id":"jet","grade":1,"title":"","excerpt":"Noise of jets, and of a wing near a jet"}]}`,
		"/graded?query_id=q3&split=test": `{"query":{"id":"q3","text":"never judged","graded":0},"split":"test","documents":[]}`,
		"/document?id=heat":              `{"doc_id":"heat","title":"Heat","text":"Transfer of heat through a thin wall."}`,
	} {
		got := s.do(t, path, "")
		if strings.TrimSpace(got.body) != want {
			t.Errorf("%s\nwant %s\n got %s", path, want, got.body)
		}
	}
}

func TestEmptyCollection(t *testing.T) {
	s := run(t, newWorld(t, nil).Options)
	if got := s.do(t, "/search", `{"query": "x"}`); got.status != 200 || !strings.Contains(got.body, `"hits":[]`) {
		t.Errorf("want an empty list, got %d %s", got.status, got.body)
	}
}

func FuzzMark(f *testing.F) {
	for _, seed := range []string{"The lift of a wing's wings", "", "wing", "a wing", "\xff wing\xff", "naïve ’wing’ 翼wing e\u0301", "wing-wing"} {
		f.Add(seed, "wing lift")
	}
	f.Fuzz(func(t *testing.T, text, query string) {
		pieces := mark(text, termsOf(query))
		if strings.Join(pieces, "") != text {
			t.Errorf("%q: want the text in pieces, got %q", text, pieces)
		}
		for i, piece := range pieces {
			if i > 0 && piece == "" {
				t.Errorf("%q: want no empty piece but the first, got %q", text, pieces)
			}
		}
	})
}

// A document reads back as it was, wherever it lies.
func TestDocumentsReadBack(t *testing.T) {
	w := newWorld(t, someDocuments)
	for _, want := range someDocuments {
		got, ok, err := w.Collection.document(want.ID)
		if got != want || !ok || err != nil {
			t.Errorf("want %+v, got %+v, %v, %v", want, got, ok, err)
		}
	}
}

func TestExcerptEndsBetweenWords(t *testing.T) {
	long := strings.Repeat("ü ", excerptRunes)
	if got := excerpt(long); len([]rune(got)) > excerptRunes+1 || !strings.HasSuffix(got, "ü…") {
		t.Errorf("want it cut between words, got %q", got)
	}
	if got := excerpt(strings.Repeat("ü", excerptRunes+1)); got != strings.Repeat("ü", excerptRunes)+"…" {
		t.Errorf("want one long word cut, got %q", got)
	}
	if got := excerpt("short"); got != "short" {
		t.Errorf("want it whole, got %q", got)
	}
}
