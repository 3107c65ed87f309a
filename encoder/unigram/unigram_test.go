package unigram

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

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

// parse makes the tokenizer of XLM-RoBERTa's folder under a patch.
func parse(tb testing.TB, s encodertest.Subwords, patch map[string]any) (*Tokenizer, error) {
	tb.Helper()
	data, err := s.Tokenizer("xlm_roberta", patch)
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
	for i, v := range s.Of("xlm_roberta") {
		tok, err := parse(t, s, v.Patch)
		if err != nil {
			t.Fatal(err)
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

// TestOlderFiles: those of before 2024 have add_prefix_space in prepend_scheme's place, those of before 2020 name no type.
func TestOlderFiles(t *testing.T) {
	s := subwords(t)
	metaspace := func(field string, value any) map[string]any {
		return map[string]any{
			"pre_tokenizer": map[string]any{"type": "Metaspace", "replacement": space, field: value, "pretokenizers": nil},
			"model":         map[string]any{"type": nil},
		}
	}
	for _, c := range []struct{ older, newer map[string]any }{
		{metaspace("add_prefix_space", true), metaspace("prepend_scheme", "always")},
		{metaspace("add_prefix_space", false), metaspace("prepend_scheme", "never")},
	} {
		older, err := parse(t, s, c.older)
		if err != nil {
			t.Fatal(err)
		}
		newer, err := parse(t, s, c.newer)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range s.Texts {
			if got, want := older.Encode(text, 0), newer.Encode(text, 0); !slices.Equal(got, want) {
				t.Errorf("%q: want %v, got %v", text, want, got)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	s := subwords(t)
	part := func(name string, fields map[string]any) map[string]any { return map[string]any{name: fields} }
	charMap := func(data []byte) map[string]any {
		return part("normalizer", map[string]any{"precompiled_charsmap": base64.StdEncoding.EncodeToString(data)})
	}
	for _, c := range []struct {
		name  string
		patch map[string]any
		want  string
	}{
		{"another model", part("model", map[string]any{"type": "BPE"}), `model: want Unigram, got "BPE"`},
		{"another normalizer", part("normalizer", map[string]any{"type": "NFKC"}), `normalizer: want Precompiled, Strip and Replace of " {2,}" by " ", got "NFKC"`},
		{"no character map", charMap(nil), "normalizer: precompiled_charsmap: want the size of a double array"},
		{"a character map cut off", charMap([]byte{16, 0, 0, 0, 1, 2, 3, 4}), "precompiled_charsmap: want the size"},
		{"a character map of half a unit", charMap([]byte{3, 0, 0, 0, 1, 2, 3, 4}), "precompiled_charsmap: want the size"},
		{"not base64", part("normalizer", map[string]any{"precompiled_charsmap": "?"}), "precompiled_charsmap: illegal base64"},
		{"words of letters", part("pre_tokenizer", map[string]any{"type": "Whitespace", "pretokenizers": nil}), `pre_tokenizer: want Metaspace of "▁", WhitespaceSplit before it or not, got "Whitespace"`},
		{"a prefix at the beginning alone", part("pre_tokenizer", map[string]any{"type": "Metaspace", "replacement": space, "prepend_scheme": "first"}), `want prepend_scheme always or never, got "first"`},
		{"bytes", part("model", map[string]any{"byte_fallback": true}), "model: want Unigram without byte_fallback"},
		{"no unknown token", part("model", map[string]any{"unk_id": nil}), "with unk_id among its"},
		{"an unknown token beyond the vocabulary", part("model", map[string]any{"unk_id": 5000}), "with unk_id among its"},
		{"a score that is none", part("model", map[string]any{"vocab": []any{[]any{"a", "b"}}}), `vocab: want a token and its score, got ["a","b"]`},
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
	for _, text := range append(s.Texts, "\xff", "a\xffb", "\xed\xa0\x80", "▁\xcc", " \xff ") {
		f.Add(text, 5)
	}
	tok, err := parse(f, s, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string, maxLength int) {
		whole := tok.Encode(text, 0)
		if n := len(whole); n < 2 || whole[0] != 0 || whole[n-1] != 2 {
			t.Fatalf("%q: want ids between <s> and </s>, got %v", text, whole)
		}
		for _, id := range whole {
			if id < 0 || int(id) >= tok.VocabSize() {
				t.Fatalf("%q: want ids below %d, got %d", text, tok.VocabSize(), id)
			}
		}
		// Words do not see each other across spaces.
		inside := whole[1 : len(whole)-1]
		if got, want := tok.Encode(text+" \n"+text, 0), slices.Concat(whole[:1], inside, inside, whole[len(whole)-1:]); !strings.Contains(text, "<") && !slices.Equal(got, want) {
			t.Errorf("%q twice: want %v, got %v", text, want, got)
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

// FuzzCharMap holds that no map makes reading it or a text panic.
func FuzzCharMap(f *testing.F) {
	f.Add([]byte{4, 0, 0, 0, 0, 4, 0, 0, 'a', 0}, "a")
	f.Add([]byte{8, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0, 1, 0, 0, 'a', 0}, "\u00e9e\u0301")
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		m, err := newCharMap(data)
		if err != nil {
			return
		}
		m.normalize(text)
	})
}
