package train

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/internal/assets"
	"github.com/gradus-ir/gradus/loss"
)

// trajectory is six steps of PyTorch; testdata/README.md tells the setting.
type trajectory struct {
	Groups []struct {
		Query     string   `json:"query"`
		Documents []string `json:"documents"`
		Grades    []int    `json:"grades"`
	} `json:"groups"`
	WS2     course `json:"ws2"`
	InfoNCE course `json:"infonce"`
}

type course struct {
	Steps []struct {
		Loss     float64 `json:"loss"`
		GradNorm float64 `json:"grad_norm"`
	} `json:"steps"`
	FinalQueries [][]float64 `json:"final_query_embeddings"`
}

func (tr trajectory) groups() []Group {
	var groups []Group
	for i, g := range tr.Groups {
		group := Group{Query: collection.Query{ID: fmt.Sprint(i), Text: g.Query}}
		for j, text := range g.Documents {
			group.Documents = append(group.Documents, GradedDocument{
				collection.Document{ID: fmt.Sprintf("%d-%d", i, g.Grades[j]), Text: text}, g.Grades[j]})
		}
		groups = append(groups, group)
	}
	return groups
}

func miniLM(t testing.TB, opts encoder.Options) *encoder.Model {
	t.Helper()
	dir, err := assets.Path(context.Background(), "minilm", opts.Assets)
	if err != nil {
		t.Fatal(err)
	}
	m, err := encoder.Load(context.Background(), dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestTrajectoryIsPyTorchs trains six steps with each loss: losses within 1e-3
// relative, vectors afterwards within a cosine of 0.9999.
func TestTrajectoryIsPyTorchs(t *testing.T) {
	data, err := os.ReadFile("testdata/trajectory.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden trajectory
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]course{"ws2": golden.WS2, "infonce": golden.InfoNCE} {
		t.Run(name, func(t *testing.T) {
			m := miniLM(t, encoder.Options{})
			fn, err := loss.ByName(name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Train(context.Background(), m, golden.groups(), Options{
				Loss: fn, Temperature: 0.05, QueriesPerStep: 8, LearningRate: 2e-5, Schedule: Constant,
				InOrder: true, QueryMaxLength: 64, DocumentMaxLength: 192,
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Steps) != len(want.Steps) {
				t.Fatalf("%d steps, want %d", len(got.Steps), len(want.Steps))
			}
			for i, w := range want.Steps {
				if d := math.Abs(got.Steps[i].Loss/w.Loss - 1); d > 1e-3 {
					t.Errorf("step %d: loss %.6f, want %.6f: off by %.2g relative", i+1, got.Steps[i].Loss, w.Loss, d)
				}
				if d := math.Abs(got.Steps[i].GradientNorm/w.GradNorm - 1); d > 5e-3 {
					t.Errorf("step %d: gradient norm %.4f, want %.4f", i+1, got.Steps[i].GradientNorm, w.GradNorm)
				}
				t.Logf("step %d: loss %.6f (%.6f) norm %.4f (%.4f) %.2f s", i+1, got.Steps[i].Loss, w.Loss, got.Steps[i].GradientNorm, w.GradNorm, got.Steps[i].Seconds)
			}
			var queries []string
			for _, g := range golden.Groups[:len(want.FinalQueries)] {
				queries = append(queries, g.Query)
			}
			vectors, err := m.Encode(context.Background(), queries, encoder.EncodeOptions{MaxLength: 64})
			if err != nil {
				t.Fatal(err)
			}
			for i, w := range want.FinalQueries {
				if c := cosine(vectors[i], w); c < 0.9999 {
					t.Errorf("query %d: cosine %.6f to PyTorch's vector, want at least 0.9999", i, c)
				}
			}
		})
	}
}

func cosine(a []float32, b []float64) float64 {
	var ab, aa, bb float64
	for i := range a {
		x := float64(a[i])
		ab, aa, bb = ab+x*b[i], aa+x*x, bb+b[i]*b[i]
	}
	return ab / math.Sqrt(aa*bb)
}
