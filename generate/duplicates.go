package generate

import (
	"cmp"
	"hash/fnv"
	"slices"
)

// reasonDuplicate is why a document is left out that an earlier query's is much like.
const reasonDuplicate = "near-duplicate of an earlier document"

// Near-duplicates share most of their three-word runs. They are looked for by
// MinHash in bands: two documents whose share is 0.6 meet in a band, and are
// then compared, with probability 1 − (1 − 0.6³)²⁰ = 0.99, two of share 0.3
// with 0.42.
const (
	duplicateRun   = 3   // words
	mostAlike      = 0.6 // Jaccard index
	bands          = 20
	hashesABand    = 3
	comparedInBand = 8 // of documents that meet in a band, so many of the earliest with each
)

// dropDuplicates removes documents that are much like one of an earlier query,
// or of the same query before them, and returns how many. It goes by the order
// of the queries, so the order in which answers came is no matter.
func dropDuplicates(lists [][]passage) int64 {
	var texts []string
	for _, list := range lists {
		for _, p := range list {
			texts = append(texts, p.text)
		}
	}
	copies := duplicates(texts)
	var dropped int64
	next := 0
	for i := range lists {
		lists[i] = slices.DeleteFunc(lists[i], func(passage) bool {
			drop := copies[next]
			next++
			if drop {
				dropped++
			}
			return drop
		})
	}
	return dropped
}

// duplicates tells which of the texts are much like one before them that stays.
func duplicates(texts []string) []bool {
	candidates := meetings(texts)
	dropped := make([]bool, len(texts))
	for _, pair := range candidates {
		if !dropped[pair.later] && !dropped[pair.earlier] && jaccard(texts[pair.earlier], texts[pair.later]) >= mostAlike {
			dropped[pair.later] = true
		}
	}
	return dropped
}

// pair is of places in a list of texts.
type pair struct{ earlier, later int32 }

// meetings are the pairs that have a band in common, by the later one, then the earlier one.
func meetings(texts []string) []pair {
	signatures := make([][bands]uint32, len(texts))
	for i, text := range texts {
		signatures[i] = signature(text)
	}
	var pairs []pair
	order := make([]int32, len(texts))
	for band := range bands {
		for i := range order {
			order[i] = int32(i)
		}
		slices.SortFunc(order, func(a, b int32) int {
			return cmp.Or(cmp.Compare(signatures[a][band], signatures[b][band]), cmp.Compare(a, b))
		})
		for first := 0; first < len(order); {
			end := first + 1
			for end < len(order) && signatures[order[end]][band] == signatures[order[first]][band] {
				end++
			}
			for later := first + 1; later < end; later++ {
				for earlier := first; earlier < min(later, first+comparedInBand); earlier++ {
					pairs = append(pairs, pair{order[earlier], order[later]})
				}
			}
			first = end
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		return cmp.Or(cmp.Compare(a.later, b.later), cmp.Compare(a.earlier, b.earlier))
	})
	return slices.Compact(pairs)
}

// signature is the MinHash of a text's runs of words, a number a band.
func signature(text string) (of [bands]uint32) {
	var least [bands * hashesABand]uint64
	for i := range least {
		least[i] = ^uint64(0)
	}
	for _, run := range shingles(text, duplicateRun) {
		h := fnv.New64a()
		h.Write([]byte(run))
		base := h.Sum64()
		for i := range least {
			least[i] = min(least[i], mixed(base+uint64(i)*0x9e3779b97f4a7c15))
		}
	}
	for band := range of {
		sum := uint64(0)
		for _, hash := range least[band*hashesABand : (band+1)*hashesABand] {
			sum = mixed(sum ^ hash)
		}
		of[band] = uint32(sum)
	}
	return of
}

// mixed is the finalizer of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
func mixed(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// jaccard is the share of their runs of words that two texts have in common.
func jaccard(a, b string) float64 {
	in := map[string]bool{}
	for _, run := range shingles(a, duplicateRun) {
		in[run] = true
	}
	shared, all := 0, len(in)
	seen := map[string]bool{}
	for _, run := range shingles(b, duplicateRun) {
		switch {
		case seen[run]:
		case in[run]:
			shared++
		default:
			all++
		}
		seen[run] = true
	}
	if all == 0 {
		return 1
	}
	return float64(shared) / float64(all)
}
