package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// What a page holds of queries.
const (
	shown           = 10      // places of a ranking
	maxQueries      = 100     // queries
	maxQueriesBytes = 3 << 20 // what they may come to, about
	maxText         = 600     // letters of a document's text
	maxTitle        = 110     // letters of a document in a ranking
	placeBytes      = 600     // of a place of a ranking without its texts
)

// shownQuery is a query on the page.
type shownQuery struct {
	Anchor, Collection, ID, Text string
	Range                        string // of the measure over the arms
	Graded                       []shownDocument
	Rankings                     []shownRanking
	Documents                    []shownDocument // the others
}

// shownDocument is a document with its text.
type shownDocument struct {
	Anchor          string
	Grade           gradeMark
	Judged          *gradeMark
	ID, Title, Text string
}

// gradeMark is a grade as it is drawn.
type gradeMark struct{ Class, Sign, Words string }

// shownRanking is an arm's first ten.
type shownRanking struct {
	Number     int // of the arm
	Arm, Value string
	Places     []shownPlace
	Fell       []fallen
}

type shownPlace struct {
	Document         int // its number among the query's
	Anchor           string
	Grade            gradeMark
	Title, ID, Score string
	Move             *move // nil where there is no base
}

// move is what became of a document's rank.
type move struct{ Class, Sign, Words string }

// fallen is a document that a base had in its first ten.
type fallen struct {
	Grade gradeMark
	ID    string
	From  int
	To    string
}

// shownQueries are as many as a page holds, and a sentence of how many that are.
func (e Experiment) shownQueries() ([]shownQuery, string) {
	var all []shownQuery
	size := 0
	for i, q := range e.Queries {
		s := e.shownQuery(q, i+1)
		size += s.bytes()
		if i > 0 && (i == maxQueries || size > maxQueriesBytes) {
			break
		}
		all = append(all, s)
	}
	text := counted(len(all), "query", "queries")
	if left := len(e.Queries) - len(all); left > 0 {
		text += fmt.Sprintf(" of the %d that were kept; the other %d would make the page too large, %s has them", len(e.Queries), left, ExperimentFile)
	}
	return all, text + "."
}

// bytes are about what the query takes on the page.
func (s shownQuery) bytes() int {
	size := len(s.Text)
	for _, d := range slices.Concat(s.Graded, s.Documents) {
		size += len(d.ID) + len(d.Title) + len(d.Text) + placeBytes/2
	}
	for _, r := range s.Rankings {
		for _, p := range r.Places {
			size += len(p.Title) + len(p.ID) + placeBytes
		}
	}
	return size
}

func (e Experiment) shownQuery(q Query, number int) shownQuery {
	s := shownQuery{Anchor: fmt.Sprintf("query%d", number), Collection: q.Collection, ID: q.ID, Text: q.Text, Range: e.rangeOf(q)}
	place := map[string]int{}
	for i, d := range q.Documents {
		place[d.ID] = i
	}
	listed := map[string]bool{}
	document := func(id string) shownDocument {
		d := q.Documents[place[id]]
		listed[id] = true
		return shownDocument{
			Anchor: s.documentAnchor(place[id]), Grade: markOf(d.Grade), ID: d.ID, Title: cut(d.Title, maxText), Text: cut(d.Text, maxText),
		}
	}
	for _, g := range q.Graded {
		d := document(g.DocID)
		d.Grade = markOf(&g.Grade)
		if g.Judged != nil {
			judged := markOf(g.Judged)
			d.Judged = &judged
		}
		s.Graded = append(s.Graded, d)
	}
	for _, r := range q.Rankings {
		s.Rankings = append(s.Rankings, e.shownRanking(q, r, place, s.documentAnchor))
		for _, d := range r.Documents[:min(shown, len(r.Documents))] {
			if !listed[d.DocID] {
				s.Documents = append(s.Documents, document(d.DocID))
			}
		}
	}
	return s
}

func (s shownQuery) documentAnchor(place int) string {
	return fmt.Sprintf("%s-document%d", s.Anchor, place+1)
}

