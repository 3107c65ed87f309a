package generate

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/llm"
)

// LedgerName is the file in a run's folder that holds every request and
// answer; the collection beside it is derived from it.
const LedgerName = "ledger.jsonl"

// ledger is the log and what it holds of queries not yet done.
type ledger struct {
	path string
	log  *durable.Log

	mu        sync.Mutex
	answers   map[string]map[key]answer      // by query
	judgments map[string]map[string]judgment // by query and document
	asked     int64                          // queries with an answer
	model     string                         // as the server named it in the first answer
	usage     llm.Usage
	requests  int64
	time      time.Duration // of all requests
}

// queriesARecord bounds the length of a record.
const queriesARecord = 1000

// readLedger opens the ledger at path and returns what it begins with.
func readLedger(path string) (*ledger, head, error) {
	l := &ledger{path: path, answers: map[string]map[key]answer{}, judgments: map[string]map[string]judgment{}}
	var h head
	log, err := durable.OpenLog(path, func(record []byte) error {
		var e entry
		if err := json.Unmarshal(record, &e); err != nil {
			return fmt.Errorf("want a record of generate, got %.60q", record)
		}
		switch {
		case e.Run != nil:
			h.terms = e.Run
		case h.terms == nil:
			return errors.New("want the record of the run's options first")
		case e.Queries != nil:
			h.queries = append(h.queries, e.Queries...)
		case e.Examples != nil:
			h.examples = e.Examples
		case e.Answer != nil:
			l.keep(*e.Answer)
		case e.Judgment != nil:
			l.keepJudgment(*e.Judgment)
		}
		return nil
	})
	l.log = log
	return l, h, err
}

// openLedger opens or begins the ledger of a run. A ledger of other terms is
// an error that says what differs.
func openLedger(path string, want head) (*ledger, error) {
	l, has, err := readLedger(path)
	if err != nil {
		return nil, err
	}
	if has.terms == nil {
		err = l.append(entry{Run: want.terms})
	} else if changed := has.terms.changes(*want.terms); len(changed) > 0 {
		err = fmt.Errorf("%s was begun with other options: %s; take another folder, or the options it was begun with", l.path, strings.Join(changed, ", "))
	}
	if err == nil {
		err = l.begin(has, want)
	}
	if err != nil {
		l.log.Close()
		return nil, err
	}
	return l, nil
}

// begin writes what the ledger lacks of its head: all of it, or what a crash kept out.
func (l *ledger) begin(has, want head) error {
	for i := len(has.queries); i < len(want.queries); i += queriesARecord {
		if err := l.append(entry{Queries: want.queries[i:min(i+queriesARecord, len(want.queries))]}); err != nil {
			return err
		}
	}
	if len(has.examples) == 0 && len(want.examples) > 0 {
		return l.append(entry{Examples: want.examples})
	}
	return nil
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
		l.asked++
	}
	l.answers[a.Query][a.key] = a
	l.count(a.PromptTokens, a.CompletionTokens, a.Milliseconds)
}

func (l *ledger) count(promptTokens, completionTokens int, milliseconds int64) {
	l.usage.PromptTokens += int64(promptTokens)
	l.usage.CompletionTokens += int64(completionTokens)
	l.time += time.Duration(milliseconds) * time.Millisecond
	l.requests++
}

// recordJudgment confirms a judge's grade, as record does an answer.
func (l *ledger) recordJudgment(j judgment) error {
	if err := l.append(entry{Judgment: &j}); err != nil {
		return err
	}
	l.keepJudgment(j)
	return nil
}

func (l *ledger) keepJudgment(j judgment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.judgments[j.Query] == nil {
		l.judgments[j.Query] = map[string]judgment{}
	}
	l.judgments[j.Query][j.Document] = j
	l.count(j.PromptTokens, j.CompletionTokens, j.Milliseconds)
}

func (l *ledger) judgment(queryID, text string) (judgment, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	j, ok := l.judgments[queryID][hashOf(text)]
	return j, ok
}

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func (l *ledger) tokens() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.usage.Tokens()
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
	delete(l.judgments, queryID)
}

func (l *ledger) close() error { return l.log.Close() }
