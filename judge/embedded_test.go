package judge

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/embedded"
)

// TestMain lets the test binary be the child that runs the embedded LLM, or a
// run of the judge that can be killed.
func TestMain(m *testing.M) {
	var err error
	switch os.Getenv("JUDGE_TEST_ROLE") {
	case "":
		os.Exit(m.Run())
	case "child":
		err = embedded.RunChild(context.Background(), os.Stdin, os.Stdout)
	case "run":
		err = runToBeKilled(os.Getenv("JUDGE_TEST_URL"), os.Getenv("JUDGE_TEST_LEDGER"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// TestRealLLM has SmolLM2 grade a few passages, alone and as a list. What a
// model of its size thinks of them is not the point: constrained, every answer
// must be a grade.
func TestRealLLM(t *testing.T) {
	t.Setenv("JUDGE_TEST_ROLE", "child")
	client, err := llm.Open(t.Context(), "embedded:smollm2", llm.Options{}, embedded.Options{
		Executable: os.Args[0], Args: []string{}, Slots: 4, ContextPerSlot: 1024,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	lists := []List{{
		Query: collection.Query{ID: "184", Text: "is there any simple, but practical, method for numerical integration of the mixing problem ."},
		Documents: []collection.Document{
			{ID: "a", Text: "A simple, practical method for the numerical integration of the mixing problem is given: an explicit scheme in the stream function."},
			{ID: "b", Text: "Bread rises because yeast ferments the sugar in the dough, and the gas is held by gluten."},
			{ID: "c", Text: "The mixing of two streams was studied in a tunnel at Mach 2; numerical methods are mentioned in passing."},
		},
	}}
	for _, opts := range []Options{{}, {Orders: 2}} {
		j, err := New(t.Context(), client, opts)
		if err != nil {
			t.Fatal(err)
		}
		judged, err := j.Run(t.Context(), RunOptions{Lists: lists, Ledger: testLedger(t)})
		if err != nil {
			t.Fatal(err)
		}
		if len(judged.Grades["184"]) != 3 || judged.Model != "smollm2" || judged.Cost.PromptTokens < 500 || len(client.Refused()) != 0 {
			t.Errorf("want three grades, got %+v; the server takes no %v", judged, client.Refused())
		}
		if got, err := j.Grade(t.Context(), lists[0].Query.Text, lists[0].Documents[0].Text); err != nil || got.Grade == NoGrade {
			t.Errorf("want a grade, got %+v, %v", got, err)
		}
	}
}
