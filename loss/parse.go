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

// Parse reads a loss as the command line spells it: a name, with a cutoff where
// the loss has one, or a weighted sum of several.
//
//	ws2
//	lambdaloss@20
//	ws2+0.5*infonce
func Parse(text string) (Func, error) {
	var terms []term
	for part := range strings.SplitSeq(text, "+") {
		t, err := parseTerm(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		terms = append(terms, t)
	}
	if len(terms) == 1 && terms[0].weight == 1 {
		return terms[0].loss, nil
	}
	return sum(terms), nil
}

// Names lists the losses by name.
func Names() []string {
	var names []string
	for _, l := range named {
		names = append(names, l.name)
	}
	return names
}

// term is a loss in a weighted sum.
type term struct {
	weight float64
	loss   Func
}

func parseTerm(text string) (term, error) {
	weight, name, weighted := strings.Cut(text, "*")
	if !weighted {
		weight, name = "1", text
	}
	w, err := strconv.ParseFloat(strings.TrimSpace(weight), 64)
	if err != nil || !(w > 0) || math.IsInf(w, 0) {
		return term{}, fmt.Errorf("loss %q: want a weight above 0 before the *, as in ws2+0.5*infonce, got %q", text, weight)
	}
	name, cutoff, cut := strings.Cut(strings.TrimSpace(name), "@")
	for _, l := range named {
		switch {
		case l.name != name:
		case !cut:
			return term{w, l.loss}, nil
		case l.cut == nil:
			return term{}, fmt.Errorf("loss %q: %s has no cutoff", text, name)
		default:
			k, err := strconv.Atoi(cutoff)
			if err != nil || k < 1 {
				return term{}, fmt.Errorf("loss %q: want a cutoff of 1 or more, got %q", text, cutoff)
			}
			return term{w, l.cut(k)}, nil
		}
	}
	return term{}, fmt.Errorf("unknown loss %q%s; want one of %s, or a sum such as ws2+0.5*infonce", name, suggestion(name), strings.Join(Names(), ", "))
}

// sum is the weighted sum of losses, and of their gradients.
func sum(terms []term) Func {
	return func(scores, grades *mat.Dense) (float64, *mat.Dense) {
		total := 0.0
		gradient := mat.NewDense(scores.RawMatrix().Rows, scores.RawMatrix().Cols, nil)
		for _, t := range terms {
			value, g := t.loss(scores, grades)
			total += t.weight * value
			g.Scale(t.weight, g)
			gradient.Add(gradient, g)
		}
		return total, gradient
	}
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
