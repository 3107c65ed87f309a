package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/gradus-ir/gradus/trec"
)

// postgres is a table of PostgreSQL with the extension pgvector. What it is of stands in its comment.
type postgres struct {
	config *pgx.ConnConfig
	table  string
	conn   *pgx.Conn // nil until there is one, and where it broke
	schema Schema
}

func openPostgres(_ context.Context, address, table string) (*postgres, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, err // pgx leaves the password out
	}
	return &postgres{config: config, table: table}, nil
}

// with runs use on a connection, a new one where the last broke.
func (p *postgres) with(ctx context.Context, use func(tx pgx.Tx) error) error {
	if p.conn == nil || p.conn.IsClosed() {
		conn, err := pgx.ConnectConfig(ctx, p.config)
		if err != nil {
			return p.error(err)
		}
		p.conn = conn
	}
	return p.error(pgx.BeginFunc(ctx, p.conn, use))
}

// error says which errors may pass: those of the connection, of a server that
// shuts down or starts, and of a transaction that met another.
func (p *postgres) error(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	passes := true
	var answer *pgconn.PgError
	if errors.As(err, &answer) {
		class := answer.Code[:min(2, len(answer.Code))]
		passes = class == "57" && answer.Code != queryCanceled || class == "08" || class == "40" || answer.Code == tooManyConnections
	} else if !p.broken(err) {
		passes = false
	}
	if passes {
		return fmt.Errorf("table %s: %w: %w", p.table, ErrUnavailable, err)
	}
	return fmt.Errorf("table %s: %w", p.table, err)
}

// PostgreSQL's error codes.
const (
	queryCanceled      = "57014"
	tooManyConnections = "53300"
)

// broken tells whether the connection is what failed.
func (p *postgres) broken(err error) bool {
	var connect *pgconn.ConnectError
	return errors.As(err, &connect) || p.conn != nil && p.conn.IsClosed()
}

func (p *postgres) name() string { return pgx.Identifier{p.table}.Sanitize() }

func (p *postgres) Describe(ctx context.Context) (Schema, error) {
	var comment *string
	err := p.with(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT obj_description(to_regclass($1), 'pg_class') FROM (SELECT to_regclass($1) AS oid) t WHERE oid IS NOT NULL`, p.name()).Scan(&comment)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Schema{}, fmt.Errorf("table %s: %w", p.table, ErrNoTable)
	}
	if err != nil {
		return Schema{}, err
	}
	text := ""
	if comment != nil {
		text = *comment
	}
	p.schema, err = parseSchema(p.table, text)
	return p.schema, err
}

func (p *postgres) Create(ctx context.Context, schema Schema) error {
	p.schema = schema
	return p.with(ctx, func(tx pgx.Tx) error {
		for _, statement := range []string{
			`CREATE EXTENSION IF NOT EXISTS vector`,
			fmt.Sprintf(`CREATE TABLE %s (id text PRIMARY KEY, split text NOT NULL, digest bigint NOT NULL, embedding vector(%d) NOT NULL)`, p.name(), schema.Dim),
			fmt.Sprintf(`CREATE INDEX ON %s (split)`, p.name()),
			fmt.Sprintf(`COMMENT ON TABLE %s IS '%s'`, p.name(), strings.ReplaceAll(schema.text(), "'", "''")),
		} {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

func (p *postgres) Digests(ctx context.Context, ids []string) (map[string]int64, error) {
	digests := make(map[string]int64, len(ids))
	err := p.with(ctx, func(tx pgx.Tx) error {
		clear(digests)
		rows, err := tx.Query(ctx, `SELECT id, digest FROM `+p.name()+` WHERE id = ANY($1)`, ids)
		if err != nil {
			return err
		}
		var id string
		var digest int64
		_, err = pgx.ForEachRow(rows, []any{&id, &digest}, func() error {
			digests[id] = digest
			return nil
		})
		return err
	})
	return digests, err
}

func (p *postgres) Upsert(ctx context.Context, records []Record) error {
	ids, splits, vectors := make([]string, len(records)), make([]string, len(records)), make([]string, len(records))
	digests := make([]int64, len(records))
	for i, record := range records {
		ids[i], splits[i], digests[i], vectors[i] = record.ID, record.Split, record.digest(), vectorText(record.Vector)
	}
	return p.with(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO `+p.name()+` (id, split, digest, embedding)
			SELECT id, split, digest, embedding::vector FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) AS new (id, split, digest, embedding)
			ON CONFLICT (id) DO UPDATE SET split = excluded.split, digest = excluded.digest, embedding = excluded.embedding`,
			ids, splits, digests, vectors)
		return err
	})
}

