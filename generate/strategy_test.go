package generate

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gradus-ir/gradus/collection"
)

// scripted answers each step with passages made of its words, in turn.
type scripted struct {
	mu      sync.Mutex
	answers map[string][]string
	calls   []call
	left    []string
}

func (s *scripted) ask(_ context.Context, _ *task, c call) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, c)
	fault := ""
	for _, word := range s.answers[c.step] {
		raw := strings.ToUpper(word[:1]) + strings.ToLower(word[1:]) + " " + prose(rand.New(rand.NewPCG(uint64(word[0]), 1)), 60)
		var text string
		if text, fault = c.read(rawAnswer{text: raw}); fault == "" {
			return text, nil
		}
	}
	return "", &leftOut{fault}
}

func (s *scripted) judge(context.Context, *task, passage) (int, error) { return NoGrade, nil }

func TestPromptsOfGrades(t *testing.T) {
	p := perGrade.prompts
	form := manner{Words: 70, Genre: "a textbook paragraph", Reader: " for experts"}
	data := promptData{Query: "what is flutter", Other: "what is buffeting", manner: form}
	for _, test := range []struct {
		name     string
		data     promptData
		has, not string
	}{
		{"3", data, "Write a textbook paragraph of 70 words for experts that answers the question: what is flutter?", "buffeting"},
		{"2", data, "answers the question: what is buffeting? Let one sentence of it also say something about: what is flutter", ""},
		{"other", data, "Write a textbook paragraph of 70 words for experts that answers the question: what is buffeting?", "flutter"},
		{"near", data, "Somebody asked: what is flutter", "buffeting"},
		{"far", data, "Somebody asked: what is flutter", "buffeting"},
		{"3", promptData{Query: "flutter of wings", manner: manner{Words: 50}}, "50 words that gives specific facts about: flutter of wings", "question"},
		{"3", promptData{Query: "was ist Flattern bei Flügeln", manner: manner{Words: 50, Language: "German"}}, "Write in German.", ""},
		{"system", promptData{JSON: true}, `{"text": "…"}`, ""},
		{"system", promptData{}, "", "JSON"},
		{"system", promptData{Domain: "manuals of tractors"}, "for this domain: manuals of tractors", "JSON"},
	} {
		text := p.render(test.name, test.data)
		if !strings.Contains(text, test.has) || test.not != "" && strings.Contains(text, test.not) || strings.Contains(text, "<no value>") {
			t.Errorf("%s: want %q and no %q, got %q", test.name, test.has, test.not, text)
		}
	}
}

// TestWritersOfLowGradesAreBlind: the words of the query do not reach them.
func TestWritersOfLowGradesAreBlind(t *testing.T) {
	queries := []collection.Query{
		{ID: "a", Text: "flutter of heated swept wings"},
		{ID: "b", Text: "flutter of cold panels in tunnels"},
		{ID: "c", Text: "swept boundary layers"},
		{ID: "d", Text: "sugar in green tea"},
	}
	n := newNeighbours(queries)
	s := &scripted{answers: map[string][]string{"3": {"A"}, "2": {"B"}, "1": {"C"}, "0": {"D"}}}
	task := &task{query: queries[0], grades: []int{3, 2, 1, 0}, manner: manner{Words: 50}, asker: s, near: n.near(0, 4), far: n.far(0, 1), left: func(string) {}}
	if _, err := writePerGrade(t.Context(), task); err != nil {
		t.Fatal(err)
	}
	for _, c := range s.calls {
		text := perGrade.prompts.render(c.prompt, c.data)
		if (c.step == "1" || c.step == "0") && strings.Contains(text, "heated swept wings") {
			t.Errorf("grade %s: want the query withheld, got %q", c.step, text)
		}
		if c.step == "0" && !strings.Contains(text, "green tea") {
			t.Errorf("grade 0: want the far query, got %q", text)
		}
	}
}

