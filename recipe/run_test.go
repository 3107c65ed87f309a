package recipe

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/encoder/encodertest"
	"github.com/gradus-ir/gradus/internal/assets"
	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/trec"
)

// tinyRecipe is a whole experiment over a few texts, in seconds.
const tinyRecipe = `measures: [nDCG@10, RR@10]
seeds: [1, 2]
collections:
  texts:
    path: texts
    splits:
      dev: {of: train, only: held}
      fit: {of: train, without: held}
encoders:
  tiny: {model: model, document-max-length: 24}
train: {epochs: 2, queries-per-step: 3, lr: 1e-3}
tune: {on: texts/dev, grid: {lr: [1e-3, 3e-3]}}
arms:
  bm25: {kind: bm25}
  base: {encoder: tiny}
  pairs: {inherits: base, baseline: base, loss: infonce, sources: texts/fit}
  lists: {inherits: pairs, loss: ws2}
  fusion: {kind: fusion, of: [bm25, lists], baseline: bm25}
tests: [texts/test]
shift: texts/fit
`

// topics are what the queries of the tiny collection are about.
var topics = []string{
	"lift of a wing", "heat at re-entry", "buckling of shells", "noise of jets", "flutter of panels", "waves behind a blunt body",
	"drag of a cone", "flow in a nozzle", "turbulent layers", "load on a tail", "icing of a rotor", "spin of a model",
}

