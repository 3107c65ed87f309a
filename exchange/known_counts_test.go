package exchange_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/exchange"
)

// TestKnownCountsAreThoseOfIRDatasets holds the known collections to the file
// GRADUS_IR_DATASETS, which is ir_datasets/etc/metadata.json of a clone of allenai/ir_datasets.
func TestKnownCountsAreThoseOfIRDatasets(t *testing.T) {
	path := os.Getenv("GRADUS_IR_DATASETS")
	if path == "" {
		t.Skip("GRADUS_IR_DATASETS is not set")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var theirs map[string]struct {
		Docs, Queries, Qrels struct{ Count int64 }
	}
	if err := json.Unmarshal(text, &theirs); err != nil {
		t.Fatal(err)
	}
	// What has another name there: COLLECTION or COLLECTION/SPLIT, its judgments apart from its queries for TREC.
	others := map[string]string{
		"beir:webis-touche2020": "beir/webis-touche2020/v2", "beir:webis-touche2020/test": "beir/webis-touche2020/v2",
		"msmarco:dev": "msmarco-passage", "msmarco:dev/dev": "msmarco-passage/dev/small",
		"trec:dl19": "msmarco-passage", "trec:dl19/test": "msmarco-passage/trec-dl-2019/judged",
		"trec:dl20": "msmarco-passage", "trec:dl20/test": "msmarco-passage/trec-dl-2020/judged",
	}
	named := func(name string) string {
		if other, ok := others[name]; ok {
			return other
		}
		return strings.Replace(name, ":", "/", 1)
	}
	checked := 0
	for _, k := range exchange.All() {
		if len(k.Parts) > 0 {
			continue
		}
		whole := theirs[named(k.Name)]
		if whole.Docs.Count != k.Documents {
			t.Errorf("%s: want %d documents, got %d", k.Name, whole.Docs.Count, k.Documents)
		}
		for _, s := range k.Splits {
			split, ok := theirs[named(k.Name+"/"+s.Name)]
			if !ok {
				split = whole // of one split, which is named as the whole
			}
			judgments := split.Qrels.Count
			if judgments == 0 {
				judgments = theirs[strings.TrimSuffix(named(k.Name+"/"+s.Name), "/judged")].Qrels.Count
			}
			if split.Queries.Count != s.Queries || judgments != s.Judgments {
				t.Errorf("%s/%s: want %d queries and %d judgments, got %d and %d", k.Name, s.Name, split.Queries.Count, judgments, s.Queries, s.Judgments)
			}
			checked++
		}
	}
	if checked < 30 {
		t.Errorf("want all splits checked, got %d", checked)
	}
}
