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
	Pooling   Pooling // how token states become one vector
	Normalize bool    // whether vectors have unit length

	// Prompts are put before a text by name ("query", "document"); an absent name is no prompt.
	Prompts       map[string]string
	DefaultPrompt string // the prompt's name where none is asked for, or ""
	Similarity    string // "cosine" or "dot"

	raw map[string]any // config.json as read, written back by Save
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
	case c.HiddenSize%c.Heads != 0:
		return Config{}, fmt.Errorf("%s: want hidden_size divisible by num_attention_heads, got %d and %d", file, c.HiddenSize, c.Heads)
	}
	c.MaxLength = min(512, c.MaxPositions)
	return c, c.readSentenceTransformers(dir)
}

// readSentenceTransformers reads modules.json and what it names, in the older
// layout (up to version 5) and the newer one.
func (c *Config) readSentenceTransformers(dir string) error {
	var modules []struct {
		Path string `json:"path"`
		Type string `json:"type"`
	}
	file := filepath.Join(dir, "modules.json")
	if err := readJSON(file, &modules); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	for _, m := range modules {
		kind := m.Type[strings.LastIndexByte(m.Type, '.')+1:]
		var err error
		switch kind {
		case "Transformer":
			err = c.readTransformer(filepath.Join(dir, m.Path, "sentence_bert_config.json"))
		case "Pooling":
			err = c.readPooling(filepath.Join(dir, m.Path, "config.json"))
		case "Normalize":
			c.Normalize = true
		default:
			err = fmt.Errorf("%s: want modules Transformer, Pooling and Normalize, got %q", file, m.Type)
		}
		if err != nil {
			return err
		}
	}
	return c.readPrompts(filepath.Join(dir, "config_sentence_transformers.json"))
}

func (c *Config) readTransformer(file string) error {
	var t struct {
		MaxSeqLength *int `json:"max_seq_length"`
	}
	if err := readJSON(file, &t); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if t.MaxSeqLength != nil {
		if *t.MaxSeqLength < 3 || *t.MaxSeqLength > c.MaxPositions {
			return fmt.Errorf("%s: want max_seq_length between 3 and max_position_embeddings %d, got %d", file, c.MaxPositions, *t.MaxSeqLength)
		}
		c.MaxLength = *t.MaxSeqLength
	}
	return nil
}

func (c *Config) readPooling(file string) error {
	var p map[string]any
	if err := readJSON(file, &p); err != nil {
		return err
	}
	var modes []string
	switch mode := p["pooling_mode"].(type) { // the newer layout names the mode, or a list of them
	case string:
		modes = append(modes, mode)
	case []any:
		for _, m := range mode {
			modes = append(modes, fmt.Sprint(m))
		}
	}
	for key, on := range p {
		if name, ok := strings.CutPrefix(key, "pooling_mode_"); ok && on == true {
			modes = append(modes, strings.TrimSuffix(strings.TrimSuffix(name, "_tokens"), "_token"))
		}
	}
	if len(modes) != 1 || (modes[0] != "mean" && modes[0] != "cls") {
		return fmt.Errorf("%s: want pooling mean or cls, got %q", file, modes)
	}
	c.Pooling = Pooling(modes[0])
	return nil
}

func (c *Config) readPrompts(file string) error {
	var s struct {
		Prompts       map[string]string `json:"prompts"`
		DefaultPrompt *string           `json:"default_prompt_name"`
		Similarity    string            `json:"similarity_fn_name"`
	}
	if err := readJSON(file, &s); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	for name, prompt := range s.Prompts {
		c.Prompts[name] = prompt
	}
	if s.DefaultPrompt != nil {
		if _, ok := c.Prompts[*s.DefaultPrompt]; !ok {
			return fmt.Errorf("%s: default_prompt_name %q is not among the prompts", file, *s.DefaultPrompt)
		}
		c.DefaultPrompt = *s.DefaultPrompt
	}
	switch s.Similarity {
	case "":
	case "cosine", "dot":
		c.Similarity = s.Similarity
	default:
		return fmt.Errorf("%s: want similarity_fn_name cosine or dot, got %q", file, s.Similarity)
	}
	return nil
}

func readJSON(file string, value any) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, value); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
