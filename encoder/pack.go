package encoder

import "math/bits"

// pack puts rows into bins of length tokens, most rows at most in one. Each bin
// begins with the longest row left and takes, of the others, those that fill it
// best: the sums that can be reached are the bits of a word, and a row shifts
// them (the minimum bin slack heuristic; Gupta and Ho, Production Planning &
// Control 10, 1999). rows lists the longest first.
func pack(rows, lengths []int, length, most int) [][]int {
	rows = append([]int(nil), rows...)
	words := length/64 + 1
	reached := make([]uint64, (len(rows)+1)*words)
	var bins [][]int
	for len(rows) > 0 {
		bin, left := rows[:1:1], rows[1:]
		room := length - lengths[rows[0]]
		clear(reached[:words])
		reached[0] = 1
		end := 0 // rows of left that were looked at
		for full := false; end < len(left) && !full; end++ {
			before, after := reached[end*words:][:words], reached[(end+1)*words:][:words]
			shiftInto(after, before, lengths[left[end]])
			full = has(after, room)
		}
		sum := highest(reached[end*words:][:words], room)
		taken := make([]bool, end)
		for i := end - 1; i >= 0 && sum > 0; i-- {
			if !has(reached[i*words:][:words], sum) { // only with this row
				taken[i] = true
				sum -= lengths[left[i]]
			}
		}
		rows = rows[:0:0]
		for i, row := range left {
			if i < end && taken[i] && len(bin) < most {
				bin = append(bin, row)
			} else {
				rows = append(rows, row)
			}
		}
		bins = append(bins, bin)
	}
	return bins
}

// shiftInto makes after the sums of before, with and without a row of n tokens.
func shiftInto(after, before []uint64, n int) {
	copy(after, before)
	skip, by := n/64, uint(n%64)
	for i := len(after) - 1; i >= skip; i-- {
		word := before[i-skip] << by
		if by > 0 && i > skip {
			word |= before[i-skip-1] >> (64 - by)
		}
		after[i] |= word
	}
}

func has(sums []uint64, n int) bool { return sums[n/64]>>(n%64)&1 == 1 }

// highest is the highest sum up to room.
func highest(sums []uint64, room int) int {
	for i := room / 64; i >= 0; i-- {
		word := sums[i]
		if i == room/64 {
			word &= ^uint64(0) >> (63 - room%64)
		}
		if word != 0 {
			return i*64 + bits.Len64(word) - 1
		}
	}
	return 0
}
