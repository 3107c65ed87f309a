package trec

import (
	"errors"
	"io"
	"strings"

	"github.com/gradus-ir/gradus/internal/textfile"
)

// Document is a document as TREC's collections write it.
type Document struct {
	ID    string
	Title string // may be empty
	Text  string
}

// EachDocument calls each with the <DOC>s of a file in its order: <DOCNO> is
// the id; <TITLE>, <HEADLINE>, <HL>, <HEAD> and <TTL> are the title; <TEXT>,
// <LEADPARA>, <LP> and <ABSTRACT> the text; other fields are left out. A document
// without an id is an error, as is one of each; errors have file and line.
func EachDocument(path string, each func(Document) error) error {
	lines, err := textfile.Open(path)
	if err != nil {
		return err
	}
	defer lines.Close()
	return scanDocuments(lines, each)
}

var (
	documentElement = []string{"doc"}
	titleFields     = []string{"title", "headline", "hl", "head", "ttl"}
	textFields      = []string{"leadpara", "lp", "abstract", "text"}
	documentFields  = append(append([]string{"docno"}, titleFields...), textFields...)
)

func scanDocuments(lines *textfile.Scanner, each func(Document) error) error {
	return eachRecord(lines, documentElement, documentFields, func(r record) error {
		d := Document{ID: r.fields["docno"], Title: r.join(titleFields, " "), Text: r.join(textFields, "\n")}
		if d.ID == "" {
			return errors.New("want a <DOC> with a <DOCNO>, got none")
		}
		return each(d)
	})
}

// join is the record's fields of the names, in the order of the names.
func (r record) join(names []string, between string) string {
	var parts []string
	for _, name := range names {
		if text := r.fields[name]; text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, between)
}

// Write writes the document as SGML. An id with white space is an error:
// qrels and runs cannot hold it.
func (d Document) Write(w io.Writer) error {
	if err := oneWord("document", "DOCNO", d.ID); err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("<DOC>\n<DOCNO>")
	writeEscaped(&b, d.ID)
	b.WriteString("</DOCNO>\n")
	if d.Title != "" {
		b.WriteString("<TITLE>")
		writeEscaped(&b, d.Title)
		b.WriteString("</TITLE>\n")
	}
	b.WriteString("<TEXT>\n")
	writeEscaped(&b, d.Text)
	b.WriteString("\n</TEXT>\n</DOC>\n")
	_, err := io.WriteString(w, b.String())
	return err
}
