package embedded_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/embedded"
)

// TestClientOutlivesCrashes asks through the client, as generate does: of two
// crashes in the middle of an answer it notices nothing but time, and the
// third it reports with the child's last words.
func TestClientOutlivesCrashes(t *testing.T) {
	t.Setenv("EMBEDDED_TEST_ROLE", "child")
	pids := filepath.Join(t.TempDir(), "pids")
	client, err := llm.Open(t.Context(), "embedded:smollm2", llm.Options{}, embedded.Options{
		Slots: 2, ContextPerSlot: 512,
		Executable: "/bin/sh", Args: []string{"-c", `echo $$ >> "$1"; exec "$0"`, os.Args[0], pids},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	child := func(n int) int { // the n-th that was started
		text, err := os.ReadFile(pids)
		lines := strings.Fields(string(text))
		if err != nil || len(lines) < n {
			return 0
		}
		pid, err := strconv.Atoi(lines[n-1])
		if err != nil {
			t.Fatal(err)
		}
		return pid
	}
	ask := func() (llm.Answer, error) {
		return client.Chat(t.Context(), llm.Request{User: "Write a very long story about a wing.", MaxTokens: 120, Temperature: 0.7, Seed: 5})
	}
	want, err := ask()
	if err != nil && !errors.Is(err, llm.ErrTruncated) {
		t.Fatal(err)
	}
	type outcome struct {
		answer llm.Answer
		err    error
	}
	// asked has an answer under way, and kills the n-th child in the middle of it.
	asked := func(n int, signal syscall.Signal) outcome {
		got := make(chan outcome)
		go func() {
			answer, err := ask()
			got <- outcome{answer, err}
		}()
		time.Sleep(100 * time.Millisecond)
		for child(n) == 0 {
			time.Sleep(20 * time.Millisecond)
		}
		syscall.Kill(child(n), signal)
		return <-got
	}
	for n := 1; n <= 2; n++ {
		got := asked(n, syscall.SIGKILL)
		if got.err != nil && !errors.Is(got.err, llm.ErrTruncated) || got.answer.Text != want.Text {
			t.Errorf("crash %d: want the answer %q nonetheless, got %q, %v", n, want.Text, got.answer.Text, got.err)
		}
	}
	last := asked(3, syscall.SIGABRT)
	var down *llm.DownError
	if !errors.As(last.err, &down) || !llm.Fatal(last.err) || !strings.Contains(last.err.Error(), "crashed 3 times") || !strings.Contains(last.err.Error(), "SIGABRT") {
		t.Errorf("want the third crash with the child's last words, got %v", last.err)
	}
}
