package trec

import (
	"bytes"
	"strings"
)

// tag is an opening or closing tag, its name in lower case.
type tag struct {
	name    string
	number  string // its attribute number
	closing bool
}

// parseTag reads the tag or the comment that line begins with and returns how
// long it is; 0 where a < is only that. A comment has no name.
func parseTag(line []byte) (t tag, length int) {
	if bytes.HasPrefix(line, []byte("<!--")) {
		if end := bytes.Index(line, []byte("-->")); end >= 0 {
			return tag{}, end + len("-->")
		}
		return tag{}, 0
	}
	i := 1
	if i < len(line) && line[i] == '/' {
		t.closing = true
		i++
	}
	start := i
	for i < len(line) && (isLetter(line[i]) || i > start && (isDigit(line[i]) || strings.IndexByte("_.-", line[i]) >= 0)) {
		i++
	}
	if i == start {
		return tag{}, 0
	}
	t.name = strings.ToLower(string(line[start:i]))
	for {
		gap := i
		for i < len(line) && isSpace(line[i]) {
			i++
		}
		if i < len(line) && line[i] == '/' {
			i++
		}
		if i < len(line) && line[i] == '>' {
			return t, i + 1
		}
		name, value, end := parseAttribute(line, i)
		if i == gap || end == 0 {
			return tag{}, 0
		}
		if name == "number" {
			t.number = value
		}
		i = end
	}
}

// parseAttribute reads name=value, name="value" or name='value' and returns
// where it ends, 0 where there is none.
func parseAttribute(line []byte, i int) (name, value string, end int) {
	start := i
	for i < len(line) && (isLetter(line[i]) || isDigit(line[i]) || line[i] == '-' || line[i] == ':' || line[i] == '_') {
		i++
	}
	name = strings.ToLower(string(line[start:i]))
	if name == "" || i >= len(line)-1 || line[i] != '=' {
		return "", "", 0
	}
	i++
	if quote := line[i]; quote == '"' || quote == '\'' {
		length := bytes.IndexByte(line[i+1:], quote)
		if length < 0 {
			return "", "", 0
		}
		return name, string(line[i+1 : i+1+length]), i + length + 2
	}
	start = i
	for i < len(line) && !isSpace(line[i]) && line[i] != '>' {
		i++
	}
	return name, string(line[start:i]), i
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
