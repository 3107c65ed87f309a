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

// choosePacking fits the one shape of the run to the lengths of its first groups.
// The longest text a role may have always fits.
func (t *trainer) choosePacking() encoder.Packing {
	query, document := t.roles()
	var lengths []int
	for _, g := range t.order.groups[:min(packingGroups, len(t.order.groups))] {
		lengths = append(lengths, len(t.model.Tokenize(query.prompt+g.Query.Text, query.maxLength)))
		documents := g.Documents
		for _, draw := range g.Draws {
			documents = slices.Concat(documents, draw.From)
		}
		for _, d := range documents {
			lengths = append(lengths, len(t.model.Tokenize(document.prompt+d.Content(), document.maxLength)))
		}
	}
	if len(t.order.groups) > packingGroups {
		lengths = append(lengths, query.maxLength, document.maxLength)
	}
	return encoder.NewPacking(lengths, microTokens)
}
