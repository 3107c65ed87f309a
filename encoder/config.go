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
	Architecture   string // "BertModel" and its kin, as the folder's config.json names it
	VocabSize      int
	HiddenSize     int
	Layers         int
	Heads          int
	Intermediate   int    // width of the feed-forward layer
	MaxPositions   int    // tokens a text can have
	PositionOffset int    // the position table's row of a text's first token; the rows before it are not for texts
	TypeVocab      int    // rows of the token-type table, 0 where there is none
	Relative       bool   // whether attention also weighs how far apart two tokens stand, as MPNet's does
	Activation     string // "gelu", "gelu_new" or "relu"
	LayerNormEps   float64

	MaxLength int     // tokens a text is cut at, [CLS] and [SEP] included
	Lowercase bool    // whether texts are lower-cased before the tokenizer, which may do so too
	Pooling   Pooling // how token states become one vector
	Normalize bool    // whether vectors have unit length

	// Prompts are put before a text by name ("query", "document"); an absent name is no prompt.
	Prompts       map[string]string
	DefaultPrompt string // the prompt's name where none is asked for, or ""
	Similarity    string // "cosine" or "dot"

	family      family
	raw         map[string]any // config.json as read, written back by Save
	skipsPrompt bool           // whether pooling leaves a prompt's tokens out
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
	f, err := readConfigFile(file)
	if err != nil {
		return Config{}, err
	}
	c := f.shape()
	position, buckets := f.text("position_embedding_type"), f.whole("relative_attention_num_buckets", relativeBuckets)
	heads, positions := f.key("num_attention_heads"), f.key("max_position_embeddings")
	switch {
	case *f.err != nil:
		return Config{}, *f.err
	case position != "" && position != "absolute":
		return Config{}, fmt.Errorf(`%s: want position_embedding_type "absolute", got %q`, file, position)
	case !slices.Contains(activations, c.Activation):
		return Config{}, fmt.Errorf("%s: want %s one of %s, got %q", file, f.key("hidden_act"), strings.Join(activations, ", "), c.Activation)
	case c.Layers > maxLayers:
		return Config{}, fmt.Errorf("%s: want %s of at most %d, got %d", file, f.key("num_hidden_layers"), maxLayers, c.Layers)
	case c.MaxPositions < shortest:
		return Config{}, fmt.Errorf("%s: want %s of at least %d, got %d", file, positions, shortest+c.PositionOffset, c.MaxPositions+c.PositionOffset)
	case c.HiddenSize%c.Heads != 0:
		return Config{}, fmt.Errorf("%s: want %s divisible by %s, got %d and %d", file, f.key("hidden_size"), heads, c.HiddenSize, c.Heads)
	case c.Relative && buckets != relativeBuckets:
		return Config{}, fmt.Errorf("%s: want relative_attention_num_buckets %d, got %d", file, relativeBuckets, buckets)
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

// shape is the part of config.json that shapes the graph, under its defaults for the rest.
func (f configFile) shape() Config {
	c := Config{
		VocabSize: f.size("vocab_size"), HiddenSize: f.size("hidden_size"), Layers: f.size("num_hidden_layers"),
		Heads: f.size("num_attention_heads"), Intermediate: f.size("intermediate_size"),
		PositionOffset: f.positionsFrom, Relative: f.relative, Activation: f.text("hidden_act"), LayerNormEps: f.real("layer_norm_eps", 1e-12),
		Pooling: MeanPooling, Similarity: "cosine", Prompts: map[string]string{},
		family: f.family, raw: f.values,
	}
	if f.afterPadding {
		c.PositionOffset = f.whole("pad_token_id", 1) + 1
	}
	c.MaxPositions = f.size("max_position_embeddings") - c.PositionOffset
	if !f.noTypes {
		c.TypeVocab = f.size("type_vocab_size")
	}
	if names, ok := f.values["architectures"].([]any); ok && len(names) > 0 {
		c.Architecture, _ = names[0].(string)
	}
	return c
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
