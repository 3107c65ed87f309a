//go:build linux

package store_test

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gradus-ir/gradus/store"
	"github.com/gradus-ir/gradus/store/storetest"
	"github.com/gradus-ir/gradus/trec"
)

// server is a database under test.
type server interface {
	Kill()
	Start()
}

func TestPostgres(t *testing.T) {
	s := storetest.Postgres(t)
	hold(t, s.URL, s)
}

func TestMilvus(t *testing.T) {
	s := storetest.Milvus(t)
	hold(t, s.URL, s)
}

// Qdrant is a double: what is tested is the client, not the database.
func TestQdrant(t *testing.T) {
	s := storetest.NewQdrant(t)
	hold(t, s.URL, s)
}

// hold is what every database is held to.
func hold(t *testing.T, url string, s server) {
	for _, similarity := range []string{"cosine", "dot", "euclidean"} {
		t.Run(similarity, func(t *testing.T) { testPushAndSearch(t, url, similarity) })
	}
	t.Run("splits", func(t *testing.T) { testSplits(t, url) })
	t.Run("refusals", func(t *testing.T) { testRefusals(t, url) })
	t.Run("killed", func(t *testing.T) { testKilled(t, url, s) })
}

const dim = 24

// some records, of which none is a vector of zeros.
func some(seed uint64, n int) []store.Record {
	r := rand.New(rand.NewPCG(seed, seed))
	records := make([]store.Record, n)
	for i := range records {
		records[i] = store.Record{ID: fmt.Sprintf("d%d", i), Vector: make([]float32, dim)}
		for d := range records[i].Vector {
			records[i].Vector[d] = float32(r.NormFloat64())
		}
	}
	return records
}

func each(records []store.Record) iter.Seq2[store.Record, error] {
	return func(yield func(store.Record, error) bool) {
		for _, record := range records {
			if !yield(record, nil) {
				return
			}
		}
	}
}

func open(t *testing.T, url, table string) store.Database {
	t.Helper()
	db, err := store.Open(t.Context(), url, table)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func push(t *testing.T, db store.Database, table, similarity string, records []store.Record, opts store.PushOptions) store.Pushed {
	t.Helper()
	done, err := store.Push(t.Context(), db, table, store.Schema{Dim: dim, Similarity: similarity, Encoder: "abc"}, each(records), opts)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// nearest is the exact ranking.
func nearest(records []store.Record, similarity string, query []float32, k int) []trec.Scored {
	var all []trec.Scored
	for _, record := range records {
		var product, squares, square1, square2 float64
		for d, x := range query {
			y := record.Vector[d]
			product += float64(x) * float64(y)
			squares += (float64(x) - float64(y)) * (float64(x) - float64(y))
			square1 += float64(x) * float64(x)
			square2 += float64(y) * float64(y)
		}
		score := map[string]float64{"dot": product, "euclidean": -math.Sqrt(squares), "cosine": product / math.Sqrt(square1*square2)}[similarity]
		all = append(all, trec.Scored{DocID: record.ID, Score: score})
	}
	slices.SortFunc(all, trec.Compare)
	return all[:min(k, len(all))]
}

func wantRanking(t *testing.T, want, got []trec.Scored) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("want %d documents, got %d", len(want), len(got))
		return
	}
	for i := range want {
		if got[i].DocID != want[i].DocID || math.Abs(got[i].Score-want[i].Score) > 1e-4 {
			t.Errorf("rank %d: want %v, got %v", i+1, want[i], got[i])
		}
	}
}

func search(t *testing.T, db store.Database, table string, query []float32, opts store.SearchOptions) []trec.Scored {
	t.Helper()
	run, err := store.Search(t.Context(), db, table, []string{"q"}, [][]float32{query}, opts)
	if err != nil {
		t.Fatal(err)
	}
	return run.Rankings["q"]
}

