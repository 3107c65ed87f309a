package contamination

import (
	"cmp"
	"context"
	"slices"

	"github.com/gradus-ir/gradus/collection"
)

// tally counts the test's texts that are in the training.
type tally struct {
	options Options
	trained *texts
	part    string
	counts  Counts
	found   map[[2]Kind]*Overlap // by test and training
}

func (t *tally) read(ctx context.Context, test Part) error {
	t.found = map[[2]Kind]*Overlap{}
	if test.Queries != nil {
		err := test.Queries(func(q collection.Query) error {
			t.counts.Queries++
			t.look(Query, Text{t.part, q.ID, q.Text}, "")
			return ctx.Err()
		})
		if err != nil {
			return err
		}
	}
	if test.Documents == nil {
		return nil
	}
	return test.Documents(func(d collection.Document) error {
		t.counts.Documents++
		untitled := ""
		if d.Title != "" {
			untitled = d.Text
		}
		t.look(Document, Text{t.part, d.ID, d.Content()}, untitled)
		return ctx.Err()
	})
}

func (t *tally) look(kind Kind, text Text, untitled string) {
	p, ok := t.trained.probe(kind, text, untitled)
	if !ok {
		return
	}
	for _, training := range []Kind{Query, Document} {
		found, similarity, exact := t.trained.like(p, training, t.options)
		if found == nil {
			continue
		}
		o := t.overlap(kind, training)
		if exact {
			o.Exact++
		} else {
			o.Near++
		}
		o.keep(Example{text, *found, similarity}, t.options.Examples)
	}
}

func (t *tally) overlap(test, training Kind) *Overlap {
	key := [2]Kind{test, training}
	if t.found[key] == nil {
		t.found[key] = &Overlap{Test: test, Training: training}
	}
	return t.found[key]
}

// keep takes an example in where it is among the most alike.
func (o *Overlap) keep(e Example, most int) {
	at, _ := slices.BinarySearchFunc(o.Examples, e, func(kept, e Example) int {
		return cmp.Or(cmp.Compare(e.Similarity, kept.Similarity), -1) // after those as alike
	})
	if at < most {
		o.Examples = slices.Insert(o.Examples, at, e)
		o.Examples = o.Examples[:min(len(o.Examples), most)]
	}
}

func (t *tally) overlaps() []Overlap {
	var all []Overlap
	for _, test := range []Kind{Query, Document} {
		for _, training := range []Kind{Query, Document} {
			o := *t.overlap(test, training)
			o.Of = t.counts.Queries
			if test == Document {
				o.Of = t.counts.Documents
			}
			all = append(all, o)
		}
	}
	return all
}
