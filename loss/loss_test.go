package loss

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// TestGoldenWS2 holds value and gradient against PyTorch's autograd of the
// published program, in its nuclear-norm form: see testdata/README.md.
func TestGoldenWS2(t *testing.T) {
	var cases []struct {
		Name        string      `json:"name"`
		Temperature float64     `json:"temperature"`
		Scores      [][]float64 `json:"scores"`
		Grades      [][]float64 `json:"grades"`
		Loss        float64     `json:"loss_nuclear"`
		Gradient    [][]float64 `json:"grad_nuclear"`
	}
	data, err := os.ReadFile("testdata/ws2.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			scores := dense(c.Scores)
			scores.Scale(1/c.Temperature, scores)
			value, gradient := WS2(scores, blockDiagonal(c.Grades, len(c.Scores[0])))
			if math.Abs(value-c.Loss) > 1e-10 {
				t.Errorf("loss %.12f, want %.12f", value, c.Loss)
			}
			gradient.Scale(1/c.Temperature, gradient) // the golden gradient is over the undivided scores
			if d := furthest(gradient, dense(c.Gradient)); d > 1e-10 {
				t.Errorf("gradient is off by %g, want at most 1e-10", d)
			}
		})
	}
}

// TestGoldenLosses holds every loss but WS2 against PyTorch's autograd of its
// textbook form: see testdata/README.md.
func TestGoldenLosses(t *testing.T) {
	var cases []struct {
		Name   string
		Scores [][]float64
		Grades [][]float64
		Losses map[string]struct {
			Value    float64
			Gradient [][]float64
		}
	}
	data, err := os.ReadFile("testdata/losses.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		for _, name := range append(Names(), "lambdaloss@3") {
			if name == "ws2" {
				continue
			}
			t.Run(name+" "+c.Name, func(t *testing.T) {
				fn := parsed(t, name)
				want, ok := c.Losses[name]
				if !ok {
					t.Fatal("want a golden value, found none")
				}
				value, gradient := fn(dense(c.Scores), dense(c.Grades))
				if math.Abs(value-want.Value) > 1e-10 {
					t.Errorf("loss %.12f, want %.12f", value, want.Value)
				}
				if d := furthest(gradient, dense(want.Gradient)); d > 1e-10 {
					t.Errorf("gradient is off by %g, want at most 1e-10", d)
				}
			})
		}
	}
}

func TestGradientsAgreeWithFiniteDifferences(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	for _, l := range named {
		for _, shape := range [][2]int{{1, 4}, {2, 8}, {3, 3}, {5, 20}, {8, 12}} {
			t.Run(fmt.Sprintf("%s %dx%d", l.name, shape[0], shape[1]), func(t *testing.T) {
				scores, grades := random(r, shape[0], shape[1])
				_, gradient := l.loss(scores, grades)
				const step = 1e-6
				scores.Apply(func(i, j int, s float64) float64 {
					up, down := mat.DenseCopyOf(scores), mat.DenseCopyOf(scores)
					up.Set(i, j, s+step)
					down.Set(i, j, s-step)
					above, _ := l.loss(up, grades)
					below, _ := l.loss(down, grades)
					if want := (above - below) / (2 * step); math.Abs(gradient.At(i, j)-want) > 1e-6 {
						t.Errorf("gradient at %d,%d is %g, finite differences give %g", i, j, gradient.At(i, j), want)
					}
					return s
				}, mat.DenseCopyOf(scores))
			})
		}
	}
}

func TestDegenerateBatchesStayFinite(t *testing.T) {
	equalRows := mat.NewDense(3, 4, []float64{1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4})
	batches := map[string][2]*mat.Dense{
		"one query":        {mat.NewDense(1, 3, []float64{5, 1, 0}), mat.NewDense(1, 3, []float64{3, 1, 0})},
		"one document":     {mat.NewDense(2, 1, []float64{5, 1}), mat.NewDense(2, 1, []float64{3, 3})},
		"equal rows":       {equalRows, mat.NewDense(3, 4, []float64{3, 2, 1, 0, 3, 2, 1, 0, 3, 2, 1, 0})},
		"equal grades":     {mat.NewDense(2, 2, []float64{1, 2, 3, 4}), mat.NewDense(2, 2, nil)},
		"all masked":       {mat.NewDense(2, 2, []float64{1, 2, 3, 4}), mat.NewDense(2, 2, []float64{Masked, Masked, Masked, Masked})},
		"one is masked":    {mat.NewDense(2, 2, []float64{1, 2, 3, 4}), mat.NewDense(2, 2, []float64{Masked, Masked, 3, 0})},
		"huge scores":      {mat.NewDense(2, 2, []float64{1e4, -1e4, 0, 1e4}), mat.NewDense(2, 2, []float64{3, 0, 0, 3})},
		"huge and similar": {mat.NewDense(2, 3, []float64{1e4, 0, 0, 0, 0, 0}), mat.NewDense(2, 3, []float64{3, 3, 0, 3, 0, 0})},
	}
	for name, b := range batches {
		for _, l := range named {
			value, gradient := l.loss(b[0], b[1])
			if math.IsNaN(value) || math.IsInf(value, 0) {
				t.Errorf("%s of %s is %g", l.name, name, value)
			}
			if sum := mat.Sum(gradient); math.IsNaN(sum) || math.Abs(sum) > 1e-9 {
				t.Errorf("%s of %s: the gradient sums to %g, want 0: a loss ignores a shift of all scores", l.name, name, sum)
			}
		}
	}
}

