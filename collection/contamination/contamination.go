// Package contamination finds what a test collection has in common with what
// was trained on: texts that are the same, or nearly.
//
// Texts are the same where their words are, whatever their case and
// punctuation. Two queries are nearly the same where the Jaccard index of their
// words is 0.8 or more; any other two texts where that of their runs of three
// words is 0.6 or more. A copy within a much longer text is not found.
package contamination

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gradus-ir/gradus/collection"
)

// Kind is what a text is.
type Kind string

// The kinds.
const (
	Query    Kind = "query"
	Document Kind = "document"
)

// Part is the queries and documents of one side, or of a part of it. Its
// functions read them anew; nil is none. exchange has some for folders.
type Part struct {
	Name      string
	Queries   func(each func(collection.Query) error) error
	Documents func(each func(collection.Document) error) error
}

// Options are the bounds; the zero value has those of the package's doc comment.
type Options struct {
	QueriesAlike   float64 // Jaccard index from which on two queries are nearly the same
	DocumentsAlike float64 // and any other two texts
	Examples       int     // of each overlap that are kept; 0 is 5
}

// Report is what Check found.
type Report struct {
	Training Counts    `json:"training"`
	Test     Counts    `json:"test"`
	Overlaps []Overlap `json:"overlaps"` // queries with queries, queries with documents, documents with queries, documents with documents
}

// Counts are how many texts there were.
type Counts struct {
	Queries   int64 `json:"queries"`
	Documents int64 `json:"documents"`
}

// Overlap is how many texts of the test are in the training.
type Overlap struct {
	Test     Kind      `json:"test"`
	Training Kind      `json:"training"`
	Of       int64     `json:"of"` // texts of that kind in the test
	Exact    int64     `json:"exact"`
	Near     int64     `json:"near"`
	Examples []Example `json:"examples,omitempty"` // the most alike, ties in the test's order
}

// Example is a text of the test and the one in the training that is most like it.
type Example struct {
	Test       Text    `json:"test"`
	Training   Text    `json:"training"`
	Similarity float64 `json:"similarity"` // Jaccard index; 1 where they are the same
}

// Text is one, and where it is.
type Text struct {
	Part string `json:"part"`
	ID   string `json:"id"`
	Text string `json:"text"`
}

// ErrOverlap is what the error of ZeroShot wraps.
var ErrOverlap = errors.New("the test is in the training")

// ZeroShot is nil where the test has nothing in common with the training, and
// else an error that says what: such a test must not be called zero-shot.
func (r Report) ZeroShot() error {
	var found []string
	for _, o := range r.Overlaps {
		if o.Exact+o.Near == 0 {
			continue
		}
		e := o.Examples[0]
		found = append(found, fmt.Sprintf("%d of %d test %s are training %s or nearly so (%s %s is like %s %s of %s)",
			o.Exact+o.Near, o.Of, plural(o.Test), plural(o.Training), o.Test, e.Test.ID, o.Training, e.Training.ID, e.Training.Part))
	}
	if len(found) == 0 {
		return nil
	}
	return fmt.Errorf("not zero-shot: %w: %s", ErrOverlap, strings.Join(found, "; "))
}

func plural(k Kind) string {
	if k == Query {
		return "queries"
	}
	return string(k) + "s"
}

// Check compares each text of the test with those of the training. It holds the
// training's texts, a kilobyte or two each, and reads the test as a stream.
func Check(ctx context.Context, training []Part, test Part, o Options) (Report, error) {
	o = o.complete()
	trained := newTexts()
	for _, part := range training {
		if err := trained.add(ctx, part); err != nil {
			return Report{}, err
		}
	}
	tally := tally{options: o, trained: trained, part: test.Name}
	if err := tally.read(ctx, test); err != nil {
		return Report{}, err
	}
	return Report{Training: trained.counts, Test: tally.counts, Overlaps: tally.overlaps()}, nil
}

func (o Options) complete() Options {
	if o.QueriesAlike == 0 {
		o.QueriesAlike = 0.8
	}
	if o.DocumentsAlike == 0 {
		o.DocumentsAlike = 0.6
	}
	if o.Examples == 0 {
		o.Examples = 5
	}
	return o
}
