package measure_test

import (
	"fmt"

	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/trec"
)

func ExampleEvaluate() {
	qrels := trec.Qrels{"q1": {"wings": 3, "tails": 1}, "q2": {"heat": 2}}
	run := trec.Run{Rankings: map[string][]trec.Scored{
		"q1": {{DocID: "tails", Score: 0.9}, {DocID: "wings", Score: 0.8}},
		// nothing for q2: it counts 0
	}}
	results := measure.Evaluate(qrels, run, measure.Default()...)
	for i, m := range results.Measures {
		fmt.Printf("%v\t%.4f\n", m, results.Mean(i))
	}
	// Output:
	// nDCG@10	0.3984
	// RR@10	0.5000
	// AP	0.5000
	// R@100	0.5000
}

func ExampleParse() {
	m, _ := measure.Parse("P(rel=2)@10")
	fmt.Println(m)
	_, err := measure.Parse("ndgc@10")
	fmt.Println(err)
	// Output:
	// P(rel=2)@10
	// unknown measure "ndgc@10" (did you mean nDCG@10?)
}
