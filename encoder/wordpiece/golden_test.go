package wordpiece

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/gradus-ir/gradus/internal/assets"
)

// miniLM loads the tokenizer of all-MiniLM-L6-v2, from GRADUS_TEST_TOKENIZER or its asset, once.
var miniLM = sync.OnceValues(func() (*Tokenizer, error) {
	dir, err := miniLMFolder()
	if err != nil {
		return nil, err
	}
	return Load(dir)
})

func miniLMFolder() (string, error) {
	if dir := os.Getenv("GRADUS_TEST_TOKENIZER"); dir != "" {
		return dir, nil
	}
	return assets.Path(context.Background(), "minilm", assets.Options{})
}

func loadMiniLM(tb testing.TB) *Tokenizer {
	tb.Helper()
	tok, err := miniLM()
	if err != nil {
		tb.Fatal(err)
	}
	return tok
}

func readJSON(tb testing.TB, name string, v any) {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
}

// normalizations are those of bench/tokenizer/reference.py.
var normalizations = map[string]normalization{
	"uncased": {cleanText: true, chinese: true, stripAccents: true, lowercase: true},
	"cased":   {cleanText: true, chinese: true},
	"lower":   {cleanText: true, chinese: true, lowercase: true},
	"strip":   {cleanText: true, chinese: true, stripAccents: true},
	"raw":     {},
	"unclean": {stripAccents: true, lowercase: true},
}

// with returns the tokenizer under another normalization.
func (t *Tokenizer) with(n normalization) *Tokenizer {
	return &Tokenizer{
		trie: t.trie, table: newRuneTable(n), unknown: t.unknown, maxWord: t.maxWord,
		frame: t.frame, raw: t.raw, size: t.size,
	}
}

func TestGolden(t *testing.T) {
	tok := loadMiniLM(t)
	var cases []struct {
		Text string
		IDs  []int32
		Cut  []int32 `json:"ids_max_32"`
	}
	readJSON(t, "wordpiece.json", &cases)
	// The whole of it also has abstracts that may not be passed on here.
	if data, err := os.ReadFile(filepath.FromSlash("../../../shared/golden/wordpiece.json")); err == nil {
		if err := json.Unmarshal(data, &cases); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range cases {
		if got := tok.Encode(c.Text, 0); !slices.Equal(got, c.IDs) {
			t.Errorf("case %d: %q: want %v, got %v", i, c.Text, c.IDs, got)
		}
		if got := tok.Encode(c.Text, 32); !slices.Equal(got, c.Cut) {
			t.Errorf("case %d, cut at 32: %q: want %v, got %v", i, c.Text, c.Cut, got)
		}
	}
}

// TestSample holds Cranfield documents and texts of unusual characters against the Rust library.
func TestSample(t *testing.T) {
	base := loadMiniLM(t)
	tokenizers := make(map[string]*Tokenizer)
	for name, n := range normalizations {
		tokenizers[name] = base.with(n)
	}
	texts := 0
	for text, ids := range readSample(t) {
		texts++
		for name, tok := range tokenizers {
			if got := tok.Encode(text, 0); !slices.Equal(got, ids[name]) {
				t.Errorf("%s: %q: want %v, got %v", name, text, ids[name], got)
			}
		}
	}
	if texts < 300 {
		t.Errorf("want at least 300 texts in the sample, got %d", texts)
	}
}

// readSample returns each text with its ids under each normalization.
func readSample(tb testing.TB) map[string]map[string][]int32 {
	tb.Helper()
	file, err := os.Open("testdata/sample.jsonl.gz")
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		tb.Fatal(err)
	}
	sample := make(map[string]map[string][]int32)
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var row struct {
			Text string
			IDs  map[string][]int32
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			tb.Fatal(err)
		}
		sample[row.Text] = row.IDs
	}
	if err := lines.Err(); err != nil {
		tb.Fatal(err)
	}
	return sample
}

// TestVariants loads small tokenizers that have what all-MiniLM-L6-v2's has not.
func TestVariants(t *testing.T) {
	var variants []struct {
		Name      string
		Tokenizer json.RawMessage
		Cases     []struct {
			Text string
			IDs  []int32
			Cut  []int32 `json:"ids_max_8"`
		}
	}
	readJSON(t, "variants.json", &variants)
	for _, v := range variants {
		t.Run(v.Name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "tokenizer.json"), v.Tokenizer, 0o666); err != nil {
				t.Fatal(err)
			}
			tok, err := Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			if tok.MaxLength() != 8 {
				t.Errorf("want max length 8, got %d", tok.MaxLength())
			}
			for _, c := range v.Cases {
				if got := tok.Encode(c.Text, 0); !slices.Equal(got, c.IDs) {
					t.Errorf("%q: want %v, got %v", c.Text, c.IDs, got)
				}
				if got := tok.Encode(c.Text, 8); !slices.Equal(got, c.Cut) {
					t.Errorf("%q cut at 8: want %v, got %v", c.Text, c.Cut, got)
				}
			}
		})
	}
}
