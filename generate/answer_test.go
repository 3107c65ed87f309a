package generate

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPlainText(t *testing.T) {
	for _, test := range []struct{ name, raw, want string }{
		{"plain", "Flutter is a vibration.", "Flutter is a vibration."},
		{"JSON", `{"text": "Flutter is \"bad\".\nVery."}`, `Flutter is "bad". Very.`},
		{"JSON under another name", `{"passage": "Flutter is bad."}`, "Flutter is bad."},
		{"JSON in a fence", "```json\n{\"text\": \"Flutter is bad.\"}\n```", "Flutter is bad."},
		{"JSON cut off", `{"text": "Flutter is bad. It shak`, "Flutter is bad. It shak"},
		{"JSON cut in an escape", `{"text": "Flutter is bad.\u00e`, "Flutter is bad."},
		{"JSON with a raw line end", "{\"text\": \"Flutter\nis bad.\"}", "Flutter is bad."},
		{"empty JSON", `{"text": ""}`, ""},
		{"no JSON after all", `{note} Flutter is bad.`, "{note} Flutter is bad."},
		{"thought", "<think>The user wants {x}.</think>\n\nFlutter is bad.", "Flutter is bad."},
		{"preamble", "Sure! Here is a paragraph of 70 words:\n\nFlutter is bad.", "Flutter is bad."},
		{"preamble and quotes", "Here's a passage:\n\n\"Flutter is bad. It shakes.\"", "Flutter is bad. It shakes."},
		{"label", "**Passage:** Flutter is bad.", "Flutter is bad."},
		{"title", "# Flutter\n\nFlutter is bad.", "Flutter is bad."},
		{"bold title", "**All about flutter**\n\nFlutter is bad.", "Flutter is bad."},
		{"remark", "Flutter is bad.\n\nThis passage answers the question in 3 words.", "Flutter is bad."},
		{"word count", "Flutter is bad.\n\n(70 words)", "Flutter is bad."},
		{"offer", "Flutter is bad.\n\nI hope this helps! More?\n\nAnother line.", "Flutter is bad."},
		{"list", "1. Flutter is bad.\n2. It shakes.\n- It breaks.", "Flutter is bad. It shakes. It breaks."},
		{"paragraphs", "Flutter is bad.\n\nIt   shakes.", "Flutter is bad. It shakes."},
		{"rule", "---\nFlutter is bad.\n***", "Flutter is bad."},
		{"emphasis", "**Flutter** is *very* `bad`, as 2 * 3 * 4.", "Flutter is very bad, as 2 * 3 * 4."},
		{"yes", "Yes, there is a closed form.", "There is a closed form."},
		{"no greeting", "No flutter was seen.", "No flutter was seen."},
		{"quotes inside", `"Flutter" is a word, "shake" another.`, `"Flutter" is a word, "shake" another.`},
		{"quotes cut off", `"Flutter is bad. It`, "Flutter is bad. It"},
		{"broken UTF-8", "Flutter \xff is bad.", "Flutter is bad."},
		{"nothing", " \n```\n```", ""},
	} {
		if got := plainText(test.raw); got != test.want {
			t.Errorf("%s: want %q, got %q", test.name, test.want, got)
		}
	}
}

func TestFit(t *testing.T) {
	for _, test := range []struct {
		text string
		most int
		want string
	}{
		{"One two. Three four. Five six.", 4, "One two. Three four."},
		{"One two. Three fo", 10, "One two."},
		{"One two three four five.", 2, "One two three four five."}, // one sentence stays, the caller sees its length
		{"No end in sight", 10, ""},
		{"See Fig. 3 by Dr. J. Smith et al. for it. Next one", 20, "See Fig. 3 by Dr. J. Smith et al. for it."},
		{"Is it 3.5 m? \"Yes.\" So", 20, `Is it 3.5 m? "Yes."`},
		{"これは文です。次の文です。途中", 20, "これは文です。 次の文です。"},
	} {
		if got := fit(test.text, test.most); got != test.want {
			t.Errorf("%q: want %q, got %q", test.text, test.want, got)
		}
	}
}

func TestCountWords(t *testing.T) {
	for text, want := range map[string]int{"": 0, "one": 1, "one-two, three": 3, "naïve façade": 2, "これは文です": 3, "Wort für Wort": 3} {
		if got := countWords(text); got != want {
			t.Errorf("%q: want %d, got %d", text, want, got)
		}
	}
}

// FuzzReadPassage: whatever a model says, what is taken from it is text a
// document can be made of, within the length asked for.
func FuzzReadPassage(f *testing.F) {
	for _, seed := range []string{
		"", "Flutter is bad.", `{"text": "a.`, "```json\n{}\n```", "<think>x</think>y.", "{\"text\": \"\\u00", "\"\"\"", "# \n- \n1. ",
		strings.Repeat("word and other words follow here. ", 20), "。。。", "\xff\xfe", "**", "Yes, ", "Sure: \n",
	} {
		f.Add(seed, true)
	}
	read := readPassage(wanted{query: "what is flutter", words: 50})
	f.Fuzz(func(t *testing.T, raw string, cut bool) {
		text, fault := read(rawAnswer{text: raw, cut: cut, instructions: "Write a paragraph of 50 words that answers the question"})
		again, faultAgain := read(rawAnswer{text: raw, cut: cut, instructions: "Write a paragraph of 50 words that answers the question"})
		switch {
		case (text == "") == (fault == ""):
			t.Errorf("want a text or a fault, got %q and %q", text, fault)
		case text != again || fault != faultAgain:
			t.Error("want the same of the same")
		case !utf8.ValidString(text) || strings.ContainsAny(text, "\n\r\t"):
			t.Errorf("want one line of UTF-8, got %q", text)
		case text != "" && (countWords(text) < 25 || countWords(text) > 100):
			t.Errorf("want 25 to 100 words, got %d: %q", countWords(text), text)
		}
		if question, fault := readQuestion("what is flutter")(rawAnswer{text: raw}); (question == "") == (fault == "") {
			t.Errorf("want a question or a fault, got %q and %q", question, fault)
		}
	})
}
