package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/gradus-ir/gradus/measure"
)

// sample is a small experiment with everything that a report shows: on two
// collections of 40 queries, "good" is better than "base", "same" is not, "bad" is worse.
// Each text that documents, queries and people bring is passed through word.
func sample(word func(string) string) Experiment {
	e := sampleValues(word)
	for _, c := range sampleComparisons() {
		c.Arm, c.Base, c.Collection, c.Test = word(c.Arm), word(c.Base), word(c.Collection), word(c.Test)
		e.Comparisons = append(e.Comparisons, c)
	}
	e.Fidelity = []Fidelity{{word("synth"), word("judge"), []int{0, 1, 2, 3}, [][]int64{{8, 1, 1, 0}, {2, 5, 3, 0}, {0, 2, 6, 2}, {0, 0, 3, 7}}, 0.7, 0.6}}
	e.Lengths = []Lengths{{word("synth"), word("words"), []GradeLengths{{0, 10, 20, 30, 40, 50, 60}, {3, 10, 25, 35, 45, 55, 65}}}}
	for i := range 3 {
		e.Queries = append(e.Queries, sampleQuery(word, e, i))
	}
	return e
}

// sampleComparisons are computed once: they draw at random, for long.
var sampleComparisons = sync.OnceValue(func() []Comparison {
	e := sampleValues(plain)
	e.Compare()
	return e.Comparisons
})

// sampleValues is the sample's arms with their values.
func sampleValues(word func(string) string) Experiment {
	random := rand.New(rand.NewPCG(1, 2))
	e := Experiment{
		Name: word("small"), Question: word("Which arm is best?"), Made: time.Date(2026, 11, 25, 9, 30, 0, 0, time.UTC),
		Commands: []string{word("gradus run small.yaml --out small")}, Facts: []Fact{{word("machine"), word("2 cores")}}, Notes: []string{word("A note.")},
		Measures: []measure.Measure{parsed("nDCG@10"), parsed("RR@10")},
	}
	for _, name := range []string{"first", "second"} {
		c := Collection{Name: word(name), Split: word("test"), Documents: 1000, Note: word("zero-shot")}
		for q := range 40 {
			c.QueryIDs = append(c.QueryIDs, word(fmt.Sprintf("q%d", q+1)))
		}
		e.Collections = append(e.Collections, c)
	}
	for _, arm := range []struct {
		name, base string
		gain       float64
		seeds      []int64
	}{{"base", "", 0, []int64{0}}, {"good", "base", 0.2, []int64{1, 2, 3}}, {"same", "base", 0, []int64{1, 2, 3}}, {"bad", "base", -0.2, []int64{1}}} {
		a := Arm{Name: word(arm.name), Kind: word("trained"), Loss: word("ws2"), Encoder: word("tiny"), Sources: []string{word("synth")}, Seeds: arm.seeds}
		if arm.base != "" {
			a.Base = word(arm.base)
			a.Curves, a.Shifts = sampleTraining(word, random)
		}
		for _, c := range e.Collections {
			for _, seed := range arm.seeds {
				v := Values{Collection: c.Name, Seed: seed}
				for range e.Measures {
					var values []float64
					for q := range c.QueryIDs {
						values = append(values, 0.4+0.2*math.Sin(float64(q))+arm.gain+0.05*random.NormFloat64())
					}
					v.ByQuery = append(v.ByQuery, values)
				}
				a.Values = append(a.Values, v)
			}
		}
		e.Arms = append(e.Arms, a)
	}
	return e
}

func parsed(name string) measure.Measure {
	m, err := measure.Parse(name)
	if err != nil {
		panic(err)
	}
	return m
}

func sampleTraining(word func(string) string, random *rand.Rand) ([]Curve, []Shift) {
	c := Curve{Seed: 1, Dev: word("nDCG@10 on dev")}
	for step := 1; step <= 500; step++ {
		s := CurveStep{Step: step, Loss: 1/math.Sqrt(float64(step)) + 0.02*random.NormFloat64()}
		if step%100 == 0 {
			dev := 0.4 + float64(step)/5000
			s.Dev = &dev
		}
		c.Steps = append(c.Steps, s)
	}
	s := Shift{
		Lists: word("synth, dev"), Seed: 1, Edges: []float64{0, 0.25, 0.5, 0.75, 1},
		Before: []GradeScores{{0, []int{1, 4, 4, 1}}, {1, []int{1, 4, 4, 1}}, {3, []int{1, 4, 4, 1}}},
		After:  []GradeScores{{0, []int{6, 4, 0, 0}}, {1, []int{0, 5, 5, 0}}, {3, []int{0, 0, 4, 6}}},
	}
	return []Curve{c}, []Shift{s}
}

// sampleQuery is the query of this index in the first collection: documents
// 1 to 12, graded up to 4; each arm ranks them a place further round.
func sampleQuery(word func(string) string, e Experiment, index int) Query {
	q := Query{Collection: e.Collections[0].Name, ID: e.Collections[0].QueryIDs[index], Text: word(fmt.Sprintf("what is %d", index+1))}
	for n := 1; n <= 12; n++ {
		d := Document{ID: word(fmt.Sprintf("d%d", n)), Title: word(fmt.Sprintf("Title %d", n)), Text: word(fmt.Sprintf("Text %d.", n))}
		if n <= 4 {
			grade, judged := n-1, n%4
			d.Grade = &grade
			q.Graded = append(q.Graded, Graded{d.ID, grade, &judged})
		}
		q.Documents = append(q.Documents, d)
	}
	for turn, a := range e.Arms {
		r := Ranking{Arm: a.Name, Seed: a.Seeds[0]}
		for n := range 12 {
			r.Documents = append(r.Documents, Ranked{q.Documents[(n+turn)%12].ID, 1 - float64(n)/12})
		}
		q.Rankings = append(q.Rankings, r)
	}
	return q
}

func plain(text string) string { return text }
