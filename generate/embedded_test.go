package generate

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/embedded"
)

// TestMain lets the test binary be the child that runs the embedded LLM, or a
// run that is to be killed.
func TestMain(m *testing.M) {
	var err error
	switch os.Getenv("GENERATE_TEST_ROLE") {
	case "":
		os.Exit(m.Run())
	case "child":
		err = embedded.RunChild(context.Background(), os.Stdin, os.Stdout)
	case "victim":
		err = victim(context.Background(), os.Getenv("GENERATE_TEST_LLM"), os.Getenv("GENERATE_TEST_OUT"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// TestRealLLM has SmolLM2 write for two queries. That grades differ in what
// they are about is the least a list must have.
func TestRealLLM(t *testing.T) {
	t.Setenv("GENERATE_TEST_ROLE", "child")
	client, err := llm.Open(t.Context(), "embedded:smollm2", llm.Options{}, embedded.Options{
		Executable: os.Args[0], Args: []string{}, Slots: 8, ContextPerSlot: 512,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	opts := Options{
		Out: filepath.Join(t.TempDir(), "out"), LLM: client, Seed: 1,
		Queries: []collection.Query{
			{ID: "61", Text: "does there exist a closed-form expression for the local heat transfer around a yawed cylinder ."},
			{ID: "121", Text: "what papers are there dealing with circumferential buckling either thermal buckling or due to mechanical loading ."},
		},
	}
	summary, err := Generate(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if summary.Documents < 5 || summary.Model != "smollm2" || summary.Usage.CompletionTokens < 300 {
		t.Errorf("want most of 8 documents, got %+v", summary)
	}
	c, err := collection.Open(opts.Out)
	if err != nil {
		t.Fatal(err)
	}
	for doc, err := range c.Documents() {
		if err != nil {
			t.Fatal(err)
		}
		about := strings.Contains(doc.Text, "heat transfer") || strings.Contains(doc.Text, "cylinder")
		if doc.ID == "61-3" && !about || doc.ID == "61-0" && strings.Contains(doc.Text, "yawed cylinder") {
			t.Errorf("%s is not of its grade: %s", doc.ID, doc.Text)
		}
	}
}
