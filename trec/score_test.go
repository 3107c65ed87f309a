package trec

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

// The short way to a score finds the number that strconv finds, to the bit.
func TestPlainDecimalIsStrconv(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	texts := []string{"0", "-0", "0.0", "-0.000", "1.", ".5", "-.5", "999999999999999", "0.00000000000001", "99999999999999.", "00012.50", "123456.7890123"}
	for range 100_000 {
		texts = append(texts, strconv.FormatFloat((random.Float64()-0.5)*math.Pow10(random.IntN(9)), 'f', random.IntN(8), 64))
	}
	for _, text := range texts {
		want, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := plainDecimal(text)
		if !ok && len(text) <= 15 || ok && math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("%s: want %v, got %v, %v", text, want, got, ok)
		}
	}
	for _, text := range []string{"", "-", ".", "-.", "+1", "1e5", "1.2.3", "0x1", "1_0", "inf", "NaN", "1,5", "12345678901234567"} {
		if got, ok := plainDecimal(text); ok {
			t.Errorf("%q: want it left to strconv, got %v", text, got)
		}
	}
}
