package llm

import (
	"context"
	"errors"
	"strings"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// stream asks for an answer in parts and puts them together. A server that
// answers whole nonetheless is asked for no more streams.
func (c *Client) stream(ctx context.Context, a *attempt, params openai.ChatCompletionNewParams) (*openai.ChatCompletion, error) {
	if !c.refuses("stream_options") {
		params.StreamOptions.IncludeUsage = openai.Bool(true)
	}
	parts := a.endpoint.chat.NewStreaming(ctx, params, option.WithResponseInto(&a.response))
	defer parts.Close()
	var (
		whole  openai.ChatCompletion
		choice openai.ChatCompletionChoice
		text   strings.Builder
	)
	for parts.Next() {
		a.progress()
		part := parts.Current()
		if part.Model != "" {
			whole.Model = part.Model
		}
		if part.Usage.TotalTokens > 0 {
			whole.Usage = part.Usage
		}
		for _, p := range part.Choices {
			if p.Index != 0 {
				continue
			}
			text.WriteString(p.Delta.Content)
			if p.FinishReason != "" {
				choice.FinishReason = p.FinishReason
			}
		}
	}
	switch {
	case parts.Err() != nil:
		return nil, parts.Err()
	case text.Len() == 0 && choice.FinishReason == "" && strings.Contains(a.response.Header.Get("Content-Type"), "json"):
		c.refuse("stream")
		return nil, errAdapted
	case choice.FinishReason == "":
		return nil, &AnswerError{Server: a.endpoint.server, Err: errors.New("a stream that ends in the middle of an answer")}
	}
	choice.Message.Content = text.String()
	whole.Choices = []openai.ChatCompletionChoice{choice}
	return &whole, nil
}