func testPushAndSearch(t *testing.T, url, similarity string) {
	table := "push_" + similarity
	db, records := open(t, url, table), some(1, 1100)
	if done := push(t, db, table, similarity, records, store.PushOptions{}); done.Records != 1100 || done.Written != 1100 {
		t.Errorf("want 1100 records written, got %+v", done)
	}
	query := some(2, 1)[0].Vector
	wantRanking(t, nearest(records, similarity, query, 20), search(t, db, table, query, store.SearchOptions{Depth: 20, Encoder: "abc"}))

	if done := push(t, db, table, similarity, records, store.PushOptions{}); done.Written != 0 {
		t.Errorf("pushed again: want nothing written, got %+v", done)
	}
	records[777].Vector = query
	again := open(t, url, table) // as another process would
	if done := push(t, again, table, similarity, records, store.PushOptions{Batch: 333}); done.Written != 1 {
		t.Errorf("one vector changed: want it written, got %+v", done)
	}
	wantRanking(t, nearest(records, similarity, query, 20), search(t, again, table, query, store.SearchOptions{Depth: 20}))
	if got := search(t, again, table, query, store.SearchOptions{Depth: 2000}); len(got) != 1100 {
		t.Errorf("a depth larger than the table: want all 1100 documents, got %d", len(got))
	}
}

func testSplits(t *testing.T, url string) {
	const table = "splits"
	db, records := open(t, url, table), some(3, 300)
	left, right := records[:100], records[100:]
	left[5].ID = `it's "quoted" \ & ünïcode`
	if strings.HasPrefix(url, "milvus:") {
		left[5].ID = `"quoted" \ & ünïcode` // Milvus Lite's own upsert fails on an apostrophe
	}
	push(t, db, table, "dot", left, store.PushOptions{Split: "left"})
	push(t, db, table, "dot", right, store.PushOptions{Split: "right"})
	query := some(4, 1)[0].Vector
	wantRanking(t, nearest(left, "dot", query, 100), search(t, db, table, query, store.SearchOptions{Depth: 200, Split: "left"}))
	wantRanking(t, nearest(right, "dot", query, 10), search(t, db, table, query, store.SearchOptions{Depth: 10, Split: "right"}))
	wantRanking(t, nearest(records, "dot", query, 10), search(t, db, table, query, store.SearchOptions{Depth: 10}))
	if got := search(t, db, table, query, store.SearchOptions{Depth: 10, Split: "none"}); len(got) != 0 {
		t.Errorf("a split that is not there: want nothing, got %v", got)
	}

	// A document has one split: the last it was pushed as.
	moved := push(t, db, table, "dot", left[:10], store.PushOptions{Split: "third"})
	if moved.Written != 10 {
		t.Errorf("want 10 documents moved to another split, got %+v", moved)
	}
	wantRanking(t, nearest(left[10:], "dot", query, 100), search(t, db, table, query, store.SearchOptions{Depth: 100, Split: "left"}))

	_, err := store.Push(t.Context(), db, table, store.Schema{Dim: dim, Similarity: "dot", Encoder: "abc"}, each(right[:50]), store.PushOptions{Split: "right"})
	if err == nil || !strings.Contains(err.Error(), `want the 50 records pushed in split "right", found 200`) {
		t.Errorf("a part of a split: want the count refused, got %v", err)
	}
}

