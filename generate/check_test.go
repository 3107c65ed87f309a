package generate

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestFaultsOfPassages(t *testing.T) {
	good := prose(rand.New(rand.NewPCG(1, 1)), 60)
	const query = "what similarity laws must be obeyed when constructing aeroelastic models of heated high speed aircraft"
	const told = "Write a paragraph of 60 words that answers the question: ?"
	for _, test := range []struct {
		name, raw, want string
		cut             bool
	}{
		{name: "good", raw: good},
		{name: "good, cut in the last sentence", raw: good + " And so", cut: true},
		{name: "empty", raw: " ", want: faultEmpty},
		{name: "JSON of nothing", raw: `{"text": ""}`, want: faultEmpty},
		{name: "unfinished thought", raw: "<think>" + good, want: faultThinking},
		{name: "refusal", raw: "I'm sorry, but I cannot write that. " + good, want: faultRefusal},
		{name: "refusal with a curly apostrophe", raw: "I can’t help with that.", want: faultRefusal},
		{name: "disclaimer", raw: good + " As an AI language model, I know nothing.", want: faultRefusal},
		{name: "request for more", raw: "Could you please provide more context? I would like to help.", want: faultRefusal},
		{name: "short", raw: "Flutter is bad.", want: faultShort},
		{name: "truncated", raw: "Flutter is bad. " + strings.Repeat("and ", 90), cut: true, want: faultTruncated},
		{name: "endless sentence", raw: strings.Repeat("alpha beta gamma delta ", 50) + ".", want: faultLong},
		{name: "loop", raw: strings.Repeat("The laws of motion must be obeyed by the laws of mechanics and physics. ", 6), want: faultRepetitive},
		{name: "one sentence twice", raw: good + " Flutter is a bad thing. It is. Flutter is a bad thing.", want: faultRepetitive},
		{name: "echo", raw: "A paragraph of 60 words follows here. " + good, want: faultEcho},
		{name: "the query and little more", raw: query + " is a question that " + strings.Join(strings.Fields(good)[:12], " ") + " end.", want: faultQuery},
		{name: "the query in a whole passage", raw: "The " + query + ". " + good},
	} {
		text, fault := readPassage(wanted{query: query, words: 60})(rawAnswer{text: test.raw, cut: test.cut, instructions: told})
		if fault != test.want {
			t.Errorf("%s: want %q, got %q for %q", test.name, test.want, fault, text)
		}
	}
}

func TestReadQuestion(t *testing.T) {
	read := readQuestion("what is flutter .")
	for raw, want := range map[string]string{
		"What is buffeting of wings?\n\nIt is a good question.":  "What is buffeting of wings?",
		"Sure! Here is a question:\n\"What is wing buffeting?\"": "What is wing buffeting?",
		`{"text": "How do bees find their way?"}`:                "How do bees find their way?",
		"What is flutter?":                       "",
		"Flutter.":                               "",
		"I cannot help with that question, no.":  "",
		strings.Repeat("what is ", 30) + " this": "",
	} {
		if got, fault := read(rawAnswer{text: raw}); got != want {
			t.Errorf("%q: want %q, got %q (%s)", raw, want, got, fault)
		}
	}
}

func TestCopiesAreFound(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 1))
	first, second := prose(random, 60), prose(random, 60)
	mixed := strings.Join(strings.Fields(first)[:45], " ") + " " + strings.Join(strings.Fields(second)[:15], " ")
	others := []passage{{3, 3, first}}
	for text, want := range map[string]string{
		first:                  "copy of grade 3",
		strings.ToUpper(first): "copy of grade 3",
		mixed:                  "copy of grade 3",
		second:                 "",
	} {
		if got := faultOfCopies(text, others); got != want {
			t.Errorf("want %q, got %q", want, got)
		}
	}
}

// TestCopyIsAskedAgain: the later grade of two alike is asked again, whichever came first.
func TestCopyIsAskedAgain(t *testing.T) {
	s := &scripted{answers: map[string][]string{
		"3": {"AAA"}, "2": {"BBB"}, "1": {"AAA", "CCC"}, "0": {"BBB", "BBB", "BBB"},
	}}
	task := &task{
		query: testQueries(1)[0], grades: []int{3, 2, 1, 0}, manner: manner{Words: 50}, asker: s,
		near: []string{"near one", "near two"}, far: "far one", left: func(reason string) { s.left = append(s.left, reason) },
	}
	got, err := writePerGrade(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || got[2].grade != 1 || !strings.HasPrefix(got[2].text, "Ccc") {
		t.Errorf("want grades 3, 2 and another 1, got %v", got)
	}
	if len(s.left) != 1 || s.left[0] != "copy of grade 2" {
		t.Errorf("want the 0 left out as a copy, got %q", s.left)
	}
}
