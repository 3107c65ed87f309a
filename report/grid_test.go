package report

import (
	"os"
	"testing"
)

var grid = Grid{
	Columns: []Column{{"run", true}, {Name: "nDCG@10"}, {Name: "Δ"}},
	Rows:    [][]string{{"bm25_k1|b", "0.3182", "–"}, {"dense-01 & co", "0.45", "-0.0100"}},
}

func ExampleGrid_Write() {
	for _, format := range Formats {
		grid.Write(os.Stdout, format)
	}
	// Output:
	// run            nDCG@10        Δ
	// bm25_k1|b       0.3182        –
	// dense-01 & co     0.45  -0.0100
	// run	nDCG@10	Δ
	// bm25_k1|b	0.3182	–
	// dense-01 & co	0.45	-0.0100
	// | run | nDCG@10 | Δ |
	// |---|---|---|
	// | bm25_k1\|b | 0.3182 | – |
	// | dense-01 & co | 0.45 | -0.0100 |
	// \begin{tabular}{lrr}
	// \toprule
	// run & nDCG@10 & $\Delta$ \\
	// \midrule
	// bm25\_k1$|$b & 0.3182 & -- \\
	// dense-01 \& co & 0.45 & $-$0.0100 \\
	// \bottomrule
	// \end{tabular}
}

func TestUnknownFormat(t *testing.T) {
	if err := grid.Write(os.Stdout, "html"); err == nil || err.Error() != `want text, tsv, markdown, latex as format, got "html"` {
		t.Errorf("got %v", err)
	}
}
