package encoder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/encoder/safetensors"
)

// Names of the embedding tables in a BERT checkpoint.
const (
	wordTable     = "embeddings.word_embeddings.weight"
	positionTable = "embeddings.position_embeddings.weight"
	typeTable     = "embeddings.token_type_embeddings.weight"
	relativeTable = "encoder.relative_attention_bias.weight" // MPNet's
)

// Names within a layer, after layerPrefix; each stands for a weight and a bias.
const (
	embeddingNorm = "embeddings.LayerNorm"
	queryDense    = "attention.self.query"
	keyDense      = "attention.self.key"
	valueDense    = "attention.self.value"
	attendedDense = "attention.output.dense"
	attendedNorm  = "attention.output.LayerNorm"
	innerDense    = "intermediate.dense"
	outDense      = "output.dense"
	outNorm       = "output.LayerNorm"
)

func layerPrefix(i int) string { return fmt.Sprintf("encoder.layer.%d.", i) }

// Weight is one named array of a model, as Hugging Face names and shapes it in
// a BERT; a model folder of another family has its own names.
type Weight struct {
	Name  string
	Shape []int
	Data  []float32
}

// weightShapes lists the weights the graph of a configuration uses, in the order the graph takes them.
func (c Config) weightShapes() []Weight {
	h, inner := c.HiddenSize, c.Intermediate
	list := []Weight{
		{Name: wordTable, Shape: []int{c.VocabSize, h}},
		{Name: positionTable, Shape: []int{c.PositionOffset + c.MaxPositions, h}},
	}
	if c.TypeVocab > 0 {
		list = append(list, Weight{Name: typeTable, Shape: []int{c.TypeVocab, h}})
	}
	if c.Relative {
		list = append(list, Weight{Name: relativeTable, Shape: []int{relativeBuckets, c.Heads}})
	}
	dense := func(name string, out, in int) {
		list = append(list, Weight{Name: name + ".weight", Shape: []int{out, in}}, Weight{Name: name + ".bias", Shape: []int{out}})
	}
	norm := func(name string) {
		list = append(list, Weight{Name: name + ".weight", Shape: []int{h}}, Weight{Name: name + ".bias", Shape: []int{h}})
	}
	norm(embeddingNorm)
	for i := range c.Layers {
		at := layerPrefix(i)
		dense(at+queryDense, h, h)
		dense(at+keyDense, h, h)
		dense(at+valueDense, h, h)
		dense(at+attendedDense, h, h)
		norm(at + attendedNorm)
		dense(at+innerDense, inner, h)
		dense(at+outDense, h, inner)
		norm(at + outNorm)
	}
	return list
}

// readWeights reads the weights of a model folder: those the graph uses, in
// its order, and the others (a pooler, say), which a saved model keeps.
// kept maps the graph's layers to the checkpoint's.
func readWeights(dir string, c Config, kept []int) (used, others []Weight, err error) {
	file, err := safetensors.OpenFolder(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, noWeights(dir)
	}
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()

	prefix := ""
	if slices.Contains(file.Names(), c.family.prefix+wordTable) {
		prefix = c.family.prefix
	}
	gammas := slices.Contains(file.Names(), prefix+oldName(embeddingNorm+".weight"))
	seen := map[string]bool{}
	for _, w := range c.weightShapes() {
		stored := prefix + c.family.stored(keptName(w.Name, kept))
		if gammas {
			stored = oldName(stored)
		}
		data, shape, err := file.Float32(stored)
		if err != nil {
			return nil, nil, err
		}
		if !slices.Equal(shape, w.Shape) {
			return nil, nil, fmt.Errorf("%s: tensor %s: want shape %v from config.json, got %v", dir, stored, w.Shape, shape)
		}
		seen[stored] = true
		used = append(used, Weight{Name: w.Name, Shape: w.Shape, Data: data})
	}
	for _, name := range file.Names() {
		bare := strings.TrimPrefix(name, prefix)
		if seen[name] || !strings.HasPrefix(bare, "pooler.") {
			continue // a layer left out, a buffer such as position_ids, or a head of another task
		}
		data, shape, err := file.Float32(name)
		if err != nil {
			return nil, nil, err
		}
		others = append(others, Weight{Name: bare, Shape: shape, Data: data})
	}
	return used, others, nil
}

// keptName is the checkpoint's name of a weight when layer i of the graph is layer kept[i] of the checkpoint.
func keptName(name string, kept []int) string {
	for i, from := range kept {
		if rest, ok := strings.CutPrefix(name, layerPrefix(i)); ok {
			return layerPrefix(from) + rest
		}
	}
	return name
}

// oldName is what the first BERT checkpoints call a weight: their norms have a gamma and a beta.
func oldName(name string) string {
	if at, ok := strings.CutSuffix(name, "LayerNorm.weight"); ok {
		return at + "LayerNorm.gamma"
	}
	if at, ok := strings.CutSuffix(name, "LayerNorm.bias"); ok {
		return at + "LayerNorm.beta"
	}
	return name
}

// noWeights says what a folder without safetensors lacks, and what to do where it holds a pickle.
func noWeights(dir string) error {
	for _, pickle := range []string{"pytorch_model.bin", "tf_model.h5", "flax_model.msgpack"} {
		if _, err := os.Stat(filepath.Join(dir, pickle)); err == nil {
			return fmt.Errorf("%s: want model.safetensors, got only %s, which gradus does not read (a pickle can run code): save the model once with save_pretrained(safe_serialization=True)", dir, pickle)
		}
	}
	return fmt.Errorf("%s: want model.safetensors, got no weights", dir)
}

// keepLayers returns the configuration of a student that keeps the given
// layers, in that order. The layers count from 0.
func (c Config) keepLayers(layers []int) (Config, error) {
	if len(layers) == 0 {
		return c, fmt.Errorf("keeping layers []: want at least one")
	}
	for i, layer := range layers {
		if layer < 0 || layer >= c.Layers || slices.Contains(layers[:i], layer) {
			return c, fmt.Errorf("keeping layers %v: want distinct layers between 0 and %d, got %d", layers, c.Layers-1, layer)
		}
	}
	c.Layers = len(layers)
	return c, nil
}
