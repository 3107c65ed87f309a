// Package store keeps vectors in a database, for collections or users that
// outgrow one machine: PostgreSQL with pgvector, Milvus, Qdrant.
//
// A table (a collection, as Milvus and Qdrant say) has a record for each
// document: its id, the split it belongs to, its vector, and a digest of the
// two. The digest is what makes a push resumable without a state of its own:
// what is there already, and the same, is not sent again. What the table is of (dimensions,
// similarity, encoder) stands with it, and vectors or queries of another are refused.
package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"regexp"

	"github.com/gradus-ir/gradus/trec"
)

// Database is what Push and Search need of one. Its methods are called by one
// goroutine at a time. An error that says nothing about the request but that
// the server cannot be reached, or is not ready, wraps ErrUnavailable.
type Database interface {
	// Describe returns what the table is of; ErrNoTable is wrapped where there is none.
	Describe(ctx context.Context) (Schema, error)

	// Create makes the table.
	Create(ctx context.Context, schema Schema) error

	// Digests returns those of the records of these ids that are there.
	Digests(ctx context.Context, ids []string) (map[string]int64, error)

	// Upsert writes records, in the place of those with their ids. Where it
	// returns nil they are kept; doing it twice is as doing it once.
	Upsert(ctx context.Context, records []Record) error

	// Finish makes all that was written known to searches, and searches fast.
	Finish(ctx context.Context) error

	// Count is the number of records of a split, or of all where split is "".
	Count(ctx context.Context, split string) (int64, error)

	// TopK returns the k nearest of a split's records, or of all, as the
	// database finds them, in the order of trec.Compare. Scores are those of index: the larger, the nearer.
	TopK(ctx context.Context, query []float32, k int, split string) ([]trec.Scored, error)

	Close() error
}

var (
	// ErrUnavailable is wrapped by the error of a database that may answer later.
	ErrUnavailable = errors.New("the database does not answer")
	// ErrNoTable is wrapped by the error of a table that is not there.
	ErrNoTable = errors.New("there is no such table")
)

// Schema is what the vectors of a table have in common.
type Schema struct {
	Dim        int    `json:"dim"`
	Similarity string `json:"similarity"`                    // cosine, dot or euclidean
	Encoder    string `json:"encoder_fingerprint,omitempty"` // of the model that made them; "" if it is not known
}

// check is an error where vectors, or queries, of another schema do not belong to a table of this one.
func (s Schema) check(table string, other Schema) error {
	switch {
	case s.Dim != other.Dim:
		return fmt.Errorf("table %s: want vectors of %d dimensions, as it holds, got %d", table, s.Dim, other.Dim)
	case other.Similarity != "" && s.Similarity != other.Similarity:
		return fmt.Errorf("table %s: want vectors of the similarity %s, as it holds, got %s", table, s.Similarity, other.Similarity)
	case s.Encoder != "" && other.Encoder != "" && s.Encoder != other.Encoder:
		return fmt.Errorf("table %s: want vectors of the encoder that made those it holds (%.12s), got those of another (%.12s)", table, s.Encoder, other.Encoder)
	}
	return nil
}

func (s Schema) text() string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // plain data
	}
	return string(text)
}

// parseSchema reads what text wrote, from where a database keeps it with a table.
func parseSchema(table, text string) (Schema, error) {
	var s Schema
	if err := json.Unmarshal([]byte(text), &s); err != nil || s.Dim < 1 {
		return Schema{}, fmt.Errorf("table %s: want one that gradus store push made, with its dim, similarity and encoder beside it, got %.60q", table, text)
	}
	return s, nil
}

// Record is a vector in a table. Its ID is its key: under another split it moves there.
type Record struct {
	ID, Split string
	Vector    []float32
}

// digest tells a record's split and vector from any other's.
func (r Record) digest() int64 {
	text := append([]byte(r.Split), 0)
	for _, x := range r.Vector {
		text = binary.LittleEndian.AppendUint32(text, math.Float32bits(x))
	}
	sum := sha256.Sum256(text)
	return int64(binary.LittleEndian.Uint64(sum[:8]))
}

// tablePattern is what all three databases take as a name.
var tablePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,62}$`)

// Open connects to a database, or will with the first call:
//
//	postgres://user:password@host:5432/database?sslmode=…   as libpq reads it
//	milvus://user:password@host:19530/database              with ?tls=true over TLS
//	qdrant://:key@host:6334                                 with ?tls=true over TLS
func Open(ctx context.Context, address, table string) (Database, error) {
	if !tablePattern.MatchString(table) {
		return nil, fmt.Errorf("table: want a name of letters, digits and _ that begins with no digit, of at most 63, got %q", table)
	}
	parsed, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("store: want a URL, got one that cannot be parsed") // without its password
	}
	switch parsed.Scheme {
	case "postgres", "postgresql":
		return openPostgres(ctx, address, table)
	case "milvus":
		return openMilvus(parsed, table)
	case "qdrant":
		return openQdrant(parsed, table)
	}
	return nil, fmt.Errorf("store: want postgres://, milvus:// or qdrant://, got %q", parsed.Scheme+"://")
}
