package recipe

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gradus-ir/gradus/internal/durable"
)

// Experiment is a folder of stages, each of which is run once. What a finished
// stage was made from is in stages.log: started again, an experiment goes on
// where it was, and redoes a stage only where what goes into it has changed.
type Experiment struct {
	Dir string
	// Watch, where set, is told of each stage as it starts, moves and ends.
	Watch func(Event)

	lock  *durable.FileLock
	log   *durable.Log
	done  map[string]string // stage → key it was finished with
	begun map[string]string // stage → key it was last begun with
}

// Event is what Watch is told.
type Event struct {
	Stage       string
	State       State
	Done, Total int64 // of a moving stage; Total is 0 where it is not known
	Note        string
	Took        time.Duration // of a finished stage
}

// State is where a stage is.
type State int

// The states: a stage is either skipped, or starts, moves and finishes.
const (
	Skipped State = iota // done before, from the same inputs
	Started
	Moving
	Finished
)

// Stage is one piece of an experiment.
type Stage struct {
	Name string // unique in the experiment
	Out  string // the file or folder it makes, under the experiment's
	// Inputs are what decides the outcome, as JSON: options, and the keys of the stages it builds on.
	Inputs any
	// Resumes says that Run goes on from what a cut-off Run of the same inputs left at Out.
	Resumes bool
	// Leaves is a path, under the experiment's, where a Run that is cut off keeps
	// what the next one of the same inputs goes on from; "" where it keeps nothing.
	Leaves string
	Run    func(ctx context.Context, out string, move func(done, total int64, note string)) error
}

// entry is a line of stages.log.
type entry struct {
	Stage string `json:"stage"`
	Key   string `json:"key"`
	Done  bool   `json:"done"` // finished, not only begun
}

// stagesFile makes a folder an experiment's.
const stagesFile = "stages.log"

// Open opens an experiment's folder, making it where it is missing. A folder
// with anything but an experiment in it is an error: stages replace what they
// find in their place. A second process on one folder gets an error that names
// the first. Close it after use.
func Open(dir string) (*Experiment, error) {
	if err := durable.CheckOwn(dir, stagesFile); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	lock, err := durable.Lock(filepath.Join(dir, ".lock"))
	if err != nil {
		return nil, err
	}
	e := &Experiment{Dir: dir, lock: lock, done: map[string]string{}, begun: map[string]string{}}
	e.log, err = durable.OpenLog(filepath.Join(dir, stagesFile), func(record []byte) error {
		var line entry
		if err := json.Unmarshal(record, &line); err != nil {
			return err
		}
		e.note(line)
		return nil
	})
	if err != nil {
		lock.Unlock()
		return nil, err
	}
	return e, nil
}

// Close gives the folder back.
func (e *Experiment) Close() error {
	if err := e.log.Close(); err != nil {
		e.lock.Unlock()
		return err
	}
	return e.lock.Unlock()
}

// Path is a path under the experiment's folder.
func (e *Experiment) Path(elements ...string) string {
	return filepath.Join(append([]string{e.Dir}, elements...)...)
}

// Do runs a stage, unless it was finished from the same inputs before. It
// returns the stage's key, for the Inputs of the stages that build on it.
func (e *Experiment) Do(ctx context.Context, s Stage) (key string, err error) {
	if key, err = s.key(); err != nil {
		return "", err
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	out := e.Path(s.Out)
	if _, missing := os.Stat(out); missing == nil && e.done[s.Name] == key {
		e.tell(Event{Stage: s.Name, State: Skipped})
		return key, nil
	}
	same := e.begun[s.Name] == key
	if !s.Resumes || !same {
		if err := os.RemoveAll(out); err != nil {
			return "", err
		}
	}
	if s.Leaves != "" && !same {
		if err := os.RemoveAll(e.Path(s.Leaves)); err != nil {
			return "", err
		}
	}
	if err := e.record(entry{Stage: s.Name, Key: key}); err != nil {
		return "", err
	}
	start := time.Now()
	e.tell(Event{Stage: s.Name, State: Started})
	err = s.Run(ctx, out, func(done, total int64, note string) {
		e.tell(Event{Stage: s.Name, State: Moving, Done: done, Total: total, Note: note})
	})
	if err != nil {
		return "", fmt.Errorf("%s: %w", s.Name, err)
	}
	if err := e.record(entry{Stage: s.Name, Key: key, Done: true}); err != nil {
		return "", err
	}
	e.tell(Event{Stage: s.Name, State: Finished, Took: time.Since(start)})
	return key, nil
}

func (e *Experiment) record(line entry) error {
	data, err := json.Marshal(line)
	if err != nil {
		return err
	}
	if err := e.log.Append(data); err != nil {
		return err
	}
	e.note(line)
	return nil
}

// note takes a line of the log into account: a stage begun anew is no longer done.
func (e *Experiment) note(line entry) {
	e.begun[line.Stage] = line.Key
	delete(e.done, line.Stage)
	if line.Done {
		e.done[line.Stage] = line.Key
	}
}

func (e *Experiment) tell(event Event) {
	if e.Watch != nil {
		e.Watch(event)
	}
}

// key is the hash of what goes into the stage, the version of the code included.
func (s Stage) key() (string, error) {
	data, err := json.Marshal(struct {
		Name, Version string
		Inputs        any
	}{s.Name, durable.Version, s.Inputs})
	if err != nil {
		return "", fmt.Errorf("stage %s: %w", s.Name, err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}
