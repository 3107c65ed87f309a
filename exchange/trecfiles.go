package exchange

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/trec"
)

// TopicFields are what of a TREC topic can be taken as the query.
var TopicFields = []string{"title", "description", "narrative"}

// trecFiles are topics, documents and qrels of TREC.
type trecFiles struct {
	in     Files
	fields []string
}

// TREC is a collection in TREC's files: documents of <DOC>, topics, and qrels.
// The query is what a topic has of the fields, one or several of TopicFields;
// none is the title alone.
func TREC(files Files, fields ...string) (Source, error) {
	if len(fields) == 0 {
		fields = TopicFields[:1]
	}
	for _, field := range fields {
		if !slices.Contains(TopicFields, field) {
			return nil, fmt.Errorf("want %s of a topic, got %q", strings.Join(TopicFields, ", "), field)
		}
	}
	return trecFiles{files, fields}, nil
}

func (t trecFiles) Documents(each func(collection.Document) error) error {
	return inTurn(t.in.Documents, trec.EachDocument, func(d trec.Document) error {
		return each(collection.Document(d))
	})
}

func (t trecFiles) Queries(each func(collection.Query) error) error {
	return inTurn(t.in.Queries, trec.EachTopic, func(topic trec.Topic) error {
		text := map[string]string{"title": topic.Title, "description": topic.Description, "narrative": topic.Narrative}
		var parts []string
		for _, field := range t.fields {
			if text[field] != "" {
				parts = append(parts, text[field])
			}
		}
		if len(parts) == 0 {
			return fmt.Errorf("topic %q: want a %s, got none", topic.ID, strings.Join(t.fields, " or "))
		}
		return each(collection.Query{ID: topic.ID, Text: strings.Join(strings.Fields(strings.Join(parts, " ")), " ")})
	})
}

func (t trecFiles) Splits() []string { return t.in.splits() }

func (t trecFiles) Judgments(split string, each func(trec.Judgment) error) error {
	return t.in.judgments(split, each)
}

func (t trecFiles) Files() []string { return t.in.all() }