func (e Experiment) shownRanking(q Query, r Ranking, place map[string]int, anchor func(int) string) shownRanking {
	number := slices.IndexFunc(e.Arms, func(a Arm) bool { return a.Name == r.Arm })
	s := shownRanking{Number: number, Arm: r.Arm}
	if value, ok := e.valueOf(q, r); ok {
		s.Value = fmt.Sprintf("%s %.4f", e.Measures[0], value)
	}
	base, hasBase := q.ranking(e.Arms[number].Base)
	for i, ranked := range r.Documents[:min(shown, len(r.Documents))] {
		d := q.Documents[place[ranked.DocID]]
		p := shownPlace{
			Document: place[d.ID], Anchor: anchor(place[d.ID]), Grade: markOf(d.Grade), ID: d.ID,
			Title: cut(strings.TrimSpace(d.Title), maxTitle), Score: fmt.Sprintf("%.3f", ranked.Score),
		}
		if p.Title == "" {
			p.Title = cut(strings.TrimSpace(d.Text), maxTitle)
		}
		if p.Title == "" {
			p.Title = "(no text)"
		}
		if hasBase {
			p.Move = moved(base.rank(d.ID), i+1, len(base.Documents))
		}
		s.Places = append(s.Places, p)
	}
	if hasBase {
		s.Fell = fell(q, base, r, place)
	}
	return s
}

// ranking is an arm's, false where it has none.
func (q Query) ranking(arm string) (Ranking, bool) {
	for _, r := range q.Rankings {
		if r.Arm == arm {
			return r, true
		}
	}
	return Ranking{}, false
}

// rank is a document's, from 1; 0 where the ranking does not have it.
func (r Ranking) rank(docID string) int {
	return 1 + slices.IndexFunc(r.Documents, func(d Ranked) bool { return d.DocID == docID })
}

// moved tells a document's way from its base's rank, 0 beyond the depth that is known of it.
func moved(from, to, depth int) *move {
	switch {
	case from == 0:
		return &move{"up", "new", fmt.Sprintf("new, not among the base's first %d", depth)}
	case from > to:
		return &move{"up", fmt.Sprintf("▲%d", from-to), fmt.Sprintf("up from %d", from)}
	case from < to:
		return &move{"down", fmt.Sprintf("▼%d", to-from), fmt.Sprintf("down from %d", from)}
	}
	return &move{"", "=", "as in the base"}
}

// fell are the relevant documents that the base has in its first ten and the arm has not.
func fell(q Query, base, r Ranking, place map[string]int) []fallen {
	var all []fallen
	for i, ranked := range base.Documents[:min(shown, len(base.Documents))] {
		d := q.Documents[place[ranked.DocID]]
		to := r.rank(d.ID)
		if d.Grade == nil || *d.Grade < 1 || to > 0 && to <= shown {
			continue
		}
		f := fallen{markOf(d.Grade), d.ID, i + 1, fmt.Sprint(to)}
		if to == 0 {
			f.To = fmt.Sprintf("beyond %d", len(r.Documents))
		}
		all = append(all, f)
	}
	return all
}

// markOf draws a grade; nil is not judged.
func markOf(grade *int) gradeMark {
	if grade == nil {
		return gradeMark{"unjudged", "–", "not judged"}
	}
	return gradeMark{gradeClass(*grade), fmt.Sprint(*grade), fmt.Sprintf("grade %d", *grade)}
}

// valueOf is what the first measure gives an arm's ranking of the query.
func (e Experiment) valueOf(q Query, r Ranking) (float64, bool) {
	a, _ := e.arm(r.Arm)
	c, tested := e.collection(q.Collection)
	at := slices.Index(c.QueryIDs, q.ID)
	if !tested || at < 0 {
		return 0, false
	}
	for _, run := range a.on(c) {
		if run.Seed == r.Seed {
			return run.ByQuery[0][at], true
		}
	}
	return 0, false
}

// rangeOf is the measure's from the worst arm to the best one on a query, "" where none was measured.
func (e Experiment) rangeOf(q Query) string {
	low, high := math.Inf(1), math.Inf(-1)
	for _, r := range q.Rankings {
		if value, ok := e.valueOf(q, r); ok {
			low, high = min(low, value), max(high, value)
		}
	}
	if low > high {
		return ""
	}
	from, to := fmt.Sprintf("%.2f", low), fmt.Sprintf("%.2f", high)
	if from == to {
		return fmt.Sprintf("%s %s", e.Measures[0], from)
	}
	return fmt.Sprintf("%s %s–%s", e.Measures[0], from, to)
}
