package recipe

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// counting makes a stage that writes a file and counts its runs.
func counting(runs *int, inputs any) Stage {
	return Stage{Kind: Kind{Name: "count"}, Of: "runs", Out: "count.txt", Inputs: inputs, Run: func(_ context.Context, out string, _ func(int64, int64, string)) error {
		*runs++
		return os.WriteFile(out, []byte("done"), 0o666)
	}}
}

func open(t *testing.T, dir string) *Experiment {
	t.Helper()
	e, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func TestStageRunsOnceForOneInput(t *testing.T) {
	dir, ctx, runs := t.TempDir(), context.Background(), 0
	do := func(inputs any) {
		t.Helper()
		e, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		if _, err := e.Do(ctx, counting(&runs, inputs)); err != nil {
			t.Fatal(err)
		}
	}
	do("a")
	do("a")
	if runs != 1 {
		t.Errorf("run %d times for one input, want once", runs)
	}
	do("b")
	if runs != 2 {
		t.Errorf("run %d times for two inputs, want twice", runs)
	}
	if err := os.Remove(filepath.Join(dir, "count.txt")); err != nil {
		t.Fatal(err)
	}
	do("b")
	if runs != 3 {
		t.Errorf("run %d times, want a third time for the file that is gone", runs)
	}
}

func TestFailedStageIsRunAgain(t *testing.T) {
	e, ctx, runs := open(t, t.TempDir()), context.Background(), 0
	stage := counting(&runs, nil)
	failing := stage
	failing.Run = func(context.Context, string, func(int64, int64, string)) error { return errors.New("no luck") }
	if _, err := e.Do(ctx, failing); err == nil || err.Error() != "count runs: no luck" {
		t.Errorf("got error %v", err)
	}
	if _, err := e.Do(ctx, stage); err != nil || runs != 1 {
		t.Errorf("error %v after %d runs", err, runs)
	}
}

func TestChangedStageStartsClean(t *testing.T) {
	e, ctx := open(t, t.TempDir()), context.Background()
	stage := Stage{Kind: Kind{Name: "s"}, Out: "s", Inputs: 1, Run: func(_ context.Context, out string, _ func(int64, int64, string)) error {
		return os.Mkdir(out, 0o777) // fails where the old folder is still there
	}}
	for inputs := range 2 {
		stage.Inputs = inputs
		if _, err := e.Do(ctx, stage); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "process") {
		t.Errorf("a second experiment on the folder got %v, want an error naming the process", err)
	}
}

func TestForeignFolderIsRefused(t *testing.T) {
	dir := t.TempDir()
	mine := filepath.Join(dir, "runs", "bm25.run")
	if err := errors.Join(os.Mkdir(filepath.Dir(mine), 0o777), os.WriteFile(mine, []byte("mine"), 0o666)); err != nil {
		t.Fatal(err)
	}
	e, err := Open(dir)
	if err == nil {
		e.Close()
		t.Fatal("want an error, got none")
	}
	if want := dir + ": want a new folder, or one with the stages.log of an earlier run, got one with runs; take another folder"; err.Error() != want {
		t.Errorf("want %s, got %v", want, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("want the folder as it was, got %v, %v", entries, err)
	}
}

func TestCancelledExperimentDoesNothing(t *testing.T) {
	e, runs := open(t, t.TempDir()), 0
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := e.Do(ctx, counting(&runs, nil)); !errors.Is(err, context.Canceled) || runs != 0 {
		t.Errorf("got %v after %d runs", err, runs)
	}
}

func TestResumingStageKeepsItsOwnStartOnly(t *testing.T) {
	e, ctx := open(t, t.TempDir()), context.Background()
	cut := errors.New("cut off")
	found := ""
	stage := func(inputs int, result error) Stage {
		return Stage{Kind: Kind{Name: "s"}, Out: "s.txt", Inputs: inputs, Resumes: true, Run: func(_ context.Context, out string, _ func(int64, int64, string)) error {
			was, _ := os.ReadFile(out)
			found = string(was)
			if err := os.WriteFile(out, append(was, 'x'), 0o666); err != nil {
				return err
			}
			return result
		}}
	}
	for _, step := range []struct {
		inputs int
		result error
		want   string
	}{{1, cut, ""}, {1, cut, "x"}, {2, cut, ""}, {2, nil, "x"}} {
		if _, err := e.Do(ctx, stage(step.inputs, step.result)); !errors.Is(err, step.result) {
			t.Fatal(err)
		}
		if found != step.want {
			t.Errorf("inputs %d: the stage found %q, want %q", step.inputs, found, step.want)
		}
	}
}
