package embedded

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// process is one child.
type process struct {
	command *exec.Cmd
	input   io.WriteCloser // open while the child shall live
	words   *lastWords
	ready   chan error    // one value: nil, or why the child did not become ready
	ended   chan struct{} // closed when the child is gone
	exit    error
}

// startProcess starts a child that serves on listener. The caller's thread
// must live as long as the child.
func startProcess(executable string, args []string, listener *os.File, o orders) (*process, error) {
	p := &process{words: new(lastWords), ready: make(chan error, 1), ended: make(chan struct{})}
	p.command = exec.Command(executable, args...)
	p.command.Env = childEnvironment(os.Environ())
	p.command.Stderr = p.words
	p.command.ExtraFiles = []*os.File{listener}
	p.command.SysProcAttr = childAttributes()
	p.command.WaitDelay = time.Second // for a grandchild, a debugger say, that keeps stderr open
	var err error
	if p.input, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	output, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	line, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	go func() {
		p.input.Write(append(line, '\n')) // a child that is gone is reported by wait
		p.ready <- readReady(output)
		io.Copy(io.Discard, output)
		p.exit = p.command.Wait()
		close(p.ended)
	}()
	return p, nil
}

func readReady(output io.Reader) error {
	line, err := bufio.NewReader(output).ReadBytes('\n')
	if err != nil {
		return errors.New("the child ended before it was ready")
	}
	var r ready
	if json.Unmarshal(line, &r) != nil || r.Port == 0 {
		return fmt.Errorf("want a ready line from the child, got %q", strings.TrimSpace(string(line)))
	}
	return nil
}

func (p *process) awaitReady(ctx context.Context) error {
	select {
	case err := <-p.ready:
		if err == nil {
			return nil
		}
		p.stop()
		select {
		case <-p.ended:
			return fmt.Errorf("%w: %w", err, p.reason())
		case <-ctx.Done():
			return err
		}
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wait returns when the child is gone, with how it ended and its last words.
func (p *process) wait() error {
	<-p.ended
	return p.reason()
}

func (p *process) reason() error {
	how := "exit status 0"
	if p.exit != nil {
		how = p.exit.Error()
	}
	if words := p.words.String(); words != "" {
		return fmt.Errorf("%s; its last words: %s", how, words)
	}
	return errors.New(how)
}

// stop tells the child to end and sees to it that it does.
func (p *process) stop() {
	p.input.Close()
	time.AfterFunc(graceToStop, p.kill)
}

// kill does not wait for the child's consent. It returns at once.
func (p *process) kill() {
	select {
	case <-p.ended:
	default:
		p.command.Process.Kill()
	}
}

// childEnvironment withholds the user's secrets from the child, which needs
// none, and keeps ggml from starting a debugger when it aborts.
func childEnvironment(environment []string) []string {
	kept := []string{"GGML_NO_BACKTRACE=1"}
	for _, v := range environment {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasSuffix(name, "_KEY") && !strings.HasSuffix(name, "_TOKEN") && !strings.HasSuffix(name, "_SECRET") {
			kept = append(kept, v)
		}
	}
	return kept
}
