package exchange_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gradus-ir/gradus/exchange"
)

// fuzz reads files in a format; what Write takes it must read back as it is.
func fuzz(t *testing.T, source exchange.Source, err error) {
	if err != nil {
		return
	}
	out := filepath.Join(t.TempDir(), "out")
	if _, err := exchange.Write(context.Background(), source, out, exchange.WriteOptions{}); err != nil {
		if _, there := os.Stat(out); there == nil {
			t.Errorf("%v, and a folder is there", err)
		}
		return
	}
	written, err := exchange.BEIR(out)
	if err != nil {
		t.Fatal(err)
	}
	first, err := contentOf(written)
	if err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(t.TempDir(), "again")
	if _, err := exchange.Write(context.Background(), written, again, exchange.WriteOptions{}); err != nil {
		t.Fatalf("what was written is refused: %v", err)
	}
	source, err = exchange.BEIR(again)
	if err != nil {
		t.Fatal(err)
	}
	second, err := contentOf(source)
	if diff := cmp.Diff(first, second); diff != "" || err != nil {
		t.Errorf("error %v, (-first +second)\n%s", err, diff)
	}
}

func FuzzBEIR(f *testing.F) {
	f.Add([]byte(`{"_id": "d", "text": "x\u0000\ud800"}`), []byte(`{"_id": 1, "text": "y"}`), []byte("query-id\tcorpus-id\tscore\n1\td\t1\n"))
	f.Add([]byte("\ufeff\r\n"), []byte(`{"_id": "a b", "id": 3, "text": "\u2028"}`), []byte("a 0 b 1\n"))
	f.Fuzz(func(t *testing.T, corpus, queries, qrels []byte) {
		source, err := exchange.BEIR(lay(t, map[string]string{"corpus.jsonl": string(corpus), "queries.jsonl": string(queries), "qrels/test.tsv": string(qrels)}))
		fuzz(t, source, err)
	})
}

func FuzzMSMARCO(f *testing.F) {
	f.Add([]byte("1\tx\ty\r\n"), []byte("q\t\xff\n"), []byte("q 0 1 1\n"))
	f.Add([]byte("\t\n"), []byte("\ufeffq\tx"), []byte("q\t0\t1\t1e0"))
	f.Fuzz(func(t *testing.T, documents, queries, qrels []byte) {
		dir := lay(t, map[string]string{"d": string(documents), "q": string(queries), "r": string(qrels)})
		fuzz(t, exchange.MSMARCO(exchange.Files{
			Documents: []string{filepath.Join(dir, "d")}, Queries: []string{filepath.Join(dir, "q")}, Qrels: map[string]string{"test": filepath.Join(dir, "r")},
		}), nil)
	})
}

func FuzzTevatron(f *testing.F) {
	f.Add([]byte(`{"query_id": 1, "query": "q", "positive_passages": [{"docid": "a", "text": "x"}], "negative_passages": [{"docid": 2, "text": ""}]}`))
	f.Add([]byte(`{"query_id": "q", "query": "\ud800", "positive_passages": [{}]}`))
	f.Add([]byte(`{"query_id": "q", "query": "x", "positive_passages": [{"docid": "a"}, {"docid": "a"}]}` + "\n" + `[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := lay(t, map[string]string{"train.jsonl": string(data)})
		fuzz(t, exchange.Tevatron(map[string]string{"train": filepath.Join(dir, "train.jsonl")}), nil)
	})
}

func FuzzHub(f *testing.F) {
	f.Add([]byte(mtebCard), []byte(`{"query-id": 1, "corpus-id": "d", "score": 1.0}`))
	f.Add([]byte("---\nconfigs:\n- config_name: default\n  data_files: [a, [b]]\n---"), []byte(`{"score": "x"}`))
	f.Add([]byte("---\nconfigs: &a [*a]\n---\n"), []byte(`{"query-id": null, "corpus-id": [1], "score": 1e400}`))
	f.Fuzz(func(t *testing.T, card, qrels []byte) {
		source, err := exchange.Hub("", lay(t, map[string]string{
			"README.md": string(card), "corpus.jsonl": `{"_id": "d", "text": "x"}`, "queries.jsonl": `{"_id": "1", "text": "x"}`, "qrels/test.jsonl": string(qrels),
		}))
		fuzz(t, source, err)
	})
}
