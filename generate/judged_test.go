package generate

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/llmtest"
	"github.com/gradus-ir/gradus/trec"
)

// byHash is a judge that grades each text always the same, and counts.
type byHash struct {
	asked atomic.Int64
	mu    sync.Mutex
	seen  map[string]int
	grade func(hash uint64) int
}

func (b *byHash) judge() *Judge {
	b.seen = map[string]int{}
	return &Judge{Name: "by hash", Grade: func(ctx context.Context, query, document string) (Judgment, error) {
		b.asked.Add(1)
		hash := fnv.New64a()
		fmt.Fprint(hash, document)
		b.mu.Lock()
		b.seen[query+"\x00"+document]++
		b.mu.Unlock()
		return Judgment{Grade: b.grade(hash.Sum64() >> 8), Model: "judge-1", PromptTokens: 100, CompletionTokens: 5, Raw: "so"}, ctx.Err()
	}}
}

func mostly(hash uint64) int { return int(hash % 4) }

// checked scripts a judge by the first letter of the text.
type checked struct {
	scripted
	verdicts map[string]int
}

func (c *checked) judge(_ context.Context, _ *task, p passage) (int, error) {
	if grade, ok := c.verdicts[p.text[:1]]; ok {
		return grade, nil
	}
	return NoGrade, nil
}

// TestMismatches: what is judged of another grade is asked for again by
// another strategy, and the nearest attempt is kept, relabelled or dropped.
func TestMismatches(t *testing.T) {
	answers := map[string][]string{
		"3": {"A"}, "0": {"B"}, // A is judged right, B is not
		"again-1/0": {"C"}, "again-2/0": {"D"},
	}
	for _, test := range []struct {
		name       string
		verdicts   map[string]int
		onMismatch string
		want       string
		checks     Checks
	}{
		{"all right", map[string]int{"A": 3, "B": 0}, MismatchDrop, "A3 B0", Checks{Judged: 2, Agreed: 2}},
		{"mended at once", map[string]int{"A": 3, "B": 2, "C": 0}, MismatchDrop, "A3 C0", Checks{Judged: 3, Agreed: 1, Mended: 1}},
		{"mended at last", map[string]int{"A": 3, "B": 2, "C": 1, "D": 0}, MismatchDrop, "A3 D0", Checks{Judged: 4, Agreed: 1, Mended: 1}},
		{"dropped", map[string]int{"A": 3, "B": 2, "C": 1, "D": 3}, MismatchDrop, "A3", Checks{Judged: 4, Agreed: 1, Dropped: 1}},
		{"the nearest kept", map[string]int{"A": 3, "B": 2, "C": 1, "D": 1}, MismatchKeep, "A3 C0", Checks{Judged: 4, Agreed: 1, Kept: 1}},
		{"the nearest relabelled", map[string]int{"A": 3, "B": 2, "C": 3, "D": 2}, MismatchRelabel, "A3 B2", Checks{Judged: 4, Agreed: 1, Relabelled: 1}},
		{"no grade at all", map[string]int{"A": 3}, MismatchRelabel, "A3", Checks{Judged: 4, Agreed: 1, Dropped: 1, NoGrade: 3}},
		{"no grade kept", map[string]int{"A": 3}, MismatchKeep, "A3 B0", Checks{Judged: 4, Agreed: 1, Kept: 1, NoGrade: 3}},
	} {
		s := &checked{scripted{answers: answers}, test.verdicts}
		task := testTask(s, []int{3, 0}, &s.left)
		first, err := writePerGrade(t.Context(), task)
		if err != nil {
			t.Fatal(err)
		}
		passages, checks, err := task.check(t.Context(), first, []strategy{style}, Options{CheckAttempts: 2, OnMismatch: test.onMismatch})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range passages {
			got = append(got, fmt.Sprintf("%s%d", p.text[:1], p.grade))
		}
		checks.Confusion = [4][4]int64{}
		if strings.Join(got, " ") != test.want || checks != test.checks {
			t.Errorf("%s: want %s and %+v, got %s and %+v", test.name, test.want, test.checks, got, checks)
		}
	}
}

func TestSecondThoughts(t *testing.T) {
	names := func(list []strategy) (all string) {
		for _, s := range list {
			all += s.name + " "
		}
		return all
	}
	if got := names(secondThoughts(perGrade, false)); got != "contrast ladder " {
		t.Errorf("got %s", got)
	}
	if got := names(secondThoughts(contrast, true)); got != "per-grade ladder style " {
		t.Errorf("got %s", got)
	}
}

