// Package exchange brings collections from the formats of the field into BEIR
// folders, and back: TREC's, MS MARCO's, the hub's (parquet or JSON lines, as
// MTEB has them), Tevatron's, and BEIR's own. Reading and writing are streams;
// what is held in memory are ids.
//
// It knows the public test collections by name, with their sizes: see Find.
package exchange

import (
	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/trec"
)

// Source is a collection in some format. Its methods read the files anew each
// time. An error of each ends the reading and is returned with the place in
// the file. Where there are no documents, or no queries, each is not called.
type Source interface {
	Documents(each func(collection.Document) error) error
	Queries(each func(collection.Query) error) error
	// Splits are the names of the sets of judgments, sorted.
	Splits() []string
	Judgments(split string, each func(trec.Judgment) error) error
	// Files are those that are read.
	Files() []string
}

// Counts are what a collection has.
type Counts struct {
	Documents int64         `json:"documents"`
	Queries   int64         `json:"queries"`
	Splits    []SplitCounts `json:"splits"` // by name
}

// SplitCounts are what a split has.
type SplitCounts struct {
	Name      string `json:"name"`
	Queries   int64  `json:"queries"`   // with a judgment
	Judgments int64  `json:"judgments"` // without those repeated
	// What may be a fault, or a choice of who made the collection:
	Repeated         int64 `json:"repeated,omitempty"`          // lines that say again what was said
	UnknownDocuments int64 `json:"unknown_documents,omitempty"` // judgments of documents that are not there
	UnknownQueries   int64 `json:"unknown_queries,omitempty"`   // queries with judgments that are not there
}
