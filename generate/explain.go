package generate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gradus-ir/gradus/collection"
)

// Explanation is where a document comes from.
type Explanation struct {
	DocID    string    `json:"document"`
	QueryID  string    `json:"query_id"`
	Query    string    `json:"query"`
	Asked    int       `json:"asked"`            // the grade it was written for
	Grade    *int      `json:"grade"`            // the grade it has, nil if it is left out
	Text     string    `json:"text,omitempty"`   // "" if it is left out
	Reason   string    `json:"reason,omitempty"` // why it is left out
	Strategy string    `json:"strategy"`         // of the run
	Seed     int64     `json:"seed"`             // of the run
	Judge    string    `json:"judge,omitempty"`  // of the run
	Attempts []Attempt `json:"attempts"`         // at it and at what prepared it, in their order
}

// Attempt is one request towards a document, and what came of it.
type Attempt struct {
	Step         string `json:"step"`
	Attempt      int    `json:"attempt"` // at the step, from 0
	Prompt       string `json:"prompt"`  // the template
	System       string `json:"system"`
	User         string `json:"user"`
	Model        string `json:"model"`
	Seed         int64  `json:"seed"`
	Tokens       int    `json:"tokens"`
	Milliseconds int64  `json:"ms"`
	Raw          string `json:"raw"`             // the answer
	Text         string `json:"text,omitempty"`  // what was taken from it
	Fault        string `json:"fault,omitempty"` // why nothing was
	Judged       *int   `json:"judged"`          // the judge's grade of the text, nil if there is none
}

// Explain looks up where a document of the run in dir comes from: what was
// asked of which model, what it said, and which answers were of no use. A
// document that was left out has an explanation too.
func Explain(ctx context.Context, dir, docID string) (Explanation, error) {
	r, err := openRun(Options{Out: dir})
	if err != nil {
		return Explanation{}, err
	}
	defer r.ledger.close()
	dash := strings.LastIndexByte(docID, '-')
	if dash < 0 {
		return Explanation{}, fmt.Errorf("document %q: want QUERY-GRADE, such as 12-3", docID)
	}
	i, known := r.places[docID[:dash]]
	grade, err := strconv.Atoi(docID[dash+1:])
	if !known || err != nil || !slices.Contains(r.opts.Grades, grade) {
		return Explanation{}, fmt.Errorf("document %q: want a query of the run and one of its grades %v", docID, r.opts.Grades)
	}
	e := Explanation{
		DocID: docID, QueryID: r.opts.Queries[i].ID, Query: r.opts.Queries[i].Text,
		Asked: grade, Strategy: r.strategy.name, Seed: r.opts.Seed, Attempts: []Attempt{},
	}
	if r.opts.Judge != nil {
		e.Judge = r.opts.Judge.Name
	}
	w, err := r.explained(ctx, i, &e)
	if err != nil {
		return Explanation{}, err
	}
	for _, p := range w.passages {
		if p.asked == grade {
			e.Grade, e.Text = &p.grade, p.text
		}
	}
	if e.Grade == nil {
		e.Reason = e.reason(w)
		return e, nil
	}
	return e, e.findWritten(dir)
}

// explained derives one query and puts the attempts that matter into e.
func (r *run) explained(ctx context.Context, i int, e *Explanation) (written, error) {
	seen := map[key]Attempt{} // the last look at each counts: it knows the other grades
	var mu sync.Mutex
	w, err := r.write(ctx, i, throughLedger{r: r, source: ledgerAlone{}, seen: func(a answer, c call, text, fault string) {
		if c.grade != e.Asked && c.grade != NoGrade {
			return
		}
		attempt := Attempt{
			Step: a.Step, Attempt: a.Attempt, Prompt: a.Prompt, System: a.System, User: a.User, Model: a.Model, Seed: a.Seed,
			Tokens: a.PromptTokens + a.CompletionTokens, Milliseconds: a.Milliseconds, Raw: a.Raw, Text: text, Fault: fault,
		}
		if j, ok := r.ledger.judgment(e.QueryID, text); ok {
			attempt.Judged = &j.Grade
		}
		mu.Lock()
		defer mu.Unlock()
		seen[a.key] = attempt
	}})
	for _, attempt := range seen {
		e.Attempts = append(e.Attempts, attempt)
	}
	slices.SortFunc(e.Attempts, func(a, b Attempt) int {
		return cmp.Or(
			cmp.Compare(roundOf(a.Step), roundOf(b.Step)),
			-cmp.Compare(isPreparing(a.Step), isPreparing(b.Step)),
			cmp.Compare(a.Step, b.Step), cmp.Compare(a.Attempt, b.Attempt),
		)
	})
	return w, err
}

// roundOf is "" of the first round, "again-1" of the next.
func roundOf(step string) string {
	round, _, ok := strings.Cut(step, "/")
	if !ok {
		return ""
	}
	return round
}

// isPreparing is 1 of a step that comes before the one that writes.
func isPreparing(step string) int {
	name := step[strings.LastIndexByte(step, '/')+1:]
	if _, err := strconv.Atoi(name); err == nil || name == "ladder" {
		return 0
	}
	return 1
}

// reason is why the document is left out.
func (e Explanation) reason(w written) string {
	if len(e.Attempts) == 0 {
		return reasonNotAsked
	}
	last := e.Attempts[len(e.Attempts)-1]
	switch {
	case last.Fault != "":
		return last.Fault
	case last.Judged != nil:
		return reasonJudge
	}
	return reasonNotAsked
}

// reasonNotWritten is why a document that passed the checks is not in the corpus.
const reasonNotWritten = "a near-duplicate of an earlier document, or answered after the collection was written"

// findWritten corrects e where the collection, if there is one, lacks the document.
func (e *Explanation) findWritten(dir string) error {
	c := &collection.Collection{Dir: dir}
	for document, err := range c.Documents() {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case document.ID == e.DocID:
			return nil
		}
	}
	e.Grade, e.Text, e.Reason = nil, "", reasonNotWritten
	return nil
}
