package ivf

// candidate is a row, or a list, that may be among the best: the greater its value, the nearer it is.
type candidate struct {
	value   float32
	row     uint32
	segment uint32
}

// best moves the k candidates of greatest value to the front and returns
// them. Neither they nor those behind them are in any order.
// Source: Hoare, Algorithm 65: Find.
func best(all []candidate, k int) []candidate {
	if k >= len(all) {
		return all
	}
	low, high := 0, len(all)-1
	for low < high {
		pivot := all[(low+high)/2].value
		i, j := low, high
		for i <= j {
			for all[i].value > pivot {
				i++
			}
			for all[j].value < pivot {
				j--
			}
			if i <= j {
				all[i], all[j] = all[j], all[i]
				i++
				j--
			}
		}
		switch {
		case k-1 <= j:
			high = j
		case k-1 >= i:
			low = i
		default:
			return all[:k]
		}
	}
	return all[:k]
}

// least is the least value of some candidates.
func least(all []candidate) float32 {
	value := all[0].value
	for _, c := range all {
		value = min(value, c.value)
	}
	return value
}
