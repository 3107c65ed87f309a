package main

import (
	"fmt"
	"io"
	"math"

	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/report"
)

// gridOfCompared has a row for each measure and run, the baseline's first.
func gridOfCompared(evaluated []evaluatedRun, compared []comparedRun) report.Grid {
	grid := report.Grid{Columns: []report.Column{
		{Name: "measure", Words: true}, {Name: "run", Words: true}, {Name: "mean"}, {Name: "difference"}, {Name: "low"}, {Name: "high"}, {Name: "d_z"},
		{Name: "won"}, {Name: "lost"}, {Name: "tied"}, {Name: "p"}, {Name: "Holm"}, {Name: "BH"}, {Name: "detectable"}, {Name: "verdict", Words: true},
	}}
	baseline := evaluated[0]
	for m, name := range baseline.Measures {
		grid.Rows = append(grid.Rows, []string{
			name.String(), baseline.path, formatValue(name, baseline.Mean(m)), "-", "-", "-", "-", "-", "-", "-", "-", "-", "-", "-", "baseline",
		})
		for _, c := range compared {
			if c.measure != m {
				continue
			}
			grid.Rows = append(grid.Rows, []string{
				name.String(), c.run.path, formatValue(name, c.run.Mean(m)), fmt.Sprintf("%+.4f", c.Difference), fmt.Sprintf("%+.4f", c.Interval.Low), fmt.Sprintf("%+.4f", c.Interval.High),
				fmt.Sprintf("%+.2f", c.EffectSize), fmt.Sprint(c.Wins), fmt.Sprint(c.Losses), fmt.Sprint(c.Ties),
				formatP(c.p), formatP(c.holm), formatP(c.bh), formatDetectable(c.Detectable), c.verdict(),
			})
		}
	}
	return grid
}

// gridOfChanged names the queries that changed most.
func gridOfChanged(compared []comparedRun) report.Grid {
	grid := report.Grid{Columns: []report.Column{
		{Name: "measure", Words: true}, {Name: "run", Words: true}, {Name: "query", Words: true}, {Name: "baseline"}, {Name: "this run"}, {Name: "difference"},
	}}
	for _, c := range compared {
		for _, change := range c.changes {
			grid.Rows = append(grid.Rows, []string{
				c.run.Measures[c.measure].String(), c.run.path, change.QueryID,
				fmt.Sprintf("%.4f", change.Baseline), fmt.Sprintf("%.4f", change.Run), fmt.Sprintf("%+.4f", change.Difference()),
			})
		}
	}
	return grid
}

// formatP is a p-value of three digits; - where one query is too few to tell.
func formatP(p float64) string {
	if math.IsNaN(p) {
		return "-"
	}
	return fmt.Sprintf("%.3g", p)
}

func formatDetectable(difference float64) string {
	if math.IsNaN(difference) {
		return "-"
	}
	return fmt.Sprintf("%.4f", difference)
}

func writeComparedJSON(w io.Writer, opts compareOptions, evaluated []evaluatedRun, compared []comparedRun) error {
	type changeJSON struct {
		Query      string  `json:"query"`
		Baseline   float64 `json:"baseline"`
		Run        float64 `json:"run"`
		Difference float64 `json:"difference"`
	}
	type comparedJSON struct {
		Measure      measure.Measure  `json:"measure"`
		Run          string           `json:"run"`
		Mean         float64          `json:"mean"`
		MeanInterval measure.Interval `json:"mean_interval"`
		Difference   float64          `json:"difference"`
		Interval     measure.Interval `json:"interval"`
		Wins         int              `json:"wins"`
		Losses       int              `json:"losses"`
		Ties         int              `json:"ties"`
		// Null for what is not a number or infinite.
		EffectSize     *float64     `json:"effect_size"`
		T              *float64     `json:"t"`
		TP             *float64     `json:"t_p"`
		W              float64      `json:"wilcoxon_w"`
		WilcoxonP      float64      `json:"wilcoxon_p"`
		RandomizationP float64      `json:"randomization_p"`
		P              *float64     `json:"p"` // of the chosen test
		Holm           *float64     `json:"p_holm"`
		BH             *float64     `json:"p_benjamini_hochberg"`
		Detectable     *float64     `json:"detectable"`
		Verdict        string       `json:"verdict"`
		Changed        []changeJSON `json:"changed,omitempty"`
	}
	baseline := evaluated[0]
	out := struct {
		Qrels       string                               `json:"qrels"`
		Queries     int                                  `json:"queries"`
		Test        string                               `json:"test"`
		Seed        uint64                               `json:"seed"`
		Baseline    string                               `json:"baseline"`
		Mean        map[measure.Measure]float64          `json:"baseline_mean"`
		Interval    map[measure.Measure]measure.Interval `json:"baseline_mean_interval"`
		Comparisons []comparedJSON                       `json:"comparisons"`
	}{
		Qrels: opts.qrels, Queries: len(baseline.QueryIDs), Test: opts.test, Seed: opts.seed, Baseline: baseline.path,
		Mean: make(map[measure.Measure]float64), Interval: make(map[measure.Measure]measure.Interval),
	}
	for m, name := range baseline.Measures {
		out.Mean[name], out.Interval[name] = baseline.Mean(m), baseline.MeanInterval(m, opts.seed)
	}
	for _, c := range compared {
		one := comparedJSON{
			Measure: c.run.Measures[c.measure], Run: c.run.path, Mean: c.run.Mean(c.measure), MeanInterval: c.run.MeanInterval(c.measure, opts.seed),
			Difference: c.Difference, Interval: c.Interval, Wins: c.Wins, Losses: c.Losses, Ties: c.Ties,
			EffectSize: finite(c.EffectSize), T: finite(c.T), TP: finite(c.P), W: c.W, WilcoxonP: c.WilcoxonP, RandomizationP: c.RandomizationP,
			P: finite(c.p), Holm: finite(c.holm), BH: finite(c.bh), Detectable: finite(c.Detectable), Verdict: c.verdict(),
		}
		for _, change := range c.changes {
			one.Changed = append(one.Changed, changeJSON{change.QueryID, change.Baseline, change.Run, change.Difference()})
		}
		out.Comparisons = append(out.Comparisons, one)
	}
	return writeJSON(w, out)
}

// finite is nil, JSON's null, for what JSON cannot hold.
func finite(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}
