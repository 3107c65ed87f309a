package generate

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/llm"
)

const (
	temperature = 0.8

	reasonServer   = "the server failed"
	reasonNotAsked = "not asked yet"
)

// ask goes through the attempts at a call: those in the ledger as they are,
// then, while none is of use, further ones asked of the model.
func (r *run) ask(ctx context.Context, query collection.Query, c call) (string, error) {
	text, fault, attempt := r.recall(query, c)
	for ; text == "" && attempt < r.opts.Attempts; attempt++ {
		a, err := r.request(ctx, key{query.ID, c.step, attempt}, c)
		if err != nil {
			return "", err
		}
		if text, fault = r.judge(a, c); text != "" {
			break
		}
	}
	if text == "" {
		return "", &leftOut{fault}
	}
	return text, nil
}

// recall looks through the answers in the ledger. Without a usable one it
// returns the last fault and the attempt to go on with.
func (r *run) recall(query collection.Query, c call) (text, fault string, attempt int) {
	for ; attempt < r.opts.Attempts; attempt++ {
		a, ok := r.ledger.answer(key{query.ID, c.step, attempt})
		if !ok {
			return "", fault, attempt
		}
		if text, fault = r.judge(a, c); text != "" {
			return text, "", attempt
		}
	}
	return "", fault, attempt
}

// judge reads an answer. It depends on the answer and the call alone.
func (r *run) judge(a answer, c call) (text, fault string) {
	if a.Finish == "content_filter" {
		return "", faultModel
	}
	return c.read(rawAnswer{text: a.Raw, cut: a.Finish == "length", instructions: r.instructions(c)})
}

// instructions are the prompt without the questions in it.
func (r *run) instructions(c call) string {
	p := r.strategy.prompts
	return p.render("system", c.data) + "\n" + p.render(c.prompt, promptData{Words: c.data.Words})
}

// request asks the model once and records what it says.
func (r *run) request(ctx context.Context, k key, c call) (answer, error) {
	place := r.places[k.Query]
	if err := r.gate.enter(ctx, place); err != nil {
		return answer{}, err
	}
	defer r.gate.leave()
	if err := r.mayGoOn(k); err != nil {
		return answer{}, err
	}
	got, err := r.chat(ctx, k, c)
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
	a := answer{
		key: k, Prompt: c.prompt, Model: got.Model, Seed: drawSeed(r.opts.Seed, k),
		PromptTokens: got.PromptTokens, CompletionTokens: got.CompletionTokens,
		Milliseconds: got.Latency.Milliseconds(), Finish: got.FinishReason, Raw: clip(got.Text),
		Outcome: "ok",
	}
	if _, fault := r.judge(a, c); fault != "" {
		a.Outcome = fault
	}
	return a, r.ledger.record(a)
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

// mayGoOn lets a query that has begun go on for a while after the time limit.
func (r *run) mayGoOn(k key) error {
	r.mu.Lock()
	begun := r.begun[k.Query]
	r.mu.Unlock()
	if begun || r.ledger.begun(k.Query) {
		return r.mayEnd()
	}
	if err := r.mayBegin(); err != nil {
		return err
	}
	r.mu.Lock()
	r.begun[k.Query] = true
	r.mu.Unlock()
	return nil
}

// failure records that a request failed for reasons that are its own, and
// leaves its document to a later run.
func (r *run) failure(k key, err error) error {
	if tooMany := r.count(err); tooMany != nil {
		return tooMany
	}
	if err := r.ledger.append(entry{Failure: &failure{k, err.Error()}}); err != nil {
		return err
	}
	return &leftOut{reasonServer}
}

func (r *run) chat(ctx context.Context, k key, c call) (llm.Answer, error) {
	if r.opts.Answers == AnswersJSON {
		got, err := r.opts.LLM.Chat(ctx, r.requestOf(k, c, textSchema))
		if !errors.Is(err, llm.ErrNoSchema) {
			return got, err
		}
	}
	return r.opts.LLM.Chat(ctx, r.requestOf(k, c, nil))
}

func (r *run) requestOf(k key, c call, schema json.RawMessage) llm.Request {
	p := r.strategy.prompts
	c.data.JSON = schema != nil
	return llm.Request{
		System:      p.render("system", c.data),
		User:        p.render(c.prompt, c.data),
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

// answered asks nothing: for a query the run did not finish it has what the ledger has.
type answered struct{ r *run }

func (a answered) ask(_ context.Context, query collection.Query, c call) (string, error) {
	text, fault, attempt := a.r.recall(query, c)
	switch {
	case text != "":
		return text, nil
	case attempt < a.r.opts.Attempts:
		return "", &leftOut{reasonNotAsked}
	}
	return "", &leftOut{fault}
}
