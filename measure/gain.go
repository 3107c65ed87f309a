package measure

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// gainTable maps grades to gains, the first n of pairs, by grade ascending. It
// is an array so that measures compare with ==.
type gainTable struct {
	n     int
	pairs [8]gainPair
}

type gainPair struct{ grade, gain int }

// gain is what a document of this grade is worth: the grade, or what gains= has
// for it; 2 to that power - 1 where dcg is 'exp-log2'; never less than 0.
func (m Measure) gain(grade int) float64 {
	if grade == unjudged {
		return 0
	}
	for _, pair := range m.gains.pairs[:m.gains.n] {
		if pair.grade == grade {
			grade = pair.gain
			break
		}
	}
	switch {
	case grade <= 0:
		return 0
	case m.exponential:
		return math.Exp2(float64(min(grade, 1000))) - 1 // beyond that a sum would be infinite
	}
	return float64(grade)
}

// dcgParam is the form of the gain, in ir_measures' words.
var dcgParam = &param{
	name:  "dcg",
	usual: "'log2'",
	set: func(m *Measure, value string) error {
		switch strings.Trim(value, `'"`) {
		case "log2":
			m.exponential = false
		case "exp-log2":
			m.exponential = true
		default:
			return fmt.Errorf("want 'log2' or 'exp-log2' as dcg, got %q", value)
		}
		return nil
	},
	print: func(m Measure) string {
		if m.exponential {
			return "'exp-log2'"
		}
		return "'log2'"
	},
}

// gainsParam is a table of gains, {grade:gain,…}; grades that are not in it are their own gain.
var gainsParam = &param{
	name: "gains",
	set: func(m *Measure, value string) (err error) {
		m.gains, err = parseGains(value)
		return err
	},
	print: func(m Measure) string {
		var pairs []string
		for _, pair := range m.gains.pairs[:m.gains.n] {
			pairs = append(pairs, fmt.Sprintf("%d:%d", pair.grade, pair.gain))
		}
		return "{" + strings.Join(pairs, ",") + "}"
	},
}

func parseGains(text string) (gainTable, error) {
	var t gainTable
	inside, opened := strings.CutPrefix(text, "{")
	inside, closed := strings.CutSuffix(inside, "}")
	if !opened || !closed {
		return t, fmt.Errorf("want {grade:gain,…} as gains, got %q", text)
	}
	for entry := range strings.SplitSeq(inside, ",") {
		left, right, _ := strings.Cut(entry, ":")
		grade, err := strconv.Atoi(strings.TrimSpace(left))
		if err != nil {
			return t, fmt.Errorf("want {grade:gain,…} of integers as gains, got %q", text)
		}
		gain, err := strconv.Atoi(strings.TrimSpace(right))
		if err != nil {
			return t, fmt.Errorf("want {grade:gain,…} of integers as gains, got %q", text)
		}
		if slices.ContainsFunc(t.pairs[:t.n], func(pair gainPair) bool { return pair.grade == grade }) {
			return t, fmt.Errorf("want one gain for grade %d, got %q", grade, text)
		}
		if gain == grade {
			continue // it is that without the table
		}
		if t.n == len(t.pairs) {
			return t, fmt.Errorf("want at most %d gains that differ from their grade, got %q", len(t.pairs), text)
		}
		t.pairs[t.n] = gainPair{grade, gain}
		t.n++
	}
	slices.SortFunc(t.pairs[:t.n], func(a, b gainPair) int { return cmp.Compare(a.grade, b.grade) })
	return t, nil
}
