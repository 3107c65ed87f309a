package trec

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/gradus-ir/gradus/internal/textfile"
)

// ErrNotGrouped says that the lines of a query do not stand together in a run.
var ErrNotGrouped = errors.New("the query's lines do not stand together")

// EachRanking reads a run as ReadRun does, but holds no more of it than a dozen or two
// queries' lines: each gets one query's documents at a time, in the order of
// Compare, and may keep their ids but not the slice. It is called by several
// goroutines at once, in any order. Where the lines of a query do not stand
// together the error is ErrNotGrouped. At an error each has seen a part of
// the run. The tag is that of the last line.
func EachRanking(path string, each func(queryID string, docs []Scored)) (tag string, err error) {
	lines, err := textfile.Open(path)
	if err != nil {
		return "", err
	}
	defer lines.Close()

	work := make(chan block, 16) // so that who is done finds the next one waiting
	var failed atomic.Bool
	var mutex sync.Mutex
	var first *lineError // in the file
	var last int
	fail := func(err *lineError) {
		failed.Store(true)
		mutex.Lock()
		defer mutex.Unlock()
		if first == nil || err.line < first.line {
			first = err
		}
	}
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			var r ranking
			for block := range work {
				err := r.parse(block)
				if err == nil {
					err = r.order(block.queryID)
				}
				if err != nil {
					fail(err)
					continue
				}
				mutex.Lock()
				if block.first > last {
					last, tag = block.first, r.tag
				}
				mutex.Unlock()
				each(block.queryID, r.docs)
			}
		})
	}
	seen := make(map[string]struct{})
	var broken error
	for block, err := range blocks(lines) {
		if err != nil {
			broken = err
			break
		}
		if _, again := seen[block.queryID]; again {
			fail(&lineError{block.first, fmt.Errorf("query %q: %w", block.queryID, ErrNotGrouped)})
			break
		}
		seen[block.queryID] = struct{}{}
		if failed.Load() {
			break
		}
		work <- block
	}
	close(work)
	workers.Wait()
	if first != nil {
		return "", first.in(lines)
	}
	return strings.Clone(tag), broken
}