// TestLoneQuery: without others the model is asked for them.
func TestLoneQuery(t *testing.T) {
	s := &scripted{answers: map[string][]string{"3": {"A"}, "2": {"B"}, "1": {"C"}, "0": {"D"}, "near-0": {"E"}, "near-1": {"F"}, "far": {"G"}}}
	task := &task{query: testQueries(1)[0], grades: []int{3, 2, 1, 0}, manner: manner{Words: 50}, asker: s, left: func(reason string) { s.left = append(s.left, reason) }}
	got, err := writePerGrade(t.Context(), task)
	if err != nil || len(got) != 4 {
		t.Fatalf("want four passages, got %v, %v (left out: %q)", got, err, s.left)
	}
	var steps []string
	for _, c := range s.calls {
		steps = append(steps, c.step)
	}
	for _, step := range []string{"near-0", "near-1", "far"} {
		if !slices.Contains(steps, step) {
			t.Errorf("want step %s asked, got %q", step, steps)
		}
	}
}

func TestNeighbours(t *testing.T) {
	var queries []collection.Query
	for i, text := range []string{
		"buckling of thin cylinders under load",
		"buckling of thin cylinders under load", // the same again: not a neighbour
		"buckling of conical shells under heat",
		"vibration of thin plates",
		"taste of apples",
		"what is the",
	} {
		queries = append(queries, collection.Query{ID: fmt.Sprint(i), Text: text})
	}
	n := newNeighbours(queries)
	if got := n.near(0, 4); !slices.Equal(got, []string{queries[2].Text, queries[3].Text}) {
		t.Errorf("got %q", got)
	}
	if got := n.near(0, 1); len(got) != 1 {
		t.Errorf("want 1, got %q", got)
	}
	if got := n.near(4, 4); got != nil {
		t.Errorf("want none, got %q", got)
	}
	for seed := range int64(20) {
		if got := n.far(0, seed); got != queries[4].Text && got != queries[5].Text {
			t.Errorf("want a query without shared words, got %q", got)
		}
	}
	if got := newNeighbours(queries[:1]).far(0, 1); got != "" {
		t.Errorf("want none of itself, got %q", got)
	}
}

// TestLengthTellsNothing: one length a query, spread over the band, moved by the seed.
func TestLengthTellsNothing(t *testing.T) {
	seen := map[int]int{}
	moved := 0
	for i := range 1000 {
		id := fmt.Sprint(i)
		words := drawWords(1, id)
		if words < leastWords || words > mostWords {
			t.Fatalf("want %d to %d words, got %d", leastWords, mostWords, words)
		}
		seen[words]++
		if words != drawWords(2, id) {
			moved++
		}
	}
	if len(seen) != 13 || moved < 800 {
		t.Errorf("want 13 lengths that the seed changes, got %v, %d changed", seen, moved)
	}
	if a, b := drawSeed(1, key{"q", "3", 0}), drawSeed(1, key{"q", "3", 1}); a == b || a < 0 || a > 1<<31-1 {
		t.Errorf("want another seed in 31 bits for each attempt, got %d and %d", a, b)
	}
}

func TestDryCountsWithoutAsking(t *testing.T) {
	forecast, err := Dry(Options{Queries: testQueries(20)})
	if err != nil {
		t.Fatal(err)
	}
	if forecast.Queries != 20 || forecast.Requests < 80 || forecast.Requests > 140 || forecast.Usage.PromptTokens == 0 || forecast.Usage.CompletionTokens < 80*50 {
		t.Errorf("got %+v", forecast)
	}
	if _, err := Dry(Options{Queries: append(testQueries(1), testQueries(1)...)}); err == nil {
		t.Error("want an error about equal IDs, got none")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for want, opts := range map[string]Options{
		"unknown strategy":       {Strategy: "per-greade", Queries: testQueries(1)},
		"from 0 to 3, got 4":     {Grades: []int{4}, Queries: testQueries(1)},
		"got 1 twice":            {Grades: []int{1, 1}, Queries: testQueries(1)},
		"at least one":           {Grades: []int{}, Queries: testQueries(1)},
		"want json or plain":     {Answers: "xml", Queries: testQueries(1)},
		"want queries, got none": {},
		"none negative":          {Attempts: -1, Queries: testQueries(1)},
	} {
		if _, err := Dry(opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error with %q, got %v", want, err)
		}
	}
}
