package judge

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/llm"
)

// key names a request of a run. Orders, parts and attempts are numbered from 0.
type key struct {
	Query   string `json:"query"`
	Order   int    `json:"order"`
	Part    int    `json:"part"`
	Attempt int    `json:"attempt"`
}

// entry is a record of the ledger, of one of three kinds.
type entry struct {
	Run     *terms   `json:"run,omitempty"`     // the first record
	Answer  *answer  `json:"answer,omitempty"`  // a confirmed answer, good or bad
	Failure *failure `json:"failure,omitempty"` // a request without an answer; it will be asked again
}

// terms are what a run's answers depend on. A run with other terms is another
// run and needs another ledger.
type terms struct {
	Format       int    `json:"format"`
	Prompts      string `json:"prompts"`
	PromptSHA256 string `json:"prompts_sha256"`
	Model        string `json:"model"` // as asked for
	Orders       int    `json:"orders"`
	Seed         int64  `json:"seed"`
	Attempts     int    `json:"attempts"`
	PromptTokens int    `json:"prompt_tokens"`
	AnswerTokens int    `json:"answer_tokens"`
	Pairs        int    `json:"pairs"`
	PairsSHA256  string `json:"pairs_sha256"`
}

const ledgerFormat = 1

func (j *Judge) terms(lists []List) terms {
	hash := sha256.New()
	pairs := 0
	for _, list := range lists {
		fmt.Fprintf(hash, "query %q %q\n", list.Query.ID, list.Query.Text)
		for _, document := range list.Documents {
			fmt.Fprintf(hash, "document %q %q\n", document.ID, document.Content())
		}
		pairs += len(list.Documents)
	}
	return terms{
		Format: ledgerFormat, Prompts: promptName, PromptSHA256: promptSHA256, Model: j.model,
		Orders: j.opts.Orders, Seed: j.opts.Seed, Attempts: j.opts.Attempts,
		PromptTokens: j.opts.PromptTokens, AnswerTokens: j.opts.AnswerTokens,
		Pairs: pairs, PairsSHA256: hex.EncodeToString(hash.Sum(nil)),
	}
}

// changes lists the terms that differ, by the names in the ledger.
func (t terms) changes(now terms) []string {
	var changed []string
	was, is := reflect.ValueOf(t), reflect.ValueOf(now)
	for i := range was.NumField() {
		name := was.Type().Field(i).Tag.Get("json")
		a, b := was.Field(i).Interface(), is.Field(i).Interface()
		switch {
		case a == b:
		case name == "prompts_sha256" && t.Prompts == now.Prompts:
			changed = append(changed, fmt.Sprintf("the text of prompts %s has changed", t.Prompts))
		case name == "pairs_sha256" && t.Pairs == now.Pairs:
			changed = append(changed, "other queries or documents")
		case strings.HasSuffix(name, "_sha256"): // told by the field before
		default:
			changed = append(changed, fmt.Sprintf("%s %v, now %v", strings.ReplaceAll(name, "_", " "), a, b))
		}
	}
	return changed
}

// answer is what the model said to one request.
type answer struct {
	key
	Form             form     `json:"form"`
	Documents        []string `json:"documents"` // as they were shown
	Model            string   `json:"model"`     // as the server named it
	PromptTokens     int      `json:"prompt_tokens"`
	CompletionTokens int      `json:"completion_tokens"`
	Milliseconds     int64    `json:"ms"`
	Finish           string   `json:"finish"`
	Outcome          string   `json:"outcome"` // ok, or why it was not used; for people, Raw is read anew
	Raw              string   `json:"raw"`
}

type failure struct {
	key
	Error string `json:"error"`
}

// outcome is what an answer came to.
type outcome struct {
	grades []int // of the documents shown; nil with a fault
	fault  string
}

func (a answer) read() outcome {
	grades, fault := a.Form.read(a.Raw, a.Finish, len(a.Documents))
	return outcome{grades, fault}
}

// ledger is the log of a run, and what its answers came to.
type ledger struct {
	path string
	log  *durable.Log

	mu       sync.Mutex
	outcomes map[key]outcome
	model    string // as the server named it in the first answer
	usage    llm.Usage
	requests int64
	millis   int64
}

// openLedger opens or begins the ledger at path. A ledger with answers on other
// terms is an error that says what differs.
func openLedger(path string, want terms) (*ledger, error) {
	l := &ledger{path: path, outcomes: map[key]outcome{}}
	var begun *terms
	log, err := durable.OpenLog(path, func(record []byte) error {
		var e entry
		if err := json.Unmarshal(record, &e); err != nil {
			return fmt.Errorf("want a record of judge, got %.60q", record)
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
	if begun == nil || *begun != want && l.requests == 0 { // nothing was answered on other terms
		err = l.append(entry{Run: &want})
	} else if changed := begun.changes(want); len(changed) > 0 {
		err = fmt.Errorf("%s was begun with other options: %s; take another output, or the options it was begun with", path, strings.Join(changed, ", "))
	}
	if err != nil {
		log.Close()
		return nil, err
	}
	return l, nil
}

func (l *ledger) append(e entry) error {
	record, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return l.log.Append(record)
}

// record confirms an answer: once it returns nil the answer is on disk. A
// server whose model changes in the middle of a run would mix two judges: that
// is an error, and the answer is not taken.
func (l *ledger) record(a answer) error {
	l.mu.Lock()
	if l.model == "" {
		l.model = a.Model
	}
	model := l.model
	l.mu.Unlock()
	if a.Model != model {
		return fmt.Errorf("%s was begun with answers of model %q, now the server answers as %q; take another output", l.path, model, a.Model)
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
	l.outcomes[a.key] = a.read()
	l.usage.PromptTokens += int64(a.PromptTokens)
	l.usage.CompletionTokens += int64(a.CompletionTokens)
	l.millis += a.Milliseconds
	l.requests++
}

func (l *ledger) outcome(k key) (outcome, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o, ok := l.outcomes[k]
	return o, ok
}

// hasAnswers reports whether the server has ever answered, in this run or an earlier one.
func (l *ledger) hasAnswers() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.requests > 0
}
