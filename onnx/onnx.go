// Package onnx writes an encoder in the ONNX format, for runtimes that know
// nothing of gradus: ONNX Runtime and what is built on it, in any language.
//
// The way is short:
//
//	folder → graph of nodes, names of weights     bert.go, graph.go
//	graph  → protobuf, the weights streamed       protobuf.go, write.go
package onnx

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/encoder/safetensors"
)

// Path is where sentence-transformers looks for the file in a model folder.
const Path = "onnx/model.onnx"

// opset is the version of ONNX's operators that is written: what Hugging Face
// optimum-onnx 0.1 takes by default.
const opset = 18

// kinds are the models that are written, by model_type. Those whose layers have
// other names or other attention (DistilBERT, MPNet) are not.
var kinds = []string{"bert", "roberta", "xlm-roberta", "camembert"}

// Write writes the model of a folder, as encoder.Model.Save leaves it, as one ONNX file.
//   - input_ids, attention_mask and, for BERT, token_type_ids: [batch_size, sequence_length] int64
//   - last_hidden_state: [batch_size, sequence_length, hidden] float
//   - sentence_embedding: [batch_size, hidden] float, pooled and normalised as the folder says
//
// The inputs and last_hidden_state are those of optimum's feature extraction;
// sentence_embedding is what it calls the vector of a sentence-transformers
// model. Prompts, lower case, tokens and the cut at a maximum length come before the graph.
//
// One weight is held in memory at a time. Another kind of model is an error, and
// so are 2 GiB of weights, the most that a protobuf message holds.
func Write(w io.Writer, dir string) error {
	kind, err := kindOf(filepath.Join(dir, "config.json"))
	if err != nil {
		return err
	}
	config, err := encoder.ReadConfig(dir)
	if err != nil {
		return err
	}
	message, err := newGraph(config, kind).message()
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	weights, err := safetensors.OpenFolder(dir)
	if err != nil {
		return err
	}
	defer weights.Close()
	return message.write(w, weights)
}

// kindOf is a model's kind, if it is one of those that are written.
func kindOf(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var config struct {
		ModelType string `json:"model_type"`
	}
	if err := json.Unmarshal(text, &config); err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	if !slices.Contains(kinds, config.ModelType) {
		return "", fmt.Errorf("%s: want model_type one of %s to write ONNX, got %q", file, strings.Join(kinds, ", "), config.ModelType)
	}
	return config.ModelType, nil
}
