package train

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/internal/durable"
)

// keeper holds a run's folder: its lock, its steps, its checkpoints. A nil
// keeper keeps nothing.
type keeper struct {
	Checkpoints
	lock  *durable.FileLock
	steps *os.File // steps.jsonl
	line  int64    // where its last line begins
	size  int64    // where it ends
	last  time.Time
	saved bool // a checkpoint of this folder is there
}

// Prefixes of a checkpoint's tensors, before a weight's name.
const (
	modelPrefix     = "model/"
	optimizerPrefix = "optimizer/"
	bestPrefix      = "best/"
)

// openKeeper makes or takes over the run's folder.
func openKeeper(c Checkpoints) (*keeper, error) {
	if c.Dir == "" {
		return nil, nil
	}
	if c.Keep == 0 {
		c.Keep = 2
	}
	if err := os.MkdirAll(c.Dir, 0o777); err != nil {
		return nil, err
	}
	lock, err := durable.Lock(filepath.Join(c.Dir, lockName))
	if err != nil {
		return nil, err
	}
	k := &keeper{Checkpoints: c, lock: lock, last: time.Now()}
	if k.steps, err = os.OpenFile(filepath.Join(c.Dir, stepsName), os.O_RDWR|os.O_CREATE, 0o666); err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	return k, nil
}

// close gives the folder back; one without a checkpoint is of no use and goes.
func (k *keeper) close() error {
	if k == nil {
		return nil
	}
	err := k.steps.Close()
	if !k.saved {
		err = errors.Join(err, os.Remove(k.steps.Name()))
	}
	err = errors.Join(err, k.lock.Unlock())
	if !k.saved {
		os.Remove(k.Dir) // where nobody else has put anything there
	}
	return err
}

// restore brings the run to where the newest checkpoint left it, and returns the steps up to there.
func (t *trainer) restore() ([]Step, error) {
	k := t.keeper
	if k == nil {
		return nil, nil
	}
	path, state, saved, err := newestCheckpoint(k.Dir)
	if err != nil {
		k.saved = true // damaged ones are the user's to look at
		return nil, err
	}
	if path == "" {
		return nil, k.steps.Truncate(0)
	}
	k.saved = true
	if !k.Resume {
		return nil, fmt.Errorf("%s: a training was interrupted here at step %d; resume it, or remove the folder", k.Dir, state.Step)
	}
	if err := differs(path, state.Identity, k.Identity); err != nil {
		return nil, err
	}
	if err := t.load(path, saved); err != nil {
		return nil, err
	}
	t.engine.finished, t.temperature, t.best = state.Step, state.Temperature, state.Best
	return k.readSteps(state.Step)
}

// load puts a checkpoint's tensors on the device.
func (t *trainer) load(path string, saved map[string][]float32) error {
	take := func(prefix string, list []encoder.Weight) ([]encoder.Weight, error) {
		for i := range list {
			data, ok := saved[prefix+list[i].Name]
			if !ok || len(data) != sizeOf(list[i].Shape) {
				return nil, fmt.Errorf("%s: want tensor %s of shape %v, got %d numbers", path, prefix+list[i].Name, list[i].Shape, len(data))
			}
			list[i].Data = data
		}
		return list, nil
	}
	e := t.engine
	weights, err := take(modelPrefix, append([]encoder.Weight(nil), e.model.WeightList()...))
	if err != nil {
		return err
	}
	state, err := take(optimizerPrefix, e.optimizer.stateList(e.model.WeightList()))
	if err != nil {
		return err
	}
	if _, ok := saved[bestPrefix+weights[0].Name]; ok {
		if t.bestWeights, err = take(bestPrefix, append([]encoder.Weight(nil), e.model.WeightList()...)); err != nil {
			return err
		}
	}
	if err := setWeights(e.model, weights); err != nil {
		return err
	}
	err = release(nil, finalizers(e.state)...)
	e.state = onDevice(state)
	return err
}

func onDevice(list []encoder.Weight) []*tensors.Tensor {
	var out []*tensors.Tensor
	for _, w := range list {
		out = append(out, tensors.FromFlatDataAndDimensions(w.Data, w.Shape...))
	}
	return out
}

// setWeights replaces the model's weights and frees the old ones.
func setWeights(m *encoder.Model, weights []encoder.Weight) error {
	old := m.WeightTensors()
	m.SetWeights(onDevice(weights))
	return release(nil, finalizers(old)...)
}

// due says whether a checkpoint is to be written after a number of steps.
func (k *keeper) due(done int) bool {
	return k != nil && (k.Steps > 0 && done%k.Steps == 0 || k.Every > 0 && time.Since(k.last) >= k.Every)
}

// save writes a checkpoint after a number of steps.
func (t *trainer) save(done int) error {
	k := t.keeper
	if k == nil {
		return nil
	}
	if err := k.steps.Sync(); err != nil {
		return err
	}
	weights, err := t.model.Weights()
	if err != nil {
		return err
	}
	list := prefixed(modelPrefix, weights)
	state := t.engine.optimizer.stateList(t.model.WeightList())
	for i, s := range t.engine.state {
		if state[i].Data, err = tensors.CopyFlatData[float32](s); err != nil {
			return fmt.Errorf("optimizer's %s: %w", state[i].Name, err)
		}
	}
	list = append(list, prefixed(optimizerPrefix, state)...)
	list = append(list, prefixed(bestPrefix, t.bestWeights)...)
	at := runState{Step: done, Temperature: t.temperature, Best: t.best, Identity: k.Identity}
	if err := writeCheckpoint(k.Dir, at, list, k.Keep); err != nil {
		return fmt.Errorf("saving a checkpoint: %w", err)
	}
	k.saved, k.last = true, time.Now()
	return nil
}

func prefixed(prefix string, list []encoder.Weight) []encoder.Weight {
	var out []encoder.Weight
	for _, w := range list {
		w.Name = prefix + w.Name
		out = append(out, w)
	}
	return out
}

// note appends a step to steps.jsonl.
func (k *keeper) note(s Step) error {
	if k == nil {
		return nil
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	n, err := k.steps.WriteAt(append(text, '\n'), k.size)
	if err != nil {
		return err
	}
	k.line, k.size = k.size, k.size+int64(n)
	return nil
}

// noteAgain replaces the last step by what is now known of it.
func (k *keeper) noteAgain(s Step) error {
	if k == nil {
		return nil
	}
	k.size = k.line
	if err := k.steps.Truncate(k.size); err != nil {
		return err
	}
	return k.note(s)
}

// readSteps reads the first steps of steps.jsonl and cuts off those that came
// after the checkpoint: they are done again.
func (k *keeper) readSteps(count int) ([]Step, error) {
	var steps []Step
	reader := bufio.NewReader(k.steps)
	for len(steps) < count {
		text, err := reader.ReadBytes('\n')
		var step Step
		if err == nil {
			err = json.Unmarshal(bytes.TrimSpace(text), &step)
		}
		if err != nil || step.Step != len(steps)+1 {
			return nil, fmt.Errorf("%s:%d: want step %d of the %d before the checkpoint, got %q", k.steps.Name(), len(steps)+1, len(steps)+1, count, strings.TrimSpace(string(text)))
		}
		steps = append(steps, step)
		k.line, k.size = k.size, k.size+int64(len(text))
	}
	return steps, k.steps.Truncate(k.size)
}
