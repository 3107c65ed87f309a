package generate

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/gradus-ir/gradus/llm"
)

const (
	temperature = 0.8

	reasonServer   = "the server failed"
	reasonNotAsked = "not asked yet"
)

// source has the answers that a run's ledger lacks: the model, or a file.
type source interface {
	answer(ctx context.Context, k key, c call) (answer, error)
	judgment(ctx context.Context, t *task, p passage) (judgment, error)
}

// throughLedger is the asker of a run: what is in the ledger is taken from
// there, the rest comes from the source.
type throughLedger struct {
	r *run
	source
	// seen, where not nil, is told each answer looked at and what was taken from it.
	seen func(a answer, c call, text, fault string)
}

// ask goes through the attempts at a call: those in the ledger as they are,
// then, while none is of use, further ones.
func (l throughLedger) ask(ctx context.Context, t *task, c call) (string, error) {
	fault := ""
	for attempt := range l.r.opts.Attempts {
		k := key{t.query.ID, c.step, attempt}
		a, ok := l.r.ledger.answer(k)
		if !ok {
			var err error
			if a, err = l.answer(ctx, k, c); err != nil {
				return "", err
			}
		}
		var text string
		text, fault = a.read(c)
		if l.seen != nil {
			l.seen(a, c, text, fault)
		}
		if text != "" {
			return text, nil
		}
	}
	return "", &leftOut{fault}
}

// read takes the text out of an answer. It depends on the answer and the call alone.
func (a answer) read(c call) (text, fault string) {
	if a.Finish == "content_filter" {
		return "", faultModel
	}
	return c.read(rawAnswer{text: a.Raw, cut: a.Finish == "length", instructions: c.instructions()})
}

// instructions are the prompt without the questions in it.
func (c call) instructions() string {
	return c.prompts.render("system", c.data.form()) + "\n" + c.prompts.render(c.prompt, c.data.form())
}

// ledgerAlone asks nobody: what is not in the ledger is not to be had.
type ledgerAlone struct{}

func (ledgerAlone) answer(context.Context, key, call) (answer, error) {
	return answer{}, &leftOut{reasonNotAsked}
}

func (ledgerAlone) judgment(context.Context, *task, passage) (judgment, error) {
	return judgment{}, &leftOut{reasonNotAsked}
}

// model is the source that asks the run's LLM.
type model struct{ *run }

// answer asks the model once and records what it says.
func (m model) answer(ctx context.Context, k key, c call) (answer, error) {
	r := m.run
	if err := r.gate.enter(ctx, r.places[k.Query]); err != nil {
		return answer{}, err
	}
	defer r.gate.leave()
	if err := r.mayGoOn(k.Query); err != nil {
		return answer{}, err
	}
	req, got, err := r.chat(ctx, k, c)
	switch {
	case err == nil, errors.Is(err, llm.ErrTruncated), errors.Is(err, llm.ErrFiltered):
	case errors.Is(err, llm.ErrBudget):
		return answer{}, r.stop(err.Error())
	case ctx.Err() != nil, llm.Fatal(err):
		r.abort(err) // at once: what else is in flight would meet the same
		return answer{}, err
	default:
		return answer{}, r.failure(k, err)
	}
	r.count(nil)
	a := newAnswer(k, c, req, got)
	return a, r.ledger.record(a)
}

// newAnswer is the ledger's record of what a model said to a request.
func newAnswer(k key, c call, req llm.Request, got llm.Answer) answer {
	a := answer{
		key: k, Prompt: c.prompts.Name + "/" + c.prompt, System: req.System, User: req.User,
		Model: got.Model, Seed: req.Seed,
		PromptTokens: got.PromptTokens, CompletionTokens: got.CompletionTokens,
		Milliseconds: got.Latency.Milliseconds(), Finish: got.FinishReason, Raw: clip(got.Text),
		Outcome: "ok",
	}
	if _, fault := a.read(c); fault != "" {
		a.Outcome = fault
	}
	return a
}

// mostRaw is more than any answer within its token limit has; a server that
// keeps to none shall not fill the ledger.
const mostRaw = 64 << 10

func clip(raw string) string {
	if len(raw) > mostRaw {
		raw = raw[:mostRaw]
	}
	return strings.ToValidUTF8(raw, "")
}

func (r *run) chat(ctx context.Context, k key, c call) (llm.Request, llm.Answer, error) {
	if r.opts.Answers == AnswersJSON {
		req := r.request(k, c, true)
		got, err := r.opts.LLM.Chat(ctx, req)
		if !errors.Is(err, llm.ErrNoSchema) {
			return req, got, err
		}
	}
	req := r.request(k, c, false)
	got, err := r.opts.LLM.Chat(ctx, req)
	return req, got, err
}

// request is what the model is asked, constrained to JSON or not.
func (r *run) request(k key, c call, constrained bool) llm.Request {
	var schema json.RawMessage
	if constrained {
		c.data.JSON = true
		if schema = c.schema; schema == nil {
			schema = textSchema
		}
	}
	return llm.Request{
		System:      c.prompts.render("system", c.data),
		User:        c.prompts.render(c.prompt, c.data),
		MaxTokens:   answerTokens(c),
		Temperature: temperature,
		Seed:        drawSeed(r.opts.Seed, k),
		Schema:      schema,
	}
}

// answerTokens leaves room for the words asked for and some more: what is too
// long is cut at a sentence's end. Scripts other than Latin take more tokens.
func answerTokens(c call) int {
	tokens := c.words*8/5 + 32
	text := c.data.Query + c.data.Other
	if foreign := len(text) - len(strings.Map(onlyASCII, text)); foreign*4 > len(text) {
		tokens *= 3
	}
	return tokens
}

func onlyASCII(r rune) rune {
	if r < 128 {
		return r
	}
	return -1
}
