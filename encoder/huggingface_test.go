package encoder

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/encoder/encodertest"
)

// foreign is a case of testdata/tokenizers.json: a tokenizer.json that our
// WordPiece does not read, and the Rust library's ids.
type foreign struct {
	Name      string
	Tokenizer map[string]any
	Cases     []struct {
		Text string
		IDs  []int32
		Cut  []int32 `json:"ids_max_8"`
	}
}

func foreignTokenizers(t *testing.T) []foreign {
	t.Helper()
	data, err := os.ReadFile("testdata/tokenizers.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []foreign
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestForeignTokenizers also holds that special tokens, which are in the
// vocabulary, do not count beyond it: word_piece has as many tokens as the model has rows.
func TestForeignTokenizers(t *testing.T) {
	for _, c := range foreignTokenizers(t) {
		t.Run(c.Name, func(t *testing.T) {
			f := encodertest.Tiny()
			f.Files["tokenizer.json"] = c.Tokenizer
			m := load(t, f, Options{})
			if got := m.tokenizer.PadID(); got != 0 {
				t.Errorf("want [PAD] 0, got %d", got)
			}
			for _, c := range c.Cases {
				if got := m.Tokenize(c.Text, 0); !slices.Equal(got, c.IDs) {
					t.Errorf("%q: want %v, got %v", c.Text, c.IDs, got)
				}
				if got := m.Tokenize(c.Text, 8); !slices.Equal(got, c.Cut) {
					t.Errorf("%q cut at 8: want %v, got %v", c.Text, c.Cut, got)
				}
			}
			if _, err := m.Encode(context.Background(), []string{"", "heat flow"}, EncodeOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestForeignTokenizersRefused(t *testing.T) {
	base := foreignTokenizers(t)[0].Tokenizer
	with := func(name string, fields map[string]any) map[string]any {
		j, inner := maps.Clone(base), map[string]any{}
		if old, ok := j[name].(map[string]any); ok {
			inner = maps.Clone(old)
		}
		maps.Copy(inner, fields)
		j[name] = inner
		return j
	}
	typed := func(name, kind string) map[string]any { return with(name, map[string]any{"type": kind}) }
	sequence := func(name, list string, kinds ...string) map[string]any {
		var parts []map[string]any
		for _, kind := range kinds {
			parts = append(parts, map[string]any{"type": kind})
		}
		return with(name, map[string]any{"type": "Sequence", list: parts})
	}
	bpe := func(field string, value any) map[string]any {
		return with("model", map[string]any{"type": "BPE", "continuing_subword_prefix": "", field: value})
	}
	added := slices.Clone(base["added_tokens"].([]any))
	added = append(added, map[string]any{"id": 95, "content": "[NEW]", "special": true})
	beyond := maps.Clone(base)
	beyond["added_tokens"] = added
	for _, c := range []struct {
		name      string
		tokenizer map[string]any
		want      string
	}{
		{"a token beyond the rows", beyond, "want a tokenizer of at most vocab_size 89 tokens, as config.json has it, got one of 96"},
		{"Unigram of BERT's words", typed("model", "Unigram"), `normalizer: want Precompiled, Strip and Replace of " {2,}" by " ", got "Lowercase"`},
		{"another model", typed("model", "Other"), `model: want one of WordPiece, BPE, WordLevel, got "Other"`},
		{"BPE with a prefix", bpe("continuing_subword_prefix", "##"), `model: want BPE without continuing_subword_prefix, fuse_unk, byte_fallback and ignore_merges, got "##"`},
		{"BPE of bytes", bpe("byte_fallback", true), `got "", false, true and false`},
		{"SentencePiece's normalizer", typed("normalizer", "Precompiled"), `normalizer: want one of BertNormalizer, Lowercase, `},
		{"one among others", sequence("normalizer", "normalizers", "NFC", "Nmt"), `got "Nmt"`},
		{"words and punctuation", typed("pre_tokenizer", "Whitespace"), `pre_tokenizer: want one of BertPreTokenizer, WhitespaceSplit, Punctuation, got "Whitespace"`},
		{"bytes", sequence("pre_tokenizer", "pretokenizers", "WhitespaceSplit", "ByteLevel"), `got "ByteLevel"`},
		{"whole texts", typed("pre_tokenizer", ""), `pre_tokenizer: want one of`},
		{"several post-processors", sequence("post_processor", "processors", "TemplateProcessing"), `post_processor: want one of TemplateProcessing, BertProcessing, RobertaProcessing, got "Sequence"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, f := t.TempDir(), encodertest.Tiny()
			f.Files["tokenizer.json"] = c.tokenizer
			if err := f.Write(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(context.Background(), dir, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %s, got %v", c.want, err)
			}
		})
	}
}
