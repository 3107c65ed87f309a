package encoder

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/encoder/encodertest"
)

// saved saves a model and loads it again.
func saved(t *testing.T, m *Model) *Model {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "saved")
	if err := m.Save(dir, "", nil); err != nil {
		t.Fatal(err)
	}
	back, err := Load(context.Background(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// TestSavedDType: transformers 5 loads weights as what config.json says, and ours are float32 whatever the base's were.
func TestSavedDType(t *testing.T) {
	for _, keys := range [][]string{nil, {"torch_dtype"}, {"dtype"}, {"dtype", "torch_dtype"}} {
		f := encodertest.Tiny()
		for _, key := range keys {
			f.Config[key] = "bfloat16"
		}
		back := saved(t, load(t, f, Options{}))
		got := map[string]any{}
		for _, key := range []string{"dtype", "torch_dtype"} {
			if value, ok := back.raw[key]; ok {
				got[key] = value
			}
		}
		if !slices.Equal(slices.Sorted(maps.Keys(got)), keys) || slices.ContainsFunc(keys, func(key string) bool { return got[key] != "float32" }) {
			t.Errorf("want %q as float32, got %v", keys, got)
		}
	}
}

// TestLowercase: do_lower_case comes before a tokenizer that keeps case, as the
// Rust library lower-cases: İ becomes two characters, a final sigma is none.
func TestLowercase(t *testing.T) {
	folder := func(lowercase bool) *encodertest.Folder {
		f := encodertest.Tiny()
		f.Files["vocab.txt"] = strings.NewReplacer("\nwing\n", "\ni\u0307\n", "\npressure\n", "\nσ\n").Replace(f.Files["vocab.txt"].(string))
		f.Files["tokenizer_config.json"] = map[string]any{"do_lower_case": false}
		f.Files["sentence_bert_config.json"] = map[string]any{"max_seq_length": 32, "do_lower_case": lowercase}
		return f
	}
	const upper, lower = "HEAT Flow İ Σ", "heat flow i\u0307 σ"
	cased, uncased := load(t, folder(false), Options{}), load(t, folder(true), Options{})
	want := cased.Tokenize(lower, 0)
	for name, m := range map[string]*Model{"read": uncased, "saved and read": saved(t, uncased)} {
		if got := m.Tokenize(upper, 0); !slices.Equal(got, want) {
			t.Errorf("%s: want %v, got %v", name, want, got)
		}
	}
	if got := saved(t, cased).Tokenize(upper, 0); slices.Equal(got, want) {
		t.Errorf("want case kept where do_lower_case is false, got %v", got)
	}
	if fingerprint(t, cased) == fingerprint(t, uncased) {
		t.Error("want other vectors to have another fingerprint")
	}
}

// TestPromptOptions: the prompts of the options take the folder's place, and stay with the model.
func TestPromptOptions(t *testing.T) {
	text := func(s string) *string { return &s }
	plain := encodertest.Tiny()
	all := encodertest.Tiny()
	all.Files["config_sentence_transformers.json"] = `{"prompts": {"all": "a: ", "passage": "p: "}, "default_prompt_name": "all"}`
	for _, c := range []struct {
		name            string
		folder          *encodertest.Folder
		opts            Options
		query, document string
	}{
		{"none", plain, Options{}, "", ""},
		{"both", plain, Options{QueryPrompt: text("query: "), DocumentPrompt: text("passage: ")}, "query: ", "passage: "},
		{"the folder's", all, Options{}, "a: ", "p: "},
		{"one beside the folder's", all, Options{QueryPrompt: text("q: ")}, "q: ", "p: "},
		{"empty ones", all, Options{QueryPrompt: text(""), DocumentPrompt: text("")}, "", ""},
	} {
		m := load(t, c.folder, c.opts)
		back := saved(t, m)
		for _, m := range []*Model{m, back} {
			if q, d := m.PromptFor("query"), m.PromptFor("document"); q != c.query || d != c.document {
				t.Errorf("%s: want %q and %q, got %q and %q", c.name, c.query, c.document, q, d)
			}
		}
		if fingerprint(t, m) != fingerprint(t, back) {
			t.Errorf("%s: want the saved model's fingerprint unchanged", c.name)
		}
		own := c.opts.QueryPrompt == nil && c.opts.DocumentPrompt == nil
		if same := fingerprint(t, m) == fingerprint(t, load(t, c.folder, Options{})); same != own {
			t.Errorf("%s: want the folder's own fingerprint %t, got %t", c.name, own, same)
		}
	}
}

// TestDefaultPromptIsFingerprinted: the same prompts under another default are put before texts otherwise.
func TestDefaultPromptIsFingerprinted(t *testing.T) {
	var sums []string
	for _, name := range []string{"a", "b"} {
		f := encodertest.Tiny()
		f.Files["config_sentence_transformers.json"] = map[string]any{"prompts": map[string]string{"a": "x ", "b": "y "}, "default_prompt_name": name}
		sums = append(sums, fingerprint(t, load(t, f, Options{})))
	}
	if sums[0] == sums[1] {
		t.Errorf("want two fingerprints, got %s twice", sums[0])
	}
}

// TestPoolingWithoutPromptStaysSo: the saved folder says as the base's does that a prompt's tokens would not count.
func TestPoolingWithoutPromptStaysSo(t *testing.T) {
	f := encodertest.Tiny()
	f.Files["1_Pooling/config.json"] = `{"pooling_mode": "mean", "include_prompt": false}`
	m := saved(t, load(t, f, Options{}))
	prompt := "query: "
	_, err := Load(context.Background(), m.Dir, Options{QueryPrompt: &prompt})
	if want := `want pooling with include_prompt, got false, which leaves the prompt "query" out`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("want %s, got %v", want, err)
	}
}
