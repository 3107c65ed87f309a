// Package measure is how good a ranking is. Measures are values in the
// language of ir_measures, `nDCG@10`, `AP(rel=2)`, `P(rel=2)@10`, that print as
// they parse; Evaluate computes them as trec_eval does; PairedTTest and its kin
// tell a difference from chance.
package measure

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gradus-ir/gradus/trec"
)

// Measure is one measure with its parameters. Measures are comparable with ==
// and print as Parse reads them. The zero Measure is none; Parse makes them.
type Measure struct {
	family *family
	rel    int // the least grade that counts as relevant, where the family asks
	cutoff int // ranks looked at; 0 is all
}

// family is a measure before its parameters. Each has a file of its own.
type family struct {
	name    string
	cutoff  need
	rel     bool // takes rel=
	compute func(m Measure, r ranking) float64
}

// need tells whether a parameter must be given.
type need int

const (
	optional need = iota
	required
)

// families are all measures there are; a new one is a file and a line here.
var families = []*family{&nDCG, &rr, &ap, &recall, &precision, &judged}

// Default are the measures reported when none is asked for.
func Default() []Measure {
	return []Measure{
		{family: &nDCG, cutoff: 10},
		{family: &rr, rel: 1, cutoff: 10},
		{family: &ap, rel: 1},
		{family: &recall, rel: 1, cutoff: 100},
	}
}

// String is the measure as Parse reads it; a parameter at its default is left out.
func (m Measure) String() string {
	if m.family == nil {
		return ""
	}
	var b strings.Builder
	b.WriteString(m.family.name)
	if m.rel > 1 {
		b.WriteString("(rel=" + strconv.Itoa(m.rel) + ")")
	}
	if m.cutoff > 0 {
		b.WriteString("@" + strconv.Itoa(m.cutoff))
	}
	return b.String()
}

// MarshalText and UnmarshalText let a measure stand in JSON and YAML by its name.
func (m Measure) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText is Parse.
func (m *Measure) UnmarshalText(text []byte) (err error) {
	*m, err = Parse(string(text))
	return err
}

// unjudged stands for the grade of a document that has none; it is below every grade.
const unjudged = math.MinInt

// ranking is one query's ranked documents seen through its qrels: what every
// measure is computed from.
type ranking struct {
	grades []int // by rank; unjudged where the qrels say nothing
	ideal  []int // the grades of all judged documents, descending
}

func newRanking(docs []trec.Scored, grades map[string]int) ranking {
	r := ranking{grades: make([]int, len(docs)), ideal: make([]int, 0, len(grades))}
	for i, doc := range docs {
		grade, ok := grades[doc.DocID]
		if !ok {
			grade = unjudged
		}
		r.grades[i] = grade
	}
	for _, grade := range grades {
		r.ideal = append(r.ideal, grade)
	}
	slices.SortFunc(r.ideal, func(a, b int) int { return cmp.Compare(b, a) })
	return r
}

// top are the grades down to the measure's cutoff.
func (r ranking) top(m Measure) []int {
	return upTo(r.grades, m.cutoff)
}

// relevant counts the judged documents of at least the measure's grade, retrieved or not.
func (r ranking) relevant(m Measure) int {
	n := 0
	for n < len(r.ideal) && r.ideal[n] >= m.rel {
		n++
	}
	return n
}

func upTo(grades []int, cutoff int) []int {
	if cutoff > 0 && cutoff < len(grades) {
		return grades[:cutoff]
	}
	return grades
}
