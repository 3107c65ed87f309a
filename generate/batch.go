package generate

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gradus-ir/gradus/internal/durable"
)

// A batch is a file of requests, one a line, that a service answers in its own
// time and at a lower price:
//
//	{"custom_id": …, "method": "POST", "url": "/v1/chat/completions", "body": {…}}
//
// and its answers are a file of lines in any order:
//
//	{"custom_id": …, "response": {"status_code": 200, "body": {…}}, "error": null}
//
// Source: https://platform.openai.com/docs/api-reference/batch.
type batchLine struct {
	CustomID string    `json:"custom_id"`
	Method   string    `json:"method"`
	URL      string    `json:"url"`
	Body     batchBody `json:"body"`
}

type batchBody struct {
	Model          string          `json:"model"`
	Messages       []batchMessage  `json:"messages"`
	MaxTokens      int             `json:"max_tokens"`
	Temperature    float64         `json:"temperature"`
	Seed           int64           `json:"seed"`
	ResponseFormat *responseFormat `json:"response_format,omitempty"`
}

type batchMessage struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

type responseFormat struct {
	Type       string     `json:"type"`
	JSONSchema jsonSchema `json:"json_schema"`
}

type jsonSchema struct {
	Name   string          `json:"name"`
	Strict bool            `json:"strict"`
	Schema json.RawMessage `json:"schema"`
}

// customID is a key as a batch names it.
func customID(k key) string {
	return fmt.Sprintf("%s/%s/%d", url.PathEscape(k.Query), url.PathEscape(k.Step), k.Attempt)
}

func keyOf(id string) (key, bool) {
	parts := strings.Split(id, "/")
	if len(parts) != 3 {
		return key{}, false
	}
	query, err := url.PathUnescape(parts[0])
	step, err2 := url.PathUnescape(parts[1])
	attempt, err3 := strconv.Atoi(parts[2])
	return key{query, step, attempt}, err == nil && err2 == nil && err3 == nil
}

// ExportBatch writes the requests that a run has outstanding to path, as a
// batch, and returns how many. What is asked for after their answers, a
// passage about a question that the model names first, say, or one more
// attempt, is in the batch after the next ImportBatch. Where nothing is
// outstanding it writes no file. It asks the server nothing but for its model,
// unless that is known.
func ExportBatch(ctx context.Context, opts Options, path string) (requests int64, err error) {
	r, err := opts.open(ctx)
	if err != nil {
		return 0, err
	}
	defer r.ledger.close()
	model, err := r.opts.LLM.Model(ctx)
	if err != nil {
		return 0, err
	}
	out := &outstanding{r: r, model: model, lines: map[key]batchLine{}}
	if _, err := r.derive(ctx, out); err != nil || len(out.lines) == 0 {
		return 0, err
	}
	keys := slices.SortedFunc(maps.Keys(out.lines), func(a, b key) int {
		return cmp.Or(cmp.Compare(r.places[a.Query], r.places[b.Query]), cmp.Compare(a.Step, b.Step), cmp.Compare(a.Attempt, b.Attempt))
	})
	err = durable.WriteFile(path, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		for _, k := range keys {
			if err := encoder.Encode(out.lines[k]); err != nil {
				return err
			}
		}
		return nil
	})
	return int64(len(keys)), err
}

// outstanding is the source that puts down what it is asked and knows no answer.
type outstanding struct {
	ledgerAlone
	r     *run
	model string

	mu    sync.Mutex
	lines map[key]batchLine
}

func (o *outstanding) answer(_ context.Context, k key, c call) (answer, error) {
	req := o.r.request(k, c, o.r.opts.Answers == AnswersJSON)
	body := batchBody{Model: o.model, MaxTokens: req.MaxTokens, Temperature: req.Temperature, Seed: req.Seed}
	if req.System != "" {
		body.Messages = append(body.Messages, batchMessage{"system", req.System})
	}
	body.Messages = append(body.Messages, batchMessage{"user", req.User})
	if req.Schema != nil {
		body.ResponseFormat = &responseFormat{Type: "json_schema", JSONSchema: jsonSchema{"answer", true, req.Schema}}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lines[k] = batchLine{customID(k), http.MethodPost, "/v1/chat/completions", body}
	return answer{}, &leftOut{reasonNotAsked}
}
