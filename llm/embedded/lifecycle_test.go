package embedded

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bufio"
)

// pid is the running child's, 0 while there is none.
func (s *Server) pid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return 0
	}
	return s.process.command.Process.Pid
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

func TestFullQueueIsToldToComeBack(t *testing.T) {
	opts := testOptions(1)
	opts.Queue = 1
	s := start(t, opts)
	ctx, leave := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer leave()
	endless := func() { post(ctx, s, ask("Write a very long story.", 400)) }
	wg.Go(endless)
	eventually(t, "the slot is taken", func() bool { return counts(t, s).Busy == 1 })
	wg.Go(endless)
	eventually(t, "the queue is full", func() bool { return counts(t, s).Queued == 1 })
	status, header, data, err := post(t.Context(), s, ask("Hello", 2))
	if status != http.StatusTooManyRequests || header.Get("Retry-After") != "1" || !strings.Contains(string(data), "rate_limit_exceeded") {
		t.Errorf("want 429 with Retry-After, got %d %v %s %v", status, header, data, err)
	}
}

func TestCrashedChildIsReplacedTwice(t *testing.T) {
	s := start(t, testOptions(1))
	for crash := 1; crash < mostCrashes; crash++ {
		before := s.pid()
		if status, _, data, err := post(t.Context(), s, ask("Hello", 2)); status != http.StatusOK {
			t.Fatalf("before crash %d: %d %s %v", crash, status, data, err)
		}
		lost := make(chan error)
		go func() {
			_, _, _, err := post(t.Context(), s, ask("Write a very long story.", 400))
			lost <- err
		}()
		eventually(t, "a request is under way", func() bool { return counts(t, s).Busy == 1 })
		syscall.Kill(before, syscall.SIGKILL)
		if err := <-lost; err == nil {
			t.Errorf("crash %d: want the request under way lost, it answered", crash)
		}
		http.DefaultClient.CloseIdleConnections() // those to the dead child; a client that retries needs no such care
		// The address is the same, and takes requests already while the new child loads.
		if status, _, data, err := post(t.Context(), s, ask("Hello", 2)); status != http.StatusOK {
			t.Fatalf("after crash %d: %d %s %v", crash, status, data, err)
		}
		if s.pid() == before || s.Err() != nil {
			t.Fatalf("after crash %d: want a new child, got pid %d, %v", crash, s.pid(), s.Err())
		}
	}
	// A fault inside the process, whose words are on standard error.
	syscall.Kill(s.pid(), syscall.SIGABRT)
	<-s.Done()
	err := s.Err()
	if err == nil || !strings.Contains(err.Error(), "smollm2 crashed 3 times") || !strings.Contains(err.Error(), "SIGABRT") ||
		strings.Contains(err.Error(), "goroutine") {
		t.Errorf("want the third crash with the child's last words, got %v", err)
	}
	if _, _, _, err := post(t.Context(), s, ask("Hello", 2)); err == nil {
		t.Error("want the address closed after the third crash")
	}
}

func TestCloseEndsTheChild(t *testing.T) {
	s := start(t, testOptions(1))
	pid := s.pid()
	s.Close()
	if alive(pid) || s.Err() != nil {
		t.Errorf("want the child gone and no error, got alive %v, %v", alive(pid), s.Err())
	}
	s.Close() // again: nothing happens
}

// parentToBeKilled starts a child, says its pid and waits for the end.
func parentToBeKilled() int {
	s, err := Start(context.Background(), testOptions(1))
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println(s.pid())
	select {}
}

func TestParentGoneChildGone(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), "EMBEDDED_TEST_ROLE=parent")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	parent.Process.Kill()
	parent.Wait()
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(line)
	}
	eventually(t, "the orphan ends", func() bool { return !alive(pid) || zombie(pid) })
}

// zombie says whether a process has ended though nobody has asked how: in a
// container, orphans may have no parent that does.
func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}

func TestStartFails(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.gguf")
	if err := os.WriteFile(broken, []byte("GGUF and then nothing of the kind"), 0o600); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, test := range []struct {
		name   string
		change func(*Options)
		want   string
	}{
		{"unknown model", func(o *Options) { o.Model = "gpt-5" }, `unknown embedded model "gpt-5"; want smollm2, qwen2.5-coder-1.5b, or the path of a .gguf file`},
		{"no such file", func(o *Options) { o.Model = "none.gguf" }, "none.gguf: no such file"},
		{"not a model", func(o *Options) { o.Model = broken }, "broken.gguf: want a GGUF model that llama.cpp can read"},
		{"no libraries", func(o *Options) { o.Library = t.TempDir() }, "want the libraries of llama.cpp"},
		{"slots", func(o *Options) { o.Slots = 65 }, "slots: want 1 to 64, got 65"},
		{"context", func(o *Options) { o.ContextPerSlot = 5 }, "context per slot: want at least 128 tokens, got 5"},
		{"port", func(o *Options) { o.Addr = taken.Addr().String() }, "address already in use"},
		{"program", func(o *Options) { o.Executable = "/none/such" }, "/none/such"},
		{"not a child", func(o *Options) { o.Executable, o.Args = "/bin/echo", []string{"hello"} }, `want a ready line from the child, got "hello"`},
		{"dies at once", func(o *Options) { o.Executable, o.Args = "/bin/sh", []string{"-c", "echo out of luck >&2; exit 3"} }, "exit status 3; its last words: out of luck"},
	} {
		t.Run(test.name, func(t *testing.T) {
			opts := testOptions(1)
			test.change(&opts)
			s, err := Start(t.Context(), opts)
			if err == nil {
				s.Close()
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("want %q, got %v", test.want, err)
			}
		})
	}
}

func TestStartIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	opts := testOptions(1)
	opts.Executable, opts.Args = "/bin/sleep", []string{"60"}
	began := time.Now()
	if _, err := Start(ctx, opts); err == nil || time.Since(began) > 20*time.Second {
		t.Errorf("want an interrupted start at once, got %v after %v", err, time.Since(began))
	}
}

func TestChildSeesNoSecrets(t *testing.T) {
	got := strings.Join(childEnvironment([]string{"PATH=/bin", "OPENAI_API_KEY=canary", "HF_TOKEN=canary", "MY_SECRET=canary"}), " ")
	if strings.Contains(got, "canary") || !strings.Contains(got, "PATH=/bin") {
		t.Errorf("want PATH and no secret, got %s", got)
	}
}

func TestLastWords(t *testing.T) {
	w := new(lastWords)
	fmt.Fprint(w, strings.Repeat("chatter\n", 1000), "GGML_ASSERT(n > 0) failed\nSIGABRT: abort\n\ngorou")
	fmt.Fprint(w, "tine 1 [running]:\n", strings.Repeat("main.go\n", 1000))
	got := w.String()
	if !strings.HasSuffix(got, "chatter\nGGML_ASSERT(n > 0) failed\nSIGABRT: abort") || len(got) > mostWords {
		t.Errorf("want what was said before the stacks, got %q", got)
	}
}
