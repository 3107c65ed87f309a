package exchange

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/internal/textfile"
)

// Formats are the names of what Write can write.
var Formats = []string{"beir", "trec", "msmarco", "hf", "tevatron"}

// writers make a folder of each format; finish adds what belongs beside it.
var writers = map[string]func(out string, r *reading, ending string, finish func(dir string) error) error{
	"beir":     writeBEIR,
	"trec":     inFolder(writeTREC),
	"msmarco":  inFolder(writeMSMARCO),
	"hf":       inFolder(writeHub),
	"tevatron": inFolder(writeTevatron),
}

// WriteOptions say how Write writes; the zero value makes a plain BEIR folder.
type WriteOptions struct {
	Format   string                // of Formats; "" is beir
	Ending   string                // of text files: "", .gz or .zst; parquet has its own packing
	Verb     string                // for the manifest: import or export
	Options  map[string]any        // for the manifest
	Accept   func(Counts) error    // may refuse what was read before anything appears; nil takes all
	Progress func(documents int64) // called now and then; nil tells nobody
}

// Written is what Write wrote.
type Written struct {
	Counts
	// Altered counts texts whose tabs and line ends became spaces, since the format has none.
	Altered int64 `json:"altered,omitempty"`
}

// Write makes the folder out of a source, whole or not at all, with a
// manifest.json. A document or query whose id came before, an id with a tab, a
// line end or no UTF-8, and two grades for one document of a query are errors
// with the place in the source's file; other broken UTF-8 becomes U+FFFD. The
// order is the source's.
func Write(ctx context.Context, source Source, out string, o WriteOptions) (Written, error) {
	if o.Format == "" {
		o.Format = "beir"
	}
	write, known := writers[o.Format]
	if !known {
		return Written{}, fmt.Errorf("want the format %s, got %q", strings.Join(Formats, ", "), o.Format)
	}
	if !slices.Contains(textfile.Endings, o.Ending) {
		return Written{}, fmt.Errorf("want files that end with .gz, .zst or neither, got %q", o.Ending)
	}
	r := newReading(ctx, source, o.Progress)
	err := write(out, r, o.Ending, func(dir string) error {
		if o.Accept != nil {
			if err := o.Accept(r.counts); err != nil {
				return err
			}
		}
		return r.writeManifest(dir, o)
	})
	if err != nil {
		return Written{}, err
	}
	return Written{r.counts, r.altered}, nil
}

func (r *reading) writeManifest(dir string, o WriteOptions) error {
	m := durable.Manifest{Verb: o.Verb, Options: o.Options, Counts: map[string]int64{
		"documents": r.counts.Documents, "queries": r.counts.Queries,
	}}
	for _, split := range r.counts.Splits {
		m.Counts["judgments "+split.Name] = split.Judgments
	}
	for _, path := range r.source.Files() {
		hash, err := durable.HashFileContext(r.ctx, path)
		if err != nil {
			return err
		}
		m.Inputs = append(m.Inputs, durable.Input{Path: path, SHA256: hash})
	}
	return durable.WriteManifest(dir, m)
}

// inFolder is a writer that fills a folder.
func inFolder(fill func(dir string, r *reading, ending string) error) func(string, *reading, string, func(string) error) error {
	return func(out string, r *reading, ending string, finish func(string) error) error {
		return durable.CreateFolder(out, func(dir string) error {
			if err := fill(dir, r, ending); err != nil {
				return err
			}
			return finish(dir)
		})
	}
}

// writeFile makes a file of a folder being filled, packed as its name's ending says.
func writeFile(dir, name string, fill func(w *bufio.Writer) error) (err error) {
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if failed := file.Close(); err == nil {
			err = failed
		}
	}()
	packed, err := textfile.Compress(file, name)
	if err != nil {
		return err
	}
	buffer := bufio.NewWriterSize(packed, 1<<18)
	if err := fill(buffer); err != nil {
		return err
	}
	if err := buffer.Flush(); err != nil {
		return err
	}
	return packed.Close()
}
