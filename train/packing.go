package train

import (
	"slices"

	"github.com/gradus-ir/gradus/encoder"
)

const (
	// microTokens is what a micro-batch holds: enough to keep a matrix product
	// busy, little enough that a step is a whole number of them.
	microTokens = 2048
	// packingGroups is how many groups the choice of the packing looks at.
	packingGroups = 512
)

// choosePacking fits the one shape of the run to the lengths of its first
// groups, taken step by step. The longest text a role may have always fits.
func (t *trainer) choosePacking() encoder.Packing {
	query, document := t.roles()
	groups := t.order.groups
	var steps [][]int
	for step := range slices.Chunk(groups[:min(packingGroups, len(groups))], t.opts.QueriesPerStep) {
		var lengths []int
		for _, g := range step {
			lengths = append(lengths, len(t.model.Tokenize(query.prompt+g.Query.Text, query.maxLength)))
			documents := g.Documents
			for _, draw := range g.Draws {
				documents = slices.Concat(documents, draw.From)
			}
			for _, d := range documents {
				lengths = append(lengths, len(t.model.Tokenize(document.prompt+d.Content(), document.maxLength)))
			}
		}
		steps = append(steps, lengths)
	}
	if len(groups) > packingGroups {
		steps = append(steps, []int{query.maxLength, document.maxLength})
	}
	return encoder.NewPacking(steps, microTokens)
}
