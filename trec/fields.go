package trec

import (
	"bytes"
	"fmt"
)

// fields splits a line at white space into as many columns as there is room
// for and returns how many there were; what is past the last column goes
// unread, so a full result means "at least so many".
func fields(line []byte, columns [][]byte) int {
	n := 0
	for i := 0; i < len(line) && n < len(columns); {
		if isSpace(line[i]) {
			i++
			continue
		}
		start := i
		for i < len(line) && !isSpace(line[i]) {
			i++
		}
		columns[n] = line[start:i]
		n++
	}
	return n
}

// isSpace is white space as trec_eval sees it: ASCII only, so that an id with
// a no-break space stays one id.
func isSpace(c byte) bool {
	return c == ' ' || c >= '\t' && c <= '\r'
}

// skipped tells the lines that trec_eval passes over: blank ones and comments.
func skipped(line []byte) bool {
	line = bytes.TrimLeft(line, " \t\v\f\r")
	return len(line) == 0 || line[0] == '#'
}

// count is a number of fields for a message, where full means "or more".
func count(n, full int) string {
	if n == full {
		return fmt.Sprintf("%d or more", n)
	}
	return fmt.Sprint(n)
}

// interned keeps one string for each document id: a run names the same
// documents for many queries.
type interned map[string]string

func (in interned) of(b []byte) string {
	if s, ok := in[string(b)]; ok {
		return s
	}
	s := string(b)
	in[s] = s
	return s
}
