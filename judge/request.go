package judge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/llm"
)

const reasonServer = "the server failed"

// givenUpAfter is how many requests in a row may fail, retries and all,
// before the run blames the server instead of the request.
const givenUpAfter = 10

// settle goes through the attempts at a part until one is of use or none is left.
func (r *run) settle(ctx context.Context, list List, p part) error {
	for attempt := range r.judge.opts.Attempts {
		k := key{list.Query.ID, p.order, p.number, attempt}
		got, ok := r.ledger.outcome(k)
		if !ok {
			var err error
			if got, err = r.request(ctx, k, list, p); err != nil {
				return err
			}
		}
		if got.fault == "" || got.fault == reasonServer {
			break
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
	if r.opts.Progress != nil {
		r.opts.Progress(Progress{Requests: r.done, Of: r.of, Tokens: r.judge.llm.Budget().Spent().Tokens()})
	}
	return nil
}

// request asks the model once and records what it says. A request that fails
// for reasons of its own is recorded too, and left to a later run.
func (r *run) request(ctx context.Context, k key, list List, p part) (outcome, error) {
	if err := r.mayAsk(); err != nil {
		return outcome{}, err
	}
	a := answer{key: k, Form: p.form}
	var texts []string
	for _, place := range p.places {
		a.Documents = append(a.Documents, list.Documents[place].ID)
		texts = append(texts, r.judge.fit(list.Documents[place].Content()))
	}
	got, err := r.judge.ask(ctx, p.form, list.Query.Text, texts, k.Attempt, fmt.Sprint(k.Query, k.Order, k.Part))
	switch {
	case errors.Is(err, llm.ErrBudget):
		return outcome{}, r.stop(err)
	case err != nil && (ctx.Err() != nil || llm.Fatal(err)):
		return outcome{}, err
	case err != nil:
		return outcome{fault: reasonServer}, r.failure(k, err)
	}
	r.mu.Lock()
	r.failed = 0
	r.mu.Unlock()
	a.Model, a.Finish, a.Raw = got.Model, got.FinishReason, clip(got.Text)
	a.PromptTokens, a.CompletionTokens, a.Milliseconds = got.PromptTokens, got.CompletionTokens, got.Latency.Milliseconds()
	read := a.read()
	a.Outcome = "ok"
	if read.fault != "" {
		a.Outcome = read.fault
	}
	return read, r.ledger.record(a)
}

// mostRaw is more than any answer within its token limit has; a server that
// keeps to none shall not fill the ledger.
const mostRaw = 64 << 10

func clip(raw string) string {
	return strings.ToValidUTF8(raw[:min(len(raw), mostRaw)], "")
}

func (r *run) failure(k key, err error) error {
	if tooMany := r.countFailure(err); tooMany != nil {
		return tooMany
	}
	return r.ledger.append(entry{Failure: &failure{k, err.Error()}})
}

// countFailure returns the error to stop the run with once too many requests
// in a row have failed. What a server that answers others refuses, such as a
// prompt over the model's length, is no failure of its.
func (r *run) countFailure(err error) error {
	if errors.Is(err, llm.ErrContext) {
		return nil
	}
	var status *llm.StatusError
	if errors.As(err, &status) && r.ledger.hasAnswers() &&
		slices.Contains([]int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity}, status.Code) {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed++; r.failed >= givenUpAfter {
		return err
	}
	return nil
}
