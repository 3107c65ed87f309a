package serve

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/gradus-ir/gradus/lexical"
)

// Bounds of an explanation.
const (
	mostWords     = 48    // of the query, each left out in turn
	explainedText = 20000 // bytes of the document's text
)

type explainRequest struct {
	question
	DocID string `json:"doc_id"`
}

// explanation says why a document stands where it does for a query. Title and
// text come in pieces, those at odd places (from 0) being shared with the query.
type explanation struct {
	DocID  string    `json:"doc_id"`
	Title  []string  `json:"title"`
	Text   []string  `json:"text"`
	Shared []string  `json:"shared"` // terms of the query that the document has too, in the query's order
	Dense  *denseWhy `json:"dense,omitempty"`
	BM25   *wordsWhy `json:"bm25,omitempty"`
}

// denseWhy takes a similarity apart by leaving out each of the query's words
// in turn: a share is what the score loses without that word. The shares need not add up to the score.
type denseWhy struct {
	Encoder string      `json:"encoder"`
	Score   float64     `json:"score"`
	Words   []wordShare `json:"words"`
}

type wordShare struct {
	Word  string  `json:"word"`
	Share float64 `json:"share"`
}

// wordsWhy is BM25's sum.
type wordsWhy struct {
	Score float64     `json:"score"`
	Terms []termShare `json:"terms"`
}

type termShare struct {
	Term      string  `json:"term"`
	Count     int     `json:"count"`     // in the document
	Documents int     `json:"documents"` // that have it
	Share     float64 `json:"share"`
}

func (s *Server) explain(r *http.Request) (any, error) {
	var req explainRequest
	if err := readJSON(r, &req, true); err != nil {
		return nil, err
	}
	if err := s.resolve(&req.question); err != nil {
		return nil, err
	}
	document, ok, err := s.Collection.document(req.DocID)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, noDocument("doc_id", req.DocID)
	}
	terms := termsOf(req.Query)
	why := explanation{
		DocID: req.DocID, Title: mark(document.Title, terms), Text: mark(clip(document.Text, explainedText), terms),
		Shared: sharedTerms(req.Query, document.Content()),
	}
	if s.arms[0].Vectors != nil {
		a, err := s.searchArm(req.Encoder)
		if err != nil {
			return nil, err
		}
		if why.Dense, err = a.why(r.Context(), req.Query, req.DocID); err != nil {
			return nil, err
		}
	}
	if s.Words != nil {
		if why.BM25, err = s.whyWords(req.Query, req.DocID); err != nil {
			return nil, err
		}
	}
	return why, nil
}

// why is nil where the document has no vector.
func (a *arm) why(ctx context.Context, query, docID string) (*denseWhy, error) {
	row, ok := a.rows[docID]
	if !ok {
		return nil, nil
	}
	words := strings.Fields(query)
	words = words[:min(len(words), mostWords)]
	texts := []string{query}
	for i := range words {
		texts = append(texts, strings.Join(append(append([]string(nil), words[:i]...), words[i+1:]...), " "))
	}
	vectors, _, err := a.encode(ctx, texts, "query", true)
	if err != nil {
		return nil, err
	}
	why := &denseWhy{Encoder: a.Name, Score: a.similarity(vectors[0], row), Words: []wordShare{}}
	for i, word := range words {
		why.Words = append(why.Words, wordShare{word, why.Score - a.similarity(vectors[1+i], row)})
	}
	return why, nil
}

func (s *Server) whyWords(query, docID string) (*wordsWhy, error) {
	at, _ := s.Collection.find(docID)
	id, parts, err := s.Words.Explain(query, at)
	if err != nil {
		return nil, err
	}
	if id != docID {
		return nil, fmt.Errorf("the BM25 index has document %q in the place of %q", id, docID)
	}
	why := &wordsWhy{Terms: []termShare{}}
	for _, p := range parts {
		why.Score += p.Score
		why.Terms = append(why.Terms, termShare{p.Term, p.Count, p.Documents, p.Score})
	}
	return why, nil
}

// sharedTerms are the query's terms that the document has, each once, in the query's order.
func sharedTerms(query, document string) []string {
	has, shared := termsOf(document), []string{}
	for _, term := range lexical.Tokens(query) {
		if has[term] {
			shared = append(shared, term)
			has[term] = false
		}
	}
	return shared
}

// clip cuts a text at so many bytes, between characters.
func clip(text string, bytes int) string {
	if len(text) <= bytes {
		return text
	}
	return strings.ToValidUTF8(text[:bytes], "") + "…"
}
