// Command llm measures the embedded LLM through its own protocol: how fast
// prompts are evaluated, and how many tokens a second come out when 1, 8, 16,
// 32 and, with -most 64, 64 requests are answered at once.
//
//	go run ./bench/llm -model smollm2 -rounds 3
//
// It prints medians as tab-separated lines. Rates per processor second are
// there because a machine that does something else besides halves the others.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gradus-ir/gradus/llm/embedded"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "--child" {
		if err := embedded.RunChild(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// setting is one line of the table.
type setting struct {
	name   string
	atOnce int
	answer int // tokens
	words  int // of each prompt, no two of which begin alike
	json   bool
	shared int // words that all prompts begin with
	times  int // requests each of atOnce sends one after the other, 1 if 0
}

func run(ctx context.Context) error {
	model := flag.String("model", embedded.DefaultModel, "smollm2, qwen2.5-coder-1.5b or the path of a .gguf file")
	rounds := flag.Int("rounds", 3, "rounds to take the median of")
	answer := flag.Int("answer", 96, "tokens of an answer")
	threads := flag.Int("threads", 0, "threads computing (default: physical cores)")
	most := flag.Int("most", 32, "most requests at once")
	flag.Parse()
	settings := []setting{{name: "prompt", atOnce: 4, answer: 1, words: 300}}
	for _, n := range []int{1, 8, 16, 32, 64} {
		if n <= *most {
			settings = append(settings, setting{name: "answer", atOnce: n, answer: *answer, words: 20})
		}
	}
	settings = append(settings, setting{name: "answer in JSON", atOnce: min(16, *most), answer: *answer, words: 20, json: true})
	settings = append(settings, setting{name: "as generate does", atOnce: min(16, *most), answer: *answer, words: 40, shared: 200, times: 3})
	server, err := embedded.Start(ctx, embedded.Options{
		Model: *model, Slots: *most, ContextPerSlot: 1024, Threads: *threads,
		Args:    []string{"--child"},
		Crashed: func(err error) { fmt.Fprintln(os.Stderr, "crashed:", err) },
	})
	if err != nil {
		return err
	}
	defer server.Close()
	fmt.Println("model\twhat\tat once\ttokens/s\ttokens/CPU s\ttokens/step\tload")
	for _, s := range settings {
		if err := line(ctx, server, s, *rounds); err != nil {
			return err
		}
	}
	return nil
}

// line measures a setting a few times and prints the medians.
func line(ctx context.Context, server *embedded.Server, s setting, rounds int) error {
	var perSecond, perCPU, perStep []float64
	for round := range rounds {
		r, err := measure(ctx, server, s, round)
		if err != nil {
			return err
		}
		perSecond = append(perSecond, r.tokens/r.seconds)
		perCPU = append(perCPU, r.tokens/r.cpuSeconds)
		perStep = append(perStep, r.tokens/r.steps)
	}
	fmt.Printf("%s\t%s\t%d\t%.1f\t%.1f\t%.1f\t%s\n", server.Model(), s.name, s.atOnce, median(perSecond), median(perCPU), median(perStep), load())
	return nil
}

type result struct {
	tokens, steps, seconds, cpuSeconds float64
}

// measure counts the tokens that s is about. Prompts are evaluated beforehand
// where answers are measured: each slot then has its prompt in its cache.
func measure(ctx context.Context, server *embedded.Server, s setting, round int) (result, error) {
	if s.answer > 1 && s.shared == 0 {
		prompts := s
		prompts.answer = 1
		if err := askAll(ctx, server, prompts, round); err != nil {
			return result{}, err
		}
	}
	before, err := server.Counts(ctx)
	if err != nil {
		return result{}, err
	}
	began := time.Now()
	if err := askAll(ctx, server, s, round); err != nil {
		return result{}, err
	}
	r := result{seconds: time.Since(began).Seconds()}
	after, err := server.Counts(ctx)
	r.cpuSeconds = after.CPUSeconds - before.CPUSeconds
	r.tokens = float64(after.Generated - before.Generated)
	if s.answer == 1 {
		r.tokens = float64(after.PromptEvaluated - before.PromptEvaluated)
	}
	r.steps = float64(after.Steps - before.Steps)
	return r, err
}

// askAll sends s.atOnce requests and waits for their answers.
func askAll(ctx context.Context, server *embedded.Server, s setting, round int) error {
	errs := make([]error, s.atOnce)
	var wg sync.WaitGroup
	for i := range s.atOnce {
		wg.Go(func() {
			for time := range max(s.times, 1) {
				errs[i] = errors.Join(errs[i], ask(ctx, server, s, 1000*round+100*time+i))
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

func load() string {
	data, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "?"
	}
	return strings.Fields(string(data))[0]
}
