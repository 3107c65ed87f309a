package generate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"

	"github.com/gradus-ir/gradus/internal/textfile"
	"github.com/gradus-ir/gradus/llm"
)

// BatchReport is what an import made of the lines of a batch's answers.
type BatchReport struct {
	Taken   int64 `json:"taken"`   // into the ledger
	Known   int64 `json:"known"`   // the ledger has an answer to the request already
	Unasked int64 `json:"unasked"` // the run has no such request outstanding
	Failed  int64 `json:"failed"`  // the service did not answer; they are outstanding still
}

// ImportBatch takes a batch's answers, in any order and as many as there are,
// into the ledger, and writes the collection as it is with them. To import
// them twice is no matter.
func ImportBatch(ctx context.Context, opts Options, path string) (BatchReport, Summary, error) {
	answers, report, err := readBatch(path)
	if err != nil {
		return report, Summary{}, err
	}
	r, err := opts.open(ctx)
	if err != nil {
		return report, Summary{}, err
	}
	defer r.ledger.close()
	for k := range answers {
		if _, known := r.ledger.answer(k); known {
			report.Known++
			delete(answers, k)
		}
	}
	in := &delivered{r: r, answers: answers}
	left, err := r.derive(ctx, in)
	if err != nil {
		return report, Summary{}, err
	}
	report.Taken, report.Unasked = in.taken, int64(len(answers))-in.taken
	if left > 0 {
		r.stopped = fmt.Sprintf(outstandingDocuments, left)
	}
	summary, err := r.end()
	return report, summary, err
}

// delivered is the source that has a batch's answers.
type delivered struct {
	ledgerAlone
	r       *run
	answers map[key]llm.Answer

	mu    sync.Mutex
	taken int64
}

func (d *delivered) answer(_ context.Context, k key, c call) (answer, error) {
	got, ok := d.answers[k]
	if !ok {
		return answer{}, &leftOut{reasonNotAsked}
	}
	d.mu.Lock()
	d.taken++
	d.mu.Unlock()
	a := newAnswer(k, c, d.r.request(k, c, d.r.opts.Answers == AnswersJSON), got)
	return a, d.r.ledger.record(a)
}

// batchAnswer is a line of a batch's answers, as far as it matters.
type batchAnswer struct {
	CustomID string `json:"custom_id"`
	Response *struct {
		StatusCode int `json:"status_code"`
		Body       struct {
			Model   string `json:"model"`
			Choices []struct {
				FinishReason string `json:"finish_reason"`
				Message      struct {
					Content string `json:"content"`
				} `json:"message"`
			} `json:"choices"`
			Usage struct {
				PromptTokens     int `json:"prompt_tokens"`
				CompletionTokens int `json:"completion_tokens"`
			} `json:"usage"`
		} `json:"body"`
	} `json:"response"`
}

// readBatch reads a batch's answers by the requests they answer. Of two to one
// request the first counts.
func readBatch(path string) (map[key]llm.Answer, BatchReport, error) {
	var report BatchReport
	answers := map[key]llm.Answer{}
	lines, err := textfile.Open(path)
	if err != nil {
		return nil, report, err
	}
	defer lines.Close()
	for lines.Scan() {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var line batchAnswer
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, report, lines.Errorf("want one JSON object a line, the answers of a batch, got %.60q", lines.Bytes())
		}
		k, ok := keyOf(line.CustomID)
		if !ok {
			return nil, report, lines.Errorf("want a custom_id of a batch that generate exported, got %q", line.CustomID)
		}
		if line.Response == nil || line.Response.StatusCode != http.StatusOK || len(line.Response.Body.Choices) == 0 {
			report.Failed++
			continue
		}
		body := line.Response.Body
		if _, twice := answers[k]; twice {
			report.Known++
			continue
		}
		answers[k] = llm.Answer{
			Text: body.Choices[0].Message.Content, FinishReason: body.Choices[0].FinishReason, Model: body.Model,
			PromptTokens: body.Usage.PromptTokens, CompletionTokens: body.Usage.CompletionTokens,
		}
	}
	return answers, report, lines.Err()
}
