package exchange_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/exchange"
	"github.com/gradus-ir/gradus/trec"
)

func TestTopicFields(t *testing.T) {
	dir := lay(t, map[string]string{"topics": "<top>\n<num> Number: 1\n<title> t\nu\n<narr> Narrative:\nn\n</top>\n"})
	topics := exchange.Files{Queries: []string{filepath.Join(dir, "topics")}}
	for want, fields := range map[string][]string{"t u": nil, "n": {"narrative"}, "t u n": {"title", "description", "narrative"}} {
		source, err := exchange.TREC(topics, fields...)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := contentOf(source); err != nil || len(got.Queries) != 1 || got.Queries[0].Text != want {
			t.Errorf("%v: want %q, got %v, %v", fields, want, got.Queries, err)
		}
	}
	source, err := exchange.TREC(topics, "description")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := contentOf(source); err == nil || !strings.HasSuffix(err.Error(), `topics:1: topic "1": want a description, got none`) {
		t.Errorf("want the missing field named, got %v", err)
	}
	if _, err := exchange.TREC(topics, "summary"); err == nil || err.Error() != `want title, description, narrative of a topic, got "summary"` {
		t.Errorf("got %v", err)
	}
}

func TestMSMARCO(t *testing.T) {
	dir := lay(t, map[string]string{
		"collection.tsv": "\ufeff0\tfirst\r\n\n1\ta\ttab within\n2\t\n",
		"broken.tsv":     "0\tx\nno tab\n",
		"noid.tsv":       " \tx\n",
	})
	in := func(name string) exchange.Source {
		return exchange.MSMARCO(exchange.Files{Documents: []string{filepath.Join(dir, name)}})
	}
	got, err := contentOf(in("collection.tsv"))
	want := []collection.Document{{ID: "0", Text: "first"}, {ID: "1", Text: "a\ttab within"}, {ID: "2"}}
	if diff := cmp.Diff(want, got.Documents); diff != "" || err != nil {
		t.Errorf("error %v, (-want +got)\n%s", err, diff)
	}
	for name, want := range map[string]string{
		"broken.tsv": `broken.tsv:2: want "id\ttext", got "no tab"`, "noid.tsv": `noid.tsv:1: want an id before the tab, got none`,
	} {
		if _, err := contentOf(in(name)); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("want %s, got %v", want, err)
		}
	}
}

