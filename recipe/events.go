package recipe

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gradus-ir/gradus/internal/tensorboard"
	"github.com/gradus-ir/gradus/train"
)

// events writes a training's steps for TensorBoard while they are taken. The
// file is made with the first step: until then the folder is not ours.
type events struct {
	dir    string
	writer *tensorboard.Writer
	path   string
}

func newEvents(dir string) *events { return &events{dir: dir} }

// watch is progress with each step written first. What cannot be written is
// left out: the run itself is worth more, and train.jsonl has the same numbers.
func (e *events) watch(progress func(train.Step)) func(train.Step) {
	return func(s train.Step) {
		now := time.Now()
		if e.writer == nil {
			e.path = filepath.Join(e.dir, fmt.Sprintf("events.out.tfevents.%d.%d", now.UnixMicro(), os.Getpid()))
			e.writer, _ = tensorboard.Create(e.path, now)
		}
		if e.writer != nil {
			e.writer.Scalars(s.Step, now, scalars(s)...)
		}
		if progress != nil {
			progress(s)
		}
	}
}

// close ends the file. Where no checkpoint is there to go on from, it goes, and the folder with it.
func (e *events) close() {
	if e.writer == nil {
		return
	}
	e.writer.Close()
	if left, err := train.HasCheckpoint(e.dir); err == nil && !left {
		os.Remove(e.path)
		os.Remove(e.dir)
	}
}

// writeEvents writes all steps of a run that ends now.
func writeEvents(dir string, steps []train.Step) error {
	now := time.Now()
	left := 0.0
	for _, s := range steps {
		left += s.Seconds
	}
	at := func() time.Time { return now.Add(-time.Duration(left * float64(time.Second))) }
	w, err := tensorboard.Create(filepath.Join(dir, fmt.Sprintf("events.out.tfevents.%d.gradus", now.Unix())), at())
	if err != nil {
		return err
	}
	for _, s := range steps {
		left -= s.Seconds
		if err := w.Scalars(s.Step, at(), scalars(s)...); err != nil {
			w.Close()
			return err
		}
	}
	return w.Close()
}

func scalars(s train.Step) []tensorboard.Scalar {
	list := []tensorboard.Scalar{
		{Tag: "train/loss", Value: s.Loss}, {Tag: "train/gradient_norm", Value: s.GradientNorm},
		{Tag: "train/learning_rate", Value: s.LearningRate}, {Tag: "train/temperature", Value: s.Temperature},
		{Tag: "train/tokens_per_second", Value: float64(s.Tokens) / s.Seconds},
	}
	for name, value := range s.Terms {
		list = append(list, tensorboard.Scalar{Tag: "train/loss/" + name, Value: value})
	}
	if s.Validation != nil {
		list = append(list, tensorboard.Scalar{Tag: "dev/nDCG@10", Value: *s.Validation})
	}
	return list
}
