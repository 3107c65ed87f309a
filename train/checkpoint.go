package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/encoder/safetensors"
	"github.com/gradus-ir/gradus/internal/durable"
)

// Checkpoints say where and when a run saves what it needs to go on.
type Checkpoints struct {
	Dir    string        // the run's own folder, made and locked; "" saves nothing
	Steps  int           // saves every so many steps; 0: not by steps
	Every  time.Duration // saves once so long has passed since the last; 0: not by time
	Keep   int           // how many are kept, the newest; default 2
	Resume bool          // goes on from the newest that is whole, where there is one
	// Identity is what must be the same for a run to go on: options and inputs, by name.
	Identity map[string]string
}

// runState is a checkpoint's small part.
type runState struct {
	Step        int               `json:"step"` // steps done
	Temperature temperature       `json:"temperature"`
	Best        best              `json:"best"`
	Identity    map[string]string `json:"identity"`
}

// best is the validation with the highest value so far.
type best struct {
	Step  int     `json:"step"` // 0: none yet
	Value float64 `json:"value"`
	Since int     `json:"since"` // validations since
}

// Names in a checkpoints' folder.
const (
	checkpointPrefix = "step-"
	stateName        = "state.json"
	tensorsName      = "state.safetensors"
	stepsName        = "steps.jsonl"
	lockName         = ".lock"
)

// writeCheckpoint adds a checkpoint to the folder, whole or not at all, and
// removes what is older than the newest keep.
func writeCheckpoint(dir string, state runState, list []encoder.Weight, keep int) error {
	path := filepath.Join(dir, fmt.Sprintf("%s%09d", checkpointPrefix, state.Step))
	if err := os.RemoveAll(path); err != nil { // the same step of an earlier try
		return err
	}
	err := durable.CreateFolder(path, func(temp string) error {
		tensors := make([]safetensors.Float32Tensor, len(list))
		for i, w := range list {
			tensors[i] = safetensors.Float32Tensor{Name: w.Name, Shape: w.Shape, Data: w.Data}
		}
		if err := safetensors.Write(filepath.Join(temp, tensorsName), tensors, nil); err != nil {
			return err
		}
		text, err := json.MarshalIndent(state, "", "  ")
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(temp, stateName), append(text, '\n'), 0o666); err != nil {
			return err
		}
		manifest := durable.Manifest{Verb: "train", Counts: map[string]int64{"steps": int64(state.Step)}}
		for _, name := range []string{stateName, tensorsName} {
			hash, err := durable.HashFile(filepath.Join(temp, name))
			if err != nil {
				return err
			}
			manifest.Inputs = append(manifest.Inputs, durable.Input{Path: name, SHA256: hash})
		}
		return durable.WriteManifest(temp, manifest)
	})
	if err != nil {
		return err
	}
	paths, err := checkpointPaths(dir)
	if err != nil {
		return err
	}
	for _, old := range paths[min(keep, len(paths)):] {
		if err := os.RemoveAll(old); err != nil {
			return err
		}
	}
	return nil
}

// checkpointPaths lists the checkpoints of a folder, the newest first, and
// removes what writes that never ended have left.
func checkpointPaths(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		switch {
		case strings.HasPrefix(entry.Name(), checkpointPrefix):
			paths = append(paths, path)
		case strings.HasPrefix(entry.Name(), "."+checkpointPrefix):
			if err := os.RemoveAll(path); err != nil {
				return nil, err
			}
		}
	}
	slices.Sort(paths)
	slices.Reverse(paths)
	return paths, nil
}

// readCheckpoint reads a checkpoint and holds its files against their checksums.
func readCheckpoint(path string) (runState, map[string][]float32, error) {
	var state runState
	manifest, err := durable.ReadManifest(path)
	if err != nil {
		return state, nil, err
	}
	for _, file := range manifest.Inputs {
		if file.Path != stateName && file.Path != tensorsName { // whoever wrote the manifest, no other file is read
			return state, nil, fmt.Errorf("%s: want the sums of %s and %s, got one of %q", path, stateName, tensorsName, file.Path)
		}
		hash, err := durable.HashFile(filepath.Join(path, file.Path))
		if err != nil {
			return state, nil, err
		}
		if hash != file.SHA256 {
			return state, nil, fmt.Errorf("%s: want SHA-256 %s, got %s", filepath.Join(path, file.Path), file.SHA256, hash)
		}
	}
	text, err := os.ReadFile(filepath.Join(path, stateName))
	if err != nil {
		return state, nil, err
	}
	if err := json.Unmarshal(text, &state); err != nil {
		return state, nil, fmt.Errorf("%s: %w", filepath.Join(path, stateName), err)
	}
	file, err := safetensors.Open(filepath.Join(path, tensorsName))
	if err != nil {
		return state, nil, err
	}
	defer file.Close()
	tensors := map[string][]float32{}
	for _, name := range file.Names() {
		if tensors[name], _, err = file.Float32(name); err != nil {
			return state, nil, err
		}
	}
	return state, tensors, nil
}

// newestCheckpoint reads the newest checkpoint that is whole. path is "" where
// there is none; damaged ones that were passed over are an error only where no whole one is left.
func newestCheckpoint(dir string) (path string, state runState, tensors map[string][]float32, err error) {
	paths, err := checkpointPaths(dir)
	if err != nil {
		return "", state, nil, err
	}
	var damage []error
	for _, path := range paths {
		state, tensors, err := readCheckpoint(path)
		if err == nil {
			return path, state, tensors, nil
		}
		damage = append(damage, err)
	}
	return "", runState{}, nil, errors.Join(damage...)
}

// differs says what of a run's identity a checkpoint has otherwise.
func differs(path string, had, have map[string]string) error {
	names := maps.Clone(had)
	maps.Copy(names, have)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if had[name] != have[name] {
			return fmt.Errorf("%s is of another run: its %s is %q, this one's %q; train as it did, or into another folder", path, name, had[name], have[name])
		}
	}
	return nil
}

// HasCheckpoint says whether a run that was cut off left a checkpoint in a folder.
func HasCheckpoint(dir string) (bool, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	paths, err := checkpointPaths(dir)
	return len(paths) > 0, err
}
