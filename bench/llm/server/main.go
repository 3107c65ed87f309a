// Command server has a real server of the OpenAI protocol answer what gradus
// generate asks for 20 Cranfield questions, kills it with SIGKILL in the
// middle, starts it again, and prints what came of it. bench/llm/server/run
// fetches such a server and calls this.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/generate"
	"github.com/gradus-ir/gradus/internal/assets"
	"github.com/gradus-ir/gradus/llm"
)

type options struct {
	server    string
	model     string
	queries   string
	questions int
	slots     int
	kills     int
	away      time.Duration
	stream    bool
	plain     bool
}

func main() {
	var o options
	flag.StringVar(&o.server, "server", "", "llama.cpp's llama-server, its libraries beside it")
	flag.StringVar(&o.model, "model", "", "a GGUF file (default: SmolLM2, which gradus setup fetches)")
	flag.StringVar(&o.queries, "queries", "data/cranfield/queries.jsonl", "the questions")
	flag.IntVar(&o.questions, "questions", 20, "how many of them")
	flag.IntVar(&o.slots, "slots", 8, "requests that the server answers at once")
	flag.IntVar(&o.kills, "kills", 2, "times the server is killed")
	flag.DurationVar(&o.away, "away", 3*time.Second, "time it stays away")
	flag.BoolVar(&o.stream, "stream", false, "have answers sent as they grow")
	flag.BoolVar(&o.plain, "plain", true, "ask for plain text, as of small models, not for JSON by a schema")
	flag.Parse()
	if err := run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if o.model == "" {
		dir, err := assets.Path(ctx, "smollm2", assets.Options{})
		if err != nil {
			return err
		}
		found, err := filepath.Glob(filepath.Join(dir, "*.gguf"))
		if err != nil || len(found) != 1 {
			return fmt.Errorf("%s: want one .gguf file, got %d, %v", dir, len(found), err)
		}
		o.model = found[0]
	}
	var queries []collection.Query
	for query, err := range collection.ReadQueries(o.queries) {
		if err != nil {
			return err
		}
		if queries = append(queries, query); len(queries) == o.questions {
			break
		}
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	const key = "a-key-for-loopback"
	server := &server{options: o, port: port, key: key}
	if err := server.start(); err != nil {
		return err
	}
	defer server.kill()
	opts := llm.Options{BaseURL: fmt.Sprintf("http://127.0.0.1:%d/v1", port), Key: key, Concurrency: llm.Auto}
	if o.stream {
		opts.StreamTimeout = 30 * time.Second
	}
	client, err := llm.New(opts)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := server.answers(ctx, client); err != nil {
		return err
	}
	out, err := os.MkdirTemp("", "gradus-server-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(out)
	var done atomic.Int64
	stopped := make(chan struct{})
	killed := make(chan error, 1)
	go func() { killed <- server.killInTheMiddle(&done, stopped) }()
	answers := generate.AnswersJSON
	if o.plain {
		answers = generate.AnswersPlain
	}
	summary, err := generate.Generate(ctx, generate.Options{
		Out: filepath.Join(out, "graded"), Queries: queries, LLM: client, Seed: 1, Answers: answers, Concurrency: client.MostInFlight(),
		Progress: func(p generate.Progress) { done.Store(p.Queries) },
	})
	close(stopped)
	if err := errors.Join(err, <-killed); err != nil {
		return err
	}
	report := client.Report()[0]
	fmt.Printf("model\t%s\n", summary.Model)
	fmt.Printf("questions\t%d\n", summary.Queries)
	fmt.Printf("requests answered\t%d\n", summary.Requests)
	fmt.Printf("documents\t%d of %d\n", summary.Documents, 4*summary.Queries)
	for reason, n := range summary.LeftOut {
		fmt.Printf("left out, %s\t%d\n", reason, n)
	}
	fmt.Printf("server killed and started again\t%d\n", server.kills)
	fmt.Printf("attempts that failed\t%d\n", report.Failures)
	fmt.Printf("the last because\t%v\n", report.Last)
	fmt.Printf("parameters refused\t%s\n", strings.Join(summary.Refused, " "))
	fmt.Printf("in flight, found\t%d\n", report.Concurrency)
	fmt.Printf("tokens\t%d\n", summary.Usage.Tokens())
	fmt.Printf("seconds\t%.1f\n", summary.Elapsed.Seconds())
	if n := summary.LeftOut["the server failed"]; n > 0 {
		return fmt.Errorf("want every request answered in spite of the kills, got %d given up", n)
	}
	return nil
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// server is the real one, behind one address however often it is started.
type server struct {
	options options
	port    int
	key     string
	process *exec.Cmd
	kills   int
}

func (s *server) start() error {
	o := s.options
	cmd := exec.Command(o.server, "--model", o.model, "--host", "127.0.0.1", "--port", strconv.Itoa(s.port),
		"--parallel", strconv.Itoa(o.slots), "--ctx-size", strconv.Itoa(o.slots*2048), "--no-webui")
	cmd.Env = append(os.Environ(), "LLAMA_API_KEY="+s.key, "LD_LIBRARY_PATH="+filepath.Dir(o.server)+":"+os.Getenv("LD_LIBRARY_PATH"))
	s.process = cmd
	return cmd.Start()
}

func (s *server) kill() {
	s.process.Process.Kill()
	s.process.Wait()
}

// answers waits until the server, which has just been started, says which model it serves.
func (s *server) answers(ctx context.Context, client *llm.Client) error {
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		model, err := client.Model(ctx)
		if err == nil {
			fmt.Fprintln(os.Stderr, "serving", model)
			return nil
		}
		if time.Now().After(deadline) {
			return err
		}
	}
}

// killInTheMiddle kills the server when a share of the questions is done, and starts it again after a while.
func (s *server) killInTheMiddle(done *atomic.Int64, stopped <-chan struct{}) error {
	for i := range s.options.kills {
		at := int64(s.options.questions * (i + 1) / (s.options.kills + 1))
		for done.Load() < at {
			select {
			case <-stopped:
				return fmt.Errorf("want the server killed %d times, the run ended after %d", s.options.kills, s.kills)
			case <-time.After(20 * time.Millisecond):
			}
		}
		s.kill()
		s.kills++
		fmt.Fprintf(os.Stderr, "killed after %d questions\n", done.Load())
		time.Sleep(s.options.away)
		if err := s.start(); err != nil {
			return err
		}
	}
	return nil
}
