package exchange_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/collection/contamination"
	"github.com/gradus-ir/gradus/exchange"
)

// Only what a split names was trained on, and only its queries are the test's.
func TestOverlapGoesBySplits(t *testing.T) {
	training := lay(t, map[string]string{
		"corpus.jsonl":    `{"_id": "s1", "text": "a passage that a model wrote about wings and lift"}` + "\n" + `{"_id": "s2", "text": "the test has this very text in its corpus"}` + "\n",
		"queries.jsonl":   `{"_id": "1", "text": "how do wings make lift"}` + "\n" + `{"_id": "2", "text": "what is drag"}` + "\n",
		"qrels/train.tsv": "query-id\tcorpus-id\tscore\n1\ts1\t3\n",
		"qrels/other.tsv": "query-id\tcorpus-id\tscore\n2\ts2\t3\n",
	})
	test := lay(t, map[string]string{
		"corpus.jsonl":   `{"_id": "d1", "title": "The test", "text": "has this very text in its corpus"}` + "\n",
		"queries.jsonl":  `{"_id": "a", "text": "What is drag?"}` + "\n" + `{"_id": "b", "text": "How do wings make lift?"}` + "\n",
		"qrels/test.tsv": "query-id\tcorpus-id\tscore\na\td1\t1\n",
	})
	for _, c := range []struct {
		training, test string
		want           string // "" for zero-shot
	}{
		{"train", "test", ""},
		{"other", "test", "1 of 1 test queries are training queries"},
		{"other", "test", "1 of 1 test documents are training documents"},
		{"train", "", "1 of 2 test queries are training queries"},
		{"", "", "2 of 2 test queries are training queries"},
	} {
		report, err := exchange.Overlap(context.Background(), []exchange.Folder{{Dir: training, Split: c.training}}, exchange.Folder{Dir: test, Split: c.test})
		if err != nil {
			t.Fatal(err)
		}
		err = report.ZeroShot()
		if (err == nil) != (c.want == "") || err != nil && (!errors.Is(err, contamination.ErrOverlap) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q, %q: want %q, got %v", c.training, c.test, c.want, err)
		}
	}
	if _, err := exchange.Overlap(context.Background(), []exchange.Folder{{Dir: training, Split: "dev"}}, exchange.Folder{Dir: test}); err == nil || !strings.Contains(err.Error(), `want one of the splits other, train, got "dev"`) {
		t.Errorf("a split that is not there: got %v", err)
	}
}
