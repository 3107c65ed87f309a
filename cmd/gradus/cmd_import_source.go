package main

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/gradus-ir/gradus/exchange"
	"github.com/gradus-ir/gradus/internal/assets"
)

// collections opens what is to be imported: one collection, or the parts of one.
func (o importOptions) collections(ctx context.Context, std streams) ([]incoming, error) {
	if !exchange.IsName(o.format) {
		source, err := o.open(ctx, std)
		return []incoming{{source: source}}, err
	}
	if len(o.paths) > 0 {
		return nil, usagef("import %s wants no path, got %q; a copy is named by --from", o.format, o.paths)
	}
	known, err := exchange.Find(o.format)
	if err != nil {
		return nil, usageError{err}
	}
	if len(known.Parts) == 0 {
		source, err := o.openKnown(ctx, known, o.from, std)
		return []incoming{{source: source, known: known}}, err
	}
	var parts []incoming
	for _, name := range known.Parts {
		part, err := exchange.Find(name)
		if err != nil {
			return nil, err
		}
		folder := strings.TrimPrefix(name, known.Name+"/")
		from := o.from
		if from != "" {
			from = filepath.Join(from, folder)
		}
		source, err := o.openKnown(ctx, part, from, std)
		if err != nil {
			return nil, err
		}
		parts = append(parts, incoming{folder, source, part})
	}
	return parts, nil
}

func (o importOptions) openKnown(ctx context.Context, known exchange.Known, from string, std streams) (exchange.Source, error) {
	if from != "" {
		return known.Local(from)
	}
	dir, err := o.fetch(ctx, known.Repository+"@"+known.Revision, std)
	if err != nil {
		return nil, err
	}
	return exchange.Hub("", dir)
}

// fetch is the folder of a data set of the hub, or of this machine.
func (o importOptions) fetch(ctx context.Context, ref string, std streams) (string, error) {
	line := newProgress(std.err, "fetch")
	defer line.close()
	options := o.assets
	options.Progress = func(asset string, done, total int64) { line.set(done, total, asset) }
	return assets.Dataset(ctx, ref, options)
}

func (o importOptions) open(ctx context.Context, std streams) (exchange.Source, error) {
	qrels, err := splitFiles("--qrels", o.qrels, "test")
	if err != nil {
		return nil, err
	}
	files := exchange.Files{Documents: o.documents, Queries: o.queries, Qrels: qrels}
	if err := o.checkFiles(files); err != nil {
		return nil, err
	}
	switch o.format {
	case "beir":
		return exchange.BEIR(o.paths[0])
	case "hf":
		var dirs []string
		for _, ref := range o.paths {
			dir, err := o.fetch(ctx, ref, std)
			if err != nil {
				return nil, err
			}
			dirs = append(dirs, dir)
		}
		return exchange.Hub(o.subset, dirs...)
	case "tevatron":
		splits, err := splitFiles("tevatron", o.paths, "train")
		if err != nil {
			return nil, err
		}
		return exchange.Tevatron(splits, o.documents...), nil
	case "trec":
		source, err := exchange.TREC(files, o.topicFields...)
		if err != nil {
			return nil, usagef("--topic-field: %w", err)
		}
		return source, nil
	}
	return exchange.MSMARCO(files), nil
}

// checkFiles holds what is given against what the format is made of.
func (o importOptions) checkFiles(files exchange.Files) error {
	byPath := map[string]bool{"beir": true, "hf": true, "tevatron": true, "trec": false, "msmarco": false}
	wantsPath, known := byPath[o.format]
	switch {
	case !known:
		return usagef("want beir, hf, tevatron, trec, msmarco or the name of a collection, got %q; see gradus help import", o.format)
	case wantsPath && len(o.paths) == 0, o.format == "beir" && len(o.paths) > 1:
		return usagef("import %s wants a path, got %d; see gradus help import", o.format, len(o.paths))
	case !wantsPath && len(o.paths) > 0:
		return usagef("import %s wants --documents, --queries and --qrels, got %q", o.format, o.paths)
	case !wantsPath && len(files.Documents)+len(files.Queries)+len(files.Qrels) == 0:
		return usagef("import %s wants --documents, --queries or --qrels", o.format)
	case wantsPath && len(files.Queries)+len(files.Qrels) > 0, (o.format == "beir" || o.format == "hf") && len(files.Documents) > 0:
		return usagef("--documents, --queries and --qrels are for trec and msmarco, got %s", o.format)
	case o.format != "trec" && len(o.topicFields) > 0:
		return usagef("--topic-field is for trec, got %s", o.format)
	case o.format != "hf" && o.subset != "":
		return usagef("--subset is for hf, got %s", o.format)
	}
	return nil
}