func TestInfoNCEWithoutPositiveIsZero(t *testing.T) {
	value, gradient := InfoNCE(mat.NewDense(2, 2, []float64{1, 2, 3, 4}), mat.NewDense(2, 2, []float64{1, 1, 0, 0}))
	if value != 0 || mat.Norm(gradient, 1) != 0 {
		t.Errorf("loss %g, gradient %v, want zeros", value, mat.Formatted(gradient))
	}
}

// Two positives of a query do not push each other away.
func TestInfoNCESpareOtherPositives(t *testing.T) {
	_, gradient := InfoNCE(mat.NewDense(1, 3, []float64{0, 5, 1}), mat.NewDense(1, 3, []float64{3, 3, 0}))
	if gradient.At(0, 0) >= 0 || gradient.At(0, 1) >= 0 || gradient.At(0, 2) <= 0 {
		t.Errorf("gradient %v, want positives pulled up and the negative down", mat.Formatted(gradient))
	}
}

func TestPermutingGroupsKeepsTheLoss(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	scores, grades := random(r, 6, 12)
	order := r.Perm(6)
	shuffle := func(m *mat.Dense) *mat.Dense {
		out := mat.NewDense(6, 12, nil)
		for i, from := range order {
			out.SetRow(i, m.RawRowView(from))
		}
		return out
	}
	for _, l := range named {
		value, gradient := l.loss(scores, grades)
		permuted, moved := l.loss(shuffle(scores), shuffle(grades))
		if math.Abs(value-permuted) > 1e-12 {
			t.Errorf("%s: %g in order, %g permuted", l.name, value, permuted)
		}
		if d := furthest(shuffle(gradient), moved); d > 1e-9 {
			t.Errorf("%s: gradients differ by %g", l.name, d)
		}
	}
}

// TestWS2DoesNotBindAQueryToItsList shows a property of the published loss
// that its users should know: the scores' rows may be permuted alone.
func TestWS2DoesNotBindAQueryToItsList(t *testing.T) {
	scores, grades := random(rand.New(rand.NewPCG(1, 1)), 4, 8)
	swapped := mat.DenseCopyOf(scores)
	swapped.SetRow(0, scores.RawRowView(3))
	swapped.SetRow(3, scores.RawRowView(0))
	value, _ := WS2(scores, grades)
	other, _ := WS2(swapped, grades)
	if math.Abs(value-other) > 1e-12 {
		t.Errorf("WS2 is %g and %g with two queries' scores exchanged, want the same", value, other)
	}
}

// A document that a query's list has no place for is as one that is not in the batch.
func TestMaskedDocumentsAreNotThere(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 8))
	scores, grades := random(r, 4, 10)
	for i := range 4 {
		grades.Set(i, 7, Masked)
		grades.Set(i, 2, Masked)
	}
	keep := []int{0, 1, 3, 4, 5, 6, 8, 9}
	few := func(m *mat.Dense) *mat.Dense {
		out := mat.NewDense(4, len(keep), nil)
		for to, from := range keep {
			out.SetCol(to, mat.Col(nil, from, m))
		}
		return out
	}
	for _, l := range named {
		value, gradient := l.loss(scores, grades)
		want, wantGradient := l.loss(few(scores), few(grades))
		if math.Abs(value-want) > 1e-12 {
			t.Errorf("%s: %g with masked documents, %g without them", l.name, value, want)
		}
		if d := furthest(few(gradient), wantGradient); d > 1e-12 {
			t.Errorf("%s: gradients differ by %g", l.name, d)
		}
		for i := range 4 {
			if gradient.At(i, 2) != 0 || gradient.At(i, 7) != 0 {
				t.Errorf("%s: a masked document has a gradient", l.name)
			}
		}
	}
}

// Where the scores are the grades, up to a shift, each divergence is zero and pulls nowhere.
func TestDivergencesVanishWhereScoresAreGrades(t *testing.T) {
	grades := mat.NewDense(2, 4, []float64{3, 2, 1, 0, 0, 3, 0, 1})
	scores := mat.DenseCopyOf(grades)
	scores.Apply(func(_, _ int, s float64) float64 { return s + 5 }, scores)
	for _, name := range []string{"kl", "marginmse", "ws2", "w1", "w2"} {
		if value, gradient := parsed(t, name)(scores, grades); math.Abs(value) > 1e-12 || mat.Norm(gradient, 1) > 1e-9 {
			t.Errorf("%s: loss %g and gradient %g, want zeros", name, value, mat.Norm(gradient, 1))
		}
	}
}

