package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// progress draws one line that says how far a piece of work is. It is silent
// unless its writer is a terminal. Its methods may be called concurrently.
type progress struct {
	terminal *os.File // nil: silent
	label    string

	mu   sync.Mutex
	last time.Time
	line bool // something is drawn
}

const progressPause = 100 * time.Millisecond

func newProgress(w io.Writer, label string) *progress {
	p := &progress{label: label}
	if file, ok := w.(*os.File); ok && term.IsTerminal(int(file.Fd())) && os.Getenv("TERM") != "dumb" {
		p.terminal = file
	}
	return p
}

// set shows done of total, which is 0 where it is not known, and a note behind them.
func (p *progress) set(done, total int64, note string) {
	if p.terminal == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); now.Sub(p.last) >= progressPause {
		p.last = now
		width, _, err := term.GetSize(int(p.terminal.Fd()))
		if err != nil {
			width = 80
		}
		fmt.Fprint(p.terminal, "\r\x1b[K", progressLine(p.label, done, total, note, width-1))
		p.line = true
	}
}

// close wipes the line, so that what is printed next stands alone.
func (p *progress) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.line {
		fmt.Fprint(p.terminal, "\r\x1b[K")
		p.line = false
	}
}

func progressLine(label string, done, total int64, note string, width int) string {
	const bar = 20
	line := label
	if total > 0 {
		done = min(max(done, 0), total)
		full := int(bar * done / total)
		line += fmt.Sprintf(" %s%s %3d%%", strings.Repeat("█", full), strings.Repeat("░", bar-full), 100*done/total)
	}
	if note != "" {
		line += " " + note
	}
	for utf8.RuneCountInString(line) > max(width, 0) {
		_, size := utf8.DecodeLastRuneInString(line)
		line = line[:len(line)-size]
	}
	return line
}
