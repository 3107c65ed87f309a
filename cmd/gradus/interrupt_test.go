//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/encoder/encodertest"
)

// child is a gradus process that a test interrupts.
type child struct {
	*exec.Cmd
	stdout *bufio.Reader
	stderr bytes.Buffer
}

// begin starts gradus as a user does; the test ends it if nothing else does.
func begin(t *testing.T, args ...string) *child {
	t.Helper()
	c := &child{Cmd: exec.Command("gradus", args...)}
	c.Stderr = &c.stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.stdout = bufio.NewReader(out)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill() })
	return c
}

// interrupt is Ctrl-C. It wants exit status 130 within a reasonable time, one
// line that says so, and no error besides.
func (c *child) interrupt(t *testing.T) {
	t.Helper()
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	c.wantInterrupted(t)
}

func (c *child) wantInterrupted(t *testing.T) {
	t.Helper()
	tooLong := time.AfterFunc(30*time.Second, func() { c.Process.Kill() })
	defer tooLong.Stop()
	io.Copy(io.Discard, c.stdout)
	var exit *exec.ExitError
	if err := c.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
		t.Errorf("want exit status %d, got %v: %s", exitInterrupted, err, c.stderr.String())
	}
	said := c.stderr.String()
	if !strings.HasSuffix(said, "gradus: interrupted\n") || strings.Count(said, "gradus: ") != 1 || strings.Contains(said, "goroutine") {
		t.Errorf("want gradus: interrupted, got %q", said)
	}
}

// wantOnly wants nothing in a folder but the names: no output, no part of one.
func wantOnly(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		found := false
		for _, name := range names {
			found = found || entry.Name() == name
		}
		if !found {
			t.Errorf("want only %q in the folder, got %s", names, entry.Name())
		}
	}
}

// tinyWorld is a folder with a small model and a small collection with graded lists.
func tinyWorld(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := encodertest.Tiny().Write(filepath.Join(dir, "model")); err != nil {
		t.Fatal(err)
	}
	err := collection.Write(filepath.Join(dir, "lists"), func(w *collection.Writer) error {
		var errs []error
		for q, text := range []string{"lift of a wing", "heat transfer"} {
			id := fmt.Sprint("q", q)
			errs = append(errs, w.Query(collection.Query{ID: id, Text: text}))
			for grade := range 4 {
				doc := fmt.Sprint(id, "-", grade)
				errs = append(errs, w.Document(collection.Document{ID: doc, Text: fmt.Sprintf("%.*s and flow of grade %d", 4*grade, text, grade)}), w.Grade("train", id, doc, grade))
			}
		}
		return errors.Join(errs...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTrainInterrupted(t *testing.T) {
	dir := tinyWorld(t)
	args := []string{"train", "--encoder", dir + "/model", "--source", "dir=" + dir + "/lists", "--loss", "infonce", "--json", "--out", dir + "/out", "--epochs"}
	training := begin(t, append(args, "1000000")...)
	if line, err := training.stdout.ReadString('\n'); !strings.HasPrefix(line, `{"step":1,`) {
		t.Fatalf("want the first step, got %q, %v: %s", line, err, training.stderr.String())
	}
	training.interrupt(t)
	wantOnly(t, dir, "model", "lists")
	if status, _, stderr := invoke(t.Context(), append(args, "2")...); status != exitDone {
		t.Errorf("started again: status %d, %s", status, stderr)
	}
	wantOnly(t, dir, "model", "lists", "out")
}

// pipe makes a FIFO in the place of a file.
func pipe(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
}

// openPipe opens a FIFO for writing once the child reads it.
func openPipe(t *testing.T, path string) *os.File {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// A corpus without end is encoded until the interrupt, in the middle of the work.
func TestEncodeInterrupted(t *testing.T) {
	dir := tinyWorld(t)
	corpus := filepath.Join(dir, "endless", "corpus.jsonl")
	if err := os.Mkdir(filepath.Dir(corpus), 0o777); err != nil {
		t.Fatal(err)
	}
	pipe(t, corpus)
	args := []string{"encode", "--encoder", dir + "/model", "--out", dir + "/out", "--collection"}
	encoding := begin(t, append(args, filepath.Dir(corpus))...)
	openPipe(t, corpus).Close() // hashed first
	documents := openPipe(t, corpus)
	defer documents.Close()
	const interruptAt = 20000 // more than one window of documents and the pipe hold
	for n := range 10_000_000 {
		if n == interruptAt {
			if err := encoding.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := fmt.Fprintf(documents, `{"_id": "d%d", "text": "the flow of heat %d"}`+"\n", n, n); err != nil {
			if n < interruptAt {
				t.Errorf("ended after %d documents: %v", n, err)
			}
			break // the reader is gone
		}
	}
	encoding.wantInterrupted(t)
	wantOnly(t, dir, "model", "lists", "endless")
	if status, _, stderr := invoke(t.Context(), append(args, dir+"/lists")...); status != exitDone {
		t.Errorf("started again: status %d, %s", status, stderr)
	}
}

// The interrupt comes while the queries are read, before they are searched.
func TestSearchInterrupted(t *testing.T) {
	dir := tinyWorld(t)
	if status, _, stderr := invoke(t.Context(), "encode", "--encoder", dir+"/model", "--collection", dir+"/lists", "--out", dir+"/vectors"); status != exitDone {
		t.Fatal(stderr)
	}
	queries := filepath.Join(dir, "lists", "queries.jsonl")
	lines, err := os.ReadFile(queries)
	if err != nil {
		t.Fatal(err)
	}
	pipe(t, queries)
	args := []string{"search", "--encoder", dir + "/model", "--collection", dir + "/lists", "--split", "train", "--vectors", dir + "/vectors", "--out", dir + "/out.run"}
	searching := begin(t, args...)
	reader := openPipe(t, queries)
	if err := searching.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond) // for the signal to arrive before the last line
	if _, err := reader.Write(lines); err != nil {
		t.Fatal(err)
	}
	reader.Close()
	searching.wantInterrupted(t)
	wantOnly(t, dir, "model", "lists", "vectors")

	if err := errors.Join(os.Remove(queries), os.WriteFile(queries, lines, 0o666)); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := invoke(t.Context(), args...); status != exitDone {
		t.Errorf("started again: status %d, %s", status, stderr)
	}
	wantOnly(t, dir, "model", "lists", "vectors", "out.run")
}