func TestTevatron(t *testing.T) {
	dir := lay(t, map[string]string{
		"train.jsonl": `{"query_id": 1, "query": "q", "positive_passages": [{"docid": "a", "title": "A", "text": "x"}], "negative_passages": [{"docid": 7, "text": "y"}]}` + "\n" +
			`{"query_id": "2", "query": "r", "positive_passages": [{"docid": "a", "title": "A", "text": "x"}]}` + "\n",
		"texts.jsonl":  `{"query_id": "1", "query": "q", "positive_passages": [{"docid": "a", "text": "x"}, {"docid": "a", "text": "y"}]}`,
		"query.jsonl":  `{"query_id": "1", "query": "q"}` + "\n" + `{"query_id": "1", "query": "r"}`,
		"broken.jsonl": `{"query_id": "1", "query": "q"}` + "\n" + `{"query_id": "1", "query": ["q"]}`,
		"id.jsonl":     `{"query_id": {}, "query": "q"}`,
	})
	in := func(name string) exchange.Source {
		return exchange.Tevatron(map[string]string{"train": filepath.Join(dir, name)})
	}
	got, err := contentOf(in("train.jsonl"))
	want := content{
		Documents: []collection.Document{{ID: "a", Title: "A", Text: "x"}, {ID: "7", Text: "y"}},
		Queries:   []collection.Query{{ID: "1", Text: "q"}, {ID: "2", Text: "r"}},
		Judgments: map[string][]trec.Judgment{"train": {{QueryID: "1", DocID: "7"}, {QueryID: "1", DocID: "a", Grade: 1}, {QueryID: "2", DocID: "a", Grade: 1}}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, (-want +got)\n%s", err, diff)
	}
	for name, want := range map[string]string{
		"texts.jsonl":  `texts.jsonl:1: document "a": want one text, got another than before`,
		"query.jsonl":  `query.jsonl:2: query "1": want one text, got another than before`,
		"broken.jsonl": `broken.jsonl:2: want "query" as a string, got a JSON array`,
		"id.jsonl":     `id.jsonl:1: "query_id": want a string or a number, got {}`,
	} {
		if _, err := contentOf(in(name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s, got %v", want, err)
		}
	}
}

const mtebCard = `---
configs:
- config_name: default
  data_files:
  - split: test
    path: qrels/test.jsonl
- config_name: corpus
  data_files:
  - split: corpus
    path: ["corpus.jsonl"]
- config_name: queries
  data_files: queries.jsonl
- config_name: ja-corpus
  data_files: ja/*.jsonl
- config_name: ja-qrels
  data_files:
  - split: dev
    path: ja/dev.tsv
---
# a card
`

func TestHubByItsCard(t *testing.T) {
	dir := lay(t, map[string]string{
		"README.md":        mtebCard,
		"corpus.jsonl":     `{"_id": "d1", "title": "t", "text": "x"}`,
		"queries.jsonl":    `{"id": 1, "text": "x"}`,
		"qrels/test.jsonl": `{"query-id": 1, "corpus-id": "d1", "score": 1.0}`,
		"ja/a.jsonl":       `{"_id": "j1", "text": "x"}`,
		"ja/dev.tsv":       "query-id\tcorpus-id\tscore\n1\tj1\t2\n",
	})
	source, err := exchange.Hub("", dir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := contentOf(source)
	want := content{
		Documents: []collection.Document{{ID: "d1", Title: "t", Text: "x"}}, Queries: []collection.Query{{ID: "1", Text: "x"}},
		Judgments: map[string][]trec.Judgment{"test": {{QueryID: "1", DocID: "d1", Grade: 1}}},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, (-want +got)\n%s", err, diff)
	}
	source, err = exchange.Hub("ja", dir)
	if err != nil {
		t.Fatal(err)
	}
	got, err = contentOf(source)
	if err != nil || len(got.Documents) != 1 || got.Documents[0].ID != "j1" || len(got.Judgments["dev"]) != 1 {
		t.Errorf("config ja: got %+v, %v", got, err)
	}
}

func TestHubByItsNames(t *testing.T) {
	texts := lay(t, map[string]string{
		"README.md":                "# no configs\n",
		"corpus/corpus-0.jsonl.gz": "",
		"corpus/corpus-1.jsonl.gz": "",
		"queries.jsonl":            `{"_id": "q1", "text": "x"}`,
	})
	grades := lay(t, map[string]string{"test.tsv": "query-id\tcorpus-id\tscore\nq1\td1\t1\n", "train.tsv": "query-id\tcorpus-id\tscore\n"})
	source, err := exchange.Hub("", texts, grades)
	if err != nil {
		t.Fatal(err)
	}
	if got := source.Splits(); len(got) != 2 || len(source.Files()) != 5 {
		t.Errorf("want two splits of five files, got %v of %v", got, source.Files())
	}
}

func TestHubErrors(t *testing.T) {
	for want, card := range map[string]string{
		`want a line --- after the YAML`:                          "---\nconfigs:\n",
		`config "corpus": "absent-*.parquet": found no such file`: "---\nconfigs:\n- config_name: corpus\n  data_files: absent-*.parquet\n---\n",
		`want a path inside the data set, got "../x.parquet"`:     "---\nconfigs:\n- config_name: corpus\n  data_files: ../x.parquet\n---\n",
		`README.md: yaml:`: "---\nconfigs: [\n---\n",
		`want a data set of the hub with a corpus, queries or qrels`: "# nothing\n",
		`want parquet, jsonl or tsv`:                                 "---\nconfigs:\n- config_name: corpus\n  data_files: README.md\n---\n",
	} {
		if _, err := exchange.Hub("", lay(t, map[string]string{"README.md": card})); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s, got %v", want, err)
		}
	}
	if _, err := exchange.Hub("fr", lay(t, map[string]string{"README.md": mtebCard})); err == nil || !strings.Contains(err.Error(), "want configs fr-corpus, fr-queries, fr-qrels, found none of them") {
		t.Errorf("got %v", err)
	}
}
