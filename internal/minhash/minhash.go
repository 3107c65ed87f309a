// Package minhash finds sets that have most of their members in common, such
// as the runs of words of texts: by MinHash in bands. Two sets whose Jaccard
// index is 0.6 meet in a band with probability 1 − (1 − 0.6³)²⁰ = 0.99, of
// 0.8 with 1 − 10⁻⁶, of 0.3 with 0.42; those that meet are then compared.
//
// Source: A. Z. Broder, On the resemblance and containment of documents, 1997;
// J. Leskovec and others, Mining of Massive Datasets, section 3.4, for bands.
package minhash

// Bands is how many numbers a signature has.
const (
	Bands      = 20
	hashesBand = 3
)

// atOnce is how many of the sets that meet in a band, the earliest ones, are compared with each.
const atOnce = 8

// Signature is what is compared of a set, a number a band.
type Signature [Bands]uint32

// Hash is a member's hash, FNV-1a of 64 bits.
func Hash(member string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(member); i++ {
		h = (h ^ uint64(member[i])) * 1099511628211
	}
	return h
}

// Hashes are those of members.
func Hashes(members []string) []uint64 {
	hashes := make([]uint64, len(members))
	for i, member := range members {
		hashes[i] = Hash(member)
	}
	return hashes
}

// Of is the signature of the set with members of these hashes.
func Of(hashes []uint64) (of Signature) {
	var least [Bands * hashesBand]uint64
	for i := range least {
		least[i] = ^uint64(0)
	}
	for _, base := range hashes {
		for i := range least {
			least[i] = min(least[i], mixed(base+uint64(i)*0x9e3779b97f4a7c15))
		}
	}
	for band := range of {
		sum := uint64(0)
		for _, hash := range least[band*hashesBand : (band+1)*hashesBand] {
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

// Jaccard is the share of their members that two sets have in common, told by
// the hashes; 1 for two empty sets.
func Jaccard(a, b []uint64) float64 {
	in := make(map[uint64]bool, len(a))
	for _, hash := range a {
		in[hash] = true
	}
	shared, all := 0, len(in)
	seen := make(map[uint64]bool, len(b))
	for _, hash := range b {
		switch {
		case seen[hash]:
		case in[hash]:
			shared++
		default:
			all++
		}
		seen[hash] = true
	}
	if all == 0 {
		return 1
	}
	return float64(shared) / float64(all)
}
