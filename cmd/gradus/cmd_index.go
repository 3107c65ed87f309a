package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/index/ivf"
	"github.com/gradus-ir/gradus/internal/textfile"
)

type indexOptions struct {
	dir     string
	vectors []string
	ids     string
	memory  int64 // MiB
	json    bool
	ivf.Options
}

func newIndexCommand(std streams) *cobra.Command {
	var opts indexOptions
	cmd := &cobra.Command{
		Use:   "index --vectors DIR [--vectors DIR …] --out DIR",
		Short: "Make vectors quick to search, approximately",
		Long: `Make an index of one or more vectors folders, for searches that look at a few
per cent of them: lists around centroids, with a code of one bit a dimension
for each vector. The vectors stay where they are, and a search scores what it
finds by them; the index holds the way to their folders.

A build that is stopped keeps what it has done in a folder beside --out, whose
name ends in .building, and goes on there when it is started again.

gradus index insert, delete and rebuild change an index. Each change shows as
a whole, to searches that begin after it.`,
		Example: `  gradus index --vectors scifact.vectors --out scifact.ivf
  gradus index insert --index scifact.ivf --vectors more.vectors
  gradus index delete --index scifact.ivf --ids withdrawn.txt
  gradus index rebuild --index scifact.ivf`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(opts.vectors) == 0 {
				return usagef("index wants --vectors DIR, made by gradus encode")
			}
			if opts.dir == "" {
				return usagef("index wants --out DIR")
			}
			return opts.run(cmd.Context(), std, func(ctx context.Context) error {
				return ivf.Build(ctx, opts.dir, opts.vectors, opts.Options)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&opts.vectors, "vectors", nil, "a vectors `DIR`; may be given again")
	flags.StringVar(&opts.dir, "out", "", "the index `DIR` to make")
	opts.addBuildFlags(cmd)
	opts.addJSONFlag(cmd)
	cmd.AddCommand(newIndexInsertCommand(std), newIndexDeleteCommand(std), newIndexRebuildCommand(std))
	return cmd
}

func (o *indexOptions) addBuildFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.IntVar(&o.Lists, "lists", 0, "how many lists (default 4 times the square root of the vectors)")
	flags.Int64Var(&o.Seed, "seed", 0, "what the centroids start from")
	o.addMemoryFlag(cmd)
}

func (o *indexOptions) addMemoryFlag(cmd *cobra.Command) {
	cmd.Flags().Int64Var(&o.memory, "memory", 256, "`MiB` of lists to put in order at a time")
}

func (o *indexOptions) addIndexFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.dir, "index", "", "the index `DIR` to change")
	o.addJSONFlag(cmd)
}

func (o *indexOptions) addJSONFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.json, "json", false, "print what the index holds as JSON")
}

// run checks what all builds have in common, runs one and says what there is then.
func (o *indexOptions) run(ctx context.Context, std streams, build func(ctx context.Context) error) error {
	switch {
	case o.dir == "":
		return usagef("index wants --index DIR, made by gradus index")
	case o.Lists < 0:
		return usagef("index wants --lists of at least 1, got %d", o.Lists)
	case o.memory < 1:
		return usagef("index wants --memory of at least 1, got %d", o.memory)
	}
	o.Memory = o.memory << 20
	line := newProgress(std.err, "index")
	defer line.close()
	o.Progress = func(stage string, done, total int64) { line.set(done, total, stage) }
	if err := build(ctx); err != nil {
		return err
	}
	line.close()
	x, err := ivf.Open(o.dir)
	if err != nil {
		return err
	}
	defer x.Close()
	if o.json {
		return writeJSON(std.out, struct {
			Index   string `json:"index"`
			Vectors int    `json:"vectors"`
			Lists   int    `json:"lists"`
		}{o.dir, x.Len(), x.Lists()})
	}
	_, err = fmt.Fprintf(std.out, "%d vectors\t%d lists\t%s\n", x.Len(), x.Lists(), o.dir)
	return err
}

func newIndexInsertCommand(std streams) *cobra.Command {
	opts := indexOptions{}
	cmd := &cobra.Command{
		Use:   "insert --index DIR --vectors DIR [--vectors DIR …]",
		Short: "Add vectors folders to an index",
		Long: `Add vectors folders to an index, without touching what is there. A document that
is there already is refused. The lists keep their centroids: once an index has
grown to twice what it was built of, rebuild it.`,
		Example: `  gradus index insert --index scifact.ivf --vectors more.vectors`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(opts.vectors) == 0 {
				return usagef("index insert wants --vectors DIR, made by gradus encode")
			}
			return opts.run(cmd.Context(), std, func(ctx context.Context) error {
				return ivf.Insert(ctx, opts.dir, opts.vectors, opts.Options)
			})
		},
	}
	opts.addIndexFlag(cmd)
	cmd.Flags().StringArrayVar(&opts.vectors, "vectors", nil, "a vectors `DIR` to add; may be given again")
	opts.addMemoryFlag(cmd)
	return cmd
}

func newIndexDeleteCommand(std streams) *cobra.Command {
	opts := indexOptions{memory: 1}
	cmd := &cobra.Command{
		Use:   "delete --index DIR --ids FILE",
		Short: "Take documents out of an index",
		Long: `Take documents out of an index: from then on they are not found. Where one of
the ids is not in it, nothing is deleted. What they take is given back by gradus
index rebuild.`,
		Example: `  gradus index delete --index scifact.ivf --ids withdrawn.txt`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if opts.ids == "" {
				return usagef("index delete wants --ids FILE, an id a line; - is standard input")
			}
			return opts.run(cmd.Context(), std, func(context.Context) error {
				ids, err := readIDs(opts.ids, std.in)
				if err != nil {
					return err
				}
				return ivf.Delete(opts.dir, ids)
			})
		},
	}
	opts.addIndexFlag(cmd)
	cmd.Flags().StringVar(&opts.ids, "ids", "", "the `FILE` of the ids, one a line; - is standard input")
	return cmd
}

func newIndexRebuildCommand(std streams) *cobra.Command {
	opts := indexOptions{}
	cmd := &cobra.Command{
		Use:   "rebuild --index DIR",
		Short: "Build an index anew of what is left in it",
		Long: `Build an index anew, in its place, of the vectors that are left in it, with new
centroids. Searches go on in the old one until the new one is there.`,
		Example: `  gradus index rebuild --index scifact.ivf`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return opts.run(cmd.Context(), std, func(ctx context.Context) error {
				return ivf.Rebuild(ctx, opts.dir, opts.Options)
			})
		},
	}
	opts.addIndexFlag(cmd)
	opts.addBuildFlags(cmd)
	return cmd
}

// readIDs reads a file of one id a line; empty lines are nothing.
func readIDs(path string, stdin io.Reader) ([]string, error) {
	var ids []string
	if path == "-" {
		lines := bufio.NewScanner(stdin)
		for lines.Scan() {
			if lines.Text() != "" {
				ids = append(ids, lines.Text())
			}
		}
		return ids, lines.Err()
	}
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	lines, err := textfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer lines.Close()
	for lines.Scan() {
		if len(lines.Bytes()) > 0 {
			ids = append(ids, string(lines.Bytes()))
		}
	}
	return ids, lines.Err()
}
