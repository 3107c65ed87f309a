package wordpiece

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gradus-ir/gradus/encoder/special"
)

// FuzzEncode holds what must be true of every text. Its tokenizer is small, so that seeds and finds run without assets.
func FuzzEncode(f *testing.F) {
	for text := range readSample(f) {
		f.Add(text, 16)
	}
	for _, text := range []string{"\xff", "a\xffb", "\xed\xa0\x80", "\xf4\x90\x80\x80", "é\xcc", "[CLS", "[CLS]\xff[SEP]"} {
		f.Add(text, 3)
	}
	tok := smallTokenizer(f)
	tokenizers := []*Tokenizer{tok, tok.with(normalizations["cased"]), tok.with(normalizations["unclean"])}
	f.Fuzz(func(t *testing.T, text string, maxLength int) {
		for _, tok := range tokenizers {
			checkEncode(t, tok, text, maxLength)
		}
	})
}

func checkEncode(t *testing.T, tok *Tokenizer, text string, maxLength int) {
	whole := tok.Encode(text, 0)
	if n := len(whole); n < 2 || whole[0] != tok.frame.Before[0] || whole[n-1] != tok.frame.After[0] {
		t.Fatalf("%q: want ids between special tokens, got %v", text, whole)
	}
	for _, id := range whole {
		if id < 0 || int(id) >= tok.VocabSize() {
			t.Fatalf("%q: want ids below %d, got %d", text, tok.VocabSize(), id)
		}
	}
	if most := 4*len(text) + 2; len(whole) > most { // a character becomes at most four
		t.Errorf("%q: want at most %d ids, got %d", text, most, len(whole))
	}

	// A cut text is the whole one's beginning.
	if cut := tok.Encode(text, maxLength); maxLength > 0 {
		want := whole
		if len(whole) > maxLength {
			want = slices.Concat(whole[:max(maxLength-1, 1)], tok.frame.After)[:maxLength]
		}
		if !slices.Equal(cut, want) {
			t.Errorf("%q cut at %d: want %v, got %v", text, maxLength, want, cut)
		}
	} else if !slices.Equal(cut, whole) {
		t.Errorf("%q at max length %d: want it whole, got %v", text, maxLength, cut)
	}

	// What is not UTF-8 counts as U+FFFD.
	if !utf8.ValidString(text) {
		if got := tok.Encode(string([]rune(text)), 0); !slices.Equal(got, whole) {
			t.Errorf("%q: want as with U+FFFD %v, got %v", text, got, whole)
		}
	}

	// Words do not see each other across spaces, nor texts across special tokens.
	inside := whole[1 : len(whole)-1]
	for _, joint := range []string{" ", "[SEP]"} {
		want := slices.Concat(whole[:1], inside)
		if joint == "[SEP]" {
			want = append(want, tok.frame.After[0])
		}
		want = slices.Concat(want, inside, tok.frame.After)
		if got := tok.Encode(text+joint+text, 0); !slices.Equal(got, want) {
			t.Errorf("%q twice with %q between: want %v, got %v", text, joint, want, got)
		}
	}
	for _, prefix := range []int{0, 7} {
		dst := slices.Repeat([]int32{-1}, prefix)
		if got := tok.AppendEncode(dst, text, maxLength); !slices.Equal(got[prefix:], tok.Encode(text, maxLength)) {
			t.Errorf("%q: want AppendEncode to append what Encode returns, got %v", text, got)
		}
	}
}

// smallTokenizer has the letters, some words, and accents and marks that stay.
func smallTokenizer(tb testing.TB) *Tokenizer {
	tb.Helper()
	words := strings.Fields("[PAD] [UNK] [CLS] [SEP] [MASK] the flow boundary layer un ##aff ##able ##ing ##ed ##ss . , ( ) - [ ] 中 ᄒ ##ᅡ ##ᆫ é ##é か ##〮 𝅘 ##𝅥")
	for r := 'a'; r <= 'z'; r++ {
		words = append(words, string(r), "##"+string(r))
	}
	c := config{vocab: make(map[string]uint32), unknown: "[UNK]", prefix: "##", maxWord: 20, frame: special.Frame{Before: []int32{2}, After: []int32{3}}}
	for i, w := range words {
		c.vocab[w] = uint32(i)
		if i < 5 {
			c.added = append(c.added, special.Added{Content: w})
		}
	}
	c.normalization = normalizations["uncased"]
	tok, err := newTokenizer(c)
	if err != nil {
		tb.Fatal(err)
	}
	return tok
}
