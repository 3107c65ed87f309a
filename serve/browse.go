package serve

import (
	"net/http"
	"strconv"
	"strings"
)

// Bounds of a list of queries.
const (
	defaultQueries = 50
	mostQueries    = 1000
)

// collectionAnswer is what the page must know to offer what there is.
type collectionAnswer struct {
	Name      string        `json:"name"`
	Documents int           `json:"documents"`
	Queries   int           `json:"queries"`
	Splits    []string      `json:"splits"`
	Modes     []string      `json:"modes"` // of search
	Encoders  []encoderInfo `json:"encoders"`
	Report    string        `json:"report,omitempty"` // where an experiment's report is
}

type encoderInfo struct {
	Name      string `json:"name"`
	MaxTokens int    `json:"max_tokens"`
	Searches  bool   `json:"searches"` // has the documents' vectors
}

func (s *Server) collection(*http.Request) (any, error) {
	answer := collectionAnswer{Splits: []string{}, Modes: []string{}, Report: s.reportPath()}
	if c := s.Collection; c != nil {
		answer.Name, answer.Documents, answer.Queries = c.Name, c.Len(), len(c.queries)
		answer.Splits = append(answer.Splits, c.splits...)
		answer.Modes = append(answer.Modes, s.modes()...)
	}
	for _, a := range s.arms {
		answer.Encoders = append(answer.Encoders, encoderInfo{a.Name, a.MaxLength, a.Vectors != nil})
	}
	return answer, nil
}

type queriesAnswer struct {
	Queries []queryInfo `json:"queries"`
	More    bool        `json:"more"` // behind these
}

type queryInfo struct {
	ID     string `json:"id"`
	Text   string `json:"text"`
	Graded int    `json:"graded"` // documents that the split grades for it
}

// queries lists those that a split judges, or all where none is named, which
// have a text (contains, whatever its case) in them.
func (s *Server) queries(r *http.Request) (any, error) {
	c, form := s.Collection, r.URL.Query()
	if c == nil {
		return nil, notFound("no_collection", "", "no collection is served here")
	}
	limit, err := number(form.Get("limit"), "limit", defaultQueries, 1, mostQueries)
	if err != nil {
		return nil, err
	}
	offset, err := number(form.Get("offset"), "offset", 0, 0, len(c.queries))
	if err != nil {
		return nil, err
	}
	split, contains := form.Get("split"), strings.ToLower(form.Get("contains"))
	var grades map[string]map[string]int
	if split != "" {
		if grades, err = c.grades(split, "split"); err != nil {
			return nil, err
		}
	}
	answer := queriesAnswer{Queries: []queryInfo{}}
	for _, q := range c.queries {
		if split != "" && grades[q.ID] == nil || contains != "" && !strings.Contains(strings.ToLower(q.Text), contains) {
			continue
		}
		if offset > 0 {
			offset--
			continue
		}
		if len(answer.Queries) == limit {
			answer.More = true
			break
		}
		answer.Queries = append(answer.Queries, queryInfo{q.ID, q.Text, len(grades[q.ID])})
	}
	return answer, nil
}

type gradedAnswer struct {
	Query     queryInfo        `json:"query"`
	Split     string           `json:"split"`
	Documents []gradedDocument `json:"documents"` // best first
}

type gradedDocument struct {
	DocID   string `json:"doc_id"`
	Grade   int    `json:"grade"`
	Title   string `json:"title"`
	Excerpt string `json:"excerpt"`
	Missing bool   `json:"missing,omitempty"` // graded, but not in the corpus
}

func (s *Server) graded(r *http.Request) (any, error) {
	q := question{QueryID: r.URL.Query().Get("query_id")}
	if s.Collection != nil && q.QueryID == "" {
		return nil, badRequest("query_id", "want query_id, one of the collection's")
	}
	if err := s.resolve(&q); err != nil {
		return nil, err
	}
	split := r.URL.Query().Get("split")
	qrels, err := s.Collection.grades(split, "split")
	if err != nil {
		return nil, err
	}
	list := graded(qrels, q.QueryID)
	answer := gradedAnswer{Query: queryInfo{q.QueryID, q.Query, len(list)}, Split: split, Documents: []gradedDocument{}}
	for _, g := range list[:min(len(list), mostHits)] {
		document, ok, err := s.Collection.document(g.docID)
		if err != nil {
			return nil, err
		}
		answer.Documents = append(answer.Documents, gradedDocument{g.docID, g.grade, document.Title, excerpt(document.Text), !ok})
	}
	return answer, nil
}

type documentAnswer struct {
	DocID string `json:"doc_id"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

func (s *Server) document(r *http.Request) (any, error) {
	if s.Collection == nil {
		return nil, notFound("no_collection", "", "no collection is served here")
	}
	id := r.URL.Query().Get("id")
	document, ok, err := s.Collection.document(id)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, noDocument("id", id)
	}
	return documentAnswer{id, document.Title, document.Text}, nil
}

func noDocument(param, id string) error {
	return notFound("document_not_found", param, "no document %q in the collection", id)
}

// number reads a parameter of a URL, "" being its default.
func number(text, param string, byDefault, least, most int) (int, error) {
	if text == "" {
		return byDefault, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, badRequest(param, "want %s as a number from %d to %d, got %q", param, least, most, text)
	}
	return n, nil
}