// vectorText is how pgvector reads a vector; a float32 comes back the same.
func vectorText(vector []float32) string {
	text := []byte{'['}
	for d, x := range vector {
		if d > 0 {
			text = append(text, ',')
		}
		text = strconv.AppendFloat(text, float64(x), 'g', -1, 32)
	}
	return string(append(text, ']'))
}

// largestIndexed is the most dimensions that pgvector's index takes.
const largestIndexed = 2000

// Finish makes an HNSW index where there is none, and tells the planner of the table.
func (p *postgres) Finish(ctx context.Context) error {
	return p.with(ctx, func(tx pgx.Tx) error {
		if p.schema.Dim <= largestIndexed {
			index := pgx.Identifier{p.table + "_nearest"}.Sanitize()
			statement := fmt.Sprintf(`CREATE INDEX IF NOT EXISTS %s ON %s USING hnsw (embedding %s)`, index, p.name(), p.operators().class)
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `ANALYZE `+p.name())
		return err
	})
}

func (p *postgres) Count(ctx context.Context, split string) (count int64, err error) {
	err = p.with(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT count(*) FROM `+p.name()+` WHERE $1 = '' OR split = $1`, split).Scan(&count)
	})
	return count, err
}

// operators are pgvector's for a similarity.
type operators struct {
	class, distance string
	score           func(distance float64) float64
}

func (p *postgres) operators() operators {
	switch p.schema.Similarity {
	case "dot":
		return operators{"vector_ip_ops", "<#>", func(d float64) float64 { return -d }}
	case "euclidean":
		return operators{"vector_l2_ops", "<->", func(d float64) float64 { return -d }}
	}
	return operators{"vector_cosine_ops", "<=>", func(d float64) float64 { return 1 - d }}
}

// mostSearched is the most documents that pgvector's index finds.
const mostSearched = 1000

// TopK asks the index, which finds nearly the nearest, unless a split is
// wanted or more documents than it can find: then it has all distances computed.
func (p *postgres) TopK(ctx context.Context, query []float32, k int, split string) ([]trec.Scored, error) {
	var ranking []trec.Scored
	operators := p.operators()
	err := p.with(ctx, func(tx pgx.Tx) error {
		ranking = ranking[:0]
		setting := fmt.Sprintf(`SET LOCAL hnsw.ef_search = %d`, min(mostSearched, max(40, 2*k)))
		where, args := "", []any{vectorText(query), k}
		if split != "" {
			where, args = "WHERE split = $3", append(args, split)
		}
		if split != "" || k > mostSearched {
			setting = `SET LOCAL enable_indexscan = off`
		}
		// The extension's library is loaded, and so its setting known, once one of its functions is called.
		if _, err := tx.Exec(ctx, `SELECT '[0]'::vector`); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, setting); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, fmt.Sprintf(`SELECT id, embedding %[1]s $1::vector AS distance FROM %[2]s %[3]s ORDER BY embedding %[1]s $1::vector LIMIT $2`, operators.distance, p.name(), where), args...)
		if err != nil {
			return err
		}
		var id string
		var distance float64
		_, err = pgx.ForEachRow(rows, []any{&id, &distance}, func() error {
			if math.IsNaN(distance) { // the cosine of a vector of zeros
				distance = 1
			}
			ranking = append(ranking, trec.Scored{DocID: id, Score: operators.score(distance)})
			return nil
		})
		return err
	})
	slices.SortFunc(ranking, trec.Compare)
	return ranking, err
}

func (p *postgres) Close() error {
	if p.conn == nil {
		return nil
	}
	return p.conn.Close(context.Background())
}
