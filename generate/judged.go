package generate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gradus-ir/gradus/llm"
)

// Judge grades documents without being told the grade they were written for.
type Judge struct {
	Name  string // (terms) what its grades depend on: its model and prompts
	Grade func(ctx context.Context, query, document string) (Judgment, error)
}

// Judgment is a judge's answer about one document.
type Judgment struct {
	Grade            int    // 0 to 3, or NoGrade where the answer had none
	Model            string // as the server named it; "" if not known
	PromptTokens     int
	CompletionTokens int
	Raw              string // the answer
}

// What becomes of a document whose judged grade is not the one it was written
// for, after it was asked for again.
const (
	MismatchDrop    = "drop"    // it is left out
	MismatchRelabel = "relabel" // it has the judged grade
	MismatchKeep    = "keep"    // it has the grade it was written for
)

// Checks is what a judge thought of a run's documents.
type Checks struct {
	Judged     int64       `json:"judged"`     // documents, those asked for again included
	Confusion  [4][4]int64 `json:"confusion"`  // of first documents: grade written for × grade judged
	Agreed     int64       `json:"agreed"`     // first documents
	Mended     int64       `json:"mended"`     // asked for again, and then of their grade
	Dropped    int64       `json:"dropped"`    // by Options.OnMismatch
	Relabelled int64       `json:"relabelled"` // likewise
	Kept       int64       `json:"kept"`       // likewise
	NoGrade    int64       `json:"no_grade"`   // the judge's answer had no grade: a mismatch too
}

func (c *Checks) add(d Checks) {
	c.Judged, c.Agreed, c.Mended = c.Judged+d.Judged, c.Agreed+d.Agreed, c.Mended+d.Mended
	c.Dropped, c.Relabelled, c.Kept, c.NoGrade = c.Dropped+d.Dropped, c.Relabelled+d.Relabelled, c.Kept+d.Kept, c.NoGrade+d.NoGrade
	for i := range c.Confusion {
		for j := range c.Confusion[i] {
			c.Confusion[i][j] += d.Confusion[i][j]
		}
	}
}

// reasonJudge is why a document is left out that a judge took for another grade's.
const reasonJudge = "judged another grade"

// verdict is a passage and the grade it was judged to have.
type verdict struct {
	passage
	judged int
}

func (v verdict) agrees() bool { return v.judged == v.asked }

// distance is how far the judge is from the grade asked for.
func (v verdict) distance() int {
	if v.judged == NoGrade {
		return 4
	}
	return max(v.judged-v.asked, v.asked-v.judged)
}

// check has a query's passages judged. Those judged to be of another grade
// than theirs are asked for again, by the other strategies in turn; of all
// attempts at a grade the one judged nearest stays, the earliest of equals,
// and what becomes of it if it is still wrong is for opts.OnMismatch to say.
func (t *task) check(ctx context.Context, first []passage, others []strategy, opts Options) ([]passage, Checks, error) {
	var checks Checks
	verdicts, err := t.judgeAll(ctx, first)
	if err != nil {
		return nil, checks, err
	}
	checks.count(verdicts)
	for _, v := range verdicts {
		if v.agrees() {
			checks.Agreed++
		}
		if v.judged != NoGrade {
			checks.Confusion[v.asked][v.judged]++
		}
	}
	for round := range opts.CheckAttempts {
		again := *t
		again.round = fmt.Sprintf("again-%d/", round+1)
		again.left = func(reason string) {
			if reason == reasonNotAsked {
				t.left(reason)
			}
		}
		again.grades, again.kept = nil, nil
		for _, v := range verdicts {
			if v.agrees() {
				again.kept = append(again.kept, v.passage)
			} else {
				again.grades = append(again.grades, v.asked)
			}
		}
		if len(again.grades) == 0 {
			break
		}
		passages, err := others[round%len(others)].write(ctx, &again)
		if err != nil {
			return nil, checks, err
		}
		better, err := again.judgeAll(ctx, passages)
		if err != nil {
			return nil, checks, err
		}
		checks.count(better)
		for _, b := range better {
			i := slices.IndexFunc(verdicts, func(v verdict) bool { return v.asked == b.asked })
			if b.distance() < verdicts[i].distance() {
				verdicts[i] = b
			}
			if b.agrees() {
				checks.Mended++
			}
		}
	}
	return t.settle(verdicts, opts.OnMismatch, &checks), checks, nil
}

func (c *Checks) count(verdicts []verdict) {
	c.Judged += int64(len(verdicts))
	for _, v := range verdicts {
		if v.judged == NoGrade {
			c.NoGrade++
		}
	}
}

// settle says what becomes of each.
func (t *task) settle(verdicts []verdict, onMismatch string, checks *Checks) []passage {
	var passages []passage
	for _, v := range verdicts {
		switch {
		case v.agrees():
		case onMismatch == MismatchKeep:
			checks.Kept++
		case onMismatch == MismatchRelabel && v.judged != NoGrade:
			checks.Relabelled++
			v.grade = v.judged
		default:
			checks.Dropped++
			t.left(reasonJudge)
			continue
		}
		passages = append(passages, v.passage)
	}
	return passages
}

// judgeAll judges the passages at once. One that cannot be judged now is left out.
func (t *task) judgeAll(ctx context.Context, passages []passage) ([]verdict, error) {
	judged := make([]*verdict, len(passages))
	var group errgroup.Group
	for i, p := range passages {
		group.Go(func() error {
			grade, err := t.asker.judge(ctx, t, p)
			if err == nil {
				judged[i] = &verdict{p, grade}
			}
			return t.leave(err)
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var verdicts []verdict
	for _, v := range judged {
		if v != nil {
			verdicts = append(verdicts, *v)
		}
	}
	return verdicts, nil
}

// judge takes the grade from the ledger, or has the source give one.
func (l throughLedger) judge(ctx context.Context, t *task, p passage) (int, error) {
	j, ok := l.r.ledger.judgment(t.query.ID, p.text)
	if !ok {
		var err error
		if j, err = l.judgment(ctx, t, p); err != nil {
			return NoGrade, err
		}
	}
	return j.Grade, nil
}

// judgment asks the run's judge and records what it says.
func (m model) judgment(ctx context.Context, t *task, p passage) (judgment, error) {
	r := m.run
	if err := r.gate.enter(ctx, r.places[t.query.ID]); err != nil {
		return judgment{}, err
	}
	defer r.gate.leave()
	if err := r.mayGoOn(t.query.ID); err != nil {
		return judgment{}, err
	}
	start := time.Now()
	got, err := r.opts.Judge.Grade(ctx, t.query.Text, p.text)
	switch {
	case err == nil:
	case errors.Is(err, llm.ErrBudget):
		return judgment{}, r.stop(err.Error())
	case ctx.Err() != nil, llm.Fatal(err):
		r.abort(err)
		return judgment{}, err
	default:
		return judgment{}, r.failure(key{Query: t.query.ID, Step: fmt.Sprintf("%sjudge-%d", t.round, p.asked)}, err)
	}
	r.count(nil)
	if got.Grade < NoGrade || got.Grade > 3 {
		return judgment{}, fmt.Errorf("judge %s: want a grade from 0 to 3, got %d", r.opts.Judge.Name, got.Grade)
	}
	j := judgment{
		Query: t.query.ID, Document: hashOf(p.text), Grade: got.Grade, Model: got.Model,
		PromptTokens: got.PromptTokens, CompletionTokens: got.CompletionTokens,
		Milliseconds: time.Since(start).Milliseconds(), Raw: clip(got.Raw),
	}
	return j, r.ledger.recordJudgment(j)
}
