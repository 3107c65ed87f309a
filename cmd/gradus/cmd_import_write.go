package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"

	"github.com/gradus-ir/gradus/exchange"
	"github.com/gradus-ir/gradus/internal/durable"
)

// incoming is a collection on its way in.
type incoming struct {
	name   string // of its folder under --out, "" for --out itself
	source exchange.Source
	known  exchange.Known // its Name is "" where it is none
}

// write makes --out, of one collection or of several side by side.
func (o importOptions) write(ctx context.Context, parts []incoming, std streams) error {
	if len(parts) == 1 {
		return o.writeOne(ctx, parts[0], o.out, std)
	}
	return durable.CreateFolder(o.out, func(temp string) error {
		for _, part := range parts {
			if err := o.writeOne(ctx, part, filepath.Join(temp, part.name), std); err != nil {
				return fmt.Errorf("%s: %w", part.known.Name, err)
			}
		}
		return nil
	})
}

func (o importOptions) writeOne(ctx context.Context, in incoming, out string, std streams) error {
	ending, err := endingOf(o.compress)
	if err != nil {
		return err
	}
	line := newProgress(std.err, "import")
	defer line.close()
	write := exchange.WriteOptions{Ending: ending, Verb: "import", Options: map[string]any{"from": o.format},
		Progress: func(done int64) { line.set(done, 0, fmt.Sprintf("%s %d documents", in.name, done)) }}
	if in.known.Name != "" {
		maps.Copy(write.Options, in.known.Rules())
		write.Accept = func(counts exchange.Counts) error {
			err := in.known.Check(counts)
			if err != nil && o.anyCounts {
				line.close()
				fmt.Fprintln(std.err, err)
				return nil
			}
			if err != nil {
				return fmt.Errorf("%w; --any-counts takes it nevertheless", err)
			}
			return nil
		}
	}
	written, err := exchange.Write(ctx, in.source, out, write)
	line.close()
	if err != nil {
		return err
	}
	if flags := in.known.Measuring(); flags != "" {
		fmt.Fprintf(std.err, "%s is measured with: gradus evaluate %s\n", in.known.Name, flags)
	}
	if o.json {
		return writeJSON(std.out, written)
	}
	return writeCounts(std.out, in.name, written)
}

// writeCounts prints what a collection has, and what may be a fault of it.
func writeCounts(w io.Writer, part string, written exchange.Written) error {
	var failed error
	line := func(what string, n int64, always bool) {
		if part != "" {
			what = part + "\t" + what
		}
		if n > 0 || always {
			_, err := fmt.Fprintf(w, "%s\t%d\n", what, n)
			failed = errors.Join(failed, err)
		}
	}
	line("documents", written.Documents, true)
	line("queries", written.Queries, true)
	for _, split := range written.Splits {
		line(split.Name+": queries", split.Queries, true)
		line(split.Name+": judgments", split.Judgments, true)
		line(split.Name+": judgments repeated", split.Repeated, false)
		line(split.Name+": judgments of documents that are not there", split.UnknownDocuments, false)
		line(split.Name+": queries that are not there", split.UnknownQueries, false)
	}
	line("texts with tabs or line ends made spaces", written.Altered, false)
	return failed
}
