package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/llm/llmtest"
)

// gradeByLength stands in for a judge that takes long passages for relevant ones, at most for highly so.
func gradeByLength(chat llmtest.Chat) string {
	_, passage, _ := strings.Cut(chat.User(), "Passage: ")
	passage, _, _ = strings.Cut(passage, "\n")
	return fmt.Sprintf(`{"grade": %d}`, min(len(strings.Fields(passage))/4, 2))
}

// judgedCollection is a folder with two queries, their graded documents, and a run.
func judgedCollection(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"queries.jsonl": `{"_id": "1", "text": "what is flutter"}
{"_id": "2", "text": "what is buckling"}
`,
		"corpus.jsonl": `{"_id": "a", "text": "Flutter is a self-excited oscillation of a wing in an air flow."}
{"_id": "b", "text": "Wings may flutter in flow."}
{"_id": "c", "text": "Bread."}
{"_id": "d", "text": "A cylinder buckles under axial load when it is thin."}
{"_id": "e", "text": "Cheese."}
`,
		"qrels/test.tsv": "query-id\tcorpus-id\tscore\n1\ta\t3\n1\tb\t1\n1\tc\t0\n2\td\t2\n2\te\t0\n",
		"top.run":        "1 Q0 a 1 9 x\n1 Q0 e 2 8 x\n1 Q0 c 3 7 x\n2 Q0 d 1 9 x\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// judgeVerb runs the command as a user types it.
func judgeVerb(t *testing.T, args ...string) (stdout string, err error) {
	t.Helper()
	var out, people strings.Builder
	cmd := newJudgeCommand(streams{strings.NewReader(""), &out, &people})
	cmd.SetArgs(args)
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	err = cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestJudge(t *testing.T) {
	fake := &llmtest.Server{Answer: gradeByLength}
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	dir := judgedCollection(t)
	out := filepath.Join(dir, "judged", "test.tsv")
	args := []string{"--collection", dir, "--split", "test", "--llm", server.URL + "/v1", "--out", out}
	stdout, err := judgeVerb(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"judge\ttrec-dl.v1 by test-model\n", "pairs\t5\n", "not graded\t0.0000\n", "accuracy\t0.8000\n",
		"tau-b by list, mean\t1.0000\n", "relevant, recall (intended ≥ 2, judged ≥ 2)\t1.0000\n", "requests\t5\n",
		"\nintended \\ judged\t0\t1\t2\t3\n0\t2\t0\t0\t0\n1\t0\t1\t0\t0\n2\t0\t0\t1\t0\n3\t0\t0\t1\t0\n",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("want %q, got:\n%s", want, stdout)
		}
	}
	qrels, err := os.ReadFile(out)
	if want := "query-id\tcorpus-id\tscore\n1\ta\t2\n1\tb\t1\n1\tc\t0\n2\td\t2\n2\te\t0\n"; err != nil || string(qrels) != want {
		t.Errorf("want qrels %q, got %q, %v", want, qrels, err)
	}

	// The same again asks nothing; other options are another run.
	stdout, err = judgeVerb(t, append(args, "--json")...)
	var report struct {
		Graded    int
		Agreement struct{ Confusion [][]int }
		Cost      struct{ Requests int }
	}
	if err != nil || json.Unmarshal([]byte(stdout), &report) != nil || report.Graded != 5 || report.Cost.Requests != 5 || len(report.Agreement.Confusion) != 4 {
		t.Errorf("want the same report as JSON, got %v: %s", err, stdout)
	}
	if n := len(fake.Chats()); n != 5 {
		t.Errorf("want nothing asked twice, got %d requests", n)
	}
	if _, err = judgeVerb(t, append(args, "--orders", "2")...); err == nil || !strings.Contains(err.Error(), "test.ledger.jsonl was begun with other options: orders 0, now 2;") {
		t.Errorf("want other orders refused, got %v", err)
	}

	// A run's documents, of which some have an intended grade, and a draw.
	pool := filepath.Join(dir, "pool.tsv")
	stdout, err = judgeVerb(t, "--collection", dir, "--split", "test", "--run", filepath.Join(dir, "top.run"), "--depth", "2", "--llm", server.URL+"/v1", "--out", pool)
	if err != nil || !strings.Contains(stdout, "pairs\t3\n") || !strings.Contains(stdout, "pairs with an intended grade\t2\n") {
		t.Errorf("want three pairs of the run, two of them graded before, got %v:\n%s", err, stdout)
	}
	stdout, err = judgeVerb(t, "--collection", dir, "--run", filepath.Join(dir, "top.run"), "--depth", "2", "--limit", "2", "--llm", server.URL+"/v1", "--out", filepath.Join(dir, "drawn.tsv"))
	if err != nil || !strings.Contains(stdout, "pairs\t2\n") || strings.Contains(stdout, "accuracy") {
		t.Errorf("want two pairs and no agreement, got %v:\n%s", err, stdout)
	}
}

func TestJudgeRefuses(t *testing.T) {
	dir := judgedCollection(t)
	out := filepath.Join(dir, "judged.tsv")
	all := func(more ...string) []string {
		return append([]string{"--collection", dir, "--split", "test", "--llm", "http://127.0.0.1:1/v1", "--model", "m", "--out", out}, more...)
	}
	for _, c := range []struct {
		args  []string
		want  string
		usage bool
	}{
		{nil, "judge wants --collection DIR and --out FILE", true},
		{[]string{"--collection", dir, "--out", out}, "judge wants the pairs", true},
		{all("--depth", "0"), "--depth wants at least 1", true},
		{all("--limit", "-1"), "want nothing negative", true},
		{all("--orders", "-1"), "want nothing negative", true},
		{all("--max-cost", "1"), "--max-cost wants --price", true},
		{all("--split", "dev"), "no such split", false},
		{all("--run", "none.run"), "none.run: no such file", false},
		{all("--out", filepath.Join(dir, "qrels", "test.tsv")), "test.tsv: want a new file, or one with its test.ledger.jsonl beside it", false},
		{all(), "is down", false},
	} {
		_, err := judgeVerb(t, c.args...)
		var usage usageError
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.As(err, &usage) != c.usage {
			t.Errorf("%v: want %q, usage %v, got %v", c.args, c.want, c.usage, err)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("want no qrels of a run that failed")
	}
}

// TestJudgeOfNothing: answers of no use are no qrels.
func TestJudgeOfNothing(t *testing.T) {
	server := httptest.NewServer(&llmtest.Server{Answer: func(llmtest.Chat) string { return "I'd rather not." }})
	t.Cleanup(server.Close)
	dir := judgedCollection(t)
	out := filepath.Join(dir, "judged.tsv")
	_, err := judgeVerb(t, "--collection", dir, "--split", "test", "--llm", server.URL+"/v1", "--out", out)
	if err == nil || !strings.Contains(err.Error(), "no usable answer for any of 5 pairs (mostly: the answer was not the JSON asked for)") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("want no qrels")
	}
}
