package generate

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/llm/llmtest"
)

// rawAsker answers every step with its raw answers in turn, each attempt one.
type rawAsker struct {
	raws  []string
	asked int // of them used at least
	left  []string
}

func (r *rawAsker) ask(_ context.Context, _ *task, c call) (string, error) {
	fault := ""
	for i, raw := range r.raws {
		r.asked = max(r.asked, i+1)
		var text string
		if text, fault = c.read(rawAnswer{text: raw}); fault == "" {
			return text, nil
		}
	}
	return "", &leftOut{fault}
}

func (r *rawAsker) judge(context.Context, *task, passage) (int, error) { return NoGrade, nil }

func testTask(a asker, grades []int, left *[]string) *task {
	var leaving sync.Mutex
	return &task{
		query: testQueries(1)[0], grades: grades, manner: manner{Words: 50, Genre: "a paragraph"}, asker: a,
		near: []string{"near one", "near two"}, far: "far one", left: func(reason string) {
			leaving.Lock()
			defer leaving.Unlock()
			*left = append(*left, reason)
		},
	}
}

// TestContrastWithholdsTheQuery: the writers of 1 and 0 see a topic that the
// model named, and the second topic comes from the first.
func TestContrastWithholdsTheQuery(t *testing.T) {
	s := &scripted{answers: map[string][]string{"3": {"A"}, "2": {"B"}, "1": {"C"}, "0": {"D"}}}
	topics := map[string]string{"topic-near": "Ice on propellers", "topic-far": "Baroque music"}
	asker := topicAsker{s, topics}
	task := testTask(asker, []int{3, 2, 1, 0}, &s.left)
	task.query.Text = "what is flutter of heated wings"
	got, err := writeContrast(t.Context(), task)
	if err != nil || len(got) != 4 {
		t.Fatalf("want four passages, got %v, %v, left out %q", got, err, s.left)
	}
	for _, c := range s.calls {
		text := contrastPrompts.render(c.prompt, c.data)
		knows := strings.Contains(text, "heated wings")
		switch c.step {
		case "3", "2", "topic-near":
			if !knows {
				t.Errorf("%s: want the query, got %q", c.step, text)
			}
		default:
			if knows {
				t.Errorf("%s: want the query withheld, got %q", c.step, text)
			}
		}
		topic := map[string]string{"2": "Ice on propellers", "1": "Ice on propellers", "0": "Baroque music", "topic-far": "Ice on propellers"}[c.step]
		if !strings.Contains(text, topic) {
			t.Errorf("%s: want %q, got %q", c.step, topic, text)
		}
	}
}

// topicAsker answers steps that want topics.
type topicAsker struct {
	*scripted
	topics map[string]string
}

func (a topicAsker) ask(ctx context.Context, t *task, c call) (string, error) {
	if topic, ok := a.topics[c.step]; ok {
		a.mu.Lock()
		a.calls = append(a.calls, c)
		a.mu.Unlock()
		if text, fault := c.read(rawAnswer{text: topic}); fault != "" {
			return "", &leftOut{fault}
		} else {
			return text, nil
		}
	}
	return a.scripted.ask(ctx, t, c)
}

// TestContrastWithoutATopic: what depends on it is left out, the rest is written.
func TestContrastWithoutATopic(t *testing.T) {
	for _, test := range []struct {
		topics map[string]string
		want   []int
	}{
		{map[string]string{"topic-near": "I cannot help with that."}, []int{3}},
		{map[string]string{"topic-near": "Ice on propellers", "topic-far": ""}, []int{3, 2, 1}},
	} {
		s := &scripted{answers: map[string][]string{"3": {"A"}, "2": {"B"}, "1": {"C"}, "0": {"D"}}}
		got, err := writeContrast(t.Context(), testTask(topicAsker{s, test.topics}, []int{3, 2, 1, 0}, &s.left))
		if err != nil {
			t.Fatal(err)
		}
		var grades []int
		for _, p := range got {
			grades = append(grades, p.grade)
		}
		if !slices.Equal(grades, test.want) || len(s.left) != 4-len(test.want) {
			t.Errorf("want grades %v, got %v, left out %q", test.want, grades, s.left)
		}
	}
}

func TestReadTopic(t *testing.T) {
	read := readTopic("what is flutter of wings")
	for raw, want := range map[string]string{
		"Buffeting of tail planes":              "Buffeting of tail planes",
		"**Topic:** Buffeting of tail planes.":  "Buffeting of tail planes",
		"\"Buffeting\"\n\nThis topic is close.": "Buffeting",
		"Sure! Here is one:\nBuffeting":         "Buffeting",
		"What is flutter of wings?":             "",
		"":                                      "",
		"I'm sorry, I cannot do that.":          "",
		strings.Repeat("word ", 31):             "",
	} {
		if got, fault := read(rawAnswer{text: raw}); got != want || (got == "") == (fault == "") {
			t.Errorf("%q: want %q, got %q (%s)", raw, want, got, fault)
		}
	}
}

