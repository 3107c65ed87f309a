package encoder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/encoder/encodertest"
)

func readConfig(t *testing.T, f *encodertest.Folder) (Config, error) {
	t.Helper()
	dir := t.TempDir()
	if err := f.Write(dir); err != nil {
		t.Fatal(err)
	}
	return ReadConfig(dir)
}

// sixth lays a folder out as sentence-transformers 6.2 writes it: modules by
// their full paths, the length with the tokenizer, pooling under other keys.
func sixth(f *encodertest.Folder, maxLength int) *encodertest.Folder {
	f.Files["modules.json"] = []map[string]any{
		{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.base.modules.transformer.Transformer"},
		{"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.sentence_transformer.modules.pooling.Pooling"},
		{"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.base.modules.normalize.Normalize"},
	}
	f.Files["sentence_bert_config.json"] = map[string]any{
		"transformer_task":   "feature-extraction",
		"modality_config":    map[string]any{"text": map[string]any{"method": "forward", "method_output_name": "last_hidden_state"}},
		"module_output_name": "token_embeddings",
	}
	f.Files["tokenizer_config.json"] = map[string]any{"backend": "tokenizers", "model_max_length": maxLength, "tokenizer_class": "BertTokenizer"}
	f.Files["1_Pooling/config.json"] = map[string]any{"embedding_dimension": encodertest.Hidden, "pooling_mode": "mean", "include_prompt": true}
	return f
}

func TestBothLayoutsAreReadAlike(t *testing.T) {
	prompts := map[string]any{
		"prompts":             map[string]string{"query": "query: ", "document": ""},
		"default_prompt_name": nil, "similarity_fn_name": "dot",
	}
	older := encodertest.Tiny()
	older.Files["sentence_bert_config.json"] = map[string]any{"max_seq_length": 48, "do_lower_case": false}
	older.Files["tokenizer_config.json"] = map[string]any{"model_max_length": 64}
	older.Files["config_sentence_transformers.json"] = prompts
	newer := sixth(encodertest.Tiny(), 48)
	newer.Files["config_sentence_transformers.json"] = prompts

	a, err := readConfig(t, older)
	if err != nil {
		t.Fatal(err)
	}
	b, err := readConfig(t, newer)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("older layout\n%+v\nnewer layout\n%+v", a, b)
	}
	if a.MaxLength != 48 || a.Pooling != MeanPooling || !a.Normalize || a.Similarity != "dot" || a.Prompts["query"] != "query: " {
		t.Errorf("want 48 tokens, mean, normalised, dot and a query prompt, got %+v", a)
	}
}

func TestPlainFolder(t *testing.T) {
	c, err := readConfig(t, encodertest.Tiny().Plain())
	if err != nil {
		t.Fatal(err)
	}
	if c.Pooling != MeanPooling || c.Normalize || c.MaxLength != encodertest.Positions || c.Similarity != "cosine" || len(c.Prompts) != 0 {
		t.Errorf("want mean pooling, no normalisation, %d tokens, got %+v", encodertest.Positions, c)
	}
}

func TestMaxLength(t *testing.T) {
	for _, c := range []struct {
		name                   string
		tokenizer, transformer any // nil: the key is absent
		want                   int
	}{
		{"neither", nil, nil, 128},
		{"the tokenizer's", 20, nil, 20},
		{"the module's", nil, 30, 30},
		{"the module's before the tokenizer's", 20, 30, 30},
		{"beyond the positions", 200, nil, 128},
		{"no limit, as transformers writes it", 1e30, nil, 128},
	} {
		f := encodertest.Tiny()
		f.Files["tokenizer_config.json"] = map[string]any{"model_max_length": c.tokenizer}
		f.Files["sentence_bert_config.json"] = map[string]any{"max_seq_length": c.transformer}
		if got, err := readConfig(t, f); err != nil || got.MaxLength != c.want {
			t.Errorf("%s: want %d tokens, got %d, %v", c.name, c.want, got.MaxLength, err)
		}
	}
}

