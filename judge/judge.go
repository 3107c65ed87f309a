// Package judge has a language model grade documents for queries, on the
// scale of the TREC Deep Learning track's passage task, and tells how far its
// grades agree with those that were intended or that people gave.
//
// The judge never sees the other grade. It grades a document alone, or a
// query's documents as a list, in several orders drawn from a seed, since what
// stands first or last is graded differently: the grade is then the median.
//
// Sources: UMBRELA, arXiv 2406.06519, for the prompt; Thomas et al., arXiv
// 2309.10621, for the steps in it.
package judge

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gradus-ir/gradus/llm"
)

// Options of a judge. The zero value grades each document alone.
type Options struct {
	// Orders is in how many orders Run grades a query's list as a whole; 0
	// grades each document alone.
	Orders int
	Seed   int64 // of the orders and of the model's sampling
	// Attempts at each answer; 0 is 3. The first takes the likeliest answer,
	// those after one of no use draw.
	Attempts int
	// PromptTokens is how many tokens, as llm.EstimateTokens guesses, the
	// documents of one request have at most; 0 is 1,500, which fits a context
	// of 2,048. A document that is longer is cut, a list that is longer is
	// graded in parts.
	PromptTokens int
	// AnswerTokens is the room for an answer; 0 is 16 and 8 a document, which
	// is too little for a model that thinks before it answers.
	AnswerTokens int
}

// Judge grades documents with one model and one version of the prompts. Its
// methods may be called concurrently.
type Judge struct {
	llm   *llm.Client
	opts  Options
	model string // as asked for
}

// Judgment is what a judge says of one document.
type Judgment struct {
	Grade            int    // 0 to 3, or NoGrade
	Model            string // as the server named it
	PromptTokens     int    // of all attempts
	CompletionTokens int    // likewise
	Raw              string // the last answer
}

// NoGrade stands for the grade of a document to which no attempt got an answer of use.
const NoGrade = -1

// New asks the server which model it serves, unless the client knows.
func New(ctx context.Context, client *llm.Client, opts Options) (*Judge, error) {
	if opts.Attempts == 0 {
		opts.Attempts = 3
	}
	if opts.PromptTokens == 0 {
		opts.PromptTokens = 1500
	}
	if opts.Orders < 0 || opts.Attempts < 0 || opts.PromptTokens < 0 || opts.AnswerTokens < 0 {
		return nil, fmt.Errorf("orders, attempts, prompt tokens, answer tokens: want none negative, got %d, %d, %d, %d",
			opts.Orders, opts.Attempts, opts.PromptTokens, opts.AnswerTokens)
	}
	model, err := client.Model(ctx)
	if err != nil {
		return nil, err
	}
	return &Judge{client, opts, model}, nil
}

// Identity names the version of the prompts and the model: what a grade of
// this judge depends on, besides the options.
func (j *Judge) Identity() string { return promptName + " by " + j.model }

// Grade grades one document, alone. An answer of no use is asked for again.
// llm.Fatal tells the errors that would meet every other document too.
func (j *Judge) Grade(ctx context.Context, queryText, documentText string) (Judgment, error) {
	documents := []string{j.fit(documentText)}
	judgment := Judgment{Grade: NoGrade}
	for attempt := range j.opts.Attempts {
		answer, err := j.ask(ctx, alone, queryText, documents, attempt, "")
		if err != nil {
			return Judgment{}, err
		}
		judgment.Model, judgment.Raw = answer.Model, answer.Text
		judgment.PromptTokens += answer.PromptTokens
		judgment.CompletionTokens += answer.CompletionTokens
		if grades, fault := alone.read(answer.Text, answer.FinishReason, 1); fault == "" {
			judgment.Grade = grades[0]
			break
		}
	}
	return judgment, nil
}

// ask puts documents before the model once. An answer that was cut or filtered
// is an answer; its FinishReason tells.
func (j *Judge) ask(ctx context.Context, f form, query string, documents []string, attempt int, purpose string) (llm.Answer, error) {
	request := llm.Request{
		User:      f.render(query, documents),
		MaxTokens: j.opts.AnswerTokens,
		Seed:      int64(draw(j.opts.Seed, purpose, attempt) >> 33),
		Schema:    f.schema(len(documents)),
	}
	if request.MaxTokens == 0 {
		request.MaxTokens = 16 + 8*len(documents)
	}
	if attempt > 0 {
		request.Temperature = 0.7
	}
	answer, err := j.llm.Chat(ctx, request)
	if errors.Is(err, llm.ErrNoSchema) {
		request.Schema = nil
		answer, err = j.llm.Chat(ctx, request)
	}
	if errors.Is(err, llm.ErrTruncated) || errors.Is(err, llm.ErrFiltered) {
		err = nil
	}
	return answer, err
}

// fit is a document's text as the judge sees it.
func (j *Judge) fit(text string) string {
	return cut(oneLine(text), 3*j.opts.PromptTokens) // llm.EstimateTokens counts three bytes a token
}

// draw is a number that depends on the seed and on what it is for, and on
// nothing else: not on the order in which things happen.
func draw(seed int64, purpose ...any) uint64 {
	text, err := json.Marshal(append([]any{seed}, purpose...))
	if err != nil {
		panic(err) // strings and numbers
	}
	sum := sha256.Sum256(text)
	return binary.LittleEndian.Uint64(sum[:])
}
