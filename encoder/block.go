package encoder

import (
	"strconv"
	"strings"
)

// LayerPrefix begins the name of each weight that lies in a layer.
const LayerPrefix = "encoder.layer."

// Block counts the parts of the network from below: the embeddings are block
// 0, layer i is block 1+i. It takes a weight's name.
func Block(name string) int {
	rest, ok := strings.CutPrefix(name, LayerPrefix)
	if !ok {
		return 0
	}
	number, _, _ := strings.Cut(rest, ".")
	layer, err := strconv.Atoi(number)
	if err != nil {
		return 0
	}
	return 1 + layer
}
