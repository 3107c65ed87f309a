package serve

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/gradus-ir/gradus/trec"
)

// Bounds of a search.
const (
	searchesAtOnce = 4 // each goes over all vectors on all cores
	defaultHits    = 10
	mostHits       = 1000
	queryBytes     = 32 << 10 // of a query's text; an encoder cuts it at its length
	excerptRunes   = 280
)

// The modes of a search.
const (
	byVectors = "dense"
	byWords   = "bm25"
	byBoth    = "hybrid"
)

// question is the part that all requests about a query share: its text, or the id of one of the collection's.
type question struct {
	Query   string `json:"query"`
	QueryID string `json:"query_id"`
	Encoder string `json:"encoder"` // the name of one; the first where it is ""
}

type searchRequest struct {
	question
	Mode  string `json:"mode"`  // dense, bm25 or hybrid; "" is the first that there is
	Hits  int    `json:"k"`     // documents wanted; 10 where it is 0
	Split string `json:"split"` // only documents that this split grades, for whatever query
	Qrels string `json:"qrels"` // adds the grades that this split gives for query_id
	Marks bool   `json:"marks"` // adds the excerpts in pieces, by the words shared with the query
}

type searchAnswer struct {
	Query   string  `json:"query"`
	QueryID string  `json:"query_id,omitempty"`
	Mode    string  `json:"mode"`
	Encoder string  `json:"encoder,omitempty"`
	Hits    []hit   `json:"hits"`
	Took    float64 `json:"took_ms"`
}

type hit struct {
	Rank    int              `json:"rank"`
	DocID   string           `json:"doc_id"`
	Score   float64          `json:"score"`
	Title   string           `json:"title"`
	Excerpt string           `json:"excerpt"`
	Marks   []string         `json:"marks,omitempty"` // the excerpt, pieces at odd places (from 0) are shared with the query
	Grade   *int             `json:"grade,omitempty"`
	Parts   map[string]place `json:"parts,omitempty"` // of a hybrid search: where each of the two has the document
}

// place is a document's in a ranking.
type place struct {
	Rank  int     `json:"rank"`
	Score float64 `json:"score"`
	Share float64 `json:"share"` // of the fused score
}

func (s *Server) search(r *http.Request) (any, error) {
	start := time.Now()
	req := searchRequest{Hits: defaultHits}
	if err := readJSON(r, &req, true); err != nil {
		return nil, err
	}
	if req.Hits < 1 || req.Hits > mostHits {
		return nil, badRequest("k", "want k from 1 to %d, got %d", mostHits, req.Hits)
	}
	if err := s.resolve(&req.question); err != nil {
		return nil, err
	}
	a, err := s.armOf(&req)
	if err != nil {
		return nil, err
	}
	var only map[string]bool
	if req.Split != "" {
		if only, err = s.Collection.judged(req.Split, "split"); err != nil {
			return nil, err
		}
	}
	var grades map[string]int
	if req.Qrels != "" {
		qrels, err := s.Collection.grades(req.Qrels, "qrels")
		if err != nil {
			return nil, err
		}
		grades = qrels[req.QueryID]
	}
	found, parts, err := s.rank(r.Context(), a, req, only)
	if err != nil {
		return nil, err
	}
	answer := searchAnswer{Query: req.Query, QueryID: req.QueryID, Mode: req.Mode, Hits: []hit{}}
	if a != nil {
		answer.Encoder = a.Name
	}
	terms := termsOf(req.Query)
	for i, doc := range found {
		h := hit{Rank: i + 1, DocID: doc.DocID, Score: doc.Score, Parts: parts[doc.DocID]}
		document, _, err := s.Collection.document(doc.DocID)
		if err != nil {
			return nil, err
		}
		h.Title, h.Excerpt = document.Title, excerpt(document.Text)
		if req.Marks {
			h.Marks = mark(h.Excerpt, terms)
		}
		if g, ok := grades[doc.DocID]; ok {
			h.Grade = &g
		}
		answer.Hits = append(answer.Hits, h)
	}
	answer.Took = float64(time.Since(start).Microseconds()) / 1000
	return answer, nil
}

