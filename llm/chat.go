package llm

import (
	"context"
	"errors"
	"net/http"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
)

// Chat asks the model and returns its answer.
//
// It retries connection errors, timeouts, broken replies and the statuses
// 408, 409, 425, 429 and 5xx with jittered exponential back-off, or when the
// server says to. With ErrTruncated and ErrFiltered the Answer is filled
// nonetheless. See Fatal for the errors that concern every request.
func (c *Client) Chat(ctx context.Context, req Request) (Answer, error) {
	if req.Schema != nil && c.refuses("response_format") {
		return Answer{}, ErrNoSchema
	}
	model, err := c.Model(ctx)
	if err != nil {
		return Answer{}, err
	}
	reserved := Usage{
		PromptTokens:     EstimateTokens(req.System) + EstimateTokens(req.User),
		CompletionTokens: int64(req.MaxTokens),
	}
	if err := c.opts.Budget.reserve(reserved); err != nil {
		return Answer{}, err
	}
	var answer Answer
	var server string
	err = c.retry(ctx, func(ctx context.Context, a *attempt) error {
		start := time.Now()
		completion, err := c.complete(ctx, a, c.params(model, req))
		if err != nil {
			return c.adapt(err, a.response, req)
		}
		answer, err = a.read(completion, req)
		answer.Latency = time.Since(start)
		server = a.endpoint.server
		return err
	})
	c.opts.Budget.settle(reserved, Usage{int64(answer.PromptTokens), int64(answer.CompletionTokens)})
	if err != nil {
		return Answer{}, err
	}
	if answer.Model == "" { // some servers leave it out
		answer.Model = model
	}
	switch {
	case !sameModel(model, answer.Model):
		return answer, &ModelError{Server: server, Want: model, Got: answer.Model}
	case answer.FinishReason == "length":
		return answer, ErrTruncated
	case answer.FinishReason == "content_filter":
		return answer, ErrFiltered
	}
	return answer, nil
}

// params leaves out what the server has refused before.
func (c *Client) params(model string, req Request) openai.ChatCompletionNewParams {
	params := openai.ChatCompletionNewParams{Model: model}
	if req.System != "" {
		params.Messages = append(params.Messages, openai.SystemMessage(req.System))
	}
	params.Messages = append(params.Messages, openai.UserMessage(req.User))
	if !c.refuses("temperature") {
		params.Temperature = openai.Float(req.Temperature)
	}
	if !c.refuses("seed") {
		params.Seed = openai.Int(req.Seed)
	}
	switch {
	case req.MaxTokens <= 0:
	case c.refuses("max_tokens"): // the newer name, which older servers ignore
		params.MaxCompletionTokens = openai.Int(int64(req.MaxTokens))
	default:
		params.MaxTokens = openai.Int(int64(req.MaxTokens))
	}
	if req.Schema != nil {
		params.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
			JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
				Name:   "answer",
				Strict: openai.Bool(true),
				Schema: req.Schema,
			},
		}
	}
	return params
}

// complete asks for an answer whole, or as a stream.
func (c *Client) complete(ctx context.Context, a *attempt, params openai.ChatCompletionNewParams) (*openai.ChatCompletion, error) {
	if c.opts.StreamTimeout > 0 && !c.refuses("stream") {
		return c.stream(ctx, a, params)
	}
	return a.endpoint.chat.New(ctx, params, option.WithResponseInto(&a.response))
}

// read takes an answer out of the protocol. Where the server does not count tokens, they are estimated.
func (a *attempt) read(completion *openai.ChatCompletion, req Request) (Answer, error) {
	if len(completion.Choices) == 0 {
		return Answer{}, &AnswerError{Server: a.endpoint.server, Err: errors.New("one without choices")}
	}
	choice, key := completion.Choices[0], a.endpoint.key
	answer := Answer{
		Text:             key.hide(choice.Message.Content),
		Model:            key.hide(completion.Model),
		FinishReason:     key.hide(choice.FinishReason),
		PromptTokens:     int(completion.Usage.PromptTokens),
		CompletionTokens: int(completion.Usage.CompletionTokens),
	}
	if answer.Tokens() == 0 {
		answer.PromptTokens = int(EstimateTokens(req.System) + EstimateTokens(req.User))
		answer.CompletionTokens = int(EstimateTokens(choice.Message.Content))
	}
	return answer, nil
}

// optionalParameters may be refused by a server without the request losing its sense.
var optionalParameters = []string{"response_format", "seed", "temperature", "max_tokens", "stream", "stream_options"}

// errAdapted asks for another attempt at once: the request has been adapted to the server.
var errAdapted = errors.New("request adapted to the server")

// adapt looks whether err is a refusal of an optional parameter. If so it
// notes that and returns errAdapted, or ErrNoSchema; else err.
func (c *Client) adapt(err error, res *http.Response, req Request) error {
	if res == nil || res.StatusCode != http.StatusBadRequest && res.StatusCode != http.StatusUnprocessableEntity {
		return err
	}
	body := strings.ReplaceAll(peekBody(res), `\"`, `"`) // some put JSON into JSON
	if overflowWords.MatchString(body) {
		return err
	}
	refused := ""
	switch {
	case req.Schema != nil && schemaWords.MatchString(body):
		refused = "response_format"
	case c.opts.StreamTimeout > 0 && strings.Contains(body, "stream_options"):
		refused = "stream_options"
	case c.opts.StreamTimeout > 0 && namesParameter(body, "stream"):
		refused = "stream"
	case req.MaxTokens > 0 && strings.Contains(body, "max_completion_tokens"):
		refused = "max_tokens"
	case namesParameter(body, "seed"):
		refused = "seed"
	case namesParameter(body, "temperature"):
		refused = "temperature"
	case req.Schema != nil && res.StatusCode == http.StatusUnprocessableEntity:
		refused = "response_format" // unprocessable, and nothing else in the request is out of the ordinary
	}
	if refused == "" {
		return err
	}
	c.refuse(refused)
	if refused == "response_format" {
		return ErrNoSchema
	}
	return errAdapted
}

func (c *Client) refuse(parameter string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused[parameter] = true
}

var schemaWords = regexp.MustCompile(`(?i)response_format|json_schema|json schema|structured output|guided|grammar`)

// namesParameter looks for the name in quotes, as servers write parameters
// ("param":"seed", 'seed', `seed`), since a bare word may come from the prompt.
func namesParameter(body, name string) bool {
	for _, quote := range []string{`"`, `'`, "`"} {
		if strings.Contains(body, quote+name+quote) {
			return true
		}
	}
	return false
}

// sameModel allows for the ways servers write a name: a folder before it, a
// date or a file extension after it, other case.
func sameModel(want, got string) bool {
	want, got = strings.ToLower(path.Base(want)), strings.ToLower(path.Base(got))
	return strings.HasPrefix(want, got) || strings.HasPrefix(got, want)
}
