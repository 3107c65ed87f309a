package llm_test

import (
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/internal/assets"
	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/embedded"
)

func TestOpen(t *testing.T) {
	offline := embedded.Options{Assets: assets.Options{Offline: true}}
	client, err := llm.Open(t.Context(), "http://llm.test/v1/", llm.Options{Model: "m"}, offline)
	if err != nil || client.Server() != "http://llm.test/v1" || client.Slots() != 0 || client.Close() != nil {
		t.Errorf("got %v", err)
	}
	for spec, want := range map[string]string{
		"embedded:no-such-model":    "no-such-model",
		"embedded:/no/such/x.gguf":  "/no/such/x.gguf",
		"embeded":                   "want an LLM server's address",
		"https://":                  "want an LLM server's address",
		"http://user:secret@host/":  "without a password",
		"http://host/v1?key=secret": "without a password or a query",
	} {
		if _, err := llm.Open(t.Context(), spec, llm.Options{}, offline); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: want an error with %q, got %v", spec, want, err)
		}
	}
	if _, err := llm.Open(t.Context(), "embedded:smollm2", llm.Options{Model: "x"}, offline); err == nil || !strings.Contains(err.Error(), "named as embedded:NAME") {
		t.Errorf("want an error about the model beside it, got %v", err)
	}
}
