package generate

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/internal/durable"
)

// documentID has the grade the document was written for. It is unique as long
// as query IDs are: the grade has no dash.
func documentID(queryID string, grade int) string { return fmt.Sprintf("%s-%d", queryID, grade) }

// manifestName is durable's; while it is missing the collection is being replaced.
const manifestName = "manifest.json"

// writeCollection puts the collection beside the ledger. It is built whole in
// a hidden folder and then moved in; a collection of an earlier, partial run
// gives way to it. The manifest goes first and comes last.
func writeCollection(opts Options, s strategy, lists [][]passage, summary Summary) error {
	if err := sweep(opts.Out); err != nil {
		return err
	}
	fresh := filepath.Join(opts.Out, freshFolder)
	defer os.RemoveAll(fresh)
	err := collection.Write(fresh, func(w *collection.Writer) error {
		return fill(w, opts, lists)
	})
	if err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(opts.Out, manifestName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.RemoveAll(filepath.Join(opts.Out, "qrels")); err != nil {
		return err
	}
	entries, err := os.ReadDir(fresh)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := os.Rename(filepath.Join(fresh, entry.Name()), filepath.Join(opts.Out, entry.Name())); err != nil {
			return err
		}
	}
	return durable.WriteManifest(opts.Out, manifest(opts, s, summary)) // syncs the folder, and so the moves
}

// freshFolder is where a collection is built.
const freshFolder = ".collection"

// sweep removes what runs that were killed while they wrote left half done. The ledger's lock keeps others out.
func sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := entry.Name()
		if name == freshFolder || strings.HasPrefix(name, "."+freshFolder+".tmp-") || strings.HasPrefix(name, "."+manifestName+".tmp-") {
			if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func fill(w *collection.Writer, opts Options, lists [][]passage) error {
	for i, query := range opts.Queries {
		if len(lists[i]) == 0 {
			continue
		}
		if err := w.Query(query); err != nil {
			return err
		}
		for _, p := range lists[i] {
			doc := collection.Document{ID: documentID(query.ID, p.asked), Text: p.text}
			if err := w.Document(doc); err != nil {
				return err
			}
			if err := w.Grade(opts.Split, query.ID, doc.ID, p.grade); err != nil {
				return err
			}
		}
	}
	return nil
}

func manifest(opts Options, s strategy, summary Summary) durable.Manifest {
	counts := map[string]int64{
		"queries": summary.Queries, "lists": summary.Lists, "partial lists": summary.Partial,
		"documents": summary.Documents, "requests": summary.Requests,
		"prompt tokens": summary.Usage.PromptTokens, "completion tokens": summary.Usage.CompletionTokens,
	}
	for reason, n := range summary.LeftOut {
		counts["left out: "+reason] = n
	}
	options := map[string]any{
		"strategy": s.name, "prompts": s.prompts, "model": summary.Model, "answers": opts.Answers,
		"grades": opts.Grades, "attempts": opts.Attempts, "split": opts.Split,
	}
	if opts.Domain != "" {
		options["domain"] = opts.Domain
	}
	if s.examples {
		options["examples per query"] = opts.ExamplesPerQuery
	}
	if opts.Judge != nil {
		options["judge"], options["check attempts"], options["on mismatch"] = opts.Judge.Name, opts.CheckAttempts, opts.OnMismatch
		options["judged"] = summary.Checks
	}
	if summary.Stopped != "" {
		options["stopped"] = summary.Stopped
	}
	if len(summary.Refused) > 0 {
		options["server takes no"] = summary.Refused
	}
	return durable.Manifest{Verb: "generate", Seed: &opts.Seed, Options: options, Inputs: opts.Inputs, Counts: counts}
}

// reasons lists counts by reason, for people.
func reasons(leftOut map[string]int64) string {
	var parts []string
	for _, reason := range slices.Sorted(maps.Keys(leftOut)) {
		parts = append(parts, fmt.Sprintf("%d %s", leftOut[reason], reason))
	}
	return strings.Join(parts, ", ")
}
