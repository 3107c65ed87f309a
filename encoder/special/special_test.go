package special

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestFrame(t *testing.T) {
	three := func(dst []int32, limit int) []int32 { return append(dst, 7, 8, 9) } // which looks at no limit
	for _, c := range []struct {
		maxLength int
		cutLeft   bool
		want      []int32
	}{
		{0, false, []int32{1, 7, 8, 9, 2}},
		{-1, true, []int32{1, 7, 8, 9, 2}},
		{5, false, []int32{1, 7, 8, 9, 2}},
		{4, false, []int32{1, 7, 8, 2}},
		{4, true, []int32{1, 8, 9, 2}},
		{5, true, []int32{1, 7, 8, 9, 2}},
		{2, false, []int32{1, 2}},
		{1, true, []int32{1}},
	} {
		f := Frame{Before: []int32{1}, After: []int32{2}, CutLeft: c.cutLeft}
		for _, dst := range [][]int32{nil, {5, 5}} {
			if got, want := f.Append(slices.Clone(dst), c.maxLength, three), slices.Concat(dst, c.want); !slices.Equal(got, want) {
				t.Errorf("cut at %d, left %t, behind %v: want %v, got %v", c.maxLength, c.cutLeft, dst, want, got)
			}
		}
	}
}

func TestFinder(t *testing.T) {
	f := NewFinder([]Token{
		{Content: "<m>", ID: 1, LeftStrip: true},
		{Content: "<r>", ID: 2, RightStrip: true},
		{Content: "ab", ID: 3}, {Content: "abc", ID: 4},
		{Content: "word", ID: 5, SingleWord: true},
	})
	for text, want := range map[string]string{
		"":                   "",
		"x":                  "x",
		"x \t<m> y":          "x|1| y",
		"<m> <m>":            "1|1",
		"x <r>\u00a0\n y<r>": "x |2|y|2",
		"<r> <m>":            "2|1",
		"xabcab":             "x|4|3",
		"word sword word.":   "5| sword |5|.",
		"wordword":           "wordword",
		"é<":                 "é<",
	} {
		var parts []string
		for at := 0; at < len(text); {
			start, end, id := f.Find(text, at)
			if start > at {
				parts = append(parts, text[at:start])
			}
			if end > start {
				parts = append(parts, string('0'+id))
			}
			at = end
		}
		if got := strings.Join(parts, "|"); got != want {
			t.Errorf("%q: want %s, got %s", text, want, got)
		}
	}
}

func TestNumber(t *testing.T) {
	vocabulary := func(token string) (int32, bool) { return 4, token == "known" }
	lower := func(text string) string { return strings.TrimSpace(strings.ToLower(text)) }
	n, err := Number([]Added{{Content: "new"}, {Content: "known"}, {Content: ""}, {Content: "NEW", Normalized: true}, {Content: "new"}}, vocabulary, 9, 9, lower)
	if err != nil {
		t.Fatal(err)
	}
	if n.Size != 11 || n.IDs["new"] != 9 || n.IDs["known"] != 4 || n.IDs["NEW"] != 10 || n.Normalized[0].Content != "new" {
		t.Errorf("want ids 9, 4 and 10 of 11, got %+v", n)
	}
	if id, ok := n.ID(vocabulary)("NEW"); id != 10 || !ok {
		t.Errorf("want the added token's id 10, got %d", id)
	}
	if err := n.Check(Frame{Before: []int32{10}}, 11); err == nil || !strings.Contains(err.Error(), "below 11, got 11") {
		t.Errorf("want a padding id of 11 refused, got %v", err)
	}
	if _, err := Number([]Added{{Content: " ", Normalized: true}}, vocabulary, 9, 9, lower); err == nil || !strings.Contains(err.Error(), "nothing is left") {
		t.Errorf("want a token of nothing refused, got %v", err)
	}
}

func TestKind(t *testing.T) {
	for model, want := range map[string]string{
		`{"type": "BPE", "vocab": []}`:                       "BPE",
		`{"vocab": {"a": 0}, "merges": []}`:                  "BPE",
		`{"unk_id": 0, "vocab": [["a", 0]]}`:                 "Unigram",
		`{"vocab": {"a": 0}, "unk_token": "[UNK]"}`:          "WordPiece",
		`{"type": "Unigram", "vocab": [["a", 0]]}`:           "Unigram",
		`{"type": "WordLevel", "vocab": {}, "merges": null}`: "WordLevel",
	} {
		if got := (File{Model: json.RawMessage(model)}).Kind(); got != want {
			t.Errorf("%s: want %s, got %s", model, want, got)
		}
	}
}

func TestFrameOfFile(t *testing.T) {
	const template = `{"type": "TemplateProcessing", "special_tokens": {"a": {"ids": [5, 6]}}, "single": `
	for processor, want := range map[string]string{
		`null`: "",
		`{"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0]}`:   "",
		template + `[{"SpecialToken": {"id": "a"}}, {"Sequence": {"id": "A"}}]}`: "",
		template + `[{"Sequence": {"id": "A"}}, {"Sequence": {"id": "B"}}]}`:     "want special tokens around one sequence A",
		template + `[{"SpecialToken": {"id": "b"}}, {"Sequence": {"id": "A"}}]}`: `want "b" among special_tokens, got none`,
		template + `[]}`: "want a sequence A in the template, got none",
		`{"type": "BertProcessing", "sep": ["</s>"], "cls": ["<s>", 0]}`:     "sep: want a token and its id",
		`{"type": "BertProcessing", "sep": ["</s>", -1], "cls": ["<s>", 0]}`: "sep: want a token and its id",
		`{"type": "Sequence"}`: `want TemplateProcessing, BertProcessing or RobertaProcessing, got "Sequence"`,
	} {
		_, err := File{PostProcessor: json.RawMessage(processor)}.Frame()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), "post_processor: "+want) {
			t.Errorf("%s: want %q, got %v", processor, want, err)
		}
		if strings.Contains(want, "Sequence") && !errors.Is(err, ErrNoFrame) {
			t.Errorf("%s: want ErrNoFrame, got %v", processor, err)
		}
	}
}
