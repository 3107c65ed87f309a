package report

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFolderHasAllOfTheReport(t *testing.T) {
	dir := t.TempDir()
	e := sample(plain)
	if err := e.Save(dir); err != nil {
		t.Fatal(err)
	}
	opened, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := opened.Write(dir); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(dir, PageFile))
	if err != nil || string(page) != render(t, e) {
		t.Errorf("want the page of the experiment, got %d bytes, %v", len(page), err)
	}
	markdown, err := os.ReadFile(filepath.Join(dir, MarkdownFile))
	if err != nil {
		t.Fatal(err)
	}
	plots, err := os.ReadDir(filepath.Join(dir, PlotsFolder))
	if err != nil {
		t.Fatal(err)
	}
	// 2 of means, 2 of differences, 6 by query, 4 of training, 1 of lengths, 3 of scores
	if len(plots) != 18 {
		t.Errorf("want 18 plots, got %v", plots)
	}
	for _, plot := range plots {
		if !strings.Contains(string(markdown), "]("+PlotsFolder+"/"+plot.Name()+")") {
			t.Errorf("%s does not show %s", MarkdownFile, plot.Name())
		}
	}
	// Fewer arms the next time: no plot of one that is gone stays.
	e.Arms, e.Comparisons, e.Queries = e.Arms[:1], nil, nil
	if err := e.Write(dir); err != nil {
		t.Fatal(err)
	}
	if plots, err = os.ReadDir(filepath.Join(dir, PlotsFolder)); err != nil || len(plots) != 3 {
		t.Errorf("want 3 plots of one arm without a base, got %v, %v", plots, err)
	}
}

func TestBrokenExperimentLeavesTheReportThatIsThere(t *testing.T) {
	dir := t.TempDir()
	e := sample(plain)
	if err := e.Write(dir); err != nil {
		t.Fatal(err)
	}
	e.Arms[1].Base = "nobody"
	if err := e.Write(dir); err == nil {
		t.Error("want an error")
	}
	if err := e.Save(dir); err == nil {
		t.Error("want an error")
	}
	if _, err := os.Stat(filepath.Join(dir, ExperimentFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want no experiment saved", err)
	}
	page, err := os.ReadFile(filepath.Join(dir, PageFile))
	if err != nil || string(page) != render(t, sample(plain)) {
		t.Errorf("the page changed: %v", err)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "want the folder of an experiment") {
		t.Errorf("got %v", err)
	}
	for text, want := range map[string]string{
		`{`:                        "unexpected end of JSON input",
		`{"measures":["ndgc@10"]}`: `did you mean nDCG@10?`,
		`{}`:                       "want a measure, got none",
	} {
		if err := os.WriteFile(filepath.Join(dir, ExperimentFile), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), dir) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}
