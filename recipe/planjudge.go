package recipe

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"

	"github.com/gradus-ir/gradus/judge"
)

var judgeKind = Kind{"judge", 1}

// grades are the qrels that a test is measured by: those of its split, or a
// judge's of the first documents of all runs.
func (p *planner) grades(t Test, runs []armRun) (path string, from product, err error) {
	read, err := p.read(t.Split)
	if err != nil {
		return "", product{}, err
	}
	if !p.judged(t) {
		return filepath.Join(read.folder, "qrels", t.Split.Name+".tsv"), product{key: read.Qrels, waits: read.made.waits}, nil
	}
	on := []product{read.made}
	var paths []string
	for _, run := range runs {
		on = append(on, run.made)
		paths = append(paths, p.e.Path(run.made.Path))
	}
	// A judge of another name has a pool of its own, which outlives a change of the runs.
	dir := filepath.Join("judged", t.Split.Collection, splitFolder(t.Split)+"-"+fileName(t.Judge.Spec+" "+t.Judge.Model))
	out := dir + ".tsv"
	judged, err := p.add(Stage{
		Kind: judgeKind, Of: t.Name, For: "test " + t.Name, Out: out, Inputs: []any{read.Corpus, read.Queries, t.Judge.Spec, t.Judge.Model, t.Pool},
		Work: func() (float64, error) {
			asked, err := p.judging(t, runs)
			return asked.Seconds, err
		},
		Asks: func() (Asked, error) { return p.judging(t, runs) },
		Run: func(ctx context.Context, out string, move func(int64, int64, string)) error {
			lists, _, err := JudgeLists(JudgeOptions{Collection: read.folder, Runs: paths, Depth: t.Pool})
			if err != nil {
				return err
			}
			client, err := p.open(ctx, *t.Judge, nil)
			if err != nil {
				return err
			}
			defer client.Close()
			j, err := judge.New(ctx, client, judge.Options{})
			if err != nil {
				return err
			}
			of := fmt.Sprint(read.Corpus, read.Queries, j.Identity())
			return judgePool(ctx, j, lists, p.e.Path(dir), hashOf([]byte(of)), out, judge.RunOptions{
				Concurrency: t.Judge.Concurrency,
				Progress: func(progress judge.Progress) {
					move(progress.Requests, progress.Of, fmt.Sprintf("answers, %d tokens", progress.Tokens))
				},
			})
		},
	}, on...)
	return p.e.Path(out), judged, err
}

var notFileName = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// fileName is a text as the name of a file.
func fileName(text string) string { return notFileName.ReplaceAllString(text, "_") }
