package generate

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestRungs(t *testing.T) {
	for _, test := range []struct{ name, text, want3, want0 string }{
		{"JSON", `{"grade_3": "Three.", "grade_2": "Two.", "grade_0": "None, as \"they\" say."}`, "Three.", `None, as "they" say.`},
		{"JSON of bare numbers, in a fence", "```json\n{\"3\": \"Three.\", \"0\": \"None.\"}\n```", "Three.", "None."},
		{"JSON cut off", `{"grade_3": "Three.", "grade_2": "Two.", "grade_0": "No`, "Three.", "No"},
		{"JSON cut before", `{"grade_3": "Three.", "grade_2": "Tw`, "Three.", ""},
		{"plain", "3: Three.\n\n2: Two.\n\n1: One.\n\n0: None.", "Three.", "None."},
		{"headings", "### Grade 3\nThree.\n\n### Grade 0\nNone.", "Three.", "None."},
		{"bold", "**3:** Three.\n**0:** None.", "Three.", "None."},
		{"bold words", "**Grade 3:**\n\nThree.\n\n**Grade 0:**\n\nNone.", "Three.", "None."},
		{"preamble", "Sure, here they are:\n\n3. Three.\n0. None.", "Three.", "None."},
		{"a number in the text", "3: In 3 of 10 cases.\n1 of them fell.\n0: None.", "In 3 of 10 cases.\n1 of them fell.", "None."},
		{"a list within", "3: As follows.\n2: Two.\n1: One.\n0: None, for\n1. this,\n2. that.", "As follows.", "None, for\n1. this,\n2. that."},
		{"nothing of it", "I would rather not.", "", ""},
		{"empty", "", "", ""},
	} {
		if got, last := rung(test.text, 3); got != test.want3 || last && got != "" {
			t.Errorf("%s: want %q, got %q", test.name, test.want3, got)
		}
		if got, last := rung(test.text, 0); got != test.want0 || !last && got != "" {
			t.Errorf("%s: want %q, got %q", test.name, test.want0, got)
		}
	}
}

// TestLadderAsksOnce: one answer has all grades; what it lacks comes out of another.
func TestLadderAsksOnce(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 1))
	three, two, one, none := prose(random, 60), prose(random, 60), prose(random, 60), prose(random, 60)
	answer := func(grades ...string) string {
		text := ""
		for i, passage := range grades {
			text += fmt.Sprintf("%d: %s\n\n", 3-i, passage)
		}
		return text
	}
	for _, test := range []struct {
		name  string
		raws  []string
		asked int
		left  string
		want  []string
	}{
		{"all good", []string{answer(three, two, one, none)}, 1, "", []string{three, two, one, none}},
		{"a short one", []string{answer(three, "Too short.", one, none), answer(one, two, three, none)}, 2, "", []string{three, two, one, none}},
		{"a copy", []string{answer(three, two, three, none), answer(two, three, one, none)}, 2, "", []string{three, two, one, none}},
		{"cut off", []string{answer(three, two, one), answer(three, two, one), answer(three, two, one)}, 3, faultMissing, []string{three, two, one}},
		{"refusals", []string{"I'm sorry, but no.", "I'm sorry, but no.", answer(three, two, one, none)}, 3, "", []string{three, two, one, none}},
	} {
		s := &rawAsker{raws: test.raws}
		task := testTask(s, []int{3, 2, 1, 0}, &s.left)
		got, err := writeLadder(t.Context(), task)
		if err != nil {
			t.Fatal(err)
		}
		var texts []string
		for _, p := range got {
			texts = append(texts, p.text)
		}
		if strings.Join(texts, "|") != strings.Join(test.want, "|") || s.asked != test.asked || strings.Join(s.left, "") != test.left {
			t.Errorf("%s: want %d answers and %q left, got %d and %q: %v", test.name, test.asked, test.left, s.asked, s.left, texts)
		}
	}
}

func TestLadderSchema(t *testing.T) {
	want := `{"type":"object","properties":{"grade_3":{"type":"string"},"grade_0":{"type":"string"}},"required":["grade_3","grade_0"],"additionalProperties":false}`
	if got := string(ladderSchema([]int{3, 0})); got != want {
		t.Errorf("want %s, got %s", want, got)
	}
	data := promptData{manner: manner{Genre: "a paragraph", Words: 50}, Query: "what is flutter", Grades: []int{3, 1}}
	text := ladderPrompts.render("ladder", data)
	if !strings.Contains(text, "\n3: gives the exact answer") || !strings.Contains(text, "\n1: is about the same") || strings.Contains(text, "\n0:") || !strings.Contains(text, `such as "3: "`) {
		t.Errorf("got %s", text)
	}
	data.JSON = true
	if got := ladderPrompts.render("system", data); got != `Answer as JSON: {"grade_3": "…", "grade_1": "…"}` {
		t.Errorf("got %s", got)
	}
}
