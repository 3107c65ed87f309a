package exchange

import (
	"bufio"
	"fmt"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/internal/parquetfile"
	"github.com/gradus-ir/gradus/trec"
)

// The rows of the hub's tables.
type (
	corpusRow struct {
		ID    string `parquet:"_id"`
		Title string `parquet:"title"`
		Text  string `parquet:"text"`
	}
	queryRow struct {
		ID   string `parquet:"_id"`
		Text string `parquet:"text"`
	}
	qrelsRow struct {
		QueryID string `parquet:"query-id"`
		DocID   string `parquet:"corpus-id"`
		Score   int32  `parquet:"score"`
	}
)

// writeHub writes a data set that load_dataset and MTEB read: corpus, queries
// and, as the default config, qrels in parquet, and a README.md that says so.
func writeHub(dir string, r *reading, _ string) error {
	const shard = "-00000-of-00001.parquet"
	err := writeTable(dir, "corpus/corpus"+shard, func(t *parquetfile.Writer[corpusRow]) error {
		return r.documents(func(d collection.Document) error {
			return t.Write(corpusRow{d.ID, d.Title, d.Text}, len(d.ID)+len(d.Title)+len(d.Text))
		})
	})
	if err != nil {
		return err
	}
	err = writeTable(dir, "queries/queries"+shard, func(t *parquetfile.Writer[queryRow]) error {
		return r.queries(func(q collection.Query) error {
			return t.Write(queryRow{q.ID, q.Text}, len(q.ID)+len(q.Text))
		})
	})
	if err != nil {
		return err
	}
	err = r.eachSplit(func(split string) error {
		return writeTable(dir, "qrels/"+split+shard, func(t *parquetfile.Writer[qrelsRow]) error {
			return r.judgments(split, func(j trec.Judgment) error {
				return t.Write(qrelsRow{j.QueryID, j.DocID, int32(j.Grade)}, len(j.QueryID)+len(j.DocID)+4)
			})
		})
	})
	if err != nil {
		return err
	}
	return writeFile(dir, "README.md", func(w *bufio.Writer) error { return writeCard(w, r.source.Splits()) })
}

func writeTable[T any](dir, name string, fill func(*parquetfile.Writer[T]) error) error {
	return writeFile(dir, name, func(w *bufio.Writer) error {
		table := parquetfile.NewWriter[T](w)
		if err := fill(table); err != nil {
			return err
		}
		return table.Close()
	})
}

func writeCard(w *bufio.Writer, splits []string) error {
	fmt.Fprint(w, "---\nconfigs:\n")
	if len(splits) > 0 {
		fmt.Fprint(w, "- config_name: default\n  data_files:\n")
		for _, split := range splits {
			fmt.Fprintf(w, "  - split: %q\n    path: %q\n", split, "qrels/"+split+"-*")
		}
	}
	for _, table := range []string{"corpus", "queries"} {
		fmt.Fprintf(w, "- config_name: %s\n  data_files:\n  - split: %s\n    path: %s/*\n", table, table, table)
	}
	_, err := fmt.Fprint(w, "---\n\nA retrieval collection: documents, queries, and grades of documents for queries.\n")
	return err
}
