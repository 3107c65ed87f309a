package encoder

import (
	"context"
	"strings"
	"testing"
)

// TestPrecisions holds the rounded products against float32's: nearly the same
// direction for texts of all lengths, several in a bin among them.
func TestPrecisions(t *testing.T) {
	texts := []string{"", "a wing in a slipstream", "heat transfer to a flat plate at hypersonic speed",
		strings.Repeat("the boundary layer of a compressible fluid ", 30), strings.Repeat("flutter ", 300)}
	exact := encodeAll(t, Options{}, texts)
	for _, test := range []struct {
		precision Precision
		cosine    float64 // at least
	}{{BFloat16, 0.9995}, {Int8, 0.97}} {
		t.Run(string(test.precision), func(t *testing.T) {
			for i, vector := range encodeAll(t, Options{Precision: test.precision}, texts) {
				cosine := 0.0
				for j, x := range vector {
					cosine += float64(x) * float64(exact[i][j])
				}
				t.Logf("text %d: cosine %.5f", i, cosine)
				if cosine < test.cosine {
					t.Errorf("text %d: cosine with float32 %.5f, want at least %g", i, cosine, test.cosine)
				}
			}
		})
	}
}

func encodeAll(t *testing.T, opts Options, texts []string) [][]float32 {
	t.Helper()
	vectors, err := miniLM(t, opts).Encode(context.Background(), texts, EncodeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return vectors
}

func TestParsePrecision(t *testing.T) {
	for _, name := range []string{"float32", "bfloat16", "int8"} {
		if p, err := ParsePrecision(name); err != nil || string(p) != name {
			t.Errorf("ParsePrecision(%q) = %q, %v", name, p, err)
		}
	}
	if _, err := ParsePrecision("fp4"); err == nil || !strings.Contains(err.Error(), "want float32, bfloat16 or int8") {
		t.Errorf("ParsePrecision(fp4): %v", err)
	}
}