// The losses of a query's own list tell which list is whose, which WS2 does not.
func TestListLossesBindAQueryToItsList(t *testing.T) {
	grades := mat.NewDense(2, 4, []float64{3, 1, 0, 0, 0, 0, 3, 1})
	exchanged := mat.NewDense(2, 4, []float64{0, 0, 3, 1, 3, 1, 0, 0})
	for _, l := range named {
		right, _ := l.loss(grades, grades)
		wrong, _ := l.loss(exchanged, grades)
		if l.name == "ws2" && math.Abs(wrong-right) > 1e-12 || l.name != "ws2" && wrong < right+0.1 {
			t.Errorf("%s is %g for each query's own list and %g for the other's", l.name, right, wrong)
		}
	}
}

func TestParseSums(t *testing.T) {
	scores, grades := random(rand.New(rand.NewPCG(2, 4)), 3, 6)
	const text = "0.5*ws2+2*lambdaloss@3+infonce"
	combined, err := Parse("0.5 * ws2 + 2*lambdaloss@3 + infonce")
	if err != nil || combined.String() != text {
		t.Fatalf("got %v, error %v; want %s", combined, err, text)
	}
	values, gradient := combined.Of(scores, grades)
	got := combined.Total(values)
	want, wantGradient := 0.0, mat.NewDense(3, 6, nil)
	for _, part := range []struct {
		weight float64
		loss   Func
	}{{0.5, WS2}, {2, LambdaLoss(3)}, {1, InfoNCE}} {
		value, g := part.loss(scores, grades)
		want += part.weight * value
		g.Scale(part.weight, g)
		wantGradient.Add(wantGradient, g)
	}
	if math.Abs(got-want) > 1e-12 || furthest(gradient, wantGradient) > 1e-12 {
		t.Errorf("the sum is %g, its parts' %g; gradients differ by %g", got, want, furthest(gradient, wantGradient))
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"w2s":          `unknown loss "w2s" (did you mean ws2?)`,
		"ws2+info_nce": `unknown loss "info_nce" (did you mean infonce?)`,
		"":             `unknown loss ""`,
		"-1*ws2":       `loss "-1*ws2": want a weight above 0 before the *`,
		"NaN*ws2":      `want a weight above 0`,
		"ws2*0.5":      `want a weight above 0 before the *, as in ws2+0.5*infonce, got "ws2"`,
		"ws2@3":        `loss "ws2@3": ws2 has no cutoff`,
		"lambdaloss@0": `loss "lambdaloss@0": want a cutoff of 1 or more, got "0"`,
		"ws2+":         `unknown loss ""`,
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want an error with %q, got %v", text, want, err)
		}
	}
}

// ExampleWS2 is a batch of two queries by their own two documents each.
func ExampleWS2() {
	grades := mat.NewDense(2, 4, []float64{3, 0, 0, 0, 0, 0, 3, 0})
	right := mat.NewDense(2, 4, []float64{3, 0, 0, 0, 0, 0, 3, 0})
	wrong := mat.NewDense(2, 4, []float64{0, 3, 0, 0, 0, 0, 0, 3})
	a, _ := WS2(right, grades)
	b, _ := WS2(wrong, grades)
	fmt.Printf("%.4f %.4f\n", a, b)
	// Output: 0.0000 2.0505
}

// parsed is a loss of one term.
func parsed(t *testing.T, name string) Func {
	t.Helper()
	sum, err := Parse(name)
	if err != nil {
		t.Fatal(err)
	}
	if sum.String() != name {
		t.Fatalf("%s prints as %s", name, sum)
	}
	return sum[0].Loss
}

func random(r *rand.Rand, queries, documents int) (scores, grades *mat.Dense) {
	scores, grades = mat.NewDense(queries, documents, nil), mat.NewDense(queries, documents, nil)
	scores.Apply(func(_, _ int, _ float64) float64 { return 2 * r.NormFloat64() }, scores)
	grades.Apply(func(_, _ int, _ float64) float64 { return float64(r.IntN(4)) }, grades)
	return scores, grades
}

func dense(rows [][]float64) *mat.Dense {
	m := mat.NewDense(len(rows), len(rows[0]), nil)
	for i, row := range rows {
		m.SetRow(i, row)
	}
	return m
}

// blockDiagonal lays a batch's grades out over all its documents, 0 for other queries'.
func blockDiagonal(own [][]float64, documents int) *mat.Dense {
	if len(own[0]) == documents {
		return dense(own)
	}
	m := mat.NewDense(len(own), documents, nil)
	for i, row := range own {
		for j, g := range row {
			m.Set(i, i*len(row)+j, g)
		}
	}
	return m
}

func furthest(a, b *mat.Dense) float64 {
	var d mat.Dense
	d.Sub(a, b)
	return math.Max(mat.Max(&d), -mat.Min(&d))
}
