package generate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/llmtest"
)

// victim is a short run, judged, of the strategies in turn.
func victim(ctx context.Context, url, out string) error {
	client, err := llm.New(llm.Options{BaseURL: url, Model: "test-model"})
	if err != nil {
		return err
	}
	one := &byHash{grade: mostly}
	_, err = Generate(ctx, Options{
		Out: out, Queries: testQueries(6), LLM: client, Seed: 7, Concurrency: 4,
		Judge: one.judge(), CheckAttempts: 2, OnMismatch: MismatchRelabel,
	})
	return err
}

// witness is a server that notices what it is asked after the answer to it has been confirmed.
type witness struct {
	llmtest.Server
	mu        sync.Mutex
	confirmed map[string]bool
	twice     []string
	requests  int
	asked     chan struct{} // holds a word once something was asked
}

func askedFor(seed int64, user string) string { return fmt.Sprint(seed, " ", user) }

func (w *witness) ServeHTTP(response http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var chat llmtest.Chat
	if err == nil && json.Unmarshal(body, &chat) == nil && chat.Seed != nil {
		w.mu.Lock()
		w.requests++
		if request := askedFor(*chat.Seed, chat.User()); w.confirmed[request] {
			w.twice = append(w.twice, request)
		}
		w.mu.Unlock()
		select {
		case w.asked <- struct{}{}:
		default:
		}
		time.Sleep(rand.N(3 * time.Millisecond))
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	w.Server.ServeHTTP(response, r)
}

// forget begins with another folder.
func (w *witness) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.confirmed = map[string]bool{}
}

// reads notes the answers that the ledger of a dead process has.
func (w *witness) reads(t *testing.T, dir string) {
	text, err := os.ReadFile(filepath.Join(dir, LedgerName))
	if os.IsNotExist(err) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for line := range strings.Lines(string(text)) {
		var e entry
		if !strings.HasSuffix(line, "\n") {
			break // torn
		}
		if err := json.Unmarshal([]byte(line[len("00000000 "):]), &e); err != nil {
			t.Fatalf("%v: %.80q", err, line)
		}
		if e.Answer != nil {
			w.confirmed[askedFor(e.Answer.Seed, e.Answer.User)] = true
		}
	}
}

// TestKills kills runs by SIGKILL at random moments until they get through:
// their files are those of a run left alone, and no confirmed answer is asked
// for again. GENERATE_KILLS says how many; 100 is what a test has time for.
func TestKills(t *testing.T) {
	kills, err := strconv.Atoi(os.Getenv("GENERATE_KILLS"))
	if err != nil {
		kills = 100
	}
	w := &witness{Server: llmtest.Server{Answer: writer}, confirmed: map[string]bool{}, asked: make(chan struct{}, 1)}
	server := httptest.NewServer(w)
	defer server.Close()
	alone := filepath.Join(t.TempDir(), "alone")
	start := time.Now()
	if out, err := command(server.URL, alone).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	whole := time.Since(start)
	want := files(t, alone)

	random := rand.New(rand.NewPCG(1000, 1))
	killed, runs, confirmed := 0, 0, 0
	for ; killed < kills; runs++ {
		dir := filepath.Join(t.TempDir(), "killed")
		w.forget()
		for deaths := 0; ; deaths++ {
			if deaths > 500 {
				t.Fatal("no progress")
			}
			if !killOne(t, w, random, whole, server.URL, dir) {
				break
			}
			killed++
			w.reads(t, dir)
		}
		same(t, want, files(t, dir))
		w.reads(t, dir)
		confirmed += len(w.confirmed)
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
	}
	server.Close() // waits for requests of the dead
	if len(w.twice) > 0 {
		t.Errorf("want no confirmed answer asked for again, got %d, such as %q", len(w.twice), w.twice[0])
	}
	t.Logf("%d kills over %d runs to the end; %d requests for %d confirmed answers, none of them asked for again, in %v",
		killed, runs, w.requests, confirmed, time.Since(start).Round(time.Second))
}

func command(url, dir string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "GENERATE_TEST_ROLE=victim", "GENERATE_TEST_LLM="+url+"/v1", "GENERATE_TEST_OUT="+dir)
	return cmd
}

// killOne is false if the run came to its end before it was killed. Half of
// the kills are aimed at the time after the first request.
func killOne(t *testing.T, w *witness, random *rand.Rand, whole time.Duration, url, dir string) bool {
	cmd := command(url, dir)
	var said bytes.Buffer
	cmd.Stderr = &said
	select {
	case <-w.asked:
	default:
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	wait := time.Duration(random.Int64N(int64(whole)))
	if random.IntN(2) == 0 {
		select {
		case <-w.asked:
		case <-time.After(whole):
		}
		wait /= 4
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Fatalf("%v: %s", err, said.String())
		}
		return false
	case <-time.After(wait):
	}
	cmd.Process.Kill()
	return <-ended != nil
}
