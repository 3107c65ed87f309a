package trec

import (
	"bytes"
	"fmt"
	"strings"
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
	return spaces[c]
}

// skipped tells the lines that trec_eval passes over: blank ones and comments.
func skipped(line []byte) bool {
	line = bytes.TrimLeft(line, " \t\v\f\r")
	return len(line) == 0 || line[0] == '#'
}

var spaces = [256]bool{' ': true, '\t': true, '\n': true, '\v': true, '\f': true, '\r': true}

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

// copyOf is of for a string that is a part of a longer one, which would stay in memory with it.
func (in interned) copyOf(part string) string {
	if s, ok := in[part]; ok {
		return s
	}
	s := strings.Clone(part)
	in[s] = s
	return s
}
