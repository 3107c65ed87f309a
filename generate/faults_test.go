package generate

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/llmtest"
)

// oneAtATime lets a test's Answer count without a lock.
type oneAtATime struct {
	mu     sync.Mutex
	server http.Handler
}

func (o *oneAtATime) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.server.ServeHTTP(w, r)
}

func testOptionsLLM(t *testing.T, server http.Handler) *llm.Client {
	t.Helper()
	client, err := llm.New(llm.Options{BaseURL: "http://llm.test/v1", Model: "test-model", Transport: llmtest.Transport(server)})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func testOptionsModel(t *testing.T, model string) *llm.Client {
	t.Helper()
	client, err := llm.New(llm.Options{BaseURL: "http://llm.test/v1", Model: model, Transport: llmtest.Transport(&llmtest.Server{Model: model, Answer: writer})})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// TestServerFaults: what a server does to a run. A fault that passes leaves no
// trace in the files; one that stays stops the run or costs a document.
func TestServerFaults(t *testing.T) {
	clean := testOptions(t, &llmtest.Server{Answer: writer}, 6)
	if _, err := Generate(t.Context(), clean); err != nil {
		t.Fatal(err)
	}
	want := files(t, clean.Out)

	for _, test := range []struct {
		name   string
		script []llmtest.Fault
		always llmtest.Fault
		fails  string
	}{
		{name: "429 with Retry-After", script: []llmtest.Fault{nil, llmtest.Status(429, "", "Retry-After", "20"), llmtest.Status(429, "", "Retry-After", "5")}},
		{name: "500s", script: []llmtest.Fault{llmtest.Status(500, ""), llmtest.Status(502, ""), nil, llmtest.Status(503, "")}},
		{name: "truncated JSON", script: []llmtest.Fault{llmtest.TruncatedJSON, nil, llmtest.TruncatedJSON}},
		{name: "cut connections", script: []llmtest.Fault{llmtest.CutConnection, llmtest.CutBody}},
		{name: "slow", script: []llmtest.Fault{llmtest.Slow(time.Hour)}},
		{name: "401", always: llmtest.Status(401, "who?"), fails: "is the API key right?"},
		{name: "404", always: llmtest.Status(404, "no model test-model"), fails: "no model test-model"},
		{name: "wrong model", always: llmtest.As("gpt-2"), fails: `got them of "gpt-2"`},
		{name: "500 for ever", always: llmtest.Status(500, "oops"), fails: "500 Internal Server Error: oops"},
		{name: "400 for ever", always: llmtest.Status(400, "no such parameter"), fails: "no such parameter"},
	} {
		t.Run(test.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			synctest.Test(t, func(t *testing.T) {
				server := &llmtest.Server{Answer: writer, Script: test.script, Always: test.always}
				opts := testOptions(t, server, 6)
				opts.Out = out
				_, err := Generate(t.Context(), opts)
				if test.fails == "" {
					if err != nil {
						t.Fatal(err)
					}
					same(t, want, files(t, out))
					return
				}
				if err == nil || !strings.Contains(err.Error(), test.fails) {
					t.Errorf("want an error with %q, got %v", test.fails, err)
				}
				if _, err := os.Stat(filepath.Join(out, "corpus.jsonl")); err == nil {
					t.Error("want no collection, got one")
				}
				opts = testOptions(t, &llmtest.Server{Answer: writer}, 6)
				opts.Out = out
				if _, err := Generate(t.Context(), opts); err != nil {
					t.Fatal(err)
				}
				same(t, want, files(t, out))
			})
		})
	}
}

// TestNoSchema: a server without constrained answers is asked for plain ones.
func TestNoSchema(t *testing.T) {
	server := &llmtest.Server{Answer: writer, Check: llmtest.NoSchema}
	opts := testOptions(t, server, 5)
	opts.Concurrency = 1
	summary, err := Generate(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if summary.Documents < 15 || strings.Join(summary.Refused, "") != "response_format" {
		t.Errorf("got %+v", summary)
	}
	with := 0
	for _, chat := range server.Chats() {
		if chat.ResponseFormat != nil {
			with++
		}
	}
	if with != 1 {
		t.Errorf("want one request with a schema and the rest without, got %d", with)
	}
}

// TestOneBadRequest: a query the server refuses costs its documents, not the run, and is asked again.
func TestOneBadRequest(t *testing.T) {
	refuse := func(chat llmtest.Chat) (int, string) {
		if strings.Contains(chat.User(), "in case 2") && !strings.Contains(chat.User(), "answers this question:") {
			return 400, "context too long"
		}
		return 0, ""
	}
	server := &llmtest.Server{Answer: writer, Check: refuse}
	opts := testOptions(t, server, 8)
	summary, err := Generate(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if summary.LeftOut[reasonServer] == 0 {
		t.Errorf("want documents left out because %s, got %+v", reasonServer, summary.LeftOut)
	}
	server.Check = nil
	clean := testOptions(t, &llmtest.Server{Answer: writer}, 8)
	for _, o := range []Options{opts, clean} {
		if _, err := Generate(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	same(t, files(t, clean.Out), files(t, opts.Out))
}

var caseNumber = regexp.MustCompile(`in case (\d+)`)

// failFrom5 makes a server answer with a status to all that mentions case 5 or a later one.
func failFrom5(status int) func(llmtest.Chat) (int, string) {
	return func(chat llmtest.Chat) (int, string) {
		for _, match := range caseNumber.FindAllStringSubmatch(chat.User(), -1) {
			if n, _ := strconv.Atoi(match[1]); n >= 5 {
				return status, "no"
			}
		}
		return 0, ""
	}
}

// TestManyBadRequests: what a server that answers refuses is left out, however
// much it is, and also where nothing else is left to ask.
func TestManyBadRequests(t *testing.T) {
	opts := testOptions(t, &llmtest.Server{Answer: writer, Check: failFrom5(400)}, 12)
	first, err := Generate(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if left := first.LeftOut[reasonServer]; left < 2*givenUpAfter || first.Documents == 0 {
		t.Errorf("want documents, and many left out because %s, got %+v", reasonServer, first)
	}
	want := files(t, opts.Out)
	if _, err := Generate(t.Context(), opts); err != nil {
		t.Fatal(err)
	}
	same(t, want, files(t, opts.Out))
}

// TestServerThatBreaks: failures of the server stop a run, whatever it answered before.
func TestServerThatBreaks(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	synctest.Test(t, func(t *testing.T) {
		opts := testOptions(t, &llmtest.Server{Answer: writer, Check: failFrom5(500)}, 30)
		opts.Out = out
		if _, err := Generate(t.Context(), opts); err == nil || !strings.Contains(err.Error(), "answered 500") {
			t.Errorf("want the server's 500, got %v", err)
		}
	})
}

// TestTruncatedAnswers keep their whole sentences if these are enough.
func TestTruncatedAnswers(t *testing.T) {
	opts := testOptions(t, &llmtest.Server{Answer: writer, Always: llmtest.Length}, 10)
	opts.Answers = AnswersPlain
	summary, err := Generate(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if summary.Documents == 0 || summary.LeftOut[faultTruncated] == 0 {
		t.Errorf("want some mended and some left out as truncated, got %+v", summary)
	}
	corpus, err := os.ReadFile(filepath.Join(opts.Out, "corpus.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(corpus)) {
		if !strings.HasSuffix(line, ".\"}\n") {
			t.Errorf("want whole sentences, got %s", line)
		}
	}
}

func TestNothingUsable(t *testing.T) {
	opts := testOptions(t, &llmtest.Server{Answer: func(llmtest.Chat) string { return "As an AI model, I have no opinion." }}, 2)
	_, err := Generate(t.Context(), opts)
	if err == nil || !strings.Contains(err.Error(), "8 refusal") {
		t.Errorf("want the reasons, got %v", err)
	}
}

// TestBudgetStopsAndGoesOn: the collection of a stopped run is partial and of whole lists mostly; a larger budget ends it.
func TestBudgetStopsAndGoesOn(t *testing.T) {
	clean := testOptions(t, &llmtest.Server{Answer: writer}, 30)
	all, err := Generate(t.Context(), clean)
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out")
	for i, budget := range []int64{all.Usage.Tokens() / 3, all.Usage.Tokens() * 2 / 3, 0} {
		opts := testOptions(t, &llmtest.Server{Answer: writer}, 30)
		opts.Out, opts.Concurrency = out, 8
		opts.LLM.Budget().MaxTokens = budget
		summary, err := Generate(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		if i == 2 {
			break
		}
		if spent := summary.Usage.Tokens(); spent > budget || spent < budget/3 {
			t.Errorf("want most of %d tokens spent, got %d", budget, spent)
		}
		if !strings.Contains(summary.Stopped, "budget") || summary.Lists == 0 || summary.Partial > all.Partial+8 {
			t.Errorf("want a stop with whole lists, and others no more than were under way, got %+v", summary)
		}
	}
	same(t, files(t, clean.Out), files(t, out))
}

func TestTimeLimitFinishesWhatIsBegun(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	synctest.Test(t, func(t *testing.T) {
		opts := testOptions(t, &llmtest.Server{Answer: writer, Always: llmtest.Slow(10 * time.Second)}, 50)
		opts.Out, opts.Concurrency, opts.MaxTime = out, 8, time.Minute
		start := time.Now()
		summary, err := Generate(t.Context(), opts)
		if err != nil {
			t.Fatal(err)
		}
		took := time.Since(start)
		if took < time.Minute || took > 2*time.Minute {
			t.Errorf("want an end soon after a minute, got %v", took)
		}
		// 8 in flight and 10 s each: some 48 answers in the minute, 4 or more a list.
		if !strings.Contains(summary.Stopped, "time limit") || summary.Lists < 6 || summary.Lists > 16 {
			t.Errorf("got %+v", summary)
		}
		var left int64
		for _, n := range summary.LeftOut {
			left += n
		}
		if missing := 4*(summary.Lists+summary.Partial) - summary.Documents - left; missing > 4 {
			t.Errorf("want the lists begun finished but for late attempts, got %+v", summary)
		}
	})
}

// TestForeignFolder: nothing is asked for, and nothing written, where something else is.
func TestForeignFolder(t *testing.T) {
	server := &llmtest.Server{Answer: writer}
	opts := testOptions(t, server, 2)
	mine := filepath.Join(opts.Out, "corpus.jsonl")
	if err := errors.Join(os.Mkdir(opts.Out, 0o777), os.WriteFile(mine, []byte("mine"), 0o666)); err != nil {
		t.Fatal(err)
	}
	_, err := Generate(t.Context(), opts)
	for _, err := range []error{err, opts.Check()} {
		if err == nil || !strings.Contains(err.Error(), "with the ledger.jsonl of an earlier run, got one with corpus.jsonl") {
			t.Errorf("want the folder refused, got %v", err)
		}
	}
	entries, err := os.ReadDir(opts.Out)
	if text, _ := os.ReadFile(mine); err != nil || len(entries) != 1 || string(text) != "mine" || len(server.Chats()) > 0 {
		t.Errorf("want the folder as it was and nothing asked, got %v, %q, %d requests", entries, text, len(server.Chats()))
	}
}

func TestDiskFull(t *testing.T) {
	opts := testOptions(t, &llmtest.Server{Answer: writer}, 2)
	if err := os.WriteFile(opts.Out, nil, 0o666); err != nil { // a file where the folder should be
		t.Fatal(err)
	}
	if _, err := Generate(t.Context(), opts); err == nil {
		t.Error("want an error, got none")
	}
}

func TestCancelledBeforeTheStart(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	server := &llmtest.Server{Answer: writer}
	if _, err := Generate(ctx, testOptions(t, server, 2)); !errors.Is(err, context.Canceled) {
		t.Errorf("want %v, got %v", context.Canceled, err)
	}
	if len(server.Chats()) > 0 {
		t.Error("want nothing asked")
	}
}
