package trec

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gradus-ir/gradus/internal/textfile"
)

// Topic is a query as TREC writes it: a title of some words, a sentence that
// describes what is wanted, and a narrative of what counts as relevant.
type Topic struct {
	ID                            string
	Title, Description, Narrative string // any may be empty
}

// EachTopic calls each with the topics of a file in its order, in one of three layouts:
//   - SGML: <top> with <num>, <title>, <desc>, <narr>, whose labels (Number:,
//     Topic:, Description:, Narrative:) are taken off
//   - XML: <topic number="…"> with <query> or <title>, <question> or
//     <description>, <narrative>, as in TREC-COVID
//   - lines `id⇥text`, as of TREC Deep Learning; the text is the title
//
// A topic without an id, or with no text at all, is an error, as is one of
// each; errors have file and line.
func EachTopic(path string, each func(Topic) error) error {
	lines, err := textfile.Open(path)
	if err != nil {
		return err
	}
	defer lines.Close()
	return scanTopics(lines, each)
}

var (
	topicElements = []string{"top", "topic"}
	topicFields   = []string{"num", "title", "desc", "narr", "query", "question", "description", "narrative",
		"dom", "smry", "con", "fac", "nat", "time", "def"} // the last are of TREC's first years and not read
)

func scanTopics(lines *textfile.Scanner, each func(Topic) error) error {
	for lines.Scan() {
		switch line := bytes.TrimSpace(lines.Bytes()); {
		case len(line) == 0:
		case line[0] == '<':
			return eachRecord(lines, topicElements, topicFields, func(r record) error { return r.topic(each) })
		default:
			return scanTopicLines(lines, each)
		}
	}
	return lines.Err()
}

// scanTopicLines goes on at the current line.
func scanTopicLines(lines *textfile.Scanner, each func(Topic) error) error {
	for more := true; more; more = lines.Scan() {
		line := lines.Bytes()
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		id, text, parted := strings.Cut(string(line), "\t")
		if !parted {
			return lines.Errorf(`want <top>, <topic> or "id\ttext", got %.60q`, line)
		}
		t := Topic{ID: strings.TrimSpace(id), Title: strings.TrimSpace(text)}
		if err := t.check(); err != nil {
			return lines.Errorf("%w", err)
		}
		if err := each(t); err != nil {
			return lines.Errorf("%w", err)
		}
	}
	return lines.Err()
}

func (r record) topic(each func(Topic) error) error {
	f := r.fields
	t := Topic{
		ID:          cmp.Or(unlabelled(f["num"], numberLabel), strings.TrimSpace(r.number)),
		Title:       unlabelled(cmp.Or(f["title"], f["query"]), titleLabel),
		Description: unlabelled(cmp.Or(f["desc"], f["description"], f["question"]), descriptionLabel),
		Narrative:   unlabelled(cmp.Or(f["narr"], f["narrative"]), narrativeLabel),
	}
	if err := t.check(); err != nil {
		return err
	}
	return each(t)
}

func (t Topic) check() error {
	switch {
	case t.ID == "":
		return errors.New("want a topic with an id, got none")
	case t.Title+t.Description+t.Narrative == "":
		return fmt.Errorf("topic %q has no text", t.ID)
	}
	return nil
}

const (
	numberLabel      = "Number:"
	titleLabel       = "Topic:"
	descriptionLabel = "Description:"
	narrativeLabel   = "Narrative:"
)

func unlabelled(text, label string) string {
	return strings.TrimSpace(strings.TrimPrefix(text, label))
}

// Write writes the topic as SGML, in the layout of TREC's ad hoc tracks. An id
// with white space is an error: qrels and runs cannot hold it.
func (t Topic) Write(w io.Writer) error {
	if err := oneWord("topic", "number", t.ID); err != nil {
		return err
	}
	title := t.Title
	if strings.HasPrefix(title, titleLabel) {
		title = titleLabel + " " + title // one is taken off again
	}
	var b strings.Builder
	b.WriteString("<top>\n\n<num> " + numberLabel + " ")
	writeEscaped(&b, t.ID)
	b.WriteString("\n<title> ")
	writeEscaped(&b, title)
	b.WriteString("\n")
	for _, field := range []struct{ tag, label, text string }{
		{"<desc>", descriptionLabel, t.Description}, {"<narr>", narrativeLabel, t.Narrative},
	} {
		if field.text != "" {
			b.WriteString("\n" + field.tag + " " + field.label + "\n")
			writeEscaped(&b, field.text)
			b.WriteString("\n")
		}
	}
	b.WriteString("\n</top>\n\n")
	_, err := io.WriteString(w, b.String())
	return err
}
