package train

import (
	"fmt"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/loss"
	"gonum.org/v1/gonum/mat"
)

// batch is what one step trains on: the groups' queries, all their documents
// once each, and the grades between them. It is ready for the device.
type batch struct {
	queries   int // rows 0 … queries−1 are queries, the rest documents
	documents int
	ids       []string   // of the queries
	grades    *mat.Dense // [queries, documents]; loss.Masked where a document is not in a query's list
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

// InBatch is what the documents of other queries are to a query.
type InBatch string

// The rules for documents that came with another query of the batch. A document
// known to be graded for the query is never one of them.
const (
	InBatchZero InBatch = "zero" // they have grade 0
	InBatchMask InBatch = "mask" // they are not in the query's list
)

// ParseInBatch reads a rule's name.
func ParseInBatch(name string) (InBatch, error) {
	if rule := InBatch(name); rule == InBatchZero || rule == InBatchMask {
		return rule, nil
	}
	return "", fmt.Errorf("unknown rule for in-batch documents %q; want %s or %s", name, InBatchZero, InBatchMask)
}

// grade is the grade of a document that came with another query.
func (r InBatch) grade() float64 {
	if r == InBatchMask {
		return loss.Masked
	}
	return 0
}

// newBatch lays groups out and tokenizes them. Documents of one text are one
// column, however many groups hold them: graded for each group that grades it,
// masked for one that left it out, and under the in-batch rule for the others.
func newBatch(m *encoder.Model, packing encoder.Packing, groups []Group, inBatch InBatch, query, document role) *batch {
	b := &batch{queries: len(groups)}
	columns := map[text]int{}
	var queryTexts, documentTexts []string
	for _, g := range groups {
		b.ids = append(b.ids, g.Query.ID)
		queryTexts = append(queryTexts, g.Query.Text)
		for _, d := range g.Documents {
			if _, ok := columns[textOf(d.Document)]; !ok {
				columns[textOf(d.Document)] = len(columns)
				documentTexts = append(documentTexts, d.Content())
			}
		}
	}
	b.documents = len(columns)
	b.grades = gradeMatrix(groups, columns, inBatch)
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

// gradeMatrix is the grade of each column's document for each group's query.
func gradeMatrix(groups []Group, columns map[text]int, inBatch InBatch) *mat.Dense {
	grades := mat.NewDense(len(groups), len(columns), nil)
	for i, g := range groups {
		row := grades.RawRowView(i)
		for j := range row {
			row[j] = inBatch.grade()
		}
		for _, d := range g.LeftOut {
			if j, ok := columns[textOf(d)]; ok {
				row[j] = loss.Masked
			}
		}
		for _, d := range g.Documents {
			row[columns[textOf(d.Document)]] = float64(d.Grade)
		}
	}
	return grades
}

// scaleGrades multiplies what is not masked: a softmax of larger grades is a sharper target.
func (b *batch) scaleGrades(by float64) {
	b.grades.Apply(func(_, _ int, grade float64) float64 {
		if grade == loss.Masked {
			return loss.Masked
		}
		return by * grade
	}, b.grades)
}
