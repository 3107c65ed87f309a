package exchange

import (
	"bufio"
	"encoding/json"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/trec"
)

// writeTevatron writes corpus.jsonl and, for each split, SPLIT.jsonl: the
// queries that have a document of grade 1 or more, with those as positive and
// the others as negative passages. It holds the texts of the judged documents.
func writeTevatron(dir string, r *reading, ending string) error {
	err := writeFile(dir, "corpus.jsonl"+ending, func(w *bufio.Writer) error {
		lines := encoder(w)
		return r.documents(func(d collection.Document) error {
			return lines.Encode(passageOut{d.ID, d.Title, d.Text})
		})
	})
	if err != nil {
		return err
	}
	texts := map[string]string{}
	if err := r.queries(func(q collection.Query) error { texts[q.ID] = q.Text; return nil }); err != nil {
		return err
	}
	judged := map[string]*passageOut{}
	splits := map[string][]trec.Judgment{}
	err = r.eachSplit(func(split string) error {
		return r.judgments(split, func(j trec.Judgment) error {
			splits[split] = append(splits[split], j)
			judged[j.DocID] = nil
			return nil
		})
	})
	if err != nil {
		return err
	}
	err = r.source.Documents(func(d collection.Document) error {
		if _, wanted := judged[d.ID]; wanted {
			judged[d.ID] = &passageOut{d.ID, valid(d.Title), valid(d.Text)}
		}
		return r.ctx.Err()
	})
	if err != nil {
		return err
	}
	return r.eachSplit(func(split string) error {
		return writeFile(dir, split+".jsonl"+ending, func(w *bufio.Writer) error {
			return writeLists(encoder(w), listsOf(splits[split], texts, judged))
		})
	})
}

// passageOut and listOut are lines of Tevatron's.
type passageOut struct {
	DocID string `json:"docid"`
	Title string `json:"title"`
	Text  string `json:"text"`
}

type listOut struct {
	QueryID   string        `json:"query_id"`
	Query     string        `json:"query"`
	Positives []*passageOut `json:"positive_passages"`
	Negatives []*passageOut `json:"negative_passages"`
}

// listsOf joins judgments and texts, in the order in which queries come first.
// What is judged and not there is left out.
func listsOf(judgments []trec.Judgment, texts map[string]string, judged map[string]*passageOut) []*listOut {
	var lists []*listOut
	of := map[string]*listOut{}
	for _, j := range judgments {
		text, asked := texts[j.QueryID]
		passage := judged[j.DocID]
		if !asked || passage == nil {
			continue
		}
		list := of[j.QueryID]
		if list == nil {
			list = &listOut{QueryID: j.QueryID, Query: text, Positives: []*passageOut{}, Negatives: []*passageOut{}}
			of[j.QueryID] = list
			lists = append(lists, list)
		}
		if j.Grade >= 1 {
			list.Positives = append(list.Positives, passage)
		} else {
			list.Negatives = append(list.Negatives, passage)
		}
	}
	return lists
}

func writeLists(lines *json.Encoder, lists []*listOut) error {
	for _, list := range lists {
		if len(list.Positives) == 0 {
			continue
		}
		if err := lines.Encode(list); err != nil {
			return err
		}
	}
	return nil
}

func encoder(w *bufio.Writer) *json.Encoder {
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	return lines
}