func TestPooling(t *testing.T) {
	for text, want := range map[string]string{
		`{"pooling_mode": "cls"}`:    "cls",
		`{"pooling_mode": ["mean"]}`: "mean",
		`{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}`:                 "cls",
		`{"pooling_mode_mean_tokens": true}`:                                                  "mean",
		`{"word_embedding_dimension": 16}`:                                                    "mean", // its default
		`{"pooling_mode": "cls", "pooling_mode_mean_tokens": true}`:                           "cls",  // the newer key holds
		`{"pooling_mode": "max"}`:                                                             `want pooling mean or cls, got ["max"]`,
		`{"pooling_mode": ["cls", "mean"]}`:                                                   `got ["cls" "mean"]`,
		`{"pooling_mode": "lasttoken"}`:                                                       `got ["lasttoken"]`,
		`{"pooling_mode": 1}`:                                                                 `got []`,
		`{"pooling_mode_max_tokens": true}`:                                                   `got ["max"]`,
		`{"pooling_mode_lasttoken": true}`:                                                    `got ["lasttoken"]`,
		`{"pooling_mode_mean_sqrt_len_tokens": true}`:                                         `got ["mean_sqrt_len"]`,
		`{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true}`:                  `got ["cls" "mean"]`,
		`{"pooling_mode_weightedmean_tokens": true, "pooling_mode_mean_tokens": true, "a":0}`: `got ["mean" "weightedmean"]`,
	} {
		f := encodertest.Tiny()
		f.Files["1_Pooling/config.json"] = text
		c, err := readConfig(t, f)
		switch {
		case err == nil && string(c.Pooling) != want:
			t.Errorf("%s: want %s, got %s", text, want, c.Pooling)
		case err != nil && !strings.Contains(err.Error(), filepath.Join("1_Pooling", "config.json")+": "), err != nil && !strings.Contains(err.Error(), want):
			t.Errorf("%s: want %s, got %v", text, want, err)
		}
	}
}

func TestPrompts(t *testing.T) {
	for _, c := range []struct{ name, file, query, document string }{
		{"none", `{}`, "", ""},
		{"by role", `{"prompts": {"query": "q: ", "document": "d: "}}`, "q: ", "d: "},
		{"E5's name", `{"prompts": {"query": "query: ", "passage": "passage: "}}`, "query: ", "passage: "},
		{"default", `{"prompts": {"all": "a: "}, "default_prompt_name": "all"}`, "a: ", "a: "},
		{"default where the role has none", `{"prompts": {"query": "q: ", "all": "a: "}, "default_prompt_name": "all"}`, "q: ", "a: "},
		{"empty before default", `{"prompts": {"document": "", "all": "a: "}, "default_prompt_name": "all"}`, "a: ", ""},
	} {
		f := encodertest.Tiny()
		f.Files["config_sentence_transformers.json"] = c.file
		config, err := readConfig(t, f)
		if err != nil {
			t.Fatal(err)
		}
		m := Model{Network: Network{Config: config}}
		if q, d := m.PromptFor("query"), m.PromptFor("document"); q != c.query || d != c.document {
			t.Errorf("%s: want %q and %q, got %q and %q", c.name, c.query, c.document, q, d)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	set := func(key string, value any) func(f *encodertest.Folder) {
		return func(f *encodertest.Folder) { f.Config[key] = value }
	}
	file := func(name, content string) func(f *encodertest.Folder) {
		return func(f *encodertest.Folder) { f.Files[name] = content }
	}
	for _, c := range []struct {
		name  string
		spoil func(f *encodertest.Folder)
		want  string
	}{
		{"another model", set("model_type", "modernbert"), `config.json: want model_type one of bert, distilbert, roberta, xlm-roberta, camembert, mpnet, got "modernbert"`},
		{"no model", set("model_type", nil), `config.json: want model_type one of bert, distilbert, roberta, xlm-roberta, camembert, mpnet, got ""`},
		{"a model of another kind", set("model_type", 7), `want model_type one of bert, `},
		{"relative positions", set("position_embedding_type", "relative_key"), `config.json: want position_embedding_type "absolute", got "relative_key"`},
		{"unknown activation", set("hidden_act", "swish"), `config.json: want hidden_act one of gelu, gelu_new, relu, got "swish"`},
		{"no size", set("vocab_size", nil), "config.json: want vocab_size as a positive whole number, got none"},
		{"negative size", set("intermediate_size", -1), "config.json: want intermediate_size as a whole number, got -1"},
		{"no heads", set("num_attention_heads", 0), "config.json: want num_attention_heads as a positive whole number, got 0"},
		{"heads do not divide", set("num_attention_heads", 3), "config.json: want hidden_size divisible by num_attention_heads, got 16 and 3"},
		{"layers without end", set("num_hidden_layers", 1<<30), "config.json: want num_hidden_layers of at most 1000"},
		{"hardly a position", set("max_position_embeddings", 2), "config.json: want max_position_embeddings of at least 3, got 2"},
		{"text for a number", set("vocab_size", "many"), "config.json: want vocab_size as a whole number, got many"},
		{"a part of a number", set("hidden_size", 1.5), "config.json: want hidden_size as a whole number, got 1.5"},
		{"too long for the positions", file("sentence_bert_config.json", `{"max_seq_length": 129}`),
			"sentence_bert_config.json: want max_seq_length between 3 and max_position_embeddings 128, got 129"},
		{"no room for a token", file("sentence_bert_config.json", `{"max_seq_length": 2}`), "between 3 and max_position_embeddings 128, got 2"},
		{"a tokenizer of no length", file("tokenizer_config.json", `{"model_max_length": 0}`), "tokenizer_config.json: want model_max_length of at least 3, got 0"},
		{"a dense layer", func(f *encodertest.Folder) { f.Module("Dense", "3_Dense", "config.json", nil) },
			`modules.json: want modules Transformer, Pooling and Normalize, got "sentence_transformers.models.Dense"`},
		{"a module elsewhere", file("modules.json", `[{"idx": 0, "path": "../pooling", "type": "sentence_transformers.models.Pooling"}]`),
			`modules.json: want a path inside the folder, got "../pooling"`},
		{"broken modules", file("modules.json", `[{"idx": 0`), "modules.json: unexpected end of JSON input"},
		{"modules of another kind", file("modules.json", `{}`), "modules.json: json: cannot unmarshal object"},
		{"default prompt that is not there", file("config_sentence_transformers.json", `{"default_prompt_name": "query"}`),
			`config_sentence_transformers.json: default_prompt_name "query" is not among the prompts`},
		{"another similarity", file("config_sentence_transformers.json", `{"similarity_fn_name": "euclidean"}`),
			`config_sentence_transformers.json: want similarity_fn_name cosine or dot, got "euclidean"`},
		{"prompts that do not count", func(f *encodertest.Folder) {
			f.Files["1_Pooling/config.json"] = `{"pooling_mode": "mean", "include_prompt": false}`
			f.Files["config_sentence_transformers.json"] = `{"prompts": {"query": "Represent the question: "}}`
		}, `modules.json: want pooling with include_prompt, got false, which leaves the prompt "query" out`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := encodertest.Tiny()
			c.spoil(f)
			if _, err := readConfig(t, f); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want %s, got %v", c.want, err)
			}
		})
	}
	f := encodertest.Tiny()
	delete(f.Files, "1_Pooling/config.json")
	for _, dir := range []func() (Config, error){
		func() (Config, error) { return ReadConfig(t.TempDir()) },
		func() (Config, error) { return readConfig(t, f) },
	} {
		if _, err := dir(); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "config.json") {
			t.Errorf("want fs.ErrNotExist of a config.json, got %v", err)
		}
	}
}

