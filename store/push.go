package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// PushOptions say how records are sent. The zero value is usable.
type PushOptions struct {
	Split    string             // of all records; it may be ""
	Batch    int                // records a request; 0 is 500
	Patience time.Duration      // how long to wait for a database that does not answer; 0 is one minute
	Progress func(done int)     // told of each batch
	Waiting  func(reason error) // told when it waits for the database; both may be nil
}

// Pushed sums a push up.
type Pushed struct {
	Records int `json:"records"`
	Written int `json:"written"` // the others were there
	Waits   int `json:"waits"`   // times that the database did not answer
}

// Push sends records to a table, which is made where there is none, until all
// are there. A database that dies is waited for, and the push goes on with the
// batch it was at. A push that dies itself is done again: what is there
// is asked for and not sent anew. At the end the database's count of the split
// must be that of the records.
func Push(ctx context.Context, db Database, table string, schema Schema, records iter.Seq2[Record, error], opts PushOptions) (Pushed, error) {
	if opts.Batch == 0 {
		opts.Batch = 500
	}
	p := &pusher{db: db, opts: opts, patient: patient{opts.Patience, opts.Waiting, 0}}
	if err := p.prepare(ctx, table, schema); err != nil {
		return Pushed{}, err
	}
	var batch []Record
	for record, err := range records {
		if err != nil {
			return Pushed{}, err
		}
		record.Split = opts.Split
		if err := record.check(schema.Dim); err != nil {
			return Pushed{}, err
		}
		if batch = append(batch, record); len(batch) == opts.Batch {
			if err := p.send(ctx, batch); err != nil {
				return Pushed{}, err
			}
			batch = batch[:0]
		}
	}
	if err := p.send(ctx, batch); err != nil {
		return Pushed{}, err
	}
	p.done.Waits = p.waits
	return p.done, p.finish(ctx, table)
}

type pusher struct {
	db   Database
	opts PushOptions
	patient
	empty bool // the table was, when the push began
	done  Pushed
}

// prepare makes the table, or holds what is to be sent against it.
func (p *pusher) prepare(ctx context.Context, table string, schema Schema) error {
	return p.try(ctx, func() error {
		there, err := p.db.Describe(ctx)
		if errors.Is(err, ErrNoTable) {
			p.empty = true
			return p.db.Create(ctx, schema)
		}
		if err != nil {
			return err
		}
		return there.check(table, schema)
	})
}

func (p *pusher) send(ctx context.Context, batch []Record) error {
	if len(batch) == 0 {
		return nil
	}
	err := p.try(ctx, func() error {
		lacking, err := p.lacking(ctx, batch)
		if err != nil || len(lacking) == 0 {
			return err
		}
		if err := p.db.Upsert(ctx, lacking); err != nil {
			return err
		}
		p.done.Written += len(lacking)
		return nil
	})
	p.done.Records += len(batch)
	if err == nil && p.opts.Progress != nil {
		p.opts.Progress(p.done.Records)
	}
	return err
}

// lacking are the records that are not there, or not the same.
func (p *pusher) lacking(ctx context.Context, batch []Record) ([]Record, error) {
	if p.empty {
		return batch, nil
	}
	ids := make([]string, len(batch))
	for i, record := range batch {
		ids[i] = record.ID
	}
	there, err := p.db.Digests(ctx, ids)
	if err != nil {
		return nil, err
	}
	var lacking []Record
	for _, record := range batch {
		if digest, ok := there[record.ID]; !ok || digest != record.digest() {
			lacking = append(lacking, record)
		}
	}
	return lacking, nil
}

func (p *pusher) finish(ctx context.Context, table string) error {
	if err := p.try(ctx, func() error { return p.db.Finish(ctx) }); err != nil {
		return err
	}
	var count int64
	err := p.try(ctx, func() (err error) {
		count, err = p.db.Count(ctx, p.opts.Split)
		return err
	})
	if err == nil && count != int64(p.done.Records) {
		err = fmt.Errorf("table %s: want the %d records pushed in split %q, found %d; push all of a split at once, and other vectors under another", table, p.done.Records, p.opts.Split, count)
	}
	return err
}

// check wants a record that every database takes.
func (r Record) check(dim int) error {
	if len(r.Vector) != dim {
		return fmt.Errorf("vector of %q: want %d dimensions, got %d", r.ID, dim, len(r.Vector))
	}
	for d, x := range r.Vector {
		if x-x != 0 { // NaN or infinite
			return fmt.Errorf("vector of %q: want finite numbers, got %v in dimension %d", r.ID, x, d)
		}
	}
	return nil
}

// patient waits for a database.
type patient struct {
	limit   time.Duration
	waiting func(reason error)
	waits   int
}

const longestPause = 5 * time.Second

// try does an attempt again and again as long as the database does not
// answer, up to a limit.
func (p *patient) try(ctx context.Context, attempt func() error) error {
	limit := p.limit
	if limit == 0 {
		limit = time.Minute
	}
	var since time.Time
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, longestPause) {
		err := attempt()
		if err == nil || !errors.Is(err, ErrUnavailable) || ctx.Err() != nil {
			return err
		}
		now := time.Now()
		if since.IsZero() {
			since = now
			p.waits++
			if p.waiting != nil {
				p.waiting(err)
			}
		}
		if now.Sub(since) > limit {
			return fmt.Errorf("waited %v: %w; what was pushed is kept, push again to go on", limit, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}
