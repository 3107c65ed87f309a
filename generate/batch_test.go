package generate

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/llm/llmtest"
)

// batchService answers the lines of a batch as the server of other tests would,
// in an order of its own, and some of them not at all.
func batchService(t *testing.T, random *rand.Rand, requests, answers string, fail bool) {
	t.Helper()
	text, err := os.ReadFile(requests)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		var request struct {
			CustomID string       `json:"custom_id"`
			Method   string       `json:"method"`
			URL      string       `json:"url"`
			Body     llmtest.Chat `json:"body"`
		}
		decoder := json.NewDecoder(strings.NewReader(line))
		if err := decoder.Decode(&request); err != nil || request.Method != "POST" || request.URL != "/v1/chat/completions" || request.Body.Model != "test-model" {
			t.Fatalf("want a request of a batch, got %s (%v)", line, err)
		}
		answer := map[string]any{"id": "batch_req_1", "custom_id": request.CustomID, "error": nil}
		switch {
		case fail && random.IntN(5) == 0:
			answer["response"], answer["error"] = nil, map[string]any{"code": "batch_expired", "message": "late"}
		case fail && random.IntN(5) == 0:
			answer["response"] = map[string]any{"status_code": 429, "body": map[string]any{"error": map[string]any{"message": "slow down"}}}
		default:
			text, finish := writer(request.Body), "stop"
			if most := 4 * request.Body.MaxTokens; len(text) > most { // as llmtest.Server does
				text, finish = strings.ToValidUTF8(text[:most], ""), "length"
			}
			answer["response"] = map[string]any{"status_code": 200, "body": map[string]any{
				"model":   "test-model",
				"choices": []any{map[string]any{"index": 0, "finish_reason": finish, "message": map[string]any{"role": "assistant", "content": text}}},
				"usage":   map[string]any{"prompt_tokens": 30, "completion_tokens": 90},
			}}
		}
		out, _ := json.Marshal(answer)
		lines = append(lines, string(out)+"\n")
	}
	random.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	if err := os.WriteFile(answers, []byte(strings.Join(lines, "")), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestBatches: exported and imported until nothing is outstanding, with
// failures and in any order, a run ends with the documents of one that asked a server.
func TestBatches(t *testing.T) {
	for _, name := range []string{"per-grade", "contrast", "ladder"} {
		online := testOptions(t, &llmtest.Server{Answer: writer}, 10)
		online.Strategy = name
		if _, err := Generate(t.Context(), online); err != nil {
			t.Fatal(err)
		}
		opts := testOptions(t, &llmtest.Server{Check: func(llmtest.Chat) (int, string) {
			t.Error("want nothing asked of the server")
			return 500, ""
		}}, 10)
		opts.Strategy = name
		opts.Queries = slices.Clone(opts.Queries)
		random := rand.New(rand.NewPCG(11, 1))
		requests, answers := filepath.Join(t.TempDir(), "requests.jsonl"), filepath.Join(t.TempDir(), "answers.jsonl")
		var failed, taken int64
		rounds := 0
		for ; ; rounds++ {
			n, err := ExportBatch(t.Context(), opts, requests)
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				break
			}
			batchService(t, random, requests, answers, rounds < 3)
			report, summary, err := ImportBatch(t.Context(), opts, answers)
			if err != nil {
				t.Fatal(err)
			}
			if report.Taken+report.Failed != n || report.Known != 0 || report.Unasked != 0 {
				t.Errorf("want %d answers taken or failed, got %+v", n, report)
			}
			again, summary2, err := ImportBatch(t.Context(), opts, answers)
			if err != nil || again.Known != report.Taken || again.Taken != 0 || again.Failed != report.Failed || summary.Documents != summary2.Documents {
				t.Errorf("want nothing new of the same file, got %+v, %+v, %v", again, summary2, err)
			}
			failed, taken = failed+report.Failed, taken+report.Taken
			if rounds > 20 {
				t.Fatal("no end")
			}
		}
		if failed == 0 || taken == 0 || rounds < 3 {
			t.Errorf("want several rounds with failures, got %d, %d taken, %d failed", rounds, taken, failed)
		}
		want, got := files(t, online.Out), files(t, opts.Out)
		for _, file := range []string{"corpus.jsonl", "queries.jsonl", "qrels/train.tsv"} {
			if want[file] != got[file] {
				t.Errorf("%s: %s differs from a run that asked a server", name, file)
			}
		}
		text, err := os.ReadFile(requests)
		if err != nil || bytes.Contains(text, []byte(`\u003c`)) {
			t.Errorf("want readable requests, got %.200s, %v", text, err)
		}
		if _, err := Generate(t.Context(), opts); err != nil { // goes on from the batches, and has nothing to ask
			t.Fatal(err)
		}
	}
}

func TestCustomIDs(t *testing.T) {
	for _, k := range []key{{"12", "3", 0}, {"a/b c%", "again-1/topic-near", 2}, {"ü\n", "ladder", 1}} {
		if got, ok := keyOf(customID(k)); !ok || got != k {
			t.Errorf("want %+v, got %+v of %s", k, got, customID(k))
		}
	}
	for _, id := range []string{"", "a", "a/b", "a/b/c", "a/b/1/2", "%zz/3/0"} {
		if _, ok := keyOf(id); ok {
			t.Errorf("%q: want it refused", id)
		}
	}
}

func TestBadBatches(t *testing.T) {
	opts := testOptions(t, &llmtest.Server{Answer: writer}, 2)
	path := filepath.Join(t.TempDir(), "answers.jsonl")
	good := `{"custom_id": "1/3/0", "response": {"status_code": 200, "body": {"model": "test-model", "choices": [{"message": {"content": "x"}}]}}}`
	for text, want := range map[string]string{
		"not JSON\n":                                 ":1: want one JSON object a line",
		good + "\n" + `{"custom_id": "42"}`:          `:2: want a custom_id of a batch that generate exported, got "42"`,
		`{"custom_id": "1/3/0", "response": "none"}`: ":1: want one JSON object a line",
	} {
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, _, err := ImportBatch(t.Context(), opts, path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if _, err := os.Stat(opts.Out); err == nil {
		t.Error("want nothing begun with a broken file")
	}
	// Answers to what was not asked, empty lines, and no answer at all.
	other := strings.ReplaceAll(good, "1/3/0", "77/3/0") + "\n\n" + strings.ReplaceAll(good, "1/3/0", "1/3/2") + "\n" + `{"custom_id": "1/3/1", "response": null, "error": {}}` + "\n"
	if err := os.WriteFile(path, []byte(other), 0o666); err != nil {
		t.Fatal(err)
	}
	report, summary, err := ImportBatch(t.Context(), opts, path)
	if err != nil || report != (BatchReport{Unasked: 2, Failed: 1}) || summary.Documents != 0 || summary.Stopped == "" {
		t.Errorf("got %+v, %+v, %v", report, summary, err)
	}
}
