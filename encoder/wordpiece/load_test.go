package wordpiece

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func ExampleTokenizer_Encode() {
	dir, err := os.MkdirTemp("", "wordpiece")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	vocab := "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nun\n##aff\n##able\n!\n"
	if err := os.WriteFile(filepath.Join(dir, "vocab.txt"), []byte(vocab), 0o666); err != nil {
		fmt.Println(err)
		return
	}
	tok, err := Load(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tok.Encode("Unaffable!", 0))
	fmt.Println(tok.Encode("Unaffable!", 4))
	// Output:
	// [2 5 6 7 8 3]
	// [2 5 6 3]
}

// writeFolder writes a folder's files, from name to content.
func writeFolder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// edited returns a good tokenizer.json after edit changed it.
func edited(t *testing.T, edit func(j map[string]any)) string {
	t.Helper()
	j := map[string]any{
		"added_tokens":   []any{map[string]any{"id": 1, "content": "[UNK]"}},
		"normalizer":     map[string]any{"type": "BertNormalizer", "lowercase": true},
		"pre_tokenizer":  map[string]any{"type": "BertPreTokenizer"},
		"post_processor": map[string]any{"type": "BertProcessing", "sep": []any{"[SEP]", 3}, "cls": []any{"[CLS]", 2}},
		"model": map[string]any{
			"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
			"vocab": map[string]any{"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "a": 4},
		},
	}
	edit(j)
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestLoadErrors(t *testing.T) {
	part := func(name string, fields map[string]any) func(map[string]any) {
		return func(j map[string]any) {
			changed := maps.Clone(j[name].(map[string]any))
			maps.Copy(changed, fields)
			j[name] = changed
		}
	}
	typed := func(name, kind string) func(map[string]any) { return part(name, map[string]any{"type": kind}) }
	for _, c := range []struct {
		name  string
		edit  func(map[string]any)
		other bool // another kind of tokenizer, for the caller to try otherwise
		want  string
	}{
		{"BPE", typed("model", "BPE"), true, `model: want WordPiece, got "BPE"`},
		{"other normalizer", typed("normalizer", "Lowercase"), true, `normalizer: want BertNormalizer, got "Lowercase"`},
		{"no normalizer", func(j map[string]any) { j["normalizer"] = nil }, true, "normalizer"},
		{"other pre-tokenizer", typed("pre_tokenizer", "Whitespace"), true, `pre_tokenizer: want BertPreTokenizer, got "Whitespace"`},
		{"other post-processor", typed("post_processor", "Sequence"), true, "Sequence"},
		{"template without a sequence", func(j map[string]any) {
			j["post_processor"] = map[string]any{"type": "TemplateProcessing", "single": []any{}}
		}, true, "sequence A"},
		{"template token missing", func(j map[string]any) {
			j["post_processor"] = map[string]any{"type": "TemplateProcessing", "single": []any{map[string]any{"SpecialToken": map[string]any{"id": "[X]"}}}}
		}, false, `"[X]" among special_tokens`},
		{"special token beyond the vocabulary", part("post_processor", map[string]any{"cls": []any{"[CLS]", 99}}), false, "below 5, got 99"},
		{"no vocabulary", part("model", map[string]any{"vocab": nil}), false, `unknown token "[UNK]"`},
		{"unknown token missing", part("model", map[string]any{"unk_token": "<unk>"}), false, `unknown token "<unk>"`},
		{"id too large", part("model", map[string]any{"vocab": map[string]any{"[UNK]": 1 << 31}}), false, "want an id below"},
		{"negative id", part("model", map[string]any{"vocab": map[string]any{"[UNK]": -1}}), false, "model.vocab"},
		{"negative word length", part("model", map[string]any{"max_input_chars_per_word": -1}), false, "max_input_chars_per_word"},
		{"added token of nothing", func(j map[string]any) {
			j["added_tokens"] = []any{map[string]any{"content": "\u200b", "normalized": true}}
		}, false, "nothing is left"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(writeFolder(t, map[string]string{"tokenizer.json": edited(t, c.edit)}))
			wantError(t, err, "tokenizer.json", c.want)
			if got := errors.Is(err, ErrNotWordPiece); got != c.other {
				t.Errorf("want ErrNotWordPiece %v, got %v", c.other, err)
			}
		})
	}
}

func TestLoadFiles(t *testing.T) {
	good := "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n"
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"broken JSON", map[string]string{"tokenizer.json": "{"}, "tokenizer.json: "},
		{"not UTF-8", map[string]string{"vocab.txt": "[UNK]\n\xff\n"}, "vocab.txt:2: want UTF-8"},
		{"no special tokens", map[string]string{"vocab.txt": "[UNK]\n"}, "[CLS]"},
		{"broken tokenizer_config.json", map[string]string{"vocab.txt": good, "tokenizer_config.json": "["}, "tokenizer_config.json: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(writeFolder(t, c.files))
			wantError(t, err, c.want)
		})
	}
	_, err := Load(t.TempDir())
	wantError(t, err, "want tokenizer.json or vocab.txt, got neither")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("want fs.ErrNotExist, got %v", err)
	}
	_, err = Load(writeFolder(t, map[string]string{"vocab.txt": good, "tokenizer_config.json": `{"tokenizer_class":"BertJapaneseTokenizer"}`}))
	if !errors.Is(err, ErrNotWordPiece) {
		t.Errorf("want ErrNotWordPiece, got %v", err)
	}
}

