package judge_test

import (
	"fmt"

	"github.com/gradus-ir/gradus/judge"
)

// Rows are the intended grades, columns the judged ones: two of eight are one grade off.
func ExampleQuadraticKappa() {
	fmt.Printf("%.3f\n", judge.QuadraticKappa([][]int64{
		{2, 0, 0, 0},
		{0, 1, 1, 0},
		{0, 0, 2, 0},
		{0, 0, 1, 1},
	}))
	// Output: 0.889
}
