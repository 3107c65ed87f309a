package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/internal/durable"
)

// The files of an experiment's folder that a report is made from, and made of.
const (
	ExperimentFile = "experiment.json"
	PageFile       = "report.html"
	MarkdownFile   = "report.md"
	PlotsFolder    = "report-plots"
)

// Save writes the experiment into its folder.
func (e Experiment) Save(dir string) error {
	if err := e.Check(); err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(dir, ExperimentFile), func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(e)
	})
}

// Open reads and checks the experiment of a folder. A folder without one wraps fs.ErrNotExist.
func Open(dir string) (Experiment, error) {
	path := filepath.Join(dir, ExperimentFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Experiment{}, fmt.Errorf("%s: want the folder of an experiment that gradus run has finished: %w", path, err)
	}
	if err != nil {
		return Experiment{}, err
	}
	var e Experiment
	if err := json.Unmarshal(text, &e); err != nil {
		return Experiment{}, fmt.Errorf("%s: %w", path, err)
	}
	if err := e.Check(); err != nil {
		return Experiment{}, fmt.Errorf("%s: %w", path, err)
	}
	return e, nil
}

// Write puts the report into a folder: the page, the Markdown, and its plots,
// each file whole or not at all, and none where one cannot be made.
func (e Experiment) Write(dir string) error {
	if err := e.Check(); err != nil {
		return err
	}
	var page, markdown bytes.Buffer
	if err := Page(&page, e); err != nil {
		return err
	}
	if err := Markdown(&markdown, e); err != nil {
		return err
	}
	if err := e.writePlots(filepath.Join(dir, PlotsFolder)); err != nil {
		return err
	}
	for _, file := range []struct {
		name string
		text *bytes.Buffer
	}{{MarkdownFile, &markdown}, {PageFile, &page}} {
		err := durable.WriteFile(filepath.Join(dir, file.name), func(w io.Writer) error {
			_, err := file.text.WriteTo(w)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// writePlots replaces the folder of plots.
func (e Experiment) writePlots(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return durable.CreateFolder(dir, func(temp string) error {
		for _, figure := range e.figures() {
			if err := os.WriteFile(filepath.Join(temp, figure.file()), []byte(figure.picture.standalone()), 0o666); err != nil {
				return err
			}
		}
		return nil
	})
}