// TestJudgedRunsResume: interrupted anywhere, a judged run ends with the same
// files, and no text is judged twice but those in flight at an interruption.
func TestJudgedRunsResume(t *testing.T) {
	for _, onMismatch := range []string{MismatchDrop, MismatchRelabel, MismatchKeep} {
		whole := testOptions(t, &llmtest.Server{Answer: writer}, 10)
		one := &byHash{grade: mostly}
		whole.Judge, whole.CheckAttempts, whole.OnMismatch = one.judge(), 2, onMismatch
		summary, err := Generate(t.Context(), whole)
		if err != nil {
			t.Fatal(err)
		}
		checkChecks(t, summary, onMismatch)
		want := files(t, whole.Out)

		opts := testOptions(t, nil, 10)
		opts.CheckAttempts, opts.OnMismatch, opts.Concurrency = 2, onMismatch, 4
		var judged map[string]int
		for stop := int64(7); ; stop += 7 {
			ctx, cancel := context.WithCancel(t.Context())
			several := &byHash{grade: mostly}
			j := several.judge()
			plain := j.Grade
			j.Grade = func(ctx context.Context, query, document string) (Judgment, error) {
				if several.asked.Load() >= stop {
					cancel()
				}
				return plain(ctx, query, document)
			}
			opts.Judge, opts.LLM = j, testOptionsLLM(t, &llmtest.Server{Answer: writer})
			_, err := Generate(ctx, opts)
			cancel()
			for pair := range several.seen {
				if judged == nil {
					judged = map[string]int{}
				}
				judged[pair]++
			}
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		same(t, want, files(t, opts.Out))
		for pair, times := range judged {
			if times > 3 {
				t.Errorf("want a text judged again only where it was in flight, got %d times: %.60q", times, pair)
			}
		}
	}
}

func checkChecks(t *testing.T, s Summary, onMismatch string) {
	t.Helper()
	c := s.Checks
	if c == nil || c.Agreed == 0 || c.Mended == 0 || c.Judged <= s.Documents/2 {
		t.Fatalf("want checks, got %+v", c)
	}
	settled := map[string]int64{MismatchDrop: c.Dropped, MismatchRelabel: c.Relabelled, MismatchKeep: c.Kept}
	if settled[onMismatch] == 0 || c.Dropped+c.Relabelled+c.Kept != settled[onMismatch] {
		t.Errorf("%s: got %+v", onMismatch, c)
	}
	if onMismatch == MismatchDrop && s.LeftOut[reasonJudge] != c.Dropped {
		t.Errorf("want %d left out as judged, got %v", c.Dropped, s.LeftOut)
	}
}

// TestRelabelledQrels: the document keeps its name, the qrels have the judged grade.
func TestRelabelledQrels(t *testing.T) {
	opts := testOptions(t, &llmtest.Server{Answer: writer}, 4)
	two := &byHash{grade: func(uint64) int { return 2 }}
	opts.Judge, opts.OnMismatch = two.judge(), MismatchRelabel
	if _, err := Generate(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	c, err := collection.Open(opts.Out)
	if err != nil {
		t.Fatal(err)
	}
	qrels, err := trec.ReadQrels(c.QrelsPath("train"))
	if err != nil {
		t.Fatal(err)
	}
	for _, grades := range qrels {
		for id, grade := range grades {
			if grade != 2 {
				t.Errorf("%s: want 2, got %d", id, grade)
			}
		}
	}
	if _, ok := qrels["1"]["1-3"]; !ok {
		t.Errorf("want the document of grade 3 under its name, got %v", qrels["1"])
	}
}

// TestJudgeFaults: a judge that fails for one document costs that document;
// one that fails for good stops the run; a time limit leaves what is not judged out.
func TestJudgeFaults(t *testing.T) {
	refused := &llm.StatusError{Server: "s", Code: 400, Message: "no"}
	down := &llm.DownError{Server: "s", Err: errors.New("refused")}
	for _, test := range []struct {
		name  string
		err   func(n int64) error
		fails string
	}{
		{"refuses some", func(n int64) error {
			if n%5 == 0 {
				return refused
			}
			return nil
		}, ""},
		{"down", func(n int64) error {
			if n > 5 {
				return down
			}
			return nil
		}, "is down"},
		{"budget", func(n int64) error {
			if n > 5 {
				return fmt.Errorf("%w: no more", llm.ErrBudget)
			}
			return nil
		}, ""},
	} {
		opts := testOptions(t, &llmtest.Server{Answer: writer}, 8)
		var n atomic.Int64
		opts.Judge = &Judge{Name: "j", Grade: func(_ context.Context, _, document string) (Judgment, error) {
			return Judgment{Grade: 3}, test.err(n.Add(1))
		}}
		opts.OnMismatch = MismatchKeep
		summary, err := Generate(t.Context(), opts)
		switch {
		case test.fails != "":
			if err == nil || !strings.Contains(err.Error(), test.fails) {
				t.Errorf("%s: want %q, got %v", test.name, test.fails, err)
			}
			continue
		case err != nil:
			t.Fatal(test.name, err)
		case test.name == "budget" && (!strings.Contains(summary.Stopped, "no more") || summary.Documents > 5):
			t.Errorf("want a stop with what was judged, got %+v", summary)
		case test.name == "refuses some" && summary.LeftOut[reasonServer] == 0:
			t.Errorf("want documents left out as %s, got %+v", reasonServer, summary)
		}
		opts.Judge.Grade = func(context.Context, string, string) (Judgment, error) { return Judgment{Grade: 3}, nil }
		if summary, err = Generate(t.Context(), opts); err != nil || summary.LeftOut[reasonServer] != 0 || summary.Stopped != "" {
			t.Errorf("%s: want a later run to end it, got %+v, %v", test.name, summary, err)
		}
	}
	opts := testOptions(t, &llmtest.Server{Answer: writer}, 2)
	opts.Judge = &Judge{Name: "j", Grade: func(context.Context, string, string) (Judgment, error) { return Judgment{Grade: 7}, nil }}
	if _, err := Generate(t.Context(), opts); err == nil || !strings.Contains(err.Error(), "from 0 to 3, got 7") {
		t.Errorf("want a grade off the scale refused, got %v", err)
	}
}

func TestTimeLimitOfJudges(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	synctest.Test(t, func(t *testing.T) {
		opts := testOptions(t, &llmtest.Server{Answer: writer, Always: llmtest.Slow(5 * time.Second)}, 40)
		opts.Out, opts.MaxTime = out, time.Minute
		opts.Judge = &Judge{Name: "j", Grade: func(context.Context, string, string) (Judgment, error) {
			time.Sleep(5 * time.Second)
			return Judgment{Grade: 3}, nil
		}}
		opts.OnMismatch = MismatchKeep
		summary, err := Generate(t.Context(), opts)
		if err != nil || !strings.Contains(summary.Stopped, "time limit") || summary.Documents == 0 || summary.Documents != summary.Checks.Judged {
			t.Errorf("want what was judged until the limit, got %+v, %v", summary, err)
		}
	})
	if _, err := os.Stat(filepath.Join(out, "corpus.jsonl")); err != nil {
		t.Error(err)
	}
}

// TestJudgesAreTerms: another judge is another run; what to do about mismatches is not.
func TestJudgesAreTerms(t *testing.T) {
	opts := testOptions(t, &llmtest.Server{Answer: writer}, 3)
	one := &byHash{grade: mostly}
	opts.Judge = one.judge()
	if _, err := Generate(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*Options){
		"judge by hash, now none":                       func(o *Options) { o.Judge = nil },
		"judge by hash, now another":                    func(o *Options) { o.Judge = &Judge{Name: "another"} },
		"check attempts 0, now 3":                       func(o *Options) { o.CheckAttempts = 3 },
		"domain none, now tractors":                     func(o *Options) { o.Domain = "tractors" },
		"prompts per-grade.v2, now ladder.v1":           func(o *Options) { o.Strategy = "ladder" },
		"strategy per-grade, now ladder":                func(o *Options) { o.Strategy = "ladder" },
		"other examples of style, examples per query 0": func(o *Options) { o.Examples = []string{"a"} },
	} {
		changed := opts
		change(&changed)
		if _, err := Generate(t.Context(), changed); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	asked := one.asked.Load()
	opts.OnMismatch = MismatchRelabel
	if _, err := Generate(t.Context(), opts); err != nil || one.asked.Load() != asked {
		t.Errorf("want the same judgments used, got %d more, %v", one.asked.Load()-asked, err)
	}
	opts.OnMismatch = "shrug"
	if _, err := Generate(t.Context(), opts); err == nil || !strings.Contains(err.Error(), "want drop, relabel or keep") {
		t.Errorf("got %v", err)
	}
}
