package collection

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/gradus-ir/gradus/internal/textfile"
)

// record is a line of corpus.jsonl or queries.jsonl; other fields are let be.
type record struct {
	ID    json.RawMessage `json:"_id"`
	Also  json.RawMessage `json:"id"` // what some exports call it
	Title *string         `json:"title"`
	Text  *string         `json:"text"`

	id string
}

// parse reads the line and its id.
func (r *record) parse(line []byte) (err error) {
	*r = record{}
	if err := json.Unmarshal(line, r); err != nil {
		return explain(err, line)
	}
	for _, raw := range []json.RawMessage{r.ID, r.Also} {
		if r.id == "" && len(raw) > 0 {
			if r.id, err = ParseID(raw); err != nil {
				return fmt.Errorf(`"_id": %w`, err)
			}
		}
	}
	if r.id == "" {
		return fmt.Errorf(`want a field "_id" that is not empty, got %s`, excerpt(line))
	}
	return nil
}

// ParseID reads an id of a JSON line: a string or, as some exports write it, a
// number, whose digits are kept as they stand. null and nothing at all are "".
func ParseID(raw json.RawMessage) (string, error) {
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return "", nil
	case raw[0] == '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		return string(raw), nil
	}
	return "", fmt.Errorf("want a string or a number, got %s", excerpt(raw))
}

// ReadDocuments streams a corpus.jsonl on its own. A document needs an _id;
// title and text may be missing or empty. The first error, with file and
// line, ends the sequence.
func ReadDocuments(path string) iter.Seq2[Document, error] {
	return sequence(path, EachDocument)
}

// ReadQueries streams a queries.jsonl on its own. A query needs an _id and a
// text. The first error, with file and line, ends the sequence.
func ReadQueries(path string) iter.Seq2[Query, error] {
	return sequence(path, EachQuery)
}

// EachDocument is ReadDocuments for who may refuse a document: an error of
// each ends the reading and is returned with file and line.
func EachDocument(path string, each func(Document) error) error {
	return scan(path, func(r record) error {
		return each(Document{ID: r.id, Title: value(r.Title), Text: value(r.Text)})
	})
}

// EachQuery is ReadQueries for who may refuse a query, as EachDocument is.
func EachQuery(path string, each func(Query) error) error {
	return scan(path, func(r record) error {
		if strings.TrimSpace(value(r.Text)) == "" {
			return fmt.Errorf("query %q has no text", r.id)
		}
		return each(Query{ID: r.id, Text: *r.Text})
	})
}

// errStop ends a scan that the caller has seen enough of.
var errStop = errors.New("stop")

// sequence makes an iterator of a scan.
func sequence[T any](path string, scan func(string, func(T) error) error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		err := scan(path, func(one T) error {
			if !yield(one, nil) {
				return errStop
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			var none T
			yield(none, err)
		}
	}
}

// scan calls each with the records of a JSONL file, blank lines left out.
func scan(path string, each func(record) error) error {
	lines, err := textfile.Open(path)
	if err != nil {
		return err
	}
	defer lines.Close()
	for lines.Scan() {
		line := lines.Bytes()
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var r record
		err := r.parse(line)
		if err == nil {
			err = each(r)
		}
		if err != nil {
			return lines.Errorf("%w", err)
		}
	}
	return lines.Err()
}

// explain says what is wrong with a line in the words of the format rather than of Go's types.
func explain(err error, line []byte) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("want one JSON object a line, got %s (%w)", excerpt(line), err)
	case errors.As(err, &kind) && kind.Field == "":
		return fmt.Errorf("want a JSON object, got a JSON %s", kind.Value)
	case errors.As(err, &kind):
		return fmt.Errorf("want %q as a string, got a JSON %s", kind.Field, kind.Value)
	}
	return err
}

// excerpt is the beginning of a line, short enough for a message.
func excerpt(line []byte) string {
	const most = 60
	if len(line) <= most {
		return string(line)
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(line[cut]) {
		cut--
	}
	return string(line[:cut]) + "…"
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
