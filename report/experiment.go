// Package report sets the arms of an experiment side by side: a page, Markdown
// and plots of what was measured, and tables in the forms that people paste.
package report

import (
	"time"

	"github.com/gradus-ir/gradus/measure"
)

// Experiment is all that a report shows, as plain data: what was asked, how it
// was done, what was measured. Its JSON is the file experiment.json. Texts
// are whatever documents and queries hold; the report escapes them.
type Experiment struct {
	Name     string    `json:"name"`
	Question string    `json:"question,omitempty"` // what it asks, in the recipe's words
	Made     time.Time `json:"made"`
	Commands []string  `json:"commands,omitempty"` // that make it again, each a line of a shell
	Facts    []Fact    `json:"facts,omitempty"`    // version, machine, duration, budget …, as they should stand
	Notes    []string  `json:"notes,omitempty"`    // what a reader must know to trust the numbers, a sentence each

	Measures    []measure.Measure `json:"measures"` // the first one decides
	Collections []Collection      `json:"collections"`
	Arms        []Arm             `json:"arms"`                  // in the order of the tables
	Comparisons []Comparison      `json:"comparisons,omitempty"` // none of an arm, collection and measure is "not compared"

	Fidelity []Fidelity `json:"fidelity,omitempty"`
	Lengths  []Lengths  `json:"lengths,omitempty"`
	Queries  []Query    `json:"queries,omitempty"` // those worth a look first: a page holds so many and says how many it left out
}

// Fact is a line about how an experiment was made.
type Fact struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Collection is what arms were tested on.
type Collection struct {
	Name      string   `json:"name"` // unique in the experiment
	Split     string   `json:"split,omitempty"`
	Documents int      `json:"documents,omitempty"` // in its corpus; 0 is unknown
	Note      string   `json:"note,omitempty"`      // such as "zero-shot"
	QueryIDs  []string `json:"query_ids"`           // the queries that count
}

// Values are what was measured of an arm with one seed on one collection.
type Values struct {
	Collection string      `json:"collection"`
	Seed       int64       `json:"seed"`
	ByQuery    [][]float64 `json:"by_query"` // [measure][query], in the order of Experiment.Measures and Collection.QueryIDs
}

// Curve is one training of an arm.
type Curve struct {
	Seed  int64       `json:"seed"`
	Dev   string      `json:"dev,omitempty"` // what the steps' Dev is, such as "nDCG@10 on dev"; "" where nothing was validated
	Steps []CurveStep `json:"steps"`
}

// CurveStep is a step of a training.
type CurveStep struct {
	Step int      `json:"step"` // counted from 1; 0 is before the first
	Loss float64  `json:"loss"`
	Dev  *float64 `json:"dev,omitempty"` // nil where it was not validated
}

// Shift is how an encoder scores the documents of graded lists before and after training.
type Shift struct {
	Lists  string        `json:"lists"` // whose documents, such as "scifact-graded, dev queries"
	Seed   int64         `json:"seed"`
	Edges  []float64     `json:"edges"`  // of the bins, ascending; one more than there are bins
	Before []GradeScores `json:"before"` // a histogram a grade, with the same grades in both
	After  []GradeScores `json:"after"`
}

// GradeScores is the histogram of the scores of one grade's documents.
type GradeScores struct {
	Grade  int   `json:"grade"`
	Counts []int `json:"counts"` // documents a bin
}

// Fidelity is how far a judge found the grades that documents were written for.
type Fidelity struct {
	Lists          string    `json:"lists"`
	Judge          string    `json:"judge"`     // the model that judged
	Scale          []int     `json:"scale"`     // the grades of rows and columns, ascending
	Confusion      [][]int64 `json:"confusion"` // documents, [intended grade][judged grade]
	QuadraticKappa Figure    `json:"quadratic_kappa"`
	Tau            Figure    `json:"tau"` // Kendall's tau-b within lists, mean
}

// Lengths are how long the documents of each grade are. A grade that can be told by its length teaches length.
type Lengths struct {
	Lists  string         `json:"lists"`
	Unit   string         `json:"unit"` // such as "words"
	Grades []GradeLengths `json:"grades"`
}

// GradeLengths are percentiles of one grade's documents.
type GradeLengths struct {
	Grade     int     `json:"grade"`
	Documents int     `json:"documents"`
	P5        float64 `json:"p5"`
	P25       float64 `json:"p25"`
	Median    float64 `json:"median"`
	P75       float64 `json:"p75"`
	P95       float64 `json:"p95"`
}

// Query is a query with what arms return for it.
type Query struct {
	Collection string     `json:"collection"` // of the tests, or the name of the graded lists that it trains
	ID         string     `json:"id"`
	Text       string     `json:"text"`
	Documents  []Document `json:"documents"`          // all that Graded and the first ten of Rankings name
	Graded     []Graded   `json:"graded,omitempty"`   // its list: as generated, or out of the qrels
	Rankings   []Ranking  `json:"rankings,omitempty"` // one an arm
}

// Document is a text as far as it is shown.
type Document struct {
	ID    string `json:"id"`
	Title string `json:"title,omitempty"`
	Text  string `json:"text"`            // its beginning will do; the page cuts it where it is long
	Grade *int   `json:"grade,omitempty"` // for the query, by the qrels; nil is not judged
}

// Graded is a document of a query's list.
type Graded struct {
	DocID  string `json:"doc_id"`
	Grade  int    `json:"grade"`            // intended
	Judged *int   `json:"judged,omitempty"` // by an LLM; nil is not judged
}

// Ranking is what an arm returns for a query, best first. Ten are shown; what
// follows tells where a document that an arm brought up had been in its base.
type Ranking struct {
	Arm       string   `json:"arm"`
	Seed      int64    `json:"seed"`
	Documents []Ranked `json:"documents"`
}

// Ranked is a place of a ranking.
type Ranked struct {
	DocID string  `json:"doc_id"`
	Score float64 `json:"score"`
}
