// Package loss holds list-wise losses over a batch's scores and grades.
//
// A loss is where a grade becomes a gradient: it takes the matrix of scores of
// a batch and the grades beside it, and returns its value and the gradient
// over the scores. It runs on the host in float64: the matrix is small beside
// the encoder's work, and the code stays the formula.
package loss

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// Func is a list-wise loss of a batch of Q queries by N documents.
//   - scores: [Q, N], similarities divided by the temperature
//   - grades: [Q, N], 0 and up; in-batch documents of other queries have grade 0
//
// It returns the mean loss and its gradient over scores, [Q, N]. The
// arguments are not changed. A Func is a pure function, safe for concurrent use.
type Func func(scores, grades *mat.Dense) (value float64, gradient *mat.Dense)

// named is the list that ByName and Names read.
var named = []struct {
	name string
	loss Func
}{
	{"infonce", InfoNCE},
	{"ws2", WS2},
}

// ByName returns the loss of a name as the command line spells it.
func ByName(name string) (Func, error) {
	for _, l := range named {
		if l.name == name {
			return l.loss, nil
		}
	}
	return nil, fmt.Errorf("unknown loss %q%s; want one of %s", name, suggestion(name), strings.Join(Names(), ", "))
}

// Names lists the losses by name.
func Names() []string {
	var names []string
	for _, l := range named {
		names = append(names, l.name)
	}
	return names
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

// softmax writes the softmax of in to out, which may be the same slice.
func softmax(in, out []float64) {
	top := slices.Max(in)
	sum := 0.0
	for i, x := range in {
		out[i] = math.Exp(x - top)
		sum += out[i]
	}
	for i := range out {
		out[i] /= sum
	}
}

// softmaxRows is the softmax of each row.
func softmaxRows(m *mat.Dense) *mat.Dense {
	rows, columns := m.Dims()
	out := mat.NewDense(rows, columns, nil)
	for i := range rows {
		softmax(m.RawRowView(i), out.RawRowView(i))
	}
	return out
}

// throughSoftmax pulls a gradient over probabilities back to the scores they
// are the row-wise softmax of, in place: g ← p ∘ (g − ⟨g, p⟩).
func throughSoftmax(gradient, probabilities *mat.Dense) {
	rows, _ := gradient.Dims()
	for i := range rows {
		g, p := gradient.RawRowView(i), probabilities.RawRowView(i)
		mean := 0.0
		for j := range g {
			mean += g[j] * p[j]
		}
		for j := range g {
			g[j] = p[j] * (g[j] - mean)
		}
	}
}
