package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// flood sends requests at a rate, whatever comes back, and prints a line each
// tenth of the time: what the requests that ended in it took, and the server's memory.
func (l *load) flood(ctx context.Context) error {
	const parts = 10
	fmt.Println("| time, s | answered, a second | p50, ms | p99, ms | refused, a second | p99 of refusals, ms | memory, MiB |")
	fmt.Println("|---|---|---|---|---|---|---|")
	start, part := time.Now(), l.seconds/parts
	var all sync.WaitGroup
	sent := 0
	for n := 1; n <= parts; n++ {
		l.begin()
		for end := time.Duration(n) * part; time.Since(start) < end; {
			for due := int(time.Since(start).Seconds() * l.rate); sent < due; sent++ {
				all.Go(func() { l.one(ctx) })
			}
			time.Sleep(2 * time.Millisecond)
		}
		memory, err := resident(l.pid)
		if err != nil {
			return err
		}
		l.line(time.Since(start), part, memory)
		if err := l.fault(); err != nil {
			return err
		}
	}
	all.Wait()
	return l.fault()
}

func (l *load) line(at, part time.Duration, memory int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := func(n int) float64 { return float64(n) / part.Seconds() }
	fmt.Printf("| %.0f | %.1f | %.0f | %.0f | %.1f | %.0f | %d |\n", at.Seconds(), a(len(l.took)), quantile(l.took, 0.5), quantile(l.took, 0.99),
		a(len(l.refused)), quantile(l.refused, 0.99), memory>>10)
}

// processorTime is what a process and its threads have used so far; 0 of no process.
func processorTime(pid int) (time.Duration, error) {
	if pid == 0 {
		return 0, nil
	}
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ") // behind the name, which may hold anything
	fields := strings.Fields(rest)
	const user, system, tick = 11, 12, 10 * time.Millisecond // proc(5): fields 14 and 15, in hundredths of a second
	if len(fields) <= system {
		return 0, fmt.Errorf("process %d: want its stat, got %q", pid, text)
	}
	var inUser, inSystem time.Duration
	_, err = fmt.Sscan(fields[user]+" "+fields[system], &inUser, &inSystem)
	return (inUser + inSystem) * tick, err
}

// resident is a process's resident memory in KiB.
func resident(pid int) (int, error) {
	if pid == 0 {
		return 0, nil
	}
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			kib := 0
			_, err := fmt.Sscan(rest, &kib)
			return kib, err
		}
	}
	return 0, fmt.Errorf("process %d: want its VmRSS, found none", pid)
}
