//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
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
	"github.com/gradus-ir/gradus/index"
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
	if said := training.stderr.String(); !strings.Contains(said, "; the same command with --resume goes on\n") {
		t.Errorf("want the way on, got %q", said)
	}
	wantOnly(t, dir, "model", "lists", "out.training")
	again := append(args, "1000000")
	if status, _, stderr := invoke(t.Context(), again...); status != exitFailed || !strings.Contains(stderr, "a training was interrupted here at step") {
		t.Errorf("started again: status %d, %s", status, stderr)
	}
	if status, _, stderr := invoke(t.Context(), append(args, "2", "--resume")...); status != exitFailed || !strings.Contains(stderr, `its epochs is "1e+06", this one's "2"`) {
		t.Errorf("resumed with other options: status %d, %s", status, stderr)
	}
	resumed := begin(t, append(again, "--resume")...)
	line, err := resumed.stdout.ReadString('\n')
	var step struct{ Step int }
	if err := errors.Join(err, json.Unmarshal([]byte(line), &step)); err != nil || step.Step < 2 {
		t.Errorf("want a step after the first, got %q, %v: %s", line, err, resumed.stderr.String())
	}
	resumed.interrupt(t)
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

// openPipe opens a FIFO for writing once somebody reads it.
func openPipe(t *testing.T, path string) *os.File {
	t.Helper()
	const pause, patience = 5 * time.Millisecond, time.Minute
	for range patience / pause {
		file, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		if err == nil {
			return file
		}
		if !errors.Is(err, syscall.ENXIO) { // no reader yet
			t.Fatal(err)
		}
		time.Sleep(pause)
	}
	t.Fatalf("%s: want it read within %v", path, patience)
	return nil
}

