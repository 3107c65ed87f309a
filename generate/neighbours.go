package generate

import (
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/gradus-ir/gradus/collection"
)

// neighbours finds, for a query, others of the same set: near ones, which
// share some rare words, and far ones, which share none.
type neighbours struct {
	queries  []collection.Query
	terms    [][]string       // of each query, rarest first
	postings map[string][]int // queries with the term
	norms    []float64        // of each query: the sum of its terms' weights
}

// Bounds of nearness: the cosine of two queries' weighted terms. Above, one
// may be the other in different words, and its answer no lower grade.
const (
	leastNear = 0.08
	mostNear  = 0.5
)

// mostNeighbours is how many near queries a strategy may choose from.
const mostNeighbours = 4

// A term in more queries than this says too little to look for neighbours by.
const commonTerm = 2000

func newNeighbours(queries []collection.Query) *neighbours {
	n := &neighbours{queries: queries, terms: make([][]string, len(queries)), postings: map[string][]int{}}
	for i, query := range queries {
		n.terms[i] = termsOf(query.Text)
		for _, term := range n.terms[i] {
			n.postings[term] = append(n.postings[term], i)
		}
	}
	for _, terms := range n.terms {
		slices.SortStableFunc(terms, func(a, b string) int { return len(n.postings[a]) - len(n.postings[b]) })
	}
	n.norms = make([]float64, len(queries))
	for i, terms := range n.terms {
		for _, term := range terms {
			n.norms[i] += n.weight(term)
		}
	}
	return n
}

// near are up to most other queries, the nearest first, ties in the set's order.
func (n *neighbours) near(query, most int) []string {
	shared := map[int]float64{}
	for _, term := range n.terms[query] {
		with := n.postings[term]
		if len(with) > commonTerm {
			break
		}
		weight := n.weight(term)
		for _, other := range with {
			if other != query {
				shared[other] += weight
			}
		}
	}
	type scored struct {
		query int
		score float64
	}
	var found []scored
	for other, sum := range shared {
		score := sum / math.Sqrt(n.norms[query]*n.norms[other])
		if score >= leastNear && score <= mostNear {
			found = append(found, scored{other, score})
		}
	}
	slices.SortFunc(found, func(a, b scored) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return a.query - b.query
	})
	var texts []string
	for _, f := range found {
		if text := n.queries[f.query].Text; len(texts) < most && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return texts
}

// far is a query drawn from the set that shares no term with this one, or "".
func (n *neighbours) far(query int, seed int64) string {
	const draws = 64
	for i := range draws {
		other := int(draw(seed, "far", n.queries[query].ID, i) % uint64(len(n.queries)))
		if other != query && !slices.ContainsFunc(n.terms[other], func(term string) bool { return slices.Contains(n.terms[query], term) }) {
			return n.queries[other].Text
		}
	}
	return ""
}

// weight is the term's inverse document frequency over the queries.
func (n *neighbours) weight(term string) float64 {
	return math.Log(1 + float64(len(n.queries))/float64(len(n.postings[term])))
}

// termsOf are the distinct words of a text in lower case, without those of
// one or two letters and the commonest English ones.
func termsOf(text string) []string {
	var terms []string
	for _, word := range wordsOf(text) {
		if len([]rune(word)) > 2 && !strings.Contains(stopWords, " "+word+" ") && !slices.Contains(terms, word) {
			terms = append(terms, word)
		}
	}
	return terms
}

const stopWords = " the and for with what how can does did are was were been being there any has have had that which from not this these those such far one must would could should than its his her their who whom whose where when why will into about between other some more most all also only been "

// wordsOf are the runs of letters and digits in lower case.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	})
}
