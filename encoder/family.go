package encoder

import (
	"fmt"
	"strings"
)

// family is how a kind of model differs from BERT, whose names for weights and
// for keys of config.json the rest of the package speaks.
type family struct {
	kind   string            // model_type in config.json
	prefix string            // before a weight's name in a checkpoint that was saved with a head
	keys   map[string]string // config.json's keys by BERT's, where they differ
	names  *strings.Replacer // BERT's names of weights into its own; nil where they are the same

	noTypes  bool // without token types
	relative bool // attention also weighs how far apart two tokens are

	// The position table's row of a text's first token: RoBERTa keeps the rows up to the padding token's id free.
	positionsFrom int
	afterPadding  bool
}

// families are those that one graph computes: post-norm encoders whose layers
// are BERT's. Sources: the models of these names in Hugging Face transformers.
var families = []family{
	{kind: "bert", prefix: "bert."},
	{kind: "distilbert", prefix: "distilbert.", noTypes: true,
		keys: map[string]string{
			"hidden_size": "dim", "num_hidden_layers": "n_layers", "num_attention_heads": "n_heads",
			"intermediate_size": "hidden_dim", "hidden_act": "activation",
		},
		names: strings.NewReplacer(
			LayerPrefix, "transformer.layer.",
			queryDense, "attention.q_lin", keyDense, "attention.k_lin", valueDense, "attention.v_lin",
			attendedDense, "attention.out_lin", attendedNorm, "sa_layer_norm",
			innerDense, "ffn.lin1", outDense, "ffn.lin2", outNorm, "output_layer_norm"),
	},
	{kind: "roberta", prefix: "roberta.", afterPadding: true},
	{kind: "xlm-roberta", prefix: "roberta.", afterPadding: true},
	{kind: "camembert", prefix: "roberta.", afterPadding: true},
	{kind: "mpnet", prefix: "mpnet.", noTypes: true, relative: true, positionsFrom: 2,
		names: strings.NewReplacer(
			queryDense, "attention.attn.q", keyDense, "attention.attn.k", valueDense, "attention.attn.v",
			attendedDense, "attention.attn.o", attendedNorm, "attention.LayerNorm"),
	},
}

func familyOf(kind string) (family, error) {
	var known []string
	for _, f := range families {
		if f.kind == kind {
			return f, nil
		}
		known = append(known, f.kind)
	}
	return family{}, fmt.Errorf("want model_type one of %s, got %q", strings.Join(known, ", "), kind)
}

// key is the family's own for a key of BERT's config.json.
func (f family) key(bert string) string {
	if own, ok := f.keys[bert]; ok {
		return own
	}
	return bert
}

// stored is what a checkpoint of the family calls a weight.
func (f family) stored(name string) string {
	if f.names == nil {
		return name
	}
	return f.names.Replace(name)
}
