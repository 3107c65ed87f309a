package judge

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/llmtest"
)

// TestFaults: what servers and models do to a run. A fault that passes leaves
// no trace in the grades; one that stays costs grades, and says why, or stops the run.
func TestFaults(t *testing.T) {
	refusal := llmtest.Text("I'm sorry, but I cannot grade this passage.")
	for _, c := range []struct {
		name      string
		script    []llmtest.Fault
		always    llmtest.Fault
		notGraded string // reason for all of them
		fails     string
	}{
		{name: "429 with Retry-After", script: []llmtest.Fault{nil, llmtest.Status(429, "", "Retry-After", "20")}},
		{name: "500s", script: []llmtest.Fault{llmtest.Status(500, ""), llmtest.Status(502, ""), nil, llmtest.Status(503, "")}},
		{name: "a response cut", script: []llmtest.Fault{llmtest.TruncatedJSON, nil, llmtest.CutConnection, llmtest.CutBody}},
		{name: "slow", script: []llmtest.Fault{llmtest.Slow(time.Hour)}},
		{name: "no JSON", script: []llmtest.Fault{llmtest.Text("Grade: two"), nil, llmtest.Text(`{"grade": `)}},
		{name: "out of range", script: []llmtest.Fault{llmtest.Text(`{"grade": 9}`), llmtest.Text(`{"A": 3, "B": 4, "C": 1, "D": 0}`)}},
		{name: "refused once", script: []llmtest.Fault{refusal, nil, refusal}},
		{name: "cut once", script: []llmtest.Fault{llmtest.Length, nil, nil, llmtest.Length}},
		{name: "empty once", script: []llmtest.Fault{llmtest.Text("")}},
		{name: "always refused", always: refusal, notGraded: faultForm},
		{name: "always out of range", always: llmtest.Text("17"), notGraded: faultForm}, // no JSON for a list
		{name: "always cut", always: llmtest.Length, notGraded: faultCut},
		{name: "always empty", always: llmtest.Text(" "), notGraded: faultEmpty},
		{name: "401", always: llmtest.Status(401, "who?"), fails: "is the API key right?"},
		{name: "wrong model", always: llmtest.As("gpt-2"), fails: `got them of "gpt-2"`},
		{name: "500 for ever", always: llmtest.Status(500, "oops"), fails: "500 Internal Server Error: oops"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ledger := testLedger(t)
			synctest.Test(t, func(t *testing.T) {
				for _, opts := range []Options{{}, {Orders: 2}} {
					if c.name == "always out of range" && opts.Orders == 0 {
						continue
					}
					ledger := strings.Replace(ledger, "judged", string(rune('a'+opts.Orders)), 1)
					lists := testLists(5)
					judged, err := testJudge(t, &llmtest.Server{Answer: reader, Script: c.script, Always: c.always}, opts).Run(t.Context(), RunOptions{Lists: lists, Ledger: ledger})
					if c.fails != "" {
						if err == nil || !strings.Contains(err.Error(), c.fails) {
							t.Fatalf("want an error with %q, got %v", c.fails, err)
						}
						// Once the server is well again the run goes on.
						judged, err = testJudge(t, &llmtest.Server{Answer: reader}, opts).Run(t.Context(), RunOptions{Lists: lists, Ledger: ledger})
					}
					if err != nil {
						t.Fatal(err)
					}
					if c.notGraded == "" {
						checkGrades(t, lists, judged)
					} else if judged.NotGraded[c.notGraded] != 20 || len(judged.Grades) != 0 {
						t.Errorf("want 20 documents without a grade because %s, got %v", c.notGraded, judged.NotGraded)
					}
				}
			})
		})
	}
}

// TestRefusedRequest: a request that the server turns down, as with a text
// over the model's length, costs its grade alone and is asked again by a later run.
func TestRefusedRequest(t *testing.T) {
	lists, ledger := testLists(5), testLedger(t)
	strict := &llmtest.Server{Answer: reader, Check: func(chat llmtest.Chat) (int, string) {
		if strings.Contains(chat.User(), "2 wings in case 3") {
			return 400, "maximum context length exceeded"
		}
		return 0, ""
	}}
	judged, err := testJudge(t, strict, Options{}).Run(t.Context(), RunOptions{Lists: lists, Ledger: ledger})
	if err != nil {
		t.Fatal(err)
	}
	if len(judged.NotGraded) != 1 || judged.NotGraded[reasonServer] != 1 || judged.Cost.Requests != 19 {
		t.Errorf("want one document not graded as the server failed, got %v, %+v", judged.NotGraded, judged.Cost)
	}
	well := &llmtest.Server{Answer: reader}
	if judged, err = testJudge(t, well, Options{}).Run(t.Context(), RunOptions{Lists: lists, Ledger: ledger}); err != nil {
		t.Fatal(err)
	}
	checkGrades(t, lists, judged)
	if asked(well) != 1 {
		t.Errorf("want the one asked again, got %d requests", asked(well))
	}
}

