package embedded

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// all asks that many questions, the server's slots at once, and returns the replies.
func all(t *testing.T, s *Server, n int, question func(i int) body) []reply {
	t.Helper()
	replies := make([]reply, n)
	places := make(chan struct{}, s.Slots())
	var asking sync.WaitGroup
	for i := range n {
		places <- struct{}{}
		asking.Go(func() {
			defer func() { <-places }()
			_, replies[i] = tryChat(t, s, question(i))
		})
	}
	asking.Wait()
	return replies
}

// TestPrefixIsEvaluatedOnce counts: of many prompts that begin alike and are
// asked at once, one evaluates the beginning and the others their ends.
func TestPrefixIsEvaluatedOnce(t *testing.T) {
	s := start(t, testOptions(8))
	beginning := strings.Repeat("Passages about bridges are written by engineers who love them. ", 20)
	before := counts(t, s)
	replies := all(t, s, 40, func(i int) body {
		return body{
			"messages": []map[string]string{
				{"role": "system", "content": beginning},
				{"role": "user", "content": fmt.Sprintf("%d bridges over %d rivers.", i*7919%1000, i)},
			},
			"max_tokens": 4, "temperature": 0,
		}
	})
	after := counts(t, s)
	prompt, whole, ends := 0, 0, int64(0)
	for i, r := range replies {
		if len(r.Choices) != 1 {
			t.Fatalf("question %d: %+v", i, r)
		}
		prompt += r.Usage.Prompt
		if r.Usage.Details.Cached < 200 {
			whole++
		} else {
			ends += int64(r.Usage.Prompt - r.Usage.Details.Cached)
		}
	}
	evaluated := after.PromptEvaluated - before.PromptEvaluated
	t.Logf("%d prompt tokens in 40 requests, %d evaluated", prompt, evaluated)
	if whole != 1 {
		t.Errorf("want the beginning evaluated once, got %d times", whole)
	}
	if most := int64(replies[0].Usage.Prompt) + 16 + 39*24; evaluated > most || ends > 39*24 {
		t.Errorf("want one prompt and 39 ends evaluated, at most %d tokens, got %d", most, evaluated)
	}
	if cached := after.PromptCached - before.PromptCached; evaluated+cached != int64(prompt) {
		t.Errorf("want %d tokens evaluated or cached, got %d + %d", prompt, evaluated, cached)
	}
}

// TestMemoryIsBounded: what the child takes when it starts and first has all slots full is all it ever takes.
func TestMemoryIsBounded(t *testing.T) {
	s := start(t, testOptions(8))
	question := func(round int) func(i int) body {
		return func(i int) body {
			b := ask(strings.Repeat(fmt.Sprintf("%d wings, %d tails. ", i, round), 6), 24).with("temperature", 1).with("seed", i)
			if i%4 == 0 {
				b.with("response_format", body{"type": "json_object"})
			}
			return b
		}
	}
	all(t, s, 8, question(0))
	first := counts(t, s).PeakBytes
	for round := range 4 {
		all(t, s, 8, question(round+1))
	}
	last := counts(t, s).PeakBytes
	t.Logf("%d MiB after 8 requests, %d MiB after 40", first>>20, last>>20)
	if first == 0 || last > first+first/10 {
		t.Errorf("want no more memory for more requests, got %d MiB after 8 requests and %d MiB after 40", first>>20, last>>20)
	}
}
