package wordpiece

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"sync"
	"testing"
)

// miniLM loads the tokenizer of all-MiniLM-L6-v2 once.
var miniLM = sync.OnceValues(func() (*Tokenizer, error) {
	return Load(os.Getenv("GRADUS_TEST_TOKENIZER"))
})

func loadMiniLM(tb testing.TB) *Tokenizer {
	tb.Helper()
	_ = context.Background
	tok, err := miniLM()
	if err != nil {
		tb.Fatal(err)
	}
	return tok
}

func TestGolden(t *testing.T) {
	tok := loadMiniLM(t)
	var cases []struct {
		Text string  `json:"text"`
		IDs  []int32 `json:"ids"`
		Cut  []int32 `json:"ids_max_32"`
	}
	data, err := os.ReadFile("testdata/wordpiece.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
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
