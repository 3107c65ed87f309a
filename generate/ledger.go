package generate

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"sync"

	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/llm"
)

// LedgerName is the file in a run's folder that holds every request and
// answer; the collection beside it is derived from it.
const LedgerName = "ledger.jsonl"

// key names a request of a run. Attempts at a step are numbered from 0.
type key struct {
	Query   string `json:"query"`
	Step    string `json:"step"` // a grade, or a word for what prepares one
	Attempt int    `json:"attempt"`
}

func (k key) String() string { return fmt.Sprintf("%s/%s/%d", k.Query, k.Step, k.Attempt) }

// entry is a record of the ledger, of one of three kinds.
type entry struct {
	Run     *terms   `json:"run,omitempty"`     // the first record
	Answer  *answer  `json:"answer,omitempty"`  // a confirmed answer, good or bad
	Failure *failure `json:"failure,omitempty"` // a request without an answer; it will be asked again
}

// terms are what a run's answers depend on. A run with other terms is another
// run and needs another folder.
type terms struct {
	Format   int     `json:"format"`
	Strategy string  `json:"strategy"`
	Prompts  prompts `json:"prompts"`
	Model    string  `json:"model"` // as asked for
	Answers  string  `json:"answers"`
	Queries  string  `json:"queries_sha256"`
	Grades   []int   `json:"grades"`
	Seed     int64   `json:"seed"`
	Attempts int     `json:"attempts"`
}

const ledgerFormat = 1

// answer is what the model said to one request.
type answer struct {
	key
	Prompt           string `json:"prompt"` // the template's name
	Model            string `json:"model"`  // as the server named it
	Seed             int64  `json:"seed"`
	PromptTokens     int    `json:"prompt_tokens"`
	CompletionTokens int    `json:"completion_tokens"`
	Milliseconds     int64  `json:"ms"`
	Finish           string `json:"finish"`
	Outcome          string `json:"outcome"` // ok, or why it was not used; for people, checks run anew over Raw
	Raw              string `json:"raw"`
}

type failure struct {
	key
	Error string `json:"error"`
}

// ledger is the log and what it holds of queries not yet done.
type ledger struct {
	path string
	log  *durable.Log

	mu       sync.Mutex
	answers  map[string]map[key]answer // by query
	model    string                    // as the server named it in the first answer
	usage    llm.Usage
	requests int64
}

// openLedger opens or begins the ledger in dir. A ledger of other terms is an
// error that says what differs.
func openLedger(dir string, want terms) (*ledger, error) {
	l := &ledger{path: filepath.Join(dir, LedgerName), answers: map[string]map[key]answer{}}
	var begun *terms
	log, err := durable.OpenLog(l.path, func(record []byte) error {
		var e entry
		if err := json.Unmarshal(record, &e); err != nil {
			return fmt.Errorf("want a record of generate, got %.60q", record)
		}
		switch {
		case e.Run != nil:
			begun = e.Run
		case begun == nil:
			return errors.New("want the record of the run's options first")
		case e.Answer != nil:
			l.keep(*e.Answer)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	l.log = log
	switch {
	case begun == nil:
		err = l.append(entry{Run: &want})
	default:
		if changed := begun.changes(want); len(changed) > 0 {
			err = fmt.Errorf("%s was begun with other options: %s; take another folder, or the options it was begun with", l.path, strings.Join(changed, ", "))
		}
	}
	if err != nil {
		log.Close()
		return nil, err
	}
	return l, nil
}

// changes lists the terms that differ, by the names in the ledger.
func (t terms) changes(now terms) []string {
	var changed []string
	was, is := reflect.ValueOf(t), reflect.ValueOf(now)
	for i := range was.NumField() {
		name := was.Type().Field(i).Tag.Get("json")
		a, b := was.Field(i).Interface(), is.Field(i).Interface()
		switch p, q := t.Prompts, now.Prompts; {
		case name == "prompts" && p.Name == q.Name && p.SHA256 != q.SHA256:
			changed = append(changed, fmt.Sprintf("the text of prompts %s has changed", p.Name))
		case name == "prompts" && p.Name != q.Name:
			changed = append(changed, fmt.Sprintf("prompts %s, now %s", p.Name, q.Name))
		case name == "prompts":
		case name == "queries_sha256" && a != b:
			changed = append(changed, "other queries")
		case !reflect.DeepEqual(a, b):
			changed = append(changed, fmt.Sprintf("%s %v, now %v", name, a, b))
		}
	}
	return changed
}

func (l *ledger) append(e entry) error {
	record, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return l.log.Append(record)
}

// record confirms an answer: once it returns nil the answer is on disk. A
// server whose model changes in the middle of a run would mix two models'
// passages: that is an error, and the answer is not taken.
func (l *ledger) record(a answer) error {
	l.mu.Lock()
	if l.model == "" {
		l.model = a.Model
	}
	model := l.model
	l.mu.Unlock()
	if a.Model != model {
		return fmt.Errorf("%s was begun with answers of model %q, now the server answers as %q; take another folder", l.path, model, a.Model)
	}
	if err := l.append(entry{Answer: &a}); err != nil {
		return err
	}
	l.keep(a)
	return nil
}

// keep takes an answer that is on disk into memory.
func (l *ledger) keep(a answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.model == "" {
		l.model = a.Model
	}
	if l.answers[a.Query] == nil {
		l.answers[a.Query] = map[key]answer{}
	}
	l.answers[a.Query][a.key] = a
	l.usage.PromptTokens += int64(a.PromptTokens)
	l.usage.CompletionTokens += int64(a.CompletionTokens)
	l.requests++
}

func (l *ledger) answer(k key) (answer, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a, ok := l.answers[k.Query][k]
	return a, ok
}

// begun reports whether the query has an answer already.
func (l *ledger) begun(queryID string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.answers[queryID]) > 0
}

// hasAnswers reports whether the server has ever answered, in this run or an earlier one.
func (l *ledger) hasAnswers() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.requests > 0
}

// forget frees the memory of a query that is done.
func (l *ledger) forget(queryID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.answers, queryID)
}

func (l *ledger) close() error { return l.log.Close() }
