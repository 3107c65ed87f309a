package loss

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// defaultCutoff is the k of a loss of nDCG@k that is named without one.
const defaultCutoff = 10

// named is the list that Parse and Names read. A cut is nil where the loss has no cutoff.
var named = []struct {
	name string
	loss Func
	cut  func(k int) Func
}{
	{name: "infonce", loss: InfoNCE},
	{name: "kl", loss: KL},
	{name: "listnet", loss: ListNet},
	{name: "listmle", loss: ListMLE},
	{name: "ranknet", loss: RankNet},
	{name: "lambdaloss", loss: LambdaLoss(defaultCutoff), cut: LambdaLoss},
	{name: "marginmse", loss: MarginMSE},
	{name: "approxndcg", loss: ApproxNDCG},
	{name: "ws2", loss: WS2},
	{name: "w1", loss: W1},
	{name: "w2", loss: W2},
}

// Sum is a weighted sum of losses; one alone is a sum of one term.
type Sum []Term

// Term is a loss in a sum.
type Term struct {
	Name   string
	Weight float64
	Loss   Func
}

// Parse reads a loss as the command line spells it: a name, with a cutoff where
// the loss has one, or a weighted sum of several.
//
//	ws2
//	lambdaloss@20
//	ws2+0.5*infonce
func Parse(text string) (Sum, error) {
	var s Sum
	for part := range strings.SplitSeq(text, "+") {
		t, err := parseTerm(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		s = append(s, t)
	}
	return s, nil
}

// String spells the sum as Parse reads it.
func (s Sum) String() string {
	var terms []string
	for _, t := range s {
		text := t.Name
		if t.Weight != 1 {
			text = strconv.FormatFloat(t.Weight, 'g', -1, 64) + "*" + text
		}
		terms = append(terms, text)
	}
	return strings.Join(terms, "+")
}

// Of returns the value of each term, not weighted, and the gradient of the
// weighted sum over scores; see Func for the arguments.
func (s Sum) Of(scores, grades *mat.Dense) (values []float64, gradient *mat.Dense) {
	for i, t := range s {
		value, g := t.Loss(scores, grades)
		values = append(values, value)
		if t.Weight != 1 {
			g.Scale(t.Weight, g)
		}
		if i == 0 {
			gradient = g
		} else {
			gradient.Add(gradient, g)
		}
	}
	return values, gradient
}

// Total is the weighted sum of the terms' values.
func (s Sum) Total(values []float64) float64 {
	total := 0.0
	for i, t := range s {
		total += t.Weight * values[i]
	}
	return total
}

// Names lists the losses by name.
func Names() []string {
	var names []string
	for _, l := range named {
		names = append(names, l.name)
	}
	return names
}

func parseTerm(text string) (Term, error) {
	weight, name, weighted := strings.Cut(text, "*")
	if !weighted {
		weight, name = "1", text
	}
	w, err := strconv.ParseFloat(strings.TrimSpace(weight), 64)
	if err != nil || !(w > 0) || math.IsInf(w, 0) {
		return Term{}, fmt.Errorf("loss %q: want a weight above 0 before the *, as in ws2+0.5*infonce, got %q", text, weight)
	}
	name, cutoff, cut := strings.Cut(strings.TrimSpace(name), "@")
	for _, l := range named {
		switch {
		case l.name != name:
		case !cut:
			return Term{name, w, l.loss}, nil
		case l.cut == nil:
			return Term{}, fmt.Errorf("loss %q: %s has no cutoff", text, name)
		default:
			k, err := strconv.Atoi(cutoff)
			if err != nil || k < 1 {
				return Term{}, fmt.Errorf("loss %q: want a cutoff of 1 or more, got %q", text, cutoff)
			}
			return Term{fmt.Sprintf("%s@%d", name, k), w, l.cut(k)}, nil
		}
	}
	return Term{}, fmt.Errorf("unknown loss %q%s; want one of %s, or a sum such as ws2+0.5*infonce", name, suggestion(name), strings.Join(Names(), ", "))
}

func suggestion(name string) string {
	plain := strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(name))
	for _, known := range Names() {
		if plain == known || len(plain) >= 2 && (strings.HasPrefix(known, plain) || strings.HasPrefix(plain, known)) || sameLetters(plain, known) {
			return fmt.Sprintf(" (did you mean %s?)", known)
		}
	}
	return ""
}

func sameLetters(a, b string) bool {
	x, y := []byte(a), []byte(b)
	slices.Sort(x)
	slices.Sort(y)
	return string(x) == string(y)
}
