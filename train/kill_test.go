//go:build unix

package train

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/gradus-ir/gradus/encoder"
)

// writerFolder, set in the environment, makes the test binary a process that
// writes checkpoints into it until it is killed.
const writerFolder = "GRADUS_TEST_CHECKPOINTS"

func TestMain(m *testing.M) {
	if dir := os.Getenv(writerFolder); dir != "" {
		writeCheckpoints(dir)
	}
	os.Exit(m.Run())
}

// ofStep is what the checkpoint of a step holds: tensors whose every number is the step.
func ofStep(step int) []encoder.Weight {
	var list []encoder.Weight
	for _, name := range []string{"model/a", "optimizer/first/a", "optimizer/second/a"} {
		data := make([]float32, 20_000)
		for i := range data {
			data[i] = float32(step)
		}
		list = append(list, encoder.Weight{Name: name, Shape: []int{100, 200}, Data: data})
	}
	return list
}

func writeCheckpoints(dir string) {
	_, state, _, err := newestCheckpoint(dir)
	for step := state.Step + 1; err == nil; step++ {
		err = writeCheckpoint(dir, runState{Step: step}, ofStep(step), 2)
	}
	os.Stderr.WriteString(err.Error())
	os.Exit(1)
}

// TestKilledWhileWriting kills a process that writes one checkpoint after the
// other, 200 times at random moments. After each kill a whole checkpoint must
// be there, never an older one than before, with the numbers of its step.
func TestKilledWhileWriting(t *testing.T) {
	const kills = 200
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(2, 6))
	last, moved := 0, 0
	for kill := range kills {
		writer := exec.Command(os.Args[0])
		writer.Env = append(os.Environ(), writerFolder+"="+dir)
		if err := writer.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(5+random.IntN(60)) * time.Millisecond)
		writer.Process.Kill()
		if err := writer.Wait(); err != nil && err.Error() != "signal: killed" {
			t.Fatalf("kill %d: the writer ended by itself: %v", kill, err)
		}
		path, state, tensors, err := newestCheckpoint(dir)
		if err != nil {
			t.Fatalf("kill %d: %v", kill, err)
		}
		if state.Step < last {
			t.Fatalf("kill %d: step %d after step %d", kill, state.Step, last)
		}
		if state.Step > last {
			moved++
		}
		last = state.Step
		if path == "" {
			continue // killed before the first
		}
		for _, want := range ofStep(state.Step) {
			if got := tensors[want.Name]; len(got) != len(want.Data) || !close32(got, want.Data, 0) {
				t.Fatalf("kill %d: %s of step %d has other numbers", kill, want.Name, state.Step)
			}
		}
	}
	if moved < kills/10 {
		t.Errorf("only %d of %d writers wrote a checkpoint: the kills came too early to show anything", moved, kills)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
