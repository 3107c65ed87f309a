package embedded

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// orders are what the parent tells its child: one line of JSON on standard
// input, so that the secret shows in no process list and no environment.
// Afterwards the parent keeps that pipe open for as long as it lives.
type orders struct {
	Key            string
	Library        string // folder of llama.cpp's libraries
	Model          string // the GGUF file
	Name           string // how the model is called in answers
	Slots          int
	ContextPerSlot int
	Threads        int
	Queue          int
}

// ready is the child's one line on standard output.
type ready struct {
	Port int `json:"port"`
}

// listenerFD is the descriptor of the listening socket that the parent hands
// down: the first after the standard three. It outlives the child, so that the
// address stays the same when a crashed child is replaced.
const listenerFD = 3

// RunChild is the whole life of the child process: it reads its orders from
// in, loads the model, writes a ready line to out and serves until in ends,
// that is until the parent closes it or dies.
func RunChild(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lines := bufio.NewReader(in)
	line, err := lines.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("want orders from the parent process on standard input: %w", err)
	}
	var o orders
	if err := json.Unmarshal(line, &o); err != nil {
		return fmt.Errorf("orders from the parent process: %w", err)
	}
	// Loading a model takes seconds in which nothing listens to ctx.
	go func() {
		io.Copy(io.Discard, lines)
		cancel()
		time.Sleep(graceToStop)
		os.Exit(1)
	}()
	socket := os.NewFile(listenerFD, "listener")
	listener, err := net.FileListener(socket)
	if err != nil {
		return fmt.Errorf("want a listening socket as descriptor %d: %w", listenerFD, err)
	}
	socket.Close()
	return serveModel(ctx, o, listener, out)
}

// serveModel loads the model and answers on the listener until ctx is done.
func serveModel(ctx context.Context, o orders, listener net.Listener, out io.Writer) error {
	defer listener.Close()
	if err := loadLibrary(o.Library); err != nil {
		return err
	}
	m, err := loadModel(o.Model, o.Slots, o.ContextPerSlot, o.Threads)
	if err != nil {
		return err
	}
	e := newEngine(m, o.Slots, o.Queue, o.Threads)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		e.run(ctx)
	}()
	server := &http.Server{
		Handler:           newHandler(e, o.Name, o.Key),
		ReadHeaderTimeout: 10 * time.Second,
	}
	go func() {
		<-stopped // by now every request has its last event
		late, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		server.Shutdown(late)
	}()
	line, err := json.Marshal(ready{Port: listener.Addr().(*net.TCPAddr).Port})
	if err != nil {
		return err
	}
	if _, err := out.Write(append(line, '\n')); err != nil {
		return err
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