// TestNoSchema: a server without constrained answers is asked without a schema.
func TestNoSchema(t *testing.T) {
	lists, server := testLists(3), &llmtest.Server{Answer: reader, Check: llmtest.NoSchema}
	judged, err := testJudge(t, server, Options{}).Run(t.Context(), RunOptions{Lists: lists, Ledger: testLedger(t), Concurrency: 1})
	if err != nil {
		t.Fatal(err)
	}
	checkGrades(t, lists, judged)
	if asked(server) != 13 {
		t.Errorf("want 12 requests after one that told, got %d", asked(server))
	}
}

// TestModelChanges: answers of two models do not come into one ledger.
func TestModelChanges(t *testing.T) {
	lists, ledger := testLists(3), testLedger(t)
	server := &llmtest.Server{Answer: reader, Script: []llmtest.Fault{nil, nil, llmtest.As("test-model-0613")}}
	_, err := testJudge(t, server, Options{}).Run(t.Context(), RunOptions{Lists: lists, Ledger: ledger, Concurrency: 1})
	if err == nil || !strings.Contains(err.Error(), `of model "test-model", now the server answers as "test-model-0613"`) {
		t.Errorf("want the other model refused, got %v", err)
	}
}

// TestLimits: at a limit a run stops with an error that says how far it is,
// and goes on once the limit is higher.
func TestLimits(t *testing.T) {
	ledger := testLedger(t)
	synctest.Test(t, func(t *testing.T) {
		lists := testLists(10)
		small := &llm.Budget{MaxTokens: 4000}
		_, err := testJudgeWithin(t, &llmtest.Server{Answer: reader}, Options{}, small).Run(t.Context(), RunOptions{Lists: lists, Ledger: ledger, Concurrency: 1})
		if !errors.Is(err, llm.ErrBudget) || !strings.Contains(err.Error(), "of 40 requests") || !strings.Contains(err.Error(), "goes on") {
			t.Fatalf("want a stop at the budget, got %v", err)
		}
		// What was spent before counts: the same budget has no room for another request.
		again := &llmtest.Server{Answer: reader}
		_, err = testJudgeWithin(t, again, Options{}, &llm.Budget{MaxTokens: 4000}).Run(t.Context(), RunOptions{Lists: lists, Ledger: ledger, Concurrency: 1})
		if !errors.Is(err, llm.ErrBudget) || asked(again) != 0 {
			t.Errorf("want nothing asked, got %d requests, %v", asked(again), err)
		}
		slow := &llmtest.Server{Answer: reader, Always: llmtest.Slow(time.Minute)}
		_, err = testJudge(t, slow, Options{}).Run(t.Context(), RunOptions{Lists: lists, Ledger: ledger, Concurrency: 2, MaxTime: 90 * time.Second})
		if !errors.Is(err, errTime) || asked(slow) != 4 {
			t.Errorf("want a stop after two rounds of two requests, got %d requests, %v", asked(slow), err)
		}
		judged, err := testJudge(t, &llmtest.Server{Answer: reader}, Options{}).Run(t.Context(), RunOptions{Lists: lists, Ledger: ledger})
		if err != nil {
			t.Fatal(err)
		}
		checkGrades(t, lists, judged)
		if judged.Cost.Requests != 40 {
			t.Errorf("want every request answered once, got %d", judged.Cost.Requests)
		}
	})
}

// TestGrade: the function that other packages check a document with.
func TestGrade(t *testing.T) {
	sorry := llmtest.Text("I cannot say.")
	server := &llmtest.Server{Answer: reader, Script: []llmtest.Fault{nil, sorry, nil, sorry, sorry, sorry}}
	j := testJudge(t, server, Options{})
	for range 2 { // at once, and at the second attempt
		if got, err := j.Grade(t.Context(), "what is flutter", "The flutter of 2 wings."); err != nil || got.Grade != 2 || got.Raw != `{"grade": 2}` {
			t.Errorf("want 2, got %+v, %v", got, err)
		}
	}
	if got, err := j.Grade(t.Context(), "what is flutter", "The flutter of 2 wings."); err != nil || got.Grade != NoGrade || got.PromptTokens < 600 || got.Model != "test-model" {
		t.Errorf("want no grade after three attempts, and the tokens of all, got %+v, %v", got, err)
	}
	chats := server.Chats()
	if len(chats) != 6 || *chats[1].Temperature != 0 || *chats[2].Temperature == 0 || *chats[4].Seed == *chats[5].Seed {
		t.Errorf("want later attempts drawn, with seeds of their own, got %+v", chats)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := j.Grade(ctx, "q", "The flutter of 2 wings."); !errors.Is(err, context.Canceled) {
		t.Errorf("want the context's error, got %v", err)
	}
}
