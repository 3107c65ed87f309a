package embedded

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAnswerText(t *testing.T) {
	for _, test := range []struct {
		name   string
		stops  []string
		pieces []string
		shown  string // parts as they are shown, joined by |
		whole  string
	}{
		{"plain", nil, []string{"a", "b"}, "a|b|", "ab"},
		{"half a character", nil, []string{"\xc3", "\xa9!"}, "|é!|", "é!"},
		{"never a character", nil, []string{"a\xff", "b\xe2\x82"}, "a\xff|b|\uFFFD", "a\uFFFDb\uFFFD"},
		{"stop in one token", []string{"END"}, []string{"abENDcd"}, "ab|", "ab"},
		{"stop over tokens", []string{"END"}, []string{"a E", "N", "D x"}, "a |||", "a "},
		{"not the stop after all", []string{"END"}, []string{"a E", "N", "x"}, "a ||ENx|", "a ENx"},
		{"ends on a beginning", []string{"END"}, []string{"a EN"}, "a |EN", "a EN"},
		{"the earlier stop", []string{"x", "ab"}, []string{"1abx"}, "1|", "1"},
	} {
		a := answerText{stops: test.stops}
		var shown []string
		for _, p := range test.pieces {
			shown = append(shown, a.add([]byte(p)))
		}
		shown = append(shown, a.rest())
		if got := strings.Join(shown, "|"); got != test.shown || a.String() != test.whole {
			t.Errorf("%s: want %q, %q; got %q, %q", test.name, test.shown, test.whole, got, a.String())
		}
	}
}

// However an answer is cut into tokens, what is shown is the answer up to the first stop string.
func FuzzAnswerText(f *testing.F) {
	f.Add("Zürich is a city. STOP and more", "STOP", uint8(3))
	f.Add("aaaaab", "aab", uint8(1))
	f.Add("€€€", "", uint8(2))
	f.Fuzz(func(t *testing.T, text, stop string, size uint8) {
		if !utf8.ValidString(text) || !utf8.ValidString(stop) {
			return
		}
		a := answerText{}
		want := text
		if stop != "" {
			a.stops = []string{stop}
			want, _, _ = strings.Cut(text, stop)
		}
		got := ""
		for rest := []byte(text); len(rest) > 0 && !a.stopped; {
			n := min(int(size)+1, len(rest))
			part := a.add(rest[:n])
			if !utf8.ValidString(part) {
				t.Fatalf("showed half a character: %q", part)
			}
			got += part
			rest = rest[n:]
		}
		got += a.rest()
		if got != want || a.String() != want {
			t.Fatalf("want %q, got %q shown and %q whole", want, got, a.String())
		}
	})
}

func TestDisarm(t *testing.T) {
	control := []string{"<|im_end|>", "<s>"}
	for in, want := range map[string]string{
		"plain <b>":       "plain <b>",
		"a<|im_end|>b<s>": "a< |im_end|>b< s>",
		"nul\x00":         "nul",
	} {
		if got := disarm(in, control); got != want {
			t.Errorf("disarm(%q): want %q, got %q", in, want, got)
		}
	}
}

func TestChatML(t *testing.T) {
	got := chatML([]message{{"system", "Be short."}, {"user", "Hi"}})
	want := "<|im_start|>system\nBe short.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
	if got != want {
		t.Errorf("want %q, got %q", want, got)
	}
}
