package embedded

import (
	"bytes"
	"strings"
	"sync"
)

// mostWords is how much of the child's standard error is remembered.
const mostWords = 2048

// stacks is how the Go runtime begins its long account of a dying process.
// What llama.cpp or Go said just before is worth more.
var stacks = [][]byte{[]byte("\ngoroutine "), []byte("\nruntime stack:")}

// lastWords keeps the end of what is written to it, up to where stacks begin.
type lastWords struct {
	mu    sync.Mutex
	text  []byte
	ended bool
}

func (w *lastWords) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return len(p), nil
	}
	w.text = append(w.text, p...)
	for _, s := range stacks {
		if i := bytes.Index(w.text, s); i >= 0 {
			w.text = w.text[:i]
			w.ended = true
		}
	}
	if over := len(w.text) - mostWords; over > 0 {
		w.text = append(w.text[:0], w.text[over:]...)
	}
	return len(p), nil
}

func (w *lastWords) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.ToValidUTF8(strings.TrimSpace(string(w.text)), "")
}
