package recipe

import (
	"context"
	"encoding/json"
	"errors"
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
	done  map[string]entry  // stage → how it was finished
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

// entry is a line of stages.log.
type entry struct {
	Stage   string    `json:"stage"`
	Key     string    `json:"key"`
	Done    bool      `json:"done"`              // finished, not only begun
	At      time.Time `json:"at"`                // of the record
	Seconds float64   `json:"seconds,omitempty"` // of a finished stage
	Work    float64   `json:"work,omitempty"`    // that was done in them; 0 where an earlier, cut-off run had done a part
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
	e := &Experiment{Dir: dir, lock: lock, done: map[string]entry{}, begun: map[string]string{}}
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

// Look opens an experiment's folder to see what is done in it. Where there is
// no experiment yet, nothing is made, and no stage may be run.
func Look(dir string) (*Experiment, error) {
	if _, err := os.Stat(filepath.Join(dir, stagesFile)); err == nil {
		return Open(dir)
	}
	return &Experiment{Dir: dir}, durable.CheckOwn(dir, stagesFile)
}

// Close gives the folder back.
func (e *Experiment) Close() error {
	if e.log == nil {
		return nil
	}
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

// Has tells whether a stage was finished with this key, and what it made is there.
func (e *Experiment) Has(s Stage, key string) bool {
	_, missing := os.Stat(e.Path(s.Out, s.Whole))
	return missing == nil && e.done[s.Name()].Key == key
}

// Do runs a stage, unless it was finished from the same inputs before. It
// returns the stage's key, for the Inputs of the stages that build on it.
func (e *Experiment) Do(ctx context.Context, s Stage) (key string, err error) {
	if key, err = s.Key(); err != nil {
		return "", err
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if e.Has(s, key) {
		e.tell(Event{Stage: s.Name(), State: Skipped})
		return key, nil
	}
	work, err := s.work()
	if err != nil {
		return "", fmt.Errorf("%s: %w", s.Name(), err)
	}
	resumed, err := e.clear(s, key)
	if err != nil {
		return "", err
	}
	if err := e.record(entry{Stage: s.Name(), Key: key}); err != nil {
		return "", err
	}
	start := time.Now()
	e.tell(Event{Stage: s.Name(), State: Started})
	err = s.Run(ctx, e.Path(s.Out), func(done, total int64, note string) {
		e.tell(Event{Stage: s.Name(), State: Moving, Done: done, Total: total, Note: note})
	})
	if err != nil {
		return "", fmt.Errorf("%s: %w", s.Name(), err)
	}
	took := time.Since(start)
	if resumed {
		work = 0
	}
	if err := e.record(entry{Stage: s.Name(), Key: key, Done: true, Seconds: took.Seconds(), Work: work}); err != nil {
		return "", err
	}
	e.tell(Event{Stage: s.Name(), State: Finished, Took: took})
	return key, nil
}

// clear removes what stands in a stage's way: what other inputs made, and what
// a process that was killed left half done. It tells whether the stage has
// something to go on from.
func (e *Experiment) clear(s Stage, key string) (resumed bool, err error) {
	same := e.begun[s.Name()] == key
	out := e.Path(s.Out)
	for _, path := range []struct {
		path string
		kept bool
	}{{out, s.Resumes && same}, {e.Path(s.Leaves), s.Leaves == "" || same}} {
		if !path.kept {
			if err := os.RemoveAll(path.path); err != nil {
				return false, err
			}
		}
	}
	halves, err := filepath.Glob(filepath.Join(filepath.Dir(out), "."+filepath.Base(out)+".tmp-*"))
	for _, half := range halves {
		err = errors.Join(err, os.RemoveAll(half))
	}
	return same && (s.Resumes || s.Leaves != ""), err
}

func (e *Experiment) record(line entry) error {
	line.At = time.Now().UTC()
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
		e.done[line.Stage] = line
	}
}

func (e *Experiment) tell(event Event) {
	if e.Watch != nil {
		e.Watch(event)
	}
}
