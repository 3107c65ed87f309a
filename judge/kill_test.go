package judge

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/llmtest"
)

const killedLists, killedOrders = 40, 2

// runToBeKilled is what the killed process does.
func runToBeKilled(url, ledger string) error {
	client, err := llm.New(llm.Options{BaseURL: url})
	if err != nil {
		return err
	}
	j, err := New(context.Background(), client, Options{Orders: killedOrders})
	if err != nil {
		return err
	}
	_, err = j.Run(context.Background(), RunOptions{Lists: testLists(killedLists), Ledger: ledger, Concurrency: 4})
	return err
}

// TestSurvivesSIGKILL kills runs one after the other: the grades are those of
// a run left alone, and a request is asked again only if it was in flight.
func TestSurvivesSIGKILL(t *testing.T) {
	var (
		mu    sync.Mutex
		asked int64
		left  int    // requests until
		kill  func() // is called
	)
	fake := &llmtest.Server{Answer: func(chat llmtest.Chat) string {
		mu.Lock()
		defer mu.Unlock()
		asked++
		if left--; left == 0 {
			kill()
		}
		return reader(chat)
	}}
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	ledger := testLedger(t)
	const kills = 6
	for range kills {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "JUDGE_TEST_ROLE=run", "JUDGE_TEST_URL="+server.URL+"/v1", "JUDGE_TEST_LEDGER="+ledger)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		mu.Lock()
		kill, left = func() { cmd.Process.Kill() }, 9
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		mu.Unlock()
		if err := cmd.Wait(); fmt.Sprint(err) != "signal: killed" {
			t.Fatalf("want the run killed, got %v: %s", err, stderr.String())
		}
	}
	mu.Lock()
	left = 0
	mu.Unlock()
	lists, last := testLists(killedLists), testJudge(t, fake, Options{Orders: killedOrders})
	judged, err := last.Run(t.Context(), RunOptions{Lists: lists, Ledger: ledger})
	if err != nil {
		t.Fatal(err)
	}
	checkGrades(t, lists, judged)
	if judged.Cost.Requests != killedLists*killedOrders {
		t.Errorf("want %d answers, got %d", killedLists*killedOrders, judged.Cost.Requests)
	}
	if again := asked - judged.Cost.Requests; again > 4*kills {
		t.Errorf("want at most the 4 in flight asked again after each of %d kills, got %d", kills, again)
	}
}
