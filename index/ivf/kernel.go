package ivf

// blockRows is how many rows the codes of a block belong to: what the scan's shuffles hold.
const blockRows = 32

// line turns the sum a block's row has in a query's tables into its estimated
// score: base + factor·(scale·sum + bias) + offset, with the row's own factor
// and offset. Of interest are rows above threshold.
type line struct{ scale, bias, base, threshold float32 }

// scanGo is what scan computes: estimates holds the estimated scores of a
// block's rows, and the result a bit for each that is above the threshold.
//   - block: first the codes [pairs, 32]; of byte b, the low four bits are of row b%16, the high ones of the row 16 further on;
//     the first 16 bytes have an even position of four dimensions, the last 16 the odd one after it
//     and behind them the factors [32] float32
//   - tables: [pairs, 32], the 16 entries of the even position and those of the odd one
//   - offsets: [32]
func scanGo(block, tables []byte, offsets []float32, l line, estimates *[blockRows]float32) uint32 {
	codes, factors := block[:len(tables)], numbers[float32](block[len(tables):len(tables)+lineSize])
	var sums [blockRows]uint16
	for at := 0; at < len(tables); at += 2 * tableSize {
		table, code := tables[at:at+2*tableSize], codes[at:at+2*tableSize]
		for b, c := range code {
			entries := table[b&^15 : b&^15+tableSize]
			sums[b&15] += uint16(entries[c&15])
			sums[b&15+16] += uint16(entries[c>>4])
		}
	}
	var above uint32
	for row, sum := range sums {
		s := l.scale * float32(sum)
		s += l.bias
		e := s * factors[row]
		e += l.base
		e += offsets[row]
		estimates[row] = e
		if e > l.threshold {
			above |= 1 << row
		}
	}
	return above
}

// dot4Go is what dot4 computes: the inner products of a query with four rows of its length.
func dot4Go(query []float32, rows *[4][]float32) (products [4]float32) {
	for i, row := range rows {
		row = row[:len(query)]
		var sum float32
		for d, x := range query {
			sum += x * row[d]
		}
		products[i] = sum
	}
	return products
}

// dot is the inner product with one row, the same number as dot4's.
func dot(query, row []float32) float32 {
	return dot4(query, &[4][]float32{row, row, row, row})[0]
}

// dots sets products[i] to the inner product of the query and row i of rows, which holds len(products) rows.
func dots(query, rows, products []float32) {
	dim := len(query)
	var four [4][]float32
	for i := 0; i < len(products); i += 4 {
		n := min(4, len(products)-i)
		for j := range four {
			row := i + min(j, n-1)
			four[j] = rows[row*dim : (row+1)*dim]
		}
		got := dot4(query, &four)
		copy(products[i:i+n], got[:n])
	}
}
