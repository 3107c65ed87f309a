package encoder

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/internal/assets"
)

// miniLM loads all-MiniLM-L6-v2, which the set-up fetches.
func miniLM(t testing.TB, opts Options) *Model {
	t.Helper()
	dir, err := assets.Path(context.Background(), "minilm", opts.Assets)
	if err != nil {
		t.Fatal(err)
	}
	m, err := Load(context.Background(), dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestGoldenEmbeddings holds the graph against PyTorch's: testdata/embeddings.json
// has mean-pooled vectors, not normalised, of texts cut at 256 tokens. The whole
// of it also has abstracts that may not be passed on here.
func TestGoldenEmbeddings(t *testing.T) {
	var golden []struct {
		Text       string    `json:"text"`
		MeanPooled []float64 `json:"mean_pooled"`
	}
	data, err := os.ReadFile("../../shared/golden/embeddings.json")
	if err != nil {
		if data, err = os.ReadFile("testdata/embeddings.json"); err != nil {
			t.Fatal(err)
		}
	}
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	m := miniLM(t, Options{})
	m.Normalize = false
	texts := make([]string, len(golden))
	for i, g := range golden {
		texts[i] = g.Text
	}
	vectors, err := m.Encode(context.Background(), texts, EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	worst := 0.0
	for i, g := range golden {
		for d, want := range g.MeanPooled {
			worst = max(worst, math.Abs(float64(vectors[i][d])-want))
		}
	}
	if worst > 1e-4 {
		t.Errorf("a dimension is off by %g, want at most 1e-4", worst)
	}
	t.Logf("%d texts, largest difference %g", len(golden), worst)
}

func TestEncodeIsOrderFreeAndNormalised(t *testing.T) {
	m := miniLM(t, Options{})
	texts := []string{"", "a wing in a slipstream", strings.Repeat("boundary layer ", 400), "A wing, in a slipstream!"}
	ctx := context.Background()
	together, err := m.Encode(ctx, texts, EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		alone, err := m.Encode(ctx, []string{text}, EncodeOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if d := distance(alone[0], together[i]); d > 1e-5 {
			t.Errorf("text %d: encoded alone and together differ by %g", i, d)
		}
		if n := norm(together[i]); math.Abs(n-1) > 1e-5 {
			t.Errorf("text %d: length %g, want 1", i, n)
		}
	}
}

func TestPromptComesFirst(t *testing.T) {
	m := miniLM(t, Options{})
	m.Prompts = map[string]string{"query": "query: ", "passage": "passage: "}
	if got := m.PromptFor("query"); got != "query: " {
		t.Errorf("query prompt %q", got)
	}
	if got := m.PromptFor("document"); got != "passage: " {
		t.Errorf("document prompt %q", got)
	}
	ctx := context.Background()
	prompted, err := m.Encode(ctx, []string{"lift"}, EncodeOptions{Prompt: "query: "})
	if err != nil {
		t.Fatal(err)
	}
	spelled, err := m.Encode(ctx, []string{"query: lift"}, EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if d := distance(prompted[0], spelled[0]); d > 1e-6 {
		t.Errorf("prompt and text differ from the text spelled out by %g", d)
	}
}

// TestSavedModelReadsBack also saves a student, whose layers are renumbered.
func TestSavedModelReadsBack(t *testing.T) {
	ctx := context.Background()
	student := miniLM(t, Options{KeepLayers: []int{0, 2, 4}})
	dir := t.TempDir() + "/student"
	if err := student.Save(dir, "# a student\n", nil); err != nil {
		t.Fatal(err)
	}
	back, err := Load(ctx, dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if back.Layers != 3 || back.MaxLength != student.MaxLength || !back.Normalize || back.Pooling != MeanPooling {
		t.Errorf("read back %+v", back.Config)
	}
	want, err := student.Encode(ctx, []string{"heat transfer"}, EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := back.Encode(ctx, []string{"heat transfer"}, EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if d := distance(want[0], got[0]); d != 0 {
		t.Errorf("vectors of the saved model differ by %g", d)
	}
	a, _ := student.Fingerprint()
	b, _ := back.Fingerprint()
	if a != b {
		t.Errorf("fingerprints differ: %s and %s", a, b)
	}
	if err := student.Save(dir, "", nil); err == nil {
		t.Error("saving over an existing folder succeeded")
	}
}

func distance(a, b []float32) float64 {
	d := 0.0
	for i := range a {
		d = max(d, math.Abs(float64(a[i]-b[i])))
	}
	return d
}

func norm(v []float32) float64 {
	s := 0.0
	for _, x := range v {
		s += float64(x) * float64(x)
	}
	return math.Sqrt(s)
}
