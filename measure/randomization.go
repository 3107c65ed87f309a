package measure

import (
	"math"
	"math/rand/v2"
)

// PairedRandomizationTest is Fisher's two-sided test of the same question,
// which assumes nothing of the values' distribution: p is the share of
// rounds, in each of which the two systems trade places on random queries, with a
// mean difference at least as large as the one observed. The observed one
// counts as a round, so p is never 0. The same seed gives the same p. Where
// all ways of trading places are no more than the rounds, each is taken once and p is exact.
// Source: Smucker, Allan and Carterette, CIKM 2007.
func PairedRandomizationTest(a, b []float64, rounds int, seed uint64) (p float64) {
	var traded []float64 // ties stay as they are, whoever trades
	observed, total := 0.0, 0.0
	for _, x := range differences(a, b) {
		if x != 0 {
			traded = append(traded, x)
			observed += x
			total += math.Abs(x)
		}
	}
	// Sums of the same numbers in another order may differ in the last bits.
	least := math.Abs(observed) - 1e-12*total
	tables := signedSums(traded)
	if len(traded) < 31 && 1<<len(traded) <= rounds {
		return exactShare(tables, 1<<len(traded), least)
	}
	const together = 2048 // rounds whose sums stay in the processor's nearest cache
	var sums [together]float64
	random := rand.NewPCG(seed, 0)
	extreme := 1
	for done := 0; done < rounds; done += together {
		now := sums[:min(together, rounds-done)]
		clear(now)
		for t := range tables {
			table := &tables[t]
			var bits uint64
			for i := range now {
				if i%8 == 0 {
					bits = random.Uint64()
				}
				now[i] += table[byte(bits)]
				bits >>= 8
			}
		}
		for _, sum := range now {
			if math.Abs(sum) >= least {
				extreme++
			}
		}
	}
	return float64(extreme) / float64(rounds+1)
}

// exactShare is the share of all sign patterns whose sum is at least so large.
func exactShare(tables [][256]float64, patterns int, least float64) float64 {
	extreme := 0
	for pattern := range patterns {
		sum := 0.0
		for t := range tables {
			sum += tables[t][byte(pattern>>(8*t))]
		}
		if math.Abs(sum) >= least {
			extreme++
		}
	}
	return float64(extreme) / float64(patterns)
}

// signedSums are, for each eight numbers, their sums under all 256 patterns of
// signs, so that a round adds eight numbers at a time.
func signedSums(numbers []float64) [][256]float64 {
	tables := make([][256]float64, (len(numbers)+7)/8)
	for t := range tables {
		eight := numbers[8*t : min(8*t+8, len(numbers))]
		for pattern := range tables[t] {
			for i, x := range eight {
				if pattern>>i&1 == 1 {
					x = -x
				}
				tables[t][pattern] += x
			}
		}
	}
	return tables
}