// TestLoadVocabulary holds vocab.txt alone against tokenizer.json.
func TestLoadVocabulary(t *testing.T) {
	dir, err := miniLMFolder()
	if err != nil {
		t.Fatal(err)
	}
	vocab, err := os.ReadFile(filepath.Join(dir, "vocab.txt"))
	if err != nil {
		t.Fatal(err)
	}
	tok, err := Load(writeFolder(t, map[string]string{"vocab.txt": strings.ReplaceAll(string(vocab), "\n", "\r\n")}))
	if err != nil {
		t.Fatal(err)
	}
	cased, err := Load(writeFolder(t, map[string]string{
		"vocab.txt":             string(vocab),
		"tokenizer_config.json": `{"do_lower_case":false,"unk_token":{"content":"[UNK]"},"mask_token":null,"tokenizer_class":"BertTokenizerFast"}`,
	}))
	if err != nil {
		t.Fatal(err)
	}
	for text, ids := range readSample(t) {
		if got := tok.Encode(text, 0); !slices.Equal(got, ids["uncased"]) {
			t.Errorf("%q: want %v, got %v", text, ids["uncased"], got)
		}
		if got := cased.Encode(text, 0); !slices.Equal(got, ids["cased"]) {
			t.Errorf("cased: %q: want %v, got %v", text, ids["cased"], got)
		}
	}
}

func TestProperties(t *testing.T) {
	tok := loadMiniLM(t)
	if tok.PadID() != 0 || tok.VocabSize() != 30522 || tok.MaxLength() != 128 {
		t.Errorf("want pad 0, 30522 ids, 128 tokens, got %d, %d, %d", tok.PadID(), tok.VocabSize(), tok.MaxLength())
	}
}

func TestTinyMaxLength(t *testing.T) {
	tok := smallTokenizer(t)
	for maxLength, want := range [][]int32{1: {2}, 2: {2, 3}, 3: {2, 5, 3}} {
		if got := tok.Encode("the flow", maxLength); maxLength > 0 && !slices.Equal(got, want) {
			t.Errorf("cut at %d: want %v, got %v", maxLength, want, got)
		}
	}
}

func TestAppendEncodeAllocatesNothing(t *testing.T) {
	tok := loadMiniLM(t)
	text := strings.Repeat("The α-helix ratio ≈ 1.5 in naïve T cells, 中文 한국어 deoxyribonucleic. ", 40)
	dst := make([]int32, 0, 64)
	if got := testing.AllocsPerRun(100, func() { tok.AppendEncode(dst, text, 64) }); got != 0 {
		t.Errorf("want no allocation, got %v a call", got)
	}
}

func TestConcurrentUse(t *testing.T) {
	tok := smallTokenizer(t)
	want := tok.Encode("the boundary layer flow is unaffable", 0)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 1000 {
				if got := tok.Encode("the boundary layer flow is unaffable", 0); !slices.Equal(got, want) {
					t.Errorf("want %v, got %v", want, got)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestParseUnicodeErrors(t *testing.T) {
	for text, want := range map[string]string{
		"\nspace 0020..":             "2: ",
		"space":                      "1: want a range",
		"class 0300":                 "want one class",
		"blank 0020":                 `unknown kind "blank"`,
		"strip 0041":                 "want one target",
		"lower 0041..0042 0061 0062": "want one target",
	} {
		_, err := parseUnicode(text)
		wantError(t, err, want)
	}
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("want an error with %q, got none", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("want an error with %q, got %q", part, err)
		}
	}
}
