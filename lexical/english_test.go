package lexical_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/gradus-ir/gradus/internal/textfile"
	"github.com/gradus-ir/gradus/lexical"
)

// Texts that are hard to cut, with the tokens of Lucene 9.5's EnglishAnalyzer; bench/bm25/Lucene.java made them.
func TestTokensAreLucenes(t *testing.T) {
	lines, err := textfile.Open("testdata/lucene_tokens.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer lines.Close()
	wrong := 0
	for lines.Scan() {
		var c struct {
			Text   string
			Tokens []string
		}
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(lines.Errorf("%w", err))
		}
		if got := lexical.Tokens(c.Text); !slices.Equal(got, c.Tokens) {
			if wrong++; wrong < 30 {
				t.Errorf("%d: %+q\nwant %+q\n got %+q", lines.Line(), c.Text, c.Tokens, got)
			}
		}
	}
	if err := lines.Err(); err != nil || lines.Line() < 1900 {
		t.Errorf("want 1,900 texts, got %d, %v", lines.Line(), err)
	}
	if wrong > 0 {
		t.Errorf("%d texts are cut otherwise", wrong)
	}
}
