package recipe

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// weights are the trained models of an experiment that have theirs, by name.
func weights(t *testing.T, dir string) (with []string) {
	t.Helper()
	models := filepath.Join(dir, "out", "models")
	err := filepath.WalkDir(models, func(path string, _ fs.DirEntry, err error) error {
		if err == nil && filepath.Base(path) == weightsFile {
			name, _ := filepath.Rel(models, filepath.Dir(path))
			with = append(with, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return with
}

// best reads an arm's choice.
func best(t *testing.T, dir, arm string) (won, lost string) {
	t.Helper()
	var c Choice
	if err := readJSON(filepath.Join(dir, "out", "choices", arm+".json"), &c); err != nil {
		t.Fatal(err)
	}
	for _, at := range c.Points {
		if at.Name != c.Best {
			lost = at.Name
		}
	}
	return c.Best, lost
}

// oneArm is tinyRecipe with a single trained arm.
var oneArm = strings.NewReplacer("  lists: {inherits: pairs, loss: ws2}\n", "", "[bm25, lists]", "[bm25, pairs]").Replace(tinyRecipe)

func TestLosersKeepNoWeights(t *testing.T) {
	dir := tinyWorld(t)
	outcome, _ := run(t, dir, oneArm)
	won, lost := best(t, dir, "pairs")
	want := []string{"pairs/" + won + "/seed-1", "pairs/" + won + "/seed-2"}
	if got := weights(t, dir); !slices.Equal(got, want) {
		t.Fatalf("want the weights of the winner's seeds %q, got %q", want, got)
	}
	loser := filepath.Join(dir, "out", "models", "pairs", lost, "seed-1")
	if _, err := os.Stat(filepath.Join(loser, "train.jsonl")); err != nil {
		t.Errorf("want the steps of the point that lost: %v", err)
	}
	if again, ran := run(t, dir, oneArm); again.Ran != 0 || len(ran) != 0 {
		t.Errorf("want nothing to do, got %q", ran)
	}
	if todo := look(t, dir, oneArm).ToDo; todo != 0 {
		t.Errorf("want nothing to do in the forecast, got %d stages", todo)
	}

	// A run that was killed before it dropped them leaves them to the next one.
	if err := os.WriteFile(filepath.Join(loser, weightsFile), []byte("weights"), 0o666); err != nil {
		t.Fatal(err)
	}
	if again, _ := run(t, dir, oneArm); again.Ran != 0 || !slices.Equal(weights(t, dir), want) {
		t.Errorf("want nothing run and the weights gone, got %d stages, %q", again.Ran, weights(t, dir))
	}

	// A point more trains that point; those that are known stay as they are.
	_, ran := run(t, dir, strings.Replace(oneArm, "lr: [1e-3, 3e-3]", "lr: [1e-3, 3e-3, 1e-9]", 1))
	wantTrained(t, ran, "train pairs/lr=1e-9/seed-1")
	if now, _ := best(t, dir, "pairs"); now != won {
		t.Fatalf("want %s to win over a model that learnt nothing, got %s", won, now)
	}

	// Weights of the winner that are gone are made again, and nothing else is.
	if err := os.Remove(filepath.Join(dir, "out", "models", want[0], weightsFile)); err != nil {
		t.Fatal(err)
	}
	again, ran := run(t, dir, oneArm)
	wantTrained(t, ran, "train "+want[0])
	if again.Report.Means()[1] != outcome.Report.Means()[1] {
		t.Errorf("want the means as they were, got %v and %v", again.Report.Means()[1], outcome.Report.Means()[1])
	}
}

// wantTrained wants these trainings among the stages that ran, and no others.
func wantTrained(t *testing.T, ran []string, want ...string) {
	t.Helper()
	trained := slices.DeleteFunc(slices.Clone(ran), func(stage string) bool { return !strings.HasPrefix(stage, "train ") })
	if !slices.Equal(trained, want) {
		t.Errorf("want %q trained, got %q", want, trained)
	}
}

// A choice that falls otherwise takes a point that had lost, whose model is then made again.
func TestALoserWinsLater(t *testing.T) {
	dir := tinyWorld(t)
	run(t, dir, oneArm)
	won, lost := best(t, dir, "pairs")
	// By this measure all points are worth nothing, and the first of them is taken.
	grid := fmt.Sprintf("[%s, %s]", strings.TrimPrefix(lost, "lr="), strings.TrimPrefix(won, "lr="))
	_, ran := run(t, dir, strings.NewReplacer("tune: {", `tune: {measure: "P(rel=4)@1", `, "[1e-3, 3e-3]", grid).Replace(oneArm))
	if now, _ := best(t, dir, "pairs"); now != lost {
		t.Fatalf("want the first of equal points, %s, got %s", lost, now)
	}
	wantTrained(t, ran, "train pairs/"+lost+"/seed-1", "train pairs/"+lost+"/seed-2")
	for _, stage := range ran {
		if strings.Contains(stage, "texts/dev") {
			t.Errorf("want what the dev split said to be known, got %s run", stage)
		}
	}
}

// Hyperparameters are chosen before anything is tested, with one seed too.
func TestChoiceComesFirst(t *testing.T) {
	dir := tinyWorld(t)
	// With this rate and this measure the second point wins on the dev split.
	text := strings.NewReplacer("seeds: [1, 2]", "seeds: [1]", "[1e-3, 3e-3]", "[1e-9, 3e-3]", "measures: [nDCG@10, RR@10]", "measures: [nDCG@100]").Replace(oneArm)
	_, ran := run(t, dir, text)
	won, lost := best(t, dir, "pairs")
	if won != "lr=3e-3" {
		t.Fatalf("want the second point to win, so that the test tells something, got %s", won)
	}
	for _, stage := range ran {
		if strings.HasPrefix(stage, "search texts/test") && strings.Contains(stage, lost) {
			t.Errorf("the point that lost was tested: %s", stage)
		}
	}
	if again, ran := run(t, dir, text); again.Ran != 0 {
		t.Errorf("want nothing to do, got %q", ran)
	}
	if _, err := os.Stat(filepath.Join(dir, "out", "report.html")); errors.Is(err, fs.ErrNotExist) {
		t.Error("want a report")
	}
}
