package recipe

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Kind is what a stage does. Raise its Version where the code comes to make
// something else of the same inputs: what was made before is then made again.
type Kind struct {
	Name    string
	Version int
}

// Stage is one piece of an experiment.
type Stage struct {
	Kind Kind
	Of   string // what it is done to; unique in the experiment among those of its kind
	For  string // the arm, or other part of the recipe, that it is done for; for people
	Out  string // the file or folder it makes, under the experiment's
	// Whole is the file of the folder Out without which the stage is to do again; "" is Out itself.
	Whole string
	// Inputs are what decides the outcome, as JSON: options, hashes of files, and
	// the keys of the stages it builds on.
	Inputs any
	// Resumes says that Run goes on from what a cut-off Run of the same inputs left at Out.
	Resumes bool
	// Leaves is a path, under the experiment's, where a Run that is cut off keeps
	// what the next one of the same inputs goes on from; "" where it keeps nothing.
	Leaves string
	// Work is how much there is to do, in a unit of the kind's own, from which a
	// forecast comes; nil is next to nothing.
	Work func() (float64, error)
	// Asks is what it asks of LLMs, for a forecast; nil is nothing.
	Asks func() (Asked, error)
	Run  func(ctx context.Context, out string, move func(done, total int64, note string)) error
}

// Name is unique in the experiment.
func (s Stage) Name() string { return s.Kind.Name + " " + s.Of }

// Key is the hash of what goes into the stage, the version of its code included.
func (s Stage) Key() (string, error) {
	data, err := json.Marshal(struct {
		Name    string
		Version int
		Inputs  any
	}{s.Name(), s.Kind.Version, s.Inputs})
	if err != nil {
		return "", fmt.Errorf("stage %s: %w", s.Name(), err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), nil
}

func (s Stage) work() (float64, error) {
	if s.Work == nil {
		return 0, nil
	}
	return s.Work()
}