func testRefusals(t *testing.T, url string) {
	const table = "refusals"
	db, records := open(t, url, table), some(5, 3)
	if _, err := store.Search(t.Context(), db, table, []string{"q"}, [][]float32{records[0].Vector}, store.SearchOptions{Depth: 1}); !errors.Is(err, store.ErrNoTable) {
		t.Errorf("no table: want ErrNoTable, got %v", err)
	}
	push(t, db, table, "cosine", records, store.PushOptions{})
	nan := slices.Clone(records[1].Vector)
	nan[3] = float32(math.NaN())
	for want, c := range map[string]struct {
		schema store.Schema
		vector []float32
	}{
		"table refusals: want vectors of 24 dimensions, as it holds, got 2":                                {store.Schema{Dim: 2, Similarity: "cosine"}, []float32{1, 2}},
		"table refusals: want vectors of the similarity cosine, as it holds, got dot":                      {store.Schema{Dim: dim, Similarity: "dot"}, records[0].Vector},
		"table refusals: want vectors of the encoder that made those it holds (abc), got those of another": {store.Schema{Dim: dim, Similarity: "cosine", Encoder: "xyz"}, records[0].Vector},
		`vector of "d9": want 24 dimensions, got 2`:                                                        {store.Schema{Dim: dim, Similarity: "cosine"}, []float32{1, 2}},
		`vector of "d9": want finite numbers, got NaN in dimension 3`:                                      {store.Schema{Dim: dim, Similarity: "cosine"}, nan},
	} {
		_, err := store.Push(t.Context(), db, table, c.schema, each([]store.Record{{ID: "d9", Vector: c.vector}}), store.PushOptions{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s, got %v", want, err)
		}
	}
	_, err := store.Search(t.Context(), db, table, []string{"q7"}, [][]float32{records[0].Vector}, store.SearchOptions{Depth: 1, Encoder: "xyz"})
	if err == nil || !strings.HasPrefix(err.Error(), `query "q7": table refusals: want vectors of the encoder`) {
		t.Errorf("queries of another encoder: want them refused, got %v", err)
	}
	if count, err := db.Count(t.Context(), ""); count != 3 || err != nil {
		t.Errorf("after all refusals: want the 3 records there were, got %d and %v", count, err)
	}
}

// A push goes on where it was when the database comes back, and ends with all
// records there, once each.
func testKilled(t *testing.T, url string, s server) {
	const table = "killed"
	db, records := open(t, url, table), some(6, 2000)
	back := make(chan struct{})
	pushed := 0
	dying := func(yield func(store.Record, error) bool) {
		for _, record := range records {
			if pushed++; pushed == 1250 { // in the middle of a batch, three being there
				s.Kill()
				go func() {
					defer close(back)
					time.Sleep(300 * time.Millisecond)
					s.Start()
				}()
			}
			if !yield(record, nil) {
				return
			}
		}
	}
	done, err := store.Push(t.Context(), db, table, store.Schema{Dim: dim, Similarity: "cosine"}, dying, store.PushOptions{Batch: 400})
	<-back
	if err != nil {
		t.Fatal(err)
	}
	if done.Waits == 0 || done.Records != 2000 {
		t.Errorf("want a wait and 2000 records, got %+v", done)
	}
	query := some(7, 1)[0].Vector
	wantRanking(t, nearest(records, "cosine", query, 10), search(t, open(t, url, table), table, query, store.SearchOptions{Depth: 10}))

	s.Kill()
	_, err = store.Push(t.Context(), open(t, url, table), table, store.Schema{Dim: dim, Similarity: "cosine"}, each(records), store.PushOptions{Patience: 100 * time.Millisecond})
	if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "push again to go on") {
		t.Errorf("a database that stays away: want ErrUnavailable, got %v", err)
	}
	s.Start()
}

func TestOpenErrors(t *testing.T) {
	for url, want := range map[string]string{
		"http://localhost":               `store: want postgres://, milvus:// or qdrant://, got "http://"`,
		"postgres://me:secret@host:x/db": "store: want a URL, got one that cannot be parsed",
	} {
		if _, err := store.Open(t.Context(), url, "t"); err == nil || err.Error() != want {
			t.Errorf("want %s, got %v", want, err)
		}
	}
	if _, err := store.Open(t.Context(), "qdrant://localhost", `t"; DROP TABLE x`); err == nil || !strings.HasPrefix(err.Error(), "table: want a name of letters") {
		t.Errorf("a table that is no name: got %v", err)
	}
}
