package lexical

import (
	"fmt"
	"slices"
)

// Part is what one of a query's terms gives a document's score.
type Part struct {
	Term      string
	Count     int     // how often the document has it; 0 gives nothing
	Documents int     // that have it
	Score     float64 // as float32 arithmetic has it
}

// Explain takes a document's score for a query apart: a part for each of the
// query's terms that any document has, sorted by term. Their sum is the score that
// Search gives, but for the last digit. The document is named by its place
// among those that were appended, from 0; its id is returned.
func (x *Index) Explain(query string, doc int) (id string, parts []Part, err error) {
	if doc < 0 || doc >= x.Len() {
		return "", nil, fmt.Errorf("bm25: want a document from 0 to %d, got %d", x.Len()-1, doc)
	}
	name, err := x.id(uint32(doc))
	if err != nil {
		return "", nil, err
	}
	tokens := Tokens(query)
	slices.Sort(tokens)
	for len(tokens) > 0 {
		term, times := tokens[0], 1
		for times < len(tokens) && tokens[times] == term {
			times++
		}
		tokens = tokens[times:]
		part, err := x.part(term, times, uint32(doc))
		if err != nil {
			return "", nil, err
		}
		if part.Documents > 0 {
			parts = append(parts, part)
		}
	}
	return string(name), parts, nil
}

// part is what a term that a query has so many times gives a document.
func (x *Index) part(term string, times int, doc uint32) (Part, error) {
	p := Part{Term: term}
	number, ok, err := x.find(term)
	if err != nil || !ok {
		return p, err
	}
	l := list{before: -1, bound: -1}
	if err := x.open(&l, number); err != nil {
		return p, err
	}
	p.Documents = l.count
	if !l.moveTo(doc) {
		return p, nil
	}
	if err := l.load(); err != nil {
		return p, err
	}
	if i, ok := slices.BinarySearch(l.docs[:l.n], doc); ok {
		p.Count = int(l.frequencies[i])
		p.Score = float64(score(float32(times)*idf(l.count, x.occupied), l.frequencies[i], x.norms[doc]))
	}
	return p, nil
}
