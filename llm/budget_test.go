package llm_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/llmtest"
)

// TestBudgetIsNeverOverrun asks many times at once with room for few.
func TestBudgetIsNeverOverrun(t *testing.T) {
	long := func(llmtest.Chat) string { return strings.Repeat("word", 50) } // 50 tokens to the fake server
	budget := &llm.Budget{MaxTokens: 1000}
	inBubble(t, &llmtest.Server{Answer: long}, llm.Options{Budget: budget}, func(t *testing.T, client *llm.Client) {
		var asking sync.WaitGroup
		refused := make(chan error, 100)
		for range 100 {
			asking.Go(func() {
				_, err := client.Chat(t.Context(), llm.Request{User: strings.Repeat("x", 120), MaxTokens: 60})
				if err != nil {
					refused <- err
				}
			})
		}
		asking.Wait()
		close(refused)
		n := 0
		for err := range refused {
			n++
			if !errors.Is(err, llm.ErrBudget) || !llm.Fatal(err) {
				t.Errorf("want ErrBudget, got %v", err)
			}
		}
		if spent := budget.Spent().Tokens(); spent > 1000 || spent < 500 || n == 0 {
			t.Errorf("want most of 1000 tokens spent and the rest refused, got %d spent, %d refused", spent, n)
		}
	})
}

func TestBudgetOfMoney(t *testing.T) {
	budget := &llm.Budget{MaxCost: 0.001, Prices: llm.Prices{Prompt: 1, Completion: 10}} // 1000 prompt tokens or 100 of completion
	budget.Add(llm.Usage{PromptTokens: 500, CompletionTokens: 45})
	inBubble(t, &llmtest.Server{Answer: echo}, llm.Options{Budget: budget}, func(t *testing.T, client *llm.Client) {
		if _, err := client.Chat(t.Context(), llm.Request{User: "hi", MaxTokens: 6}); !errors.Is(err, llm.ErrBudget) {
			t.Errorf("want no room for 6 tokens at 10 USD a million, got %v", err)
		}
		if _, err := client.Chat(t.Context(), llm.Request{User: "hi", MaxTokens: 4}); err != nil {
			t.Errorf("want room for 4, got %v", err)
		}
	})
}

func TestModelIsAskedFor(t *testing.T) {
	server := &llmtest.Server{Answer: echo, Model: "only-one"}
	client, err := llm.New(llm.Options{BaseURL: "http://llm.test/v1", Transport: llmtest.Transport(server)})
	if err != nil {
		t.Fatal(err)
	}
	if model, err := client.Model(t.Context()); err != nil || model != "only-one" {
		t.Errorf("got %q, %v", model, err)
	}
	if answer, err := client.Chat(t.Context(), llm.Request{User: "hi"}); err != nil || answer.Model != "only-one" {
		t.Errorf("got %+v, %v", answer, err)
	}
}
