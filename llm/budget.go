package llm

import (
	"fmt"
	"sync"
)

// Prices are a model's, in USD per million tokens.
type Prices struct{ Prompt, Completion float64 }

// Cost is in USD.
func (p Prices) Cost(promptTokens, completionTokens int64) float64 {
	return (p.Prompt*float64(promptTokens) + p.Completion*float64(completionTokens)) / 1e6
}

// Budget bounds what all the requests that share it may use. The zero value
// bounds nothing and only counts. It may be used concurrently.
//
// A request first reserves the most it can cost, its prompt (estimated) and
// its MaxTokens, so that many at once do not overshoot together.
type Budget struct {
	MaxTokens int64   // prompt and completion together; 0 is no bound
	MaxCost   float64 // USD at Prices; 0 is no bound
	Prices    Prices

	mu       sync.Mutex
	spent    Usage
	reserved Usage
}

// Usage counts tokens.
type Usage struct {
	PromptTokens     int64 `json:"prompt_tokens"`
	CompletionTokens int64 `json:"completion_tokens"`
}

// Tokens is the sum of both kinds.
func (u Usage) Tokens() int64 { return u.PromptTokens + u.CompletionTokens }

func (u Usage) plus(v Usage) Usage {
	return Usage{u.PromptTokens + v.PromptTokens, u.CompletionTokens + v.CompletionTokens}
}

func (u Usage) minus(v Usage) Usage {
	return Usage{u.PromptTokens - v.PromptTokens, u.CompletionTokens - v.CompletionTokens}
}

// Spent is what has been used so far.
func (b *Budget) Spent() Usage {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.spent
}

// Add counts usage from elsewhere, such as an earlier run's.
func (b *Budget) Add(u Usage) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent = b.spent.plus(u)
}

// reserve sets u aside, or returns an error that wraps ErrBudget.
func (b *Budget) reserve(u Usage) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := b.spent.plus(b.reserved).plus(u)
	if b.MaxTokens > 0 && all.Tokens() > b.MaxTokens {
		return fmt.Errorf("%w: %d of %d tokens spent", ErrBudget, b.spent.Tokens(), b.MaxTokens)
	}
	if cost := b.Prices.Cost(all.PromptTokens, all.CompletionTokens); b.MaxCost > 0 && cost > b.MaxCost {
		spent := b.Prices.Cost(b.spent.PromptTokens, b.spent.CompletionTokens)
		return fmt.Errorf("%w: %.4f of %.4f USD spent", ErrBudget, spent, b.MaxCost)
	}
	b.reserved = b.reserved.plus(u)
	return nil
}

// settle gives a reservation back and counts what was used instead.
func (b *Budget) settle(reserved, used Usage) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reserved = b.reserved.minus(reserved)
	b.spent = b.spent.plus(used)
}

// EstimateTokens guesses, a little high, how many tokens a text has: English
// runs at four bytes a token and more, other scripts at two to three.
func EstimateTokens(text string) int64 { return int64(len(text))/3 + 1 }
