package contamination

import (
	"context"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/internal/minhash"
)

// texts are those of the training, found again by what they say.
type texts struct {
	all     []stored
	exact   map[Kind]map[uint64]int32 // by the hash of all words
	byWords minhash.Index             // of queries
	byRuns  minhash.Index             // of all: a place is that in all
	queries []int32                   // the place in all, for each in byWords
	counts  Counts
}

type stored struct {
	kind Kind
	text Text
}

func newTexts() *texts {
	return &texts{exact: map[Kind]map[uint64]int32{Query: {}, Document: {}}}
}

// add takes a part of the training in.
func (t *texts) add(ctx context.Context, part Part) error {
	if part.Queries != nil {
		err := part.Queries(func(q collection.Query) error {
			t.counts.Queries++
			t.take(Query, Text{part.Name, q.ID, q.Text}, words(q.Text))
			return ctx.Err()
		})
		if err != nil {
			return err
		}
	}
	if part.Documents == nil {
		return nil
	}
	return part.Documents(func(d collection.Document) error {
		t.counts.Documents++
		place := t.take(Document, Text{part.Name, d.ID, d.Content()}, words(d.Content()))
		if d.Title != "" && place >= 0 {
			t.remember(Document, words(d.Text), place) // a copy of it may have no title
		}
		return ctx.Err()
	})
}

// take keeps a text and returns its place, -1 for one without a word.
func (t *texts) take(kind Kind, text Text, words []string) int32 {
	if len(words) == 0 {
		return -1
	}
	place := int32(len(t.all))
	t.all = append(t.all, stored{kind, text})
	t.remember(kind, words, place)
	t.byRuns.Add(minhash.Of(runs(words)))
	if kind == Query {
		t.byWords.Add(minhash.Of(minhash.Hashes(words)))
		t.queries = append(t.queries, place)
	}
	return place
}

// remember keeps the first text that says this.
func (t *texts) remember(kind Kind, words []string, place int32) {
	hash := same(words)
	if _, before := t.exact[kind][hash]; !before && len(words) > 0 {
		t.exact[kind][hash] = place
	}
}

// probe is a text of the test, taken apart once.
type probe struct {
	kind     Kind
	text     Text
	says     [][]string // its words, and those without its title
	runs     []uint64
	words    []uint64
	nearRuns []int32
}

func (t *texts) probe(kind Kind, text Text, untitled string) (probe, bool) {
	p := probe{kind: kind, text: text, says: [][]string{words(text.Text)}}
	if len(p.says[0]) == 0 {
		return p, false
	}
	if untitled != "" {
		p.says = append(p.says, words(untitled))
	}
	p.runs = runs(p.says[0])
	p.nearRuns = t.byRuns.Near(minhash.Of(p.runs))
	if kind == Query {
		p.words = minhash.Hashes(p.says[0])
	}
	return p, true
}

// like finds the text of a kind that is most like the probe. exact says that
// it is the same; nil that none is so much as nearly the same.
func (t *texts) like(p probe, kind Kind, o Options) (found *Text, similarity float64, exact bool) {
	for _, says := range p.says {
		if place, ok := t.exact[kind][same(says)]; ok && len(says) > 0 {
			return &t.all[place].text, 1, true
		}
	}
	if p.kind == Query && kind == Query {
		near := t.byWords.Near(minhash.Of(p.words))
		for i, at := range near {
			near[i] = t.queries[at]
		}
		found, similarity = t.closest(near, kind, o.QueriesAlike, func(text string) float64 {
			return minhash.Jaccard(minhash.Hashes(words(text)), p.words)
		})
		return found, similarity, false
	}
	found, similarity = t.closest(p.nearRuns, kind, o.DocumentsAlike, func(text string) float64 {
		return minhash.Jaccard(runs(words(text)), p.runs)
	})
	return found, similarity, false
}

func (t *texts) closest(places []int32, kind Kind, least float64, similar func(text string) float64) (found *Text, most float64) {
	for _, place := range places {
		if t.all[place].kind != kind {
			continue
		}
		if s := similar(t.all[place].text.Text); s >= least && s > most {
			found, most = &t.all[place].text, s
		}
	}
	return found, most
}
