package bpe

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gradus-ir/gradus/encoder/encodertest"
	"github.com/gradus-ir/gradus/encoder/special"
)

func subwords(tb testing.TB) encodertest.Subwords {
	tb.Helper()
	s, err := encodertest.ReadSubwords("../testdata")
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// parse makes the tokenizer of RoBERTa's folder under a patch.
func parse(tb testing.TB, s encodertest.Subwords, patch map[string]any) (*Tokenizer, error) {
	tb.Helper()
	data, err := s.Tokenizer("roberta", patch)
	if err != nil {
		tb.Fatal(err)
	}
	var file special.File
	if err := json.Unmarshal(data, &file); err != nil {
		tb.Fatal(err)
	}
	return New(file)
}

func TestGolden(t *testing.T) {
	s := subwords(t)
	for i, v := range s.Of("roberta") {
		tok, err := parse(t, s, v.Patch)
		if err != nil {
			t.Fatal(err)
		}
		if tok.PadID() != 1 {
			t.Errorf("variant %d: want <pad> 1, got %d", i, tok.PadID())
		}
		for j, text := range s.Texts {
			got := tok.Encode(text, 0)
			if j < len(v.Own) && !slices.Equal(got, v.Own[j]) {
				t.Errorf("variant %d: %q: want %v, got %v", i, text, v.Own[j], got)
			} else if encodertest.Digest(got) != v.Digests[j] {
				t.Errorf("variant %d: %q: got other ids than the Rust library, %v", i, text, got)
			}
			if got := tok.Encode(text, 8); encodertest.Digest(got) != v.CutDigests[j] {
				t.Errorf("variant %d: %q cut at 8: got other ids than the Rust library, %v", i, text, got)
			}
		}
	}
}

// TestMergesAsText: files of before 2024 have a merge as one text, those of before 2020 name no type.
func TestMergesAsText(t *testing.T) {
	s := subwords(t)
	data, err := s.Tokenizer("roberta", nil)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Model model }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	var merges []any
	for _, m := range file.Model.Merges {
		merges = append(merges, m[0]+" "+m[1])
	}
	want, err := parse(t, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parse(t, s, map[string]any{"model": map[string]any{"merges": merges, "type": nil}})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range s.Texts {
		if got, want := got.Encode(text, 0), want.Encode(text, 0); !slices.Equal(got, want) {
			t.Errorf("%q: want %v, got %v", text, want, got)
		}
	}
}

// TestEveryCodePoint splits each code point behind a letter, a digit and neither into words.
func TestEveryCodePoint(t *testing.T) {
	classes := loadClasses()
	for block, want := range subwords(t).Words {
		var text strings.Builder
		for r := rune(block * 4096); r < rune(block+1)*4096; r++ {
			if utf8.ValidRune(r) {
				text.WriteString("a" + string(r) + "1" + string(r) + "!" + string(r) + "\n")
			}
		}
		sum := sha256.New()
		for s, at := text.String(), 0; at < len(s); {
			end := classes.wordEnd(s, at)
			sum.Write([]byte{byte(min(utf8.RuneCountInString(s[at:end]), 255))})
			at = end
		}
		if got := hex.EncodeToString(sum.Sum(nil))[:16]; got != want {
			t.Errorf("U+%04X and the 4095 after it: want digest %s, got %s", block*4096, want, got)
		}
	}
}

func TestRefused(t *testing.T) {
	s := subwords(t)
	part := func(name, field string, value any) map[string]any {
		return map[string]any{name: map[string]any{field: value}}
	}
	for _, c := range []struct {
		name  string
		patch map[string]any
		want  string
	}{
		{"another model", part("model", "type", "Unigram"), `model: want BPE, got "Unigram"`},
		{"a normalizer", map[string]any{"normalizer": map[string]any{"type": "NFC"}}, `normalizer: want none, got "NFC"`},
		{"words of spaces", part("pre_tokenizer", "type", "Whitespace"), `pre_tokenizer: want ByteLevel, got "Whitespace"`},
		{"no words", part("pre_tokenizer", "use_regex", false), "pre_tokenizer: want ByteLevel with use_regex, got false"},
		{"chance", part("model", "dropout", 0.1), "without continuing_subword_prefix, end_of_word_suffix and dropout"},
		{"a suffix", part("model", "end_of_word_suffix", "</w>"), "without continuing_subword_prefix, end_of_word_suffix and dropout"},
		{"a merge of three", part("model", "merges", []any{"a b c"}), `merges: want two tokens with a space between, got "a b c"`},
		{"a merge of nothing known", part("model", "merges", []any{[]any{"a", "zzzz"}}), `merges: want tokens of the vocabulary that make another, got "a" and "zzzz"`},
		{"a byte missing", part("model", "vocab", map[string]any{"a": nil}), "vocab: want a token for each byte, got none for 0x61"},
		{"an id below 0", part("model", "vocab", map[string]any{"heat": -1}), `vocab: token "heat": want an id between 0 and`},
		{"special tokens beyond the ids", part("post_processor", "cls", []any{"<s>", 5000}), "want special tokens of ids below 341, got 5000"},
		{"several post-processors", part("post_processor", "type", "Sequence"), `post_processor: want TemplateProcessing, BertProcessing or RobertaProcessing, got "Sequence"`},
	} {
		if _, err := parse(t, s, c.patch); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: want %s, got %v", c.name, c.want, err)
		}
	}
}

// TestAllocations: encoding into memory that is there takes no more.
func TestAllocations(t *testing.T) {
	s := subwords(t)
	tok, err := parse(t, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	const text = "The heat that the wall takes from the flow <mask>, isn't it? unbelievable"
	dst := tok.Encode(text, 0)
	if n := testing.AllocsPerRun(100, func() { dst = tok.AppendEncode(dst[:0], text, 0) }); n > 0 {
		t.Errorf("want no allocations, got %g a text", n)
	}
}

// FuzzEncode holds what must be true of every text.
func FuzzEncode(f *testing.F) {
	s := subwords(f)
	for _, text := range append(s.Texts, "\xff", "a\xffb", "\xed\xa0\x80", "'\xcc", " \xff ") {
		f.Add(text, 5)
	}
	tok, err := parse(f, s, nil)
	if err != nil {
		f.Fatal(err)
	}
	texts := make(map[int32]string) // what each token of bytes stands for
	for text := range tok.whole {
		texts[tok.whole[text]] = text
	}
	for b, id := range tok.bytes {
		texts[id] = string([]byte{byte(b)})
	}
	f.Fuzz(func(t *testing.T, text string, maxLength int) {
		whole := tok.Encode(text, 0)
		if n := len(whole); n < 2 || whole[0] != 0 || whole[n-1] != 2 {
			t.Fatalf("%q: want ids between <s> and </s>, got %v", text, whole)
		}
		if !strings.Contains(text, "<") { // no special tokens: the tokens are the text's bytes
			var back strings.Builder
			for _, id := range whole[1 : len(whole)-1] {
				back.WriteString(texts[id])
			}
			if want := string([]rune(text)); back.String() != want {
				t.Errorf("want tokens of %q, got those of %q", want, back.String())
			}
		}
		if maxLength <= 0 {
			return
		}
		want := whole
		if len(whole) > maxLength {
			want = slices.Concat(whole[:max(maxLength-1, 1)], []int32{2})[:maxLength]
		}
		if cut := tok.Encode(text, maxLength); !slices.Equal(cut, want) {
			t.Errorf("%q cut at %d: want %v, got %v", text, maxLength, want, cut)
		}
	})
}
