package trec_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gradus-ir/gradus/trec"
)

// each collects what EachRanking hands out.
func each(path string) (trec.Run, error) {
	run := trec.Run{Rankings: map[string][]trec.Scored{}}
	var mutex sync.Mutex
	tag, err := trec.EachRanking(path, func(queryID string, docs []trec.Scored) {
		mutex.Lock()
		defer mutex.Unlock()
		if run.Rankings[queryID] != nil {
			panic("query " + queryID + " twice")
		}
		run.Rankings[queryID] = slices.Clone(docs)
	})
	if err != nil {
		return trec.Run{}, err
	}
	run.Tag = tag
	return run, nil
}

// odd are runs as they come, each with what it means.
var odd = map[string]struct {
	text string
	want map[string][]trec.Scored
}{
	"empty":                   {"", map[string][]trec.Scored{}},
	"only comments":           {"# run\n\n \t\n", map[string][]trec.Scored{}},
	"byte-order mark":         {"\ufeffq Q0 a 1 2 t\n", map[string][]trec.Scored{"q": {{"a", 2}}}},
	"CRLF":                    {"q Q0 a 1 2 t\r\n\r\nr Q0 b 1 1 t\r\n", map[string][]trec.Scored{"q": {{"a", 2}}, "r": {{"b", 1}}}},
	"no newline at the end":   {"q Q0 a 1 2 t", map[string][]trec.Scored{"q": {{"a", 2}}}},
	"tabs and leading spaces": {"q\tQ0\ta\t1\t2\tt\n  q Q0  b 2 3   t  \n", map[string][]trec.Scored{"q": {{"b", 3}, {"a", 2}}}},
	"no-break space in an id": {"q Q0 a\u00a0b 1 2 t\n", map[string][]trec.Scored{"q": {{"a\u00a0b", 2}}}},
	"ids that begin alike":    {"1 Q0 a 1 2 t\n10 Q0 a 1 2 t\n1001 Q0 a 1 2 t\n", map[string][]trec.Scored{"1": {{"a", 2}}, "10": {{"a", 2}}, "1001": {{"a", 2}}}},
	"a comment between":       {"q Q0 a 1 2 t\n# x\nq Q0 b 1 1 t\n", map[string][]trec.Scored{"q": {{"a", 2}, {"b", 1}}}},
	"scores":                  {"q Q0 a 1 1e-5 t\nq Q0 b 1 +2E3 t\nq Q0 c 1 -.5 t\nq Q0 d 1 0x1p-2 t\nq Q0 e 1 1e-999 t\n", map[string][]trec.Scored{"q": {{"b", 2000}, {"d", 0.25}, {"a", 1e-5}, {"e", 0}, {"c", -0.5}}}},
	"-0 and 0 tie":            {"q Q0 a 1 -0 t\nq Q0 b 1 0 t\n", map[string][]trec.Scored{"q": {{"b", 0}, {"a", 0}}}},
	"a tail after the tag":    {"q Q0 a 1 2 t and more\n", map[string][]trec.Scored{"q": {{"a", 2}}}},
}

func TestOddRuns(t *testing.T) {
	for name, c := range odd {
		path := lay(t, "a.run", c.text)
		for how, read := range map[string]func(string) (trec.Run, error){"whole": trec.ReadRun, "each": each} {
			got, err := read(path)
			if diff := cmp.Diff(c.want, got.Rankings); diff != "" || err != nil {
				t.Errorf("%s, %s: error %v, (-want +got)\n%s", name, how, err, diff)
			}
		}
	}
}

func TestEachRankingErrors(t *testing.T) {
	good := "p Q0 a 1 2 t\nq Q0 a 1 2 t\n"
	for want, text := range map[string]string{
		`a.run:4: want 6 fields "query Q0 doc rank score tag", got 5`: good + "r Q0 a 1 2 t\nr Q0 b 2 1\n",
		`a.run:3: want a finite number as score, got "NaN"`:           good + "q Q0 b 2 NaN t\n",
		`a.run:3: want a finite number as score, got "Infinity"`:      good + "q Q0 b 2 Infinity t\n",
		`a.run:3: want a finite number as score, got "1e999"`:         good + "q Q0 b 2 1e999 t\n",
		`a.run:4: query "q": document "a" again, first on line 2`:     good + "\nq Q0 a 3 1 t\n",
		`a.run:1: want 6 fields "query Q0 doc rank score tag", got 1`: "x\n" + good,
	} {
		// The first in the file is named, however many follow.
		text += strings.Repeat("z Q0 a 1 bad t\n", 3)
		if _, err := each(lay(t, "a.run", text)); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("want %s, got %v", want, err)
		}
	}
	torn := lay(t, "a.run", good+"p Q0 b 2 1 t\n")
	if _, err := each(torn); !errors.Is(err, trec.ErrNotGrouped) || !strings.HasSuffix(err.Error(), `a.run:3: query "p": the query's lines do not stand together`) {
		t.Errorf("want the line where a query comes again, got %v", err)
	}
	if run, err := trec.ReadRun(torn); err != nil || len(run.Rankings["p"]) != 2 {
		t.Errorf("want it read whole, got %v, %v", run, err)
	}
	if _, err := each("absent.run"); err == nil {
		t.Error("want an error for a file that is not there")
	}
}

// A run of many queries is the same read in parts and whole.
func TestEachRankingIsReadRun(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	for query := range 300 {
		for rank, doc := range random.Perm(1 + random.IntN(60)) {
			fmt.Fprintf(&text, "q%d Q0 d%d %d %d t%d\n", query, doc, rank, random.IntN(20), query)
		}
	}
	path := lay(t, "a.run", text.String())
	want, err := trec.ReadRun(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := each(path)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, (-want +got)\n%s", err, diff)
	}
	if want.Tag != "t299" || len(slices.Collect(maps.Keys(got.Rankings))) != 300 {
		t.Errorf("want the last line's tag t299 and 300 queries, got %s and %d", want.Tag, len(got.Rankings))
	}
}