// flood writes documents into a FIFO as long as somebody reads them, and after
// some of them, more than a window and the pipe hold, interrupts the child.
func (c *child) flood(t *testing.T, file *os.File) {
	t.Helper()
	defer file.Close()
	file.SetWriteDeadline(time.Now().Add(2 * time.Minute))
	const interruptAt = 20000
	for n := 0; ; n++ {
		if n == interruptAt {
			if err := c.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := fmt.Fprintf(file, `{"_id": "d%d", "text": "the flow of heat %d"}`+"\n", n, n); err != nil {
			if n < interruptAt || !errors.Is(err, syscall.EPIPE) {
				t.Errorf("after %d documents: %v", n, err)
			}
			return
		}
	}
}

// A corpus without end is hashed, and then encoded, until the interrupt, in the middle of the work.
func TestEncodeInterrupted(t *testing.T) {
	dir := tinyWorld(t)
	corpus := filepath.Join(dir, "endless", "corpus.jsonl")
	if err := os.Mkdir(filepath.Dir(corpus), 0o777); err != nil {
		t.Fatal(err)
	}
	args := []string{"encode", "--encoder", dir + "/model", "--out", dir + "/out", "--collection"}

	pipe(t, corpus)
	hashing := begin(t, append(args, filepath.Dir(corpus))...)
	hashing.flood(t, openPipe(t, corpus))
	hashing.wantInterrupted(t)
	wantOnly(t, dir, "model", "lists", "endless")

	pipe(t, corpus)
	encoding := begin(t, append(args, filepath.Dir(corpus))...)
	hashed := openPipe(t, corpus)
	// What is encoded comes through a FIFO of its own: a writer of this one would keep the hash waiting.
	pipe(t, corpus+".next")
	if err := os.Rename(corpus+".next", corpus); err != nil {
		t.Fatal(err)
	}
	hashed.Close()
	encoding.flood(t, openPipe(t, corpus))
	encoding.wantInterrupted(t)
	wantOnly(t, dir, "model", "lists", "endless", "out.partial")
	if said := encoding.stderr.String(); !strings.Contains(said, "out.partial has what was encoded; the same command goes on\n") {
		t.Errorf("want the way on, got %q", said)
	}

	again := append(args, dir+"/lists")
	if status, _, stderr := invoke(t.Context(), again...); status != exitFailed || !strings.Contains(stderr, "out.partial: want to go on with what was begun there, but its inputs is ") {
		t.Errorf("another collection: status %d, %s", status, stderr)
	}
	if err := os.RemoveAll(dir + "/out.partial"); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := invoke(t.Context(), again...); status != exitDone {
		t.Errorf("started again: status %d, %s", status, stderr)
	}
}

// An encoding that is killed goes on behind its last full block, and ends with the bytes of one that was not.
func TestEncodeKilled(t *testing.T) {
	dir := tinyWorld(t)
	const documents = 5*index.Block + 100
	err := collection.Write(dir+"/many", func(w *collection.Writer) error {
		for n := range documents {
			if err := w.Document(collection.Document{ID: fmt.Sprint("d", n), Text: fmt.Sprintf("the flow of %.*s %d", n%17, "heat about a wing", n)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"encode", "--encoder", dir + "/model", "--collection", dir + "/many", "--json", "--out"}
	if status, _, stderr := invoke(t.Context(), append(args, dir+"/whole")...); status != exitDone {
		t.Fatal(stderr)
	}
	encoding := begin(t, append(args, dir+"/out")...)
	progress := filepath.Join(dir, "out.partial", "progress.log")
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if text, err := os.ReadFile(progress); err == nil && bytes.Contains(text, []byte(`"rows"`)) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("want a full block within a minute")
		}
	}
	encoding.Process.Kill()
	encoding.Wait()
	status, stdout, stderr := invoke(t.Context(), append(args, dir+"/out")...)
	var done struct{ Texts, Resumed int }
	if err := json.Unmarshal([]byte(stdout), &done); err != nil || status != exitDone {
		t.Fatalf("status %d, %v: %s", status, err, stderr)
	}
	if done.Texts != documents || done.Resumed == 0 || done.Resumed%index.Block != 0 {
		t.Errorf("want %d texts, some blocks of them resumed, got %+v", documents, done)
	}
	for _, name := range []string{"vectors.f32", "codes.u8", "bounds.f32", "ids.txt"} {
		want, err := os.ReadFile(filepath.Join(dir, "whole", name))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(dir, "out", name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: want the bytes of an encoding in one go, got others, %v", name, err)
		}
	}
	wantOnly(t, dir, "model", "lists", "many", "whole", "out", "out.partial.lock")
}

// interruptReading runs a command line in this process and interrupts it
// while it waits for a file, before the first byte of it: here, unlike with
// a signal to a child, what comes first is certain.
func interruptReading(t *testing.T, path string, content []byte, args ...string) {
	t.Helper()
	pipe(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan string, 1)
	go func() {
		status, stdout, stderr := invoke(ctx, args...)
		ended <- fmt.Sprintf("status %d, stdout %q, stderr %q", status, stdout, stderr)
	}()
	file := openPipe(t, path)
	cancel()
	_, err := file.Write(content)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("status %d, stdout %q, stderr %q", exitInterrupted, "", "gradus: interrupted\n")
	if got := <-ended; got != want {
		t.Errorf("%s: want %s, got %s", args[0], want, got)
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
	args := []string{"search", "--encoder", dir + "/model", "--collection", dir + "/lists", "--split", "train", "--vectors", dir + "/vectors", "--out", dir + "/out.run"}
	interruptReading(t, queries, lines, args...)
	wantOnly(t, dir, "model", "lists", "vectors")

	if err := errors.Join(os.Remove(queries), os.WriteFile(queries, lines, 0o666)); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := invoke(t.Context(), args...); status != exitDone {
		t.Errorf("started again: status %d, %s", status, stderr)
	}
	wantOnly(t, dir, "model", "lists", "vectors", "out.run")
}

// The interrupt comes while the last run is read, after which nothing is left but to print.
func TestEvaluateInterrupted(t *testing.T) {
	dir := t.TempDir()
	qrels, base, last := filepath.Join(dir, "qrels"), filepath.Join(dir, "base.run"), filepath.Join(dir, "last.run")
	ranking := []byte("q1 Q0 d1 1 2 base\n")
	if err := errors.Join(os.WriteFile(qrels, []byte("q1 0 d1 1\n"), 0o666), os.WriteFile(base, ranking, 0o666)); err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"evaluate", "compare"} {
		interruptReading(t, last, ranking, verb, "--qrels", qrels, "--run", base, "--run", last)
	}
}

// Reading a FIFO that nobody writes to goes on after an interrupt; the next one kills.
func TestSecondInterruptKills(t *testing.T) {
	qrels := filepath.Join(t.TempDir(), "qrels")
	pipe(t, qrels)
	reading := begin(t, "evaluate", "--qrels", qrels, "--run", qrels)
	defer openPipe(t, qrels).Close()
	ended := make(chan error, 1)
	go func() { ended <- reading.Wait() }()
	for range 3000 {
		reading.Process.Signal(os.Interrupt)
		select {
		case err := <-ended:
			status, ok := reading.ProcessState.Sys().(syscall.WaitStatus)
			if !ok || !status.Signaled() || status.Signal() != os.Interrupt {
				t.Errorf("want it killed by the signal, got %v: %s", err, reading.stderr.String())
			}
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Error("want it killed by the second interrupt, got it running after 3000")
}