// resolve fills in the text of a query that is given by its id.
func (s *Server) resolve(q *question) error {
	switch {
	case s.Collection == nil:
		return notFound("no_collection", "", "no collection is served here")
	case q.Query != "" && q.QueryID != "":
		return badRequest("query", "want query or query_id, got both")
	case q.QueryID != "":
		text, ok := s.Collection.texts[q.QueryID]
		if !ok {
			return notFound("query_not_found", "query_id", "no query %q in the collection", q.QueryID)
		}
		q.Query = text
	case q.Query == "":
		return badRequest("query", "want query, a text, or query_id, one of the collection's")
	}
	if len(q.Query) > queryBytes {
		return refusal(http.StatusUnprocessableEntity, "query_too_long", "query", "want a query of at most %d bytes, got %d", queryBytes, len(q.Query))
	}
	return nil
}

// armOf is the retriever of a search, nil where it is by words alone. It fills in the mode.
func (s *Server) armOf(req *searchRequest) (*arm, error) {
	modes := s.modes()
	if req.Mode == "" && len(modes) > 0 {
		req.Mode = modes[0]
	}
	if !slices.Contains([]string{byVectors, byWords, byBoth}, req.Mode) {
		return nil, badRequest("mode", "want mode %s, %s or %s, got %q", byVectors, byWords, byBoth, req.Mode)
	}
	if !slices.Contains(modes, req.Mode) {
		return nil, notFound("mode_not_served", "mode", "no search by mode %s here; there is %s", req.Mode, listOf(modes))
	}
	if req.Mode == byWords {
		return nil, nil
	}
	return s.searchArm(req.Encoder)
}

// searchArm is a retriever with vectors.
func (s *Server) searchArm(name string) (*arm, error) {
	a, err := s.arm(name, "encoder")
	if err == nil && a.Vectors == nil {
		err = notFound("mode_not_served", "encoder", "no vectors of %s here", a.Name)
	}
	return a, err
}

// modes are the ways to search that there are.
func (s *Server) modes() []string {
	var modes []string
	if s.arms[0].Vectors != nil {
		modes = append(modes, byVectors)
	}
	if s.Words != nil {
		modes = append(modes, byWords)
	}
	if len(modes) == 2 {
		modes = append(modes, byBoth)
	}
	return modes
}

// rank finds the best documents, of those in only where that is not nil. Of a
// hybrid search it returns, too, where each of the two rankings has them.
func (s *Server) rank(ctx context.Context, a *arm, req searchRequest, only map[string]bool) ([]trec.Scored, map[string]map[string]place, error) {
	if req.Mode == byWords {
		found, err := s.words(ctx, req.Query, req.Hits, only)
		return found, nil, err
	}
	vector, err := a.queryVector(ctx, req.Query)
	if err != nil {
		return nil, nil, err
	}
	if req.Mode == byVectors {
		found, err := s.nearest(ctx, a, vector, req.Hits, only)
		return found, nil, err
	}
	// Each goes as deep as the same search on the command line, so that the two agree.
	depth := max(req.Hits, hybridDepth)
	near, err := s.nearest(ctx, a, vector, depth, only)
	if err != nil {
		return nil, nil, err
	}
	alike, err := s.words(ctx, req.Query, depth, only)
	if err != nil {
		return nil, nil, err
	}
	return fuse(req.Hits, alike, near)
}

// hybridDepth is the default --depth of gradus search.
const hybridDepth = 100

// fuse is reciprocal rank fusion of the rankings by words and by vectors.
func fuse(k int, alike, near []trec.Scored) ([]trec.Scored, map[string]map[string]place, error) {
	const query = "q"
	run := func(ranking []trec.Scored) trec.Run {
		return trec.Run{Rankings: map[string][]trec.Scored{query: ranking}}
	}
	fused, err := trec.FuseRanks(k, run(alike), run(near))
	if err != nil {
		return nil, nil, err
	}
	found := fused.Rankings[query]
	parts := make(map[string]map[string]place, len(found))
	for _, doc := range found {
		parts[doc.DocID] = make(map[string]place)
	}
	for mode, ranking := range map[string][]trec.Scored{byWords: alike, byVectors: near} {
		// What a ranking alone gives its documents is its share of the sum.
		shares, err := trec.FuseRanks(max(1, len(ranking)), run(ranking))
		if err != nil {
			return nil, nil, err
		}
		for i, doc := range shares.Rankings[query] {
			if of, ok := parts[doc.DocID]; ok {
				of[mode] = place{i + 1, ranking[i].Score, doc.Score}
			}
		}
	}
	return found, parts, nil
}
