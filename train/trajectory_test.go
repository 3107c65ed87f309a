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
)

// trajectory is six steps of PyTorch; testdata/README.md tells the setting.
type trajectory struct {
	groups       []Group
	WS2, InfoNCE course
}

type course struct {
	Steps []struct {
		Loss     float64 `json:"loss"`
		GradNorm float64 `json:"grad_norm"`
	} `json:"steps"`
	FinalQueries [][]float64 `json:"final_query_embeddings"`
}

// cranfieldTrajectory is on the repository's own graded lists.
func cranfieldTrajectory(t testing.TB) trajectory {
	t.Helper()
	var golden struct {
		trajectory
		Queries []string
	}
	readJSON(t, "testdata/cranfield.json", &golden)
	all, err := ReadGroups([]Source{{Dir: "../data/cranfield-graded", Split: "train", MaxGrade: 3}})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range golden.Queries {
		for _, g := range all {
			if g.Query.ID == id {
				golden.groups = append(golden.groups, g)
			}
		}
	}
	return golden.trajectory
}

// scifactTrajectory is on lists whose queries may not be passed on here; it is looked for beside the repository.
func scifactTrajectory(t testing.TB) (trajectory, bool) {
	t.Helper()
	const path = "../../shared/golden/trajectory.json"
	if _, err := os.Stat(path); err != nil {
		return trajectory{}, false
	}
	var golden struct {
		trajectory
		Groups []struct {
			Query     string
			Documents []string
			Grades    []int
		}
	}
	readJSON(t, path, &golden)
	for i, g := range golden.Groups {
		group := Group{Query: collection.Query{ID: fmt.Sprint(i), Text: g.Query}}
		for j, text := range g.Documents {
			group.Documents = append(group.Documents, GradedDocument{
				collection.Document{ID: fmt.Sprintf("%d-%d", i, g.Grades[j]), Text: text}, g.Grades[j]})
		}
		golden.groups = append(golden.groups, group)
	}
	return golden.trajectory, true
}

func readJSON(t testing.TB, path string, value any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, value); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
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
	follow(t, "cranfield", cranfieldTrajectory(t))
	if scifact, ok := scifactTrajectory(t); ok {
		follow(t, "scifact", scifact)
	}
}

func follow(t *testing.T, on string, golden trajectory) {
	for name, want := range map[string]course{"ws2": golden.WS2, "infonce": golden.InfoNCE} {
		t.Run(on+" "+name, func(t *testing.T) {
			m := miniLM(t, encoder.Options{})
			got, err := Train(context.Background(), m, golden.groups, Options{
				Loss: only(name), Temperature: 0.05, QueriesPerStep: 8, LearningRate: 2e-5, Schedule: Constant,
				InOrder: true, QueryMaxLength: 64, DocumentMaxLength: 192,
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(want.Steps) == 0 || len(got.Steps) != len(want.Steps) {
				t.Fatalf("%d steps, want %d", len(got.Steps), len(want.Steps))
			}
			for i, w := range want.Steps {
				if d := math.Abs(got.Steps[i].Loss/w.Loss - 1); d > 1e-3 {
					t.Errorf("step %d: loss %.6f, want %.6f: off by %.2g relative", i+1, got.Steps[i].Loss, w.Loss, d)
				}
				if d := math.Abs(got.Steps[i].GradientNorm/w.GradNorm - 1); d > 5e-3 {
					t.Errorf("step %d: gradient norm %.4f, want %.4f", i+1, got.Steps[i].GradientNorm, w.GradNorm)
				}
				t.Logf("step %d: loss %.6f (%.6f) norm %.4f (%.4f)", i+1, got.Steps[i].Loss, w.Loss, got.Steps[i].GradientNorm, w.GradNorm)
			}
			var queries []string
			for _, g := range golden.groups[:len(want.FinalQueries)] {
				queries = append(queries, g.Query.Text)
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
