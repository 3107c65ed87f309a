package recipe

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/collection"
)

// writtenRecipe trains on what an LLM writes in the style of the collection, and an LLM checks.
const writtenRecipe = `measures: [nDCG@10]
collections:
  texts: texts
  manuals: manuals
  asked: {of: texts, queries: {only: texts/train, draw: 4}}
generators:
  written:
    queries: asked
    llm: ${LLM}
    model: test-model
    strategy: style
    style-from: manuals
    style-examples: 1
    prompt-price: 1
    answer-price: 2
    check: {llm: "${LLM}", model: test-model, on-mismatch: keep, attempts: 1, prompt-price: 0.5}
encoders:
  tiny: {model: model, document-max-length: 24}
arms:
  base: {encoder: tiny}
  trained: {inherits: base, baseline: base, loss: ws2, train: {queries-per-step: 2}, sources: written}
tests: [texts/test]
`

func TestWrittenInStyleAndChecked(t *testing.T) {
	dir, server := askedWorld(t)
	manuals := filepath.Join(dir, "manuals")
	if err := collection.Write(manuals, func(w *collection.Writer) error {
		text := strings.Repeat("Turn the crank of the pump by hand before it is greased. ", 8)
		return errors.Join(w.Document(collection.Document{ID: "m1", Text: text}), w.Document(collection.Document{ID: "m2", Text: "Too short to show a style."}))
	}); err != nil {
		t.Fatal(err)
	}
	whole := look(t, dir, writtenRecipe).LLM
	alone := look(t, dir, strings.Replace(writtenRecipe, "    check:", "    # check:", 1)).LLM
	// Four queries with a document a grade; each is checked.
	if checks := whole.Requests - alone.Requests; checks != 4*4 {
		t.Errorf("want %d requests for the checks, got %d", 4*4, checks)
	}
	if dearer := whole.USD - alone.USD; !near(dearer, float64(whole.PromptTokens-alone.PromptTokens)*0.5e-6) {
		t.Errorf("want the checks at their own price, got %g USD for %d tokens", dearer, whole.PromptTokens-alone.PromptTokens)
	}
	if capped := look(t, dir, strings.Replace(writtenRecipe, "    llm:", "    max-tokens-total: 1000\n    llm:", 1)).LLM; capped.PromptTokens+capped.AnswerTokens > 1000 || capped.USD >= whole.USD {
		t.Errorf("want no more than the 1000 tokens allowed, got %+v", capped)
	}

	outcome, _ := run(t, dir, writtenRecipe)
	styled, checked := 0, 0
	for _, chat := range server.Chats() {
		if strings.Contains(string(chat.ResponseFormat), `"grade"`) {
			checked++
			continue
		}
		if strings.Contains(chat.User(), "A document:\nTurn the crank of the pump by hand") {
			styled++
		}
	}
	if styled < 4*4 || checked < 4*4 {
		t.Errorf("want each of 16 documents written with an example of the manuals and checked, got %d and %d", styled, checked)
	}
	if f := outcome.Report.Fidelity; len(f) != 1 || f[0].Lists != "written/train" {
		t.Errorf("want the fidelity of what was written in the report, got %+v", f)
	} else {
		n := int64(0)
		for _, row := range f[0].Confusion {
			for _, count := range row {
				n += count
			}
		}
		if n != 4*4 {
			t.Errorf("want %d documents in the matrix, got %d", 4*4, n)
		}
	}
}
