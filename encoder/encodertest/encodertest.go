// Package encodertest makes small models of random weights for tests: real
// folders, read and trained in milliseconds, whose every file a test can spoil.
package encodertest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/gradus-ir/gradus/encoder/safetensors"
)

// The shape of Tiny.
const (
	Hidden    = 16
	Layers    = 2
	Positions = 128 // also the tokens a text is cut at
)

// Folder is a model folder that is not yet written. Tests change it as they like.
type Folder struct {
	Config  map[string]any // config.json
	Tensors []safetensors.Float32Tensor
	// Files are the others by path. A string is written as it is, any other value as JSON.
	Files map[string]any
}

// Tiny is a BERT of few dimensions as sentence-transformers wrote it up to
// version 5: mean pooling, vectors of unit length. Its vocabulary has the
// letters and digits, so that any English text has tokens of its own. Every
// call makes the same one.
func Tiny() *Folder { return Deep(Layers) }

// Deep is Tiny with a number of layers.
func Deep(layers int) *Folder {
	vocabulary := vocabulary()
	config := map[string]any{
		"architectures": []string{"BertModel"}, "model_type": "bert",
		"vocab_size": len(vocabulary), "hidden_size": Hidden, "num_hidden_layers": layers, "num_attention_heads": 2,
		"intermediate_size": 2 * Hidden, "max_position_embeddings": Positions, "type_vocab_size": 2,
		"hidden_act": "gelu", "layer_norm_eps": 1e-12,
	}
	f := &Folder{Config: config, Files: map[string]any{"vocab.txt": strings.Join(vocabulary, "\n") + "\n"}}
	f.addWeights(len(vocabulary), layers)
	f.Module("Transformer", "", "sentence_bert_config.json", map[string]any{"max_seq_length": Positions, "do_lower_case": false})
	f.Module("Pooling", "1_Pooling", "config.json", map[string]any{
		"word_embedding_dimension": Hidden, "pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true,
		"pooling_mode_max_tokens": false, "pooling_mode_mean_sqrt_len_tokens": false,
	})
	f.Module("Normalize", "2_Normalize", "", nil)
	return f
}

// Module adds an entry to modules.json, and the file of its configuration where it has one.
func (f *Folder) Module(kind, path, file string, config map[string]any) {
	modules, _ := f.Files["modules.json"].([]map[string]any)
	n := len(modules)
	f.Files["modules.json"] = append(modules, map[string]any{
		"idx": n, "name": fmt.Sprint(n), "path": path, "type": "sentence_transformers.models." + kind,
	})
	if file != "" {
		f.Files[filepath.Join(path, file)] = config
	}
}

// Plain leaves what sentence-transformers adds out: a folder as transformers writes it.
func (f *Folder) Plain() *Folder {
	for name := range f.Files {
		if name != "vocab.txt" {
			delete(f.Files, name)
		}
	}
	return f
}

// Write writes the folder, which may exist.
func (f *Folder) Write(dir string) error {
	files := map[string]any{"config.json": f.Config}
	for name, content := range f.Files {
		files[name] = content
	}
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		data, isText := content.(string)
		if !isText {
			text, err := json.MarshalIndent(content, "", "  ")
			if err != nil {
				return err
			}
			data = string(text)
		}
		if err := os.WriteFile(path, []byte(data), 0o666); err != nil {
			return err
		}
	}
	if f.Tensors == nil {
		return nil
	}
	return safetensors.Write(filepath.Join(dir, "model.safetensors"), f.Tensors, nil)
}

// vocabulary has the special tokens, and each letter and digit at the start of a word and within one.
func vocabulary() []string {
	tokens := []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}
	for _, r := range "abcdefghijklmnopqrstuvwxyz0123456789" {
		tokens = append(tokens, string(r), "##"+string(r))
	}
	return append(tokens, ".", ",", "?", "-", "the", "of", "wing", "flow", "heat", "pressure", "##ing", "##s")
}

func (f *Folder) addWeights(words, layers int) {
	random := rand.New(rand.NewPCG(1, 2))
	add := func(name string, deviation, mean float64, shape ...int) {
		size := 1
		for _, d := range shape {
			size *= d
		}
		data := make([]float32, size)
		for i := range data {
			data[i] = float32(mean + deviation*random.NormFloat64())
		}
		f.Tensors = append(f.Tensors, safetensors.Float32Tensor{Name: name, Shape: shape, Data: data})
	}
	dense := func(name string, out, in int) {
		add(name+".weight", 0.3, 0, out, in)
		add(name+".bias", 0.1, 0, out)
	}
	norm := func(name string) {
		add(name+".weight", 0.1, 1, Hidden)
		add(name+".bias", 0.1, 0, Hidden)
	}
	add("embeddings.word_embeddings.weight", 1, 0, words, Hidden)
	add("embeddings.position_embeddings.weight", 0.1, 0, Positions, Hidden)
	add("embeddings.token_type_embeddings.weight", 0.1, 0, 2, Hidden)
	norm("embeddings.LayerNorm")
	for i := range layers {
		at := fmt.Sprintf("encoder.layer.%d.", i)
		for _, part := range []string{"attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"} {
			dense(at+part, Hidden, Hidden)
		}
		norm(at + "attention.output.LayerNorm")
		dense(at+"intermediate.dense", 2*Hidden, Hidden)
		dense(at+"output.dense", Hidden, 2*Hidden)
		norm(at + "output.LayerNorm")
	}
}
