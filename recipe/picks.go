package recipe

import (
	"bufio"
	"cmp"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/report"
	"github.com/gradus-ir/gradus/train"
	"github.com/gradus-ir/gradus/trec"
)

// What a report holds of queries and documents to look at.
const (
	pickedQueries = 30  // of a test, and of a list of training queries
	pickedTop     = 10  // documents of a ranking whose texts are there
	pickedDepth   = 100 // documents of a ranking
	pickedText    = 700 // bytes of a text, about
)

// lookAt picks the queries of a test on which arms and their bases differ most,
// with what each arm returns for them.
func (p *planner) lookAt(e report.Experiment, c report.Collection, t tested, qrels trec.Qrels) ([]report.Query, error) {
	ids := mostChanged(e, c)
	ids = ids[:min(len(ids), pickedQueries)]
	picked := map[string]*report.Query{}
	var queries []report.Query
	for _, id := range ids {
		queries = append(queries, report.Query{Collection: c.Name, ID: id})
	}
	needed := map[string]bool{}
	for i, id := range ids {
		picked[id] = &queries[i]
		for _, doc := range gradedFirst(qrels[id], pickedTop) {
			queries[i].Graded = append(queries[i].Graded, report.Graded{DocID: doc, Grade: qrels[id][doc]})
			needed[doc] = true
		}
	}
	seen := map[string]bool{}
	for _, r := range t.runs {
		if seen[r.arm] {
			continue // the first seed stands for all
		}
		seen[r.arm] = true
		run, err := trec.ReadRun(p.e.Path(r.made.Path))
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			ranking := report.Ranking{Arm: r.arm, Seed: int64(r.seed)}
			for i, d := range run.Rankings[id] {
				if i == pickedDepth {
					break
				}
				if i < pickedTop {
					needed[d.DocID] = true
				}
				ranking.Documents = append(ranking.Documents, report.Ranked{DocID: d.DocID, Score: d.Score})
			}
			picked[id].Rankings = append(picked[id].Rankings, ranking)
		}
	}
	texts, err := readTexts(t.folder, needed, picked)
	if err != nil {
		return nil, err
	}
	for i := range queries {
		addDocuments(&queries[i], texts, qrels[queries[i].ID])
	}
	return queries, nil
}

// addDocuments adds the documents that a query names.
func addDocuments(q *report.Query, texts map[string]collection.Document, grades map[string]int) {
	added := map[string]bool{}
	add := func(id string) {
		if added[id] {
			return
		}
		added[id] = true
		d := report.Document{ID: id, Title: texts[id].Title, Text: cutText(texts[id].Text)}
		if grade, judged := grades[id]; judged {
			d.Grade = &grade
		}
		q.Documents = append(q.Documents, d)
	}
	for _, g := range q.Graded {
		add(g.DocID)
	}
	for _, r := range q.Rankings {
		for _, d := range r.Documents[:min(len(r.Documents), pickedTop)] {
			add(d.DocID)
		}
	}
}

// cutText is the beginning of a text, whole characters.
func cutText(text string) string {
	if len(text) <= pickedText {
		return text
	}
	end := pickedText
	for end > 0 && text[end]&0xC0 == 0x80 {
		end--
	}
	return text[:end] + " …"
}

// mostChanged are a test's queries, those first on which an arm is furthest from its base.
func mostChanged(e report.Experiment, c report.Collection) []string {
	change := make([]float64, len(c.QueryIDs))
	values := func(name string) []float64 {
		for _, a := range e.Arms {
			for _, v := range a.Values {
				if a.Name == name && v.Collection == c.Name {
					return v.ByQuery[0]
				}
			}
		}
		return nil
	}
	for _, a := range e.Arms {
		base, own := values(a.Base), values(a.Name)
		for q := range c.QueryIDs {
			if base != nil && own != nil {
				change[q] = max(change[q], math.Abs(own[q]-base[q]))
			}
		}
	}
	order := make([]int, len(change))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(change[j], change[i]) })
	ids := make([]string, len(order))
	for i, q := range order {
		ids[i] = c.QueryIDs[q]
	}
	return ids
}

// gradedFirst are the first documents of a query's, the highest grade first.
func gradedFirst(grades map[string]int, most int) []string {
	var docs []string
	for doc := range grades {
		docs = append(docs, doc)
	}
	slices.SortFunc(docs, func(a, b string) int { return cmp.Or(cmp.Compare(grades[b], grades[a]), cmp.Compare(a, b)) })
	return docs[:min(len(docs), most)]
}

// readTexts reads the documents that are needed, and fills in the texts of the queries.
func readTexts(dir string, needed map[string]bool, queries map[string]*report.Query) (map[string]collection.Document, error) {
	c, err := collection.Open(dir)
	if err != nil {
		return nil, err
	}
	for q, err := range c.Queries() {
		if err != nil {
			return nil, err
		}
		if picked := queries[q.ID]; picked != nil {
			picked.Text = q.Text
		}
	}
	texts := map[string]collection.Document{}
	for d, err := range c.Documents() {
		if err != nil {
			return nil, err
		}
		if needed[d.ID] {
			texts[d.ID] = d
		}
	}
	return texts, nil
}

// readCurve reads the steps of a training from its model's folder.
func readCurve(dir string) (report.Curve, error) {
	file, err := os.Open(filepath.Join(dir, "train.jsonl"))
	if err != nil {
		return report.Curve{}, err
	}
	defer file.Close()
	var curve report.Curve
	for steps := json.NewDecoder(bufio.NewReader(file)); steps.More(); {
		var s train.Step
		if err := steps.Decode(&s); err != nil {
			return curve, err
		}
		curve.Steps = append(curve.Steps, report.CurveStep{Step: s.Step, Loss: s.Loss, Dev: s.Validation})
	}
	return curve, nil
}
