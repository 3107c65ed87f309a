package encoder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Config describes a model: its BERT shape, and what sentence-transformers puts around it.
type Config struct {
	Architecture string // "BertModel" and its kin, as the folder's config.json names it
	VocabSize    int
	HiddenSize   int
	Layers       int
	Heads        int
	Intermediate int    // width of the feed-forward layer
	MaxPositions int    // rows of the position table
	TypeVocab    int    // rows of the token-type table
	Activation   string // "gelu", "gelu_new" or "relu"
	LayerNormEps float64

	MaxLength int     // tokens a text is cut at, [CLS] and [SEP] included
	Lowercase bool    // whether texts are lower-cased before the tokenizer, which may do so too
	Pooling   Pooling // how token states become one vector
	Normalize bool    // whether vectors have unit length

	// Prompts are put before a text by name ("query", "document"); an absent name is no prompt.
	Prompts       map[string]string
	DefaultPrompt string // the prompt's name where none is asked for, or ""
	Similarity    string // "cosine" or "dot"

	raw         map[string]any // config.json as read, written back by Save
	skipsPrompt bool           // whether pooling leaves a prompt's tokens out
}

// bertConfig is the part of config.json that shapes the graph.
type bertConfig struct {
	ModelType             string   `json:"model_type"`
	Architectures         []string `json:"architectures"`
	VocabSize             int      `json:"vocab_size"`
	HiddenSize            int      `json:"hidden_size"`
	NumHiddenLayers       int      `json:"num_hidden_layers"`
	NumAttentionHeads     int      `json:"num_attention_heads"`
	IntermediateSize      int      `json:"intermediate_size"`
	MaxPositionEmbeddings int      `json:"max_position_embeddings"`
	TypeVocabSize         int      `json:"type_vocab_size"`
	HiddenAct             string   `json:"hidden_act"`
	LayerNormEps          *float64 `json:"layer_norm_eps"`
	PositionEmbeddingType string   `json:"position_embedding_type"`
}

var activations = []string{"gelu", "gelu_new", "relu"}

const (
	maxLayers = 1000 // what a broken config.json may ask of memory before the weights are looked at
	shortest  = 3    // a maximum length leaves room for [CLS], [SEP] and one token
)

// ReadConfig reads the configuration of a model folder. Without modules.json
// the folder is a plain Hugging Face model: mean pooling, no normalisation.
func ReadConfig(dir string) (Config, error) {
	file := filepath.Join(dir, "config.json")
	var bert bertConfig
	if err := readJSON(file, &bert); err != nil {
		return Config{}, err
	}
	c := Config{
		VocabSize: bert.VocabSize, HiddenSize: bert.HiddenSize, Layers: bert.NumHiddenLayers,
		Heads: bert.NumAttentionHeads, Intermediate: bert.IntermediateSize,
		MaxPositions: bert.MaxPositionEmbeddings, TypeVocab: bert.TypeVocabSize,
		Activation: bert.HiddenAct, LayerNormEps: 1e-12,
		Pooling: MeanPooling, Similarity: "cosine", Prompts: map[string]string{},
	}
	if bert.LayerNormEps != nil {
		c.LayerNormEps = *bert.LayerNormEps
	}
	if len(bert.Architectures) > 0 {
		c.Architecture = bert.Architectures[0]
	}
	if err := readJSON(file, &c.raw); err != nil {
		return Config{}, err
	}
	switch {
	case bert.ModelType != "bert":
		return Config{}, fmt.Errorf(`%s: want model_type "bert", got %q`, file, bert.ModelType)
	case bert.PositionEmbeddingType != "" && bert.PositionEmbeddingType != "absolute":
		return Config{}, fmt.Errorf(`%s: want position_embedding_type "absolute", got %q`, file, bert.PositionEmbeddingType)
	case !slices.Contains(activations, c.Activation):
		return Config{}, fmt.Errorf("%s: want hidden_act one of %s, got %q", file, strings.Join(activations, ", "), c.Activation)
	case c.HiddenSize <= 0 || c.Layers <= 0 || c.Heads <= 0 || c.VocabSize <= 0 || c.MaxPositions <= 0 || c.TypeVocab <= 0 || c.Intermediate <= 0:
		return Config{}, fmt.Errorf("%s: want positive vocab_size, hidden_size, num_hidden_layers, num_attention_heads, intermediate_size, max_position_embeddings and type_vocab_size", file)
	case c.Layers > maxLayers:
		return Config{}, fmt.Errorf("%s: want num_hidden_layers of at most %d, got %d", file, maxLayers, c.Layers)
	case c.MaxPositions < shortest:
		return Config{}, fmt.Errorf("%s: want max_position_embeddings of at least %d, got %d", file, shortest, c.MaxPositions)
	case c.HiddenSize%c.Heads != 0:
		return Config{}, fmt.Errorf("%s: want hidden_size divisible by num_attention_heads, got %d and %d", file, c.HiddenSize, c.Heads)
	}
	c.MaxLength = min(512, c.MaxPositions)
	if err := c.readTokenizerLength(filepath.Join(dir, "tokenizer_config.json")); err != nil {
		return Config{}, err
	}
	if err := c.readSentenceTransformers(dir); err != nil {
		return Config{}, err
	}
	return c, nil
}

// checkLength holds a maximum length of tokens against the position table: the
// device would take the last row for those beyond it and say nothing.
func (c Config) checkLength(tokens int) error {
	if tokens < shortest || tokens > c.MaxPositions {
		return fmt.Errorf("want a maximum length between %d and the model's %d positions, got %d", shortest, c.MaxPositions, tokens)
	}
	return nil
}

// readTokenizerLength takes the maximum length from the tokenizer's
// configuration, the only place where sentence-transformers 6 writes it.
// Transformers writes a number beyond all lengths where it knows none.
func (c *Config) readTokenizerLength(file string) error {
	var t struct {
		ModelMaxLength *float64 `json:"model_max_length"`
	}
	if err := readJSON(file, &t); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	switch {
	case t.ModelMaxLength == nil:
	case *t.ModelMaxLength < shortest:
		return fmt.Errorf("%s: want model_max_length of at least %d, got %g", file, shortest, *t.ModelMaxLength)
	default:
		c.MaxLength = int(min(*t.ModelMaxLength, float64(c.MaxPositions)))
	}
	return nil
}

func readJSON(file string, value any) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	err = json.Unmarshal(data, value)
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &kind) && kind.Field != "":
		return fmt.Errorf("%s: want %s as %v, got a JSON %s", file, kind.Field, kind.Type, kind.Value)
	case err != nil:
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
