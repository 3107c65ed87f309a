package main

import (
	"bytes"
	"testing"
)

func TestProgressLine(t *testing.T) {
	for _, c := range []struct {
		done, total int64
		note        string
		width       int
		want        string
	}{
		{5, 10, "x", 80, "work ██████████░░░░░░░░░░  50% x"},
		{20, 10, "", 80, "work ████████████████████ 100%"},
		{7, 0, "7 texts", 80, "work 7 texts"},
		{5, 10, "", 8, "work ███"},
		{5, 10, "", -1, ""},
	} {
		if got := progressLine("work", c.done, c.total, c.note, c.width); got != c.want {
			t.Errorf("%d of %d: want %q, got %q", c.done, c.total, c.want, got)
		}
	}
}

func TestProgressIsSilentWithoutTerminal(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out, "work")
	p.set(1, 2, "")
	p.close()
	if out.Len() > 0 {
		t.Errorf("want nothing, got %q", out.String())
	}
}
