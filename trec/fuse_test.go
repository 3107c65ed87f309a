package trec_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/gradus-ir/gradus/trec"
)

var (
	lexicalRun = trec.Run{Rankings: map[string][]trec.Scored{
		"q1": {{"a", 9}, {"b", 7}, {"c", 5}},
		"q2": {{"a", 2}, {"b", 2}},
		"q3": {{"only here", 1}},
		"q4": {},
	}}
	denseRun = trec.Run{Rankings: map[string][]trec.Scored{
		"q1": {{"d", 0.5}, {"c", 0.9}, {"b", 0.8}}, // out of order
		"q2": {{"b", 0.1}, {"a", 0.1}},
	}}
)

func TestFuse(t *testing.T) {
	byRank := func(depth int) (trec.Run, error) { return trec.FuseRanks(depth, lexicalRun, denseRun) }
	byScore := func(depth int) (trec.Run, error) {
		return trec.FuseScores(depth, []float64{0.5, 2}, lexicalRun, denseRun)
	}
	for name, c := range map[string]struct {
		fuse  func(int) (trec.Run, error)
		depth int
		want  map[string][]trec.Scored
	}{
		"ranks": {byRank, 10, map[string][]trec.Scored{
			"q1": {{"c", 1./63 + 1./61}, {"b", 1./62 + 1./62}, {"a", 1. / 61}, {"d", 1. / 63}},
			"q2": {{"b", 1./61 + 1./61}, {"a", 1./62 + 1./62}}, // ties rank by id descending, as in the run
			"q3": {{"only here", 1. / 61}},
		}},
		"scores": {byScore, 10, map[string][]trec.Scored{
			"q1": {{"c", 2}, {"b", 0.25 + 1.5}, {"a", 0.5}, {"d", 0}},
			"q2": {{"b", 2.5}, {"a", 2.5}},
			"q3": {{"only here", 0.5}},
		}},
		"cut": {byRank, 1, map[string][]trec.Scored{
			"q1": {{"c", 1./63 + 1./61}}, "q2": {{"b", 1./61 + 1./61}}, "q3": {{"only here", 1. / 61}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.fuse(c.depth)
			if diff := cmp.Diff(c.want, got.Rankings, cmpopts.EquateApprox(0, 1e-15)); diff != "" || err != nil {
				t.Errorf("error %v, (-want +got)\n%s", err, diff)
			}
		})
	}
	if lists := denseRun.Rankings["q1"]; lists[0].DocID != "d" {
		t.Error("fusion put a run that it was given in another order")
	}
}

func TestFuseErrors(t *testing.T) {
	for _, c := range []struct {
		depth   int
		weights []float64
		want    string
	}{
		{0, []float64{1, 1}, "want a depth of at least 1, got 0"},
		{1, []float64{1}, "want a weight for each of 2 runs, got 1"},
		{1, []float64{1, -1}, "want finite weights of at least 0, got -1"},
		{1, []float64{1, math.NaN()}, "want finite weights of at least 0, got NaN"},
		{1, []float64{1, math.Inf(1)}, "want finite weights of at least 0, got +Inf"},
	} {
		if _, err := trec.FuseScores(c.depth, c.weights, lexicalRun, denseRun); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %s, got %v", c.want, err)
		}
	}
}
