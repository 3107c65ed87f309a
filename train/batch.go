package train

import (
	"math/rand/v2"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/encoder"
	"gonum.org/v1/gonum/mat"
)

// batch is what one step trains on: the groups' queries, all their documents
// once each, and the grades between them. It is ready for the device.
type batch struct {
	queries   int // rows 0 … queries−1 are queries, the rest documents
	documents int
	grades    *mat.Dense // [queries, documents]
	rows      [][]int32  // token ids
	micro     []encoder.Batch
	tokens    int // real tokens
	padded    int // tokens with padding
}

// role is how the texts of one side are read.
type role struct {
	prompt    string
	maxLength int
}

// newBatch tokenizes groups. A document that several of them hold is one
// column: it is graded where a group grades it and 0 elsewhere, never an
// unlabelled copy of a query's own positive.
func newBatch(m *encoder.Model, packing encoder.Packing, groups []Group, query, document role) *batch {
	b := &batch{queries: len(groups)}
	columns := map[collection.Document]int{}
	var queryTexts, documentTexts []string
	for _, g := range groups {
		queryTexts = append(queryTexts, g.Query.Text)
		for _, d := range g.Documents {
			if _, ok := columns[d.Document]; !ok {
				columns[d.Document] = len(columns)
				documentTexts = append(documentTexts, d.Content())
			}
		}
	}
	b.documents = len(columns)
	b.grades = mat.NewDense(b.queries, b.documents, nil)
	for i, g := range groups {
		for _, d := range g.Documents {
			b.grades.Set(i, columns[d.Document], float64(d.Grade))
		}
	}
	b.rows = append(m.TokenizeAll(queryTexts, query.prompt, query.maxLength),
		m.TokenizeAll(documentTexts, document.prompt, document.maxLength)...)
	lengths := make([]int, len(b.rows))
	for i, row := range b.rows {
		lengths[i] = len(row)
		b.tokens += len(row)
	}
	b.micro = packing.Cut(lengths)
	for _, micro := range b.micro {
		b.padded += micro.Tokens()
	}
	return b
}

// order is the sequence of groups of each epoch: it depends on the seed and
// the epoch alone.
type order struct {
	groups  []Group
	perStep int
	shuffle bool
	seed    uint64
}

// steps is the number of steps of an epoch. They hold perStep groups or, where
// that does not divide them, one or more fewer, spread evenly: a last step of
// a single query would teach noise.
func (o order) steps() int { return (len(o.groups) + o.perStep - 1) / o.perStep }

// step returns the groups of a step, counted from 0 over all epochs.
func (o order) step(n int) []Group {
	epoch, within := n/o.steps(), n%o.steps()
	from, to := within*len(o.groups)/o.steps(), (within+1)*len(o.groups)/o.steps()
	if !o.shuffle {
		return o.groups[from:to]
	}
	permutation := rand.New(rand.NewPCG(o.seed, uint64(epoch))).Perm(len(o.groups))
	step := make([]Group, 0, to-from)
	for _, i := range permutation[from:to] {
		step = append(step, o.groups[i])
	}
	return step
}
