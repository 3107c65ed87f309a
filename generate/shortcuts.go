package generate

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/gradus-ir/gradus/collection"
)

// Shortcuts tells whether the form of documents betrays their grade, so that a
// model trained on them could learn that in place of relevance. A classifier
// that sees no query guesses grades of documents of other queries than it
// learned from: one by the words, one by the length alone.
type Shortcuts struct {
	Documents int64   `json:"documents"` // guessed
	Chance    float64 `json:"chance"`    // accuracy of always guessing the commonest grade
	Words     float64 `json:"words"`     // accuracy
	Length    float64 `json:"length"`    // accuracy
	Margin    float64 `json:"margin"`    // more than chance by this is more than luck: two standard errors
}

// Betraying names what tells grades apart: "words", "length", both, or nothing.
func (s Shortcuts) Betraying() []string {
	var names []string
	if s.Words > s.Chance+s.Margin {
		names = append(names, "words")
	}
	if s.Length > s.Chance+s.Margin {
		names = append(names, "length")
	}
	return names
}

const (
	folds       = 5
	mostProbed  = 5000 // queries; more would change little
	leastProbed = 20   // queries; fewer tell nothing
)

// probeShortcuts is nil where there are too few lists or only one grade.
func probeShortcuts(queries []collection.Query, lists [][]passage, seed int64) *Shortcuts {
	type place struct {
		list int
		at   uint64
	}
	var places []place
	for i, list := range lists {
		if len(list) > 1 {
			places = append(places, place{i, draw(seed, "fold", queries[i].ID)})
		}
	}
	if len(places) < leastProbed {
		return nil
	}
	slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(a.at, b.at) })
	places = places[:min(len(places), mostProbed)]
	var (
		grades        []int
		fold          []int
		words, length [][]string
		lengths       []int
	)
	for n, p := range places {
		for _, passage := range lists[p.list] {
			grades = append(grades, passage.grade)
			fold = append(fold, n%folds)
			words = append(words, wordsOf(passage.text))
			lengths = append(lengths, countWords(passage.text))
		}
	}
	for _, n := range lengths {
		length = append(length, []string{fmt.Sprint(n / 5)})
	}
	s := &Shortcuts{Documents: int64(len(grades))}
	var of [4]int
	for _, grade := range grades {
		of[grade]++
	}
	if s.Chance = float64(slices.Max(of[:])) / float64(len(grades)); s.Chance == 1 {
		return nil
	}
	s.Margin = 2 * math.Sqrt(s.Chance*(1-s.Chance)/float64(len(grades)))
	s.Words = crossValidated(words, grades, fold)
	s.Length = crossValidated(length, grades, fold)
	return s
}

// crossValidated is the accuracy of naive Bayes on the documents of each fold,
// learned from those of the others. Source: McCallum and Nigam, "A Comparison
// of Event Models for Naive Bayes Text Classification", 1998, the multinomial
// model with Laplace smoothing.
func crossValidated(features [][]string, grades, fold []int) float64 {
	type counts struct {
		documents float64
		all       float64
		of        map[string]float64
	}
	right := 0
	for held := range folds {
		var learned [4]counts
		vocabulary := map[string]bool{}
		for i, grade := range grades {
			if fold[i] == held {
				continue
			}
			c := &learned[grade]
			if c.of == nil {
				c.of = map[string]float64{}
			}
			c.documents++
			for _, feature := range features[i] {
				c.of[feature]++
				c.all++
				vocabulary[feature] = true
			}
		}
		for i, grade := range grades {
			if fold[i] != held {
				continue
			}
			best, guess := math.Inf(-1), 0
			for g, c := range learned {
				if c.documents == 0 {
					continue
				}
				score := math.Log(c.documents)
				for _, feature := range features[i] {
					if vocabulary[feature] {
						score += math.Log((c.of[feature] + 1) / (c.all + float64(len(vocabulary))))
					}
				}
				if score > best {
					best, guess = score, g
				}
			}
			if guess == grade {
				right++
			}
		}
	}
	return float64(right) / float64(len(grades))
}
