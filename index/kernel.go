package index

// The inner products of a search. Each is summed front to back in one
// accumulator, in every kernel alike: a pair's score does not depend on which
// kernel computed it, so neither blocks nor shards change a result. Speed comes
// from several pairs at once, not from several accumulators a pair.

// dots sets scores[i] to the inner product of the query and row i of rows, which holds len(scores) rows.
func dots(query, rows, scores []float32) {
	dim := len(query)
	i := 0
	for ; i+4 <= len(scores); i += 4 {
		dot4(query, rows[i*dim:(i+4)*dim], scores[i:i+4])
	}
	for ; i < len(scores); i++ {
		scores[i] = dot(query, rows[i*dim:(i+1)*dim])
	}
}

// dots2 is dots for two queries, each value of a row read once for both.
func dots2(query1, query2, rows, scores1, scores2 []float32) {
	dim := len(query1)
	i := 0
	for ; i+4 <= len(scores1); i += 4 {
		dot2x4(query1, query2, rows[i*dim:(i+4)*dim], scores1[i:i+4], scores2[i:i+4])
	}
	for ; i < len(scores1); i++ {
		row := rows[i*dim : (i+1)*dim]
		scores1[i], scores2[i] = dot(query1, row), dot(query2, row)
	}
}

func dot(query, row []float32) float32 {
	row = row[:len(query)]
	var sum float32
	for i, x := range query {
		sum += x * row[i]
	}
	return sum
}

func dot4(query, rows, scores []float32) {
	dim := len(query)
	a, b, c, d := rows[:dim], rows[dim:2*dim], rows[2*dim:3*dim], rows[3*dim:4*dim]
	b, c, d = b[:len(a)], c[:len(a)], d[:len(a)]
	query = query[:len(a)]
	var s0, s1, s2, s3 float32
	for i := range a {
		x := query[i]
		s0 += x * a[i]
		s1 += x * b[i]
		s2 += x * c[i]
		s3 += x * d[i]
	}
	scores[0], scores[1], scores[2], scores[3] = s0, s1, s2, s3
}

func dot2x4(query1, query2, rows, scores1, scores2 []float32) {
	dim := len(query1)
	a, b, c, d := rows[:dim], rows[dim:2*dim], rows[2*dim:3*dim], rows[3*dim:4*dim]
	b, c, d = b[:len(a)], c[:len(a)], d[:len(a)]
	query1, query2 = query1[:len(a)], query2[:len(a)]
	var s0, s1, s2, s3, t0, t1, t2, t3 float32
	for i := range a {
		x, y := query1[i], query2[i]
		s0 += x * a[i]
		t0 += y * a[i]
		s1 += x * b[i]
		t1 += y * b[i]
		s2 += x * c[i]
		t2 += y * c[i]
		s3 += x * d[i]
		t3 += y * d[i]
	}
	scores1[0], scores1[1], scores1[2], scores1[3] = s0, s1, s2, s3
	scores2[0], scores2[1], scores2[2], scores2[3] = t0, t1, t2, t3
}