// TestStyleShowsAndRefusesExamples: all grades see the same documents, and what copies one is of no use.
func TestStyleShowsAndRefusesExamples(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 1))
	example, own := prose(random, 60), prose(random, 60)
	copied := strings.Join(strings.Fields(example)[:20], " ") + " " + strings.Join(strings.Fields(own)[20:], " ")
	s := &rawAsker{raws: []string{copied, own}}
	task := testTask(s, []int{3}, &s.left)
	task.examples = []string{example}
	got, err := writeStyle(t.Context(), task)
	if err != nil || len(got) != 1 || got[0].text != own {
		t.Errorf("want the second answer, got %v, %v", got, err)
	}
	if _, fault := readPassage(task.wanted())(rawAnswer{text: copied}); fault != faultExample {
		t.Errorf("want %q, got %q", faultExample, fault)
	}

	server := &llmtest.Server{Answer: writer}
	opts := testOptions(t, server, 4)
	opts.Strategy = "style"
	for range 5 {
		opts.Examples = append(opts.Examples, prose(random, 40))
	}
	if _, err := Generate(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	shown := map[string]map[string]bool{} // query → examples
	for _, chat := range server.Chats() {
		text := chat.User()
		if !strings.Contains(text, "in the style of these documents") {
			continue // a question asked for before
		}
		for _, one := range opts.Examples {
			for _, query := range opts.Queries {
				if strings.Contains(text, one) && strings.Contains(text, "answers the question: "+bare(query.Text)) {
					if shown[query.ID] == nil {
						shown[query.ID] = map[string]bool{}
					}
					shown[query.ID][one] = true
				}
			}
		}
	}
	if len(shown) != 4 {
		t.Errorf("want examples shown for all queries, got %d", len(shown))
	}
}

func TestStyleWantsExamples(t *testing.T) {
	opts := testOptions(t, &llmtest.Server{Answer: writer}, 1)
	opts.Strategy = "style"
	if _, err := Generate(t.Context(), opts); err == nil || !strings.Contains(err.Error(), "want documents as examples of style") {
		t.Errorf("got %v", err)
	}
}

func TestDrawExamples(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 1))
	documents := func(yield func(collection.Document, error) bool) {
		for i := range 1000 {
			words := 40
			if i%2 == 0 {
				words = 5
			}
			if !yield(collection.Document{ID: fmt.Sprint(i), Text: fmt.Sprintf("Number %d. ", i) + prose(random, words)}, nil) {
				return
			}
		}
	}
	random = rand.New(rand.NewPCG(9, 1))
	first, err := DrawExamples(documents, 1)
	random = rand.New(rand.NewPCG(9, 1))
	again, _ := DrawExamples(documents, 1)
	random = rand.New(rand.NewPCG(9, 1))
	other, _ := DrawExamples(documents, 2)
	if err != nil || len(first) != mostExamples || !slices.Equal(first, again) || slices.Equal(first, other) {
		t.Errorf("want %d by the seed, got %d, %v", mostExamples, len(first), err)
	}
	broken := func(yield func(collection.Document, error) bool) { yield(collection.Document{}, os.ErrPermission) }
	if _, err := DrawExamples(broken, 1); err != os.ErrPermission {
		t.Errorf("want the reader's error, got %v", err)
	}
	drawn := drawExamples(first, 3, 1, "q")
	if len(drawn) != 3 || drawn[0] == drawn[1] || !slices.Equal(drawn, drawExamples(first, 3, 1, "q")) {
		t.Errorf("want three, the same each time, got %q", drawn)
	}
	if got := drawExamples([]string{"a", "a"}, 2, 1, "q"); len(got) != 2 {
		t.Errorf("want two of equals, got %q", got)
	}
	if got := drawExamples(nil, 2, 1, "q"); got != nil {
		t.Errorf("want none of none, got %q", got)
	}
}

// TestEveryStrategyRuns from end to end, in both forms of answers, and makes
// the same collection when its ledger is replayed in an order of its own.
func TestEveryStrategyRuns(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 1))
	for _, name := range Strategies() {
		for _, answers := range []string{AnswersJSON, AnswersPlain} {
			t.Run(name+"/"+answers, func(t *testing.T) {
				server := &llmtest.Server{Answer: writer}
				opts := testOptions(t, server, 24)
				opts.Strategy, opts.Answers, opts.Domain = name, answers, "reports on aircraft"
				opts.Examples = []string{prose(random, 40), prose(random, 40), prose(random, 40)}
				summary, err := Generate(t.Context(), opts)
				if err != nil {
					t.Fatal(err)
				}
				if summary.Documents < 85 || summary.Shortcuts == nil {
					t.Errorf("got %+v", summary)
				}
				for _, chat := range server.Chats() {
					if !strings.Contains(chat.Messages[0].Content, "You write for this domain: reports on aircraft") {
						t.Fatalf("want the domain told, got %+v", chat.Messages)
					}
				}
				want := files(t, opts.Out)
				opts.Out = filepath.Join(t.TempDir(), "again")
				opts.LLM = testOptionsLLM(t, &llmtest.Server{Answer: writer})
				opts.Concurrency = 1
				if _, err := Generate(t.Context(), opts); err != nil {
					t.Fatal(err)
				}
				same(t, want, files(t, opts.Out))
			})
		}
	}
}

// TestMannerTellsNothing: what is drawn is drawn for the query, over all there is.
func TestMannerTellsNothing(t *testing.T) {
	seen := map[string]bool{}
	for i := range 300 {
		m := drawManner(1, fmt.Sprint(i), "German", "German")
		if m != drawManner(1, fmt.Sprint(i), "German", "German") {
			t.Fatal("want the same for the same query")
		}
		seen[m.Genre+m.Reader] = true
	}
	if len(seen) != len(genres)*len(readers) {
		t.Errorf("want all %d combinations, got %d", len(genres)*len(readers), len(seen))
	}
}