// tinyWorld makes a folder with a recipe, a model of random weights and a
// collection whose every query has one document of each grade.
func tinyWorld(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := encodertest.Tiny().Write(filepath.Join(dir, "model")); err != nil {
		t.Fatal(err)
	}
	err := collection.Write(filepath.Join(dir, "texts"), func(w *collection.Writer) error {
		var errs []error
		for i, topic := range topics {
			query := fmt.Sprint("q", i)
			errs = append(errs, w.Query(collection.Query{ID: query, Text: topic}))
			splits := []string{"train"}
			switch {
			case i < 2:
				splits = append(splits, "held")
			case i >= 8:
				splits = []string{"test"}
			}
			for grade := range 4 {
				doc := fmt.Sprint(query, "-", grade)
				text := fmt.Sprintf("%.*s, study %d of %s", len(topic)*grade/3, topic, grade, topics[(i+5)%len(topics)])
				errs = append(errs, w.Document(collection.Document{ID: doc, Text: text}))
				for _, split := range splits {
					errs = append(errs, w.Grade(split, query, doc, grade))
				}
			}
		}
		return errors.Join(errs...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func parse(t *testing.T, dir, text string) *Recipe {
	t.Helper()
	r, err := Parse(filepath.Join(dir, "recipe.yaml"), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// run runs a recipe and returns what it came to and the stages that ran.
func run(t *testing.T, dir, text string) (Outcome, []string) {
	t.Helper()
	e, err := Open(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var ran []string
	e.Watch = func(event Event) {
		if event.State == Finished {
			ran = append(ran, event.Stage)
		}
	}
	outcome, err := parse(t, dir, text).Run(t.Context(), e, assets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return outcome, ran
}

func TestRun(t *testing.T) {
	dir := tinyWorld(t)
	e, err := Look(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	forecast, err := parse(t, dir, tinyRecipe).Forecast(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "out")); err == nil {
		t.Error("a forecast made the experiment's folder")
	}
	outcome, ran := run(t, dir, tinyRecipe)

	// The forecast names the stages that ran, each once, though not yet which point is best.
	var planned []string
	for _, s := range forecast.Stages {
		planned = append(planned, s.Stage)
	}
	if len(planned) != len(ran) || forecast.ToDo != len(ran) || outcome.Ran != len(ran) || outcome.Stages != len(ran) {
		t.Errorf("want as many stages planned as run, got %d and %d:\n%s\n%s", len(planned), len(ran), strings.Join(planned, "\n"), strings.Join(ran, "\n"))
	}
	if sorted := slices.Sorted(slices.Values(ran)); len(slices.Compact(sorted)) != len(ran) {
		t.Errorf("a stage ran twice: %q", ran)
	}
	wantOwnNumbers(t, dir, outcome)
	wantCards(t, dir)

	again, ran := run(t, dir, tinyRecipe)
	if again.Ran != 0 || len(ran) != 0 || again.Stages != outcome.Stages {
		t.Errorf("want nothing to do, got %q", ran)
	}
	first, err := json.Marshal(outcome.Report.Comparisons)
	second, err2 := json.Marshal(again.Report.Comparisons)
	if err := errors.Join(err, err2); err != nil || string(first) != string(second) {
		t.Errorf("the comparisons of nothing done are others: %v, %s, %s", err, first, second)
	}

	// A changed loss redoes the arm, and what is made of it.
	_, ran = run(t, dir, strings.Replace(tinyRecipe, "loss: ws2", "loss: ws2+0.5*infonce", 1))
	for _, stage := range ran {
		if !strings.Contains(stage, "lists") && !strings.Contains(stage, "fusion") && !strings.HasPrefix(stage, "report ") {
			t.Errorf("a changed loss of the arm lists redid %s", stage)
		}
	}
	if len(ran) < 10 {
		t.Errorf("want the arm redone, got %q", ran)
	}

	// A changed corpus redoes what reads it.
	corpus := filepath.Join(dir, "texts", "corpus.jsonl")
	text, err := os.ReadFile(corpus)
	if err := errors.Join(err, os.WriteFile(corpus, []byte(strings.Replace(string(text), "study 3", "essay 3", 1)), 0o666)); err != nil {
		t.Fatal(err)
	}
	if _, ran = run(t, dir, tinyRecipe); len(ran) != outcome.Stages-1 { // the folder of links is as it was
		t.Errorf("want all but one of %d stages, got %q", outcome.Stages, ran)
	}
}

// wantOwnNumbers recomputes what the report says of an arm from its runs.
func wantOwnNumbers(t *testing.T, dir string, outcome Outcome) {
	t.Helper()
	qrels, err := trec.ReadQrels(filepath.Join(dir, "texts", "qrels", "test.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := measure.Parse("nDCG@10")
	if err != nil {
		t.Fatal(err)
	}
	var choice Choice
	if err := readJSON(filepath.Join(dir, "out", "choices", "lists.json"), &choice); err != nil {
		t.Fatal(err)
	}
	best := choice.Points[0]
	for _, at := range choice.Points {
		if at.Value > best.Value {
			best = at
		}
	}
	if len(choice.Points) != 2 || choice.Best != best.Name {
		t.Errorf("want the better of two points, got %+v", choice)
	}
	total := 0.0
	for _, seed := range []int{1, 2} {
		run, err := trec.ReadRun(filepath.Join(dir, "out", "runs", "texts", "test", "lists", choice.Best, fmt.Sprintf("seed-%d.run", seed)))
		if err != nil {
			t.Fatal(err)
		}
		total += measure.Evaluate(qrels, run, m).Mean(0) / 2
	}
	means := map[string]float64{}
	for _, mean := range outcome.Report.Means() {
		if mean.Measure == m {
			means[mean.Arm] = mean.Mean
		}
	}
	if got := slices.Sorted(maps.Keys(means)); strings.Join(got, " ") != "base bm25 fusion lists pairs" {
		t.Errorf("got arms %q", got)
	}
	if math.Abs(means["lists"]-total) > 1e-9 {
		t.Errorf("lists: got %v in the report, %v out of its runs", means["lists"], total)
	}
	for _, a := range outcome.Report.Arms {
		if trained := a.Kind == "trained"; trained && (len(a.Curves) != 2 || len(a.Curves[0].Steps) != 4 || len(a.Shifts) != 1 || len(a.Seeds) != 2) {
			t.Errorf("%s: want two curves of four steps and a shift, got %+v, %+v", a.Name, a.Curves, a.Shifts)
		}
	}
	if len(outcome.Report.Queries) == 0 || len(outcome.Report.Lengths) != 1 || len(outcome.Report.Comparisons) != 6 {
		t.Errorf("got %d queries, %d lengths, %d comparisons", len(outcome.Report.Queries), len(outcome.Report.Lengths), len(outcome.Report.Comparisons))
	}
	for _, file := range []string{"report.html", "report.md", "experiment.json"} {
		if info, err := os.Stat(filepath.Join(dir, "out", file)); err != nil || info.Size() == 0 {
			t.Errorf("want %s, got %v", file, err)
		}
	}
}

func TestDevQueriesAreNotTrainedOn(t *testing.T) {
	dir := tinyWorld(t)
	e := open(t, filepath.Join(dir, "out"))
	r := parse(t, dir, strings.Replace(tinyRecipe, "sources: texts/fit", "sources: texts/train", 1))
	_, err := r.Run(t.Context(), e, assets.Options{})
	want := filepath.Join(dir, "recipe.yaml") + ":16: arm pairs: want no query of texts/dev, by which hyperparameters are chosen, among those it is trained on; texts/train has 2 of them"
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestMissingInputs(t *testing.T) {
	dir := tinyWorld(t)
	text := strings.Replace(tinyRecipe, "path: texts\n", "path: ${GRADUS_TEST_NOWHERE}/texts\n    expect: {documents: 1000, queries: 50, words: 20}\n", 1)
	e := open(t, filepath.Join(dir, "out"))
	_, err := parse(t, dir, text).Run(t.Context(), e, assets.Options{})
	if err == nil || !strings.Contains(err.Error(), "recipe.yaml:4: collection texts: want the variable GRADUS_TEST_NOWHERE set") {
		t.Errorf("got %v", err)
	}
	forecast, err := parse(t, dir, text).Forecast(t.Context(), e)
	if err != nil || len(forecast.Missing) != 1 || !forecast.Rough || forecast.Seconds <= 0 {
		t.Errorf("want a rough forecast that names the collection, got %+v, %v", forecast, err)
	}
}
