package exchange

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/trec"
)

// reading is a source on its way into a format: every id is checked, texts are
// made valid UTF-8, and what there is is counted. It holds the ids.
type reading struct {
	ctx      context.Context
	source   Source
	progress func(documents int64) // nil tells nobody

	docs    map[string]struct{}
	asked   map[string]struct{}
	counts  Counts
	altered int64 // texts that the format cannot hold as they are
}

func newReading(ctx context.Context, source Source, progress func(int64)) *reading {
	return &reading{ctx: ctx, source: source, progress: progress, docs: map[string]struct{}{}, asked: map[string]struct{}{}}
}

// documents reads all of them. One whose id came before is an error.
func (r *reading) documents(each func(collection.Document) error) error {
	return r.source.Documents(func(d collection.Document) error {
		if err := once(r.docs, "document", d.ID); err != nil {
			return err
		}
		r.counts.Documents++
		if r.counts.Documents%1024 == 0 {
			if err := r.ctx.Err(); err != nil {
				return err
			}
			if r.progress != nil {
				r.progress(r.counts.Documents)
			}
		}
		d.Title, d.Text = valid(d.Title), valid(d.Text)
		return each(d)
	})
}

// queries reads all of them. One whose id came before, or without a text, is an error.
func (r *reading) queries(each func(collection.Query) error) error {
	return r.source.Queries(func(q collection.Query) error {
		if err := once(r.asked, "query", q.ID); err != nil {
			return err
		}
		if strings.TrimSpace(q.Text) == "" {
			return fmt.Errorf("query %q has no text", q.ID)
		}
		r.counts.Queries++
		q.Text = valid(q.Text)
		return each(q)
	})
}

// judgments reads a split's, after documents and queries. A judgment that came
// before is passed over; one that says otherwise is an error.
func (r *reading) judgments(split string, each func(trec.Judgment) error) error {
	counts := SplitCounts{Name: split}
	said := map[string]map[string]int{}
	err := r.source.Judgments(split, func(j trec.Judgment) error {
		if err := checkID("document", j.DocID); err != nil {
			return err
		}
		if said[j.QueryID] == nil {
			if err := checkID("query", j.QueryID); err != nil {
				return err
			}
			if err := r.ctx.Err(); err != nil {
				return err
			}
			said[j.QueryID] = map[string]int{}
			if _, known := r.asked[j.QueryID]; !known && len(r.asked) > 0 {
				counts.UnknownQueries++
			}
		}
		if before, twice := said[j.QueryID][j.DocID]; twice {
			if before != j.Grade {
				return fmt.Errorf("query %q, document %q: want one grade, got %d after %d", j.QueryID, j.DocID, j.Grade, before)
			}
			counts.Repeated++
			return nil
		}
		said[j.QueryID][j.DocID] = j.Grade
		counts.Judgments++
		if _, known := r.docs[j.DocID]; !known && len(r.docs) > 0 {
			counts.UnknownDocuments++
		}
		return each(j)
	})
	counts.Queries = int64(len(said))
	r.counts.Splits = append(r.counts.Splits, counts)
	return err
}

// eachSplit reads the judgments of one split after the other.
func (r *reading) eachSplit(each func(split string) error) error {
	for _, split := range r.source.Splits() {
		if split == "" || split != filepath.Base(split) {
			return fmt.Errorf("split %q: want a plain name, such as train", split)
		}
		if err := each(split); err != nil {
			return err
		}
	}
	return nil
}

// once takes note of an id and refuses it a second time.
func once(seen map[string]struct{}, what, id string) error {
	if err := checkID(what, id); err != nil {
		return err
	}
	if _, twice := seen[id]; twice {
		return fmt.Errorf("%s %q again: want each id once", what, id)
	}
	seen[id] = struct{}{}
	return nil
}

// checkID refuses an id that some format cannot hold.
func checkID(what, id string) error {
	if id == "" {
		return fmt.Errorf("want a %s with an id, got none", what)
	}
	if !utf8.ValidString(id) || strings.ContainsAny(id, "\t\r\n") {
		return fmt.Errorf("want a %s id in UTF-8 without tab or line end, got %q", what, id)
	}
	return nil
}

// valid is the text with U+FFFD in place of what is no UTF-8.
func valid(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }
