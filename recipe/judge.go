package recipe

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/judge"
	"github.com/gradus-ir/gradus/trec"
)

// JudgeOptions say which pairs of a query and a document are graded, and where the grades go.
type JudgeOptions struct {
	Collection string
	Split      string   // its queries, and its grades as the intended ones; "" with runs takes all their queries and intends none
	Runs       []string // TREC runs whose first Depth documents are graded; none grades the split's own
	Depth      int
	Limit      int   // about so many pairs, drawn; 0 is all
	Seed       int64 // of that draw
	Out        string

	RelevantFrom int // see judge.NewReport
	Concurrency  int
	MaxTime      time.Duration
	Progress     func(judge.Progress)
}

// JudgeLists reads what is to be graded, and the grades intended for it.
func JudgeLists(opts JudgeOptions) (lists []judge.List, intended trec.Qrels, err error) {
	if err := checkJudgeOut(opts.Out); err != nil {
		return nil, nil, err
	}
	c, err := collection.Open(opts.Collection)
	if err != nil {
		return nil, nil, err
	}
	if opts.Split != "" {
		if err := c.CheckSplit(opts.Split); err != nil {
			return nil, nil, err
		}
		if intended, err = trec.ReadQrels(c.QrelsPath(opts.Split)); err != nil {
			return nil, nil, err
		}
	}
	documents := judge.JudgedDocuments(intended)
	if len(opts.Runs) > 0 {
		if documents, err = pooled(opts.Runs, opts.Depth); err != nil {
			return nil, nil, err
		}
		if opts.Split != "" {
			maps.DeleteFunc(documents, func(query string, _ []string) bool { return intended[query] == nil })
		}
	}
	if lists, err = judge.Lists(c, documents); err != nil {
		return nil, nil, err
	}
	if len(lists) == 0 {
		return nil, nil, fmt.Errorf("collection %s: want pairs to judge, found none", opts.Collection)
	}
	if opts.Limit > 0 {
		lists = judge.Draw(lists, opts.Limit, opts.Seed)
	}
	return lists, intended, nil
}

func pooled(paths []string, depth int) (map[string][]string, error) {
	var runs []trec.Run
	for _, path := range paths {
		run, err := trec.ReadRun(path)
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
	}
	return judge.PooledDocuments(runs, depth), nil
}

// Judge has the lists graded and writes the grades as qrels, whole or not at
// all. Every answer is kept in a ledger beside them: the same call goes on
// where an earlier one ended.
func Judge(ctx context.Context, j *judge.Judge, lists []judge.List, intended trec.Qrels, opts JudgeOptions) (judge.Report, error) {
	if err := checkJudgeOut(opts.Out); err != nil {
		return judge.Report{}, err
	}
	if err := os.MkdirAll(filepath.Dir(opts.Out), 0o777); err != nil {
		return judge.Report{}, err
	}
	judged, err := j.Run(ctx, judge.RunOptions{
		Lists: lists, Ledger: judgeLedger(opts.Out), Concurrency: opts.Concurrency, MaxTime: opts.MaxTime, Progress: opts.Progress,
	})
	if err != nil {
		return judge.Report{}, err
	}
	report := j.NewReport(lists, judged, intended, opts.RelevantFrom)
	if report.Graded == 0 {
		return judge.Report{}, fmt.Errorf("no usable answer for any of %d pairs (mostly: %s); the answers are in %s", report.Pairs, report.Reasons()[0], judgeLedger(opts.Out))
	}
	return report, writeQrels(opts.Out, judged.Grades)
}

// judgeLedger is the file beside the qrels.
func judgeLedger(out string) string { return strings.TrimSuffix(out, ".tsv") + ".ledger.jsonl" }

// checkJudgeOut refuses to replace qrels that judge did not write, those of people above all.
func checkJudgeOut(out string) error {
	if _, err := os.Stat(out); err != nil {
		return nil
	}
	if _, err := os.Stat(judgeLedger(out)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: want a new file, or one with its %s beside it, got another; take another name", out, filepath.Base(judgeLedger(out)))
	}
	return nil
}
