package collection

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"unicode/utf8"

	"github.com/gradus-ir/gradus/internal/textfile"
)

// record is a line of corpus.jsonl or queries.jsonl; other fields are let be.
type record struct {
	ID    id      `json:"_id"`
	Title *string `json:"title"`
	Text  *string `json:"text"`
}

// id takes `_id` as a string or, as some exports write it, as a number, whose
// digits are kept as they stand.
type id string

func (i *id) UnmarshalJSON(raw []byte) error {
	switch {
	case raw[0] == '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		*i = id(s)
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		*i = id(raw)
	case bytes.Equal(raw, []byte("null")):
	default:
		return fmt.Errorf(`want "_id" as a string or a number, got %s`, excerpt(raw))
	}
	return nil
}

// ReadDocuments streams a corpus.jsonl on its own. A document needs an _id;
// title and text may be missing or empty. The first error, with file and
// line, ends the sequence.
func ReadDocuments(path string) iter.Seq2[Document, error] {
	return read(path, func(r record) (Document, error) {
		return Document{ID: string(r.ID), Title: value(r.Title), Text: value(r.Text)}, nil
	})
}

// ReadQueries streams a queries.jsonl on its own. A query needs an _id and a
// text. The first error, with file and line, ends the sequence.
func ReadQueries(path string) iter.Seq2[Query, error] {
	return read(path, func(r record) (Query, error) {
		if r.Text == nil || len(bytes.TrimSpace([]byte(*r.Text))) == 0 {
			return Query{}, fmt.Errorf("query %q has no text", r.ID)
		}
		return Query{ID: string(r.ID), Text: *r.Text}, nil
	})
}

// read streams the records of a JSONL file, blank lines left out.
func read[T any](path string, of func(record) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		lines, err := textfile.Open(path)
		if err != nil {
			yield(none, err)
			return
		}
		defer lines.Close()
		for lines.Scan() {
			line := lines.Bytes()
			if len(bytes.TrimSpace(line)) == 0 {
				continue
			}
			var r record
			if err := json.Unmarshal(line, &r); err != nil {
				yield(none, lines.Errorf("%w", explain(err, line)))
				return
			}
			if r.ID == "" {
				yield(none, lines.Errorf(`want a field "_id" that is not empty, got %s`, excerpt(line)))
				return
			}
			one, err := of(r)
			if err != nil {
				yield(none, lines.Errorf("%w", err))
				return
			}
			if !yield(one, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(none, err)
		}
	}
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
