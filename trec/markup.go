package trec

import (
	"bytes"
	"html"
	"io"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/internal/textfile"
)

// TREC's topics and documents are SGML without a document type: records of one
// element, such as <top> or <DOC>, with fields that begin with a tag and end
// with its closing tag, with the next field, or with the record. Names are of
// either case. A tag stands on one line; what does not look like one is text.

// record is one <top> or <DOC>.
type record struct {
	line   int               // of its tag
	number string            // the tag's number="…", if any
	fields map[string]string // by name in lower case, trimmed; parts of one name are joined by a line end
}

// eachRecord calls each with the records of a file. outer and inner name the
// elements that are records and fields; other tags within a field are taken
// out of it. Where a line was scanned already it begins with that. An error of
// each is returned with file and line of the record.
func eachRecord(lines *textfile.Scanner, outer, inner []string, each func(record) error) error {
	m := markup{lines: lines, outer: outer, inner: inner, each: each}
	for more := lines.Line() > 0 || lines.Scan(); more; more = lines.Scan() {
		if err := m.scan(lines.Bytes()); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if m.open != "" {
		return lines.ErrorAt(m.record.line, "want </%s>, got the end of the file", m.open)
	}
	return nil
}

// markup is where eachRecord is in a file.
type markup struct {
	lines        *textfile.Scanner
	outer, inner []string
	each         func(record) error

	record record
	open   string // the record's element, "" between records
	field  string // "" between fields
	text   strings.Builder
	size   int // bytes of the record so far
}

func (m *markup) scan(line []byte) error {
	if m.size += len(line); m.open != "" && m.size > textfile.MaxLine {
		return m.lines.ErrorAt(m.record.line, "<%s> longer than %d bytes", m.open, textfile.MaxLine)
	}
	for len(line) > 0 {
		at := bytes.IndexByte(line, '<')
		if at < 0 {
			break
		}
		t, length := parseTag(line[at:])
		if length == 0 { // a plain <
			m.write(line[:at+1])
			line = line[at+1:]
			continue
		}
		m.write(line[:at])
		line = line[at+length:]
		if err := m.tag(t); err != nil {
			return err
		}
	}
	m.write(line)
	m.write([]byte{'\n'})
	return nil
}

func (m *markup) write(text []byte) {
	if m.field != "" {
		m.text.Write(text)
	}
}

func (m *markup) tag(t tag) error {
	switch {
	case slices.Contains(m.outer, t.name) && !t.closing && m.open != "":
		return m.lines.Errorf("want </%s> before <%s>; line %d has its <%s>", m.open, t.name, m.record.line, m.open)
	case slices.Contains(m.outer, t.name) && !t.closing:
		m.open, m.size = t.name, 0
		m.record = record{line: m.lines.Line(), number: t.number, fields: map[string]string{}}
	case m.open == "":
	case t.name == m.open:
		m.endField()
		m.open = ""
		if err := m.each(m.record); err != nil {
			return m.lines.ErrorAt(m.record.line, "%w", err)
		}
	case slices.Contains(m.inner, t.name) && !t.closing:
		m.endField()
		m.field = t.name
	case t.name == m.field:
		m.endField()
	}
	return nil
}

func (m *markup) endField() {
	if m.field == "" {
		return
	}
	text := strings.TrimSpace(html.UnescapeString(strings.TrimSpace(m.text.String())))
	m.text.Reset()
	if before := m.record.fields[m.field]; before != "" && text != "" {
		text = before + "\n" + text
	} else if text == "" {
		text = before
	}
	m.record.fields[m.field] = text
	m.field = ""
}

// writeEscaped writes text so that eachRecord reads it back.
func writeEscaped(w io.Writer, text string) error {
	_, err := escape.WriteString(w, text)
	return err
}

var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", "\r", "&#13;")