// FuzzReadConfig holds that no content of a folder's files makes reading it
// panic, nor gives lengths that the position table does not have.
func FuzzReadConfig(f *testing.F) {
	names := [6]string{"config.json", "modules.json", "sentence_bert_config.json", "1_Pooling/config.json", "config_sentence_transformers.json", "tokenizer_config.json"}
	seed := func(folder *encodertest.Folder) {
		dir := f.TempDir()
		if err := folder.Write(dir); err != nil {
			f.Fatal(err)
		}
		var c [6][]byte
		for i, name := range names {
			c[i], _ = os.ReadFile(filepath.Join(dir, name)) // an absent file is an empty one
		}
		f.Add(c[0], c[1], c[2], c[3], c[4], c[5])
	}
	seed(encodertest.Tiny())
	seed(sixth(encodertest.Tiny(), 16))
	seed(encodertest.Tiny().Plain())
	prompted := encodertest.Tiny()
	prompted.Files["config_sentence_transformers.json"] = `{"prompts": {"query": "q"}, "default_prompt_name": "query"}`
	seed(prompted)
	for _, kind := range []string{"roberta", "mpnet", "distilbert"} {
		other := encodertest.Tiny()
		other.Config["model_type"] = kind
		seed(other)
	}
	f.Fuzz(func(t *testing.T, config, modules, transformer, pooling, prompts, tokenizer []byte) {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "1_Pooling"), 0o777); err != nil {
			t.Fatal(err)
		}
		for i, content := range [6][]byte{config, modules, transformer, pooling, prompts, tokenizer} {
			if len(content) == 0 {
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, names[i]), content, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		c, err := ReadConfig(dir)
		if err == nil && (c.MaxLength < shortest || c.MaxLength > c.MaxPositions || c.HiddenSize%c.Heads != 0 || c.Pooling == "") {
			t.Errorf("read %+v", c)
		}
	})
}
