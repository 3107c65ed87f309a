//go:build linux

// Package storetest runs the databases that store speaks to, for tests:
// PostgreSQL with pgvector and Milvus Lite as they are, Qdrant as a double.
package storetest

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gradus-ir/gradus/internal/assets"
)

// Server is a database that can be killed and started again, with the data it had.
type Server struct {
	URL string // for store.Open

	t       testing.TB
	address string
	command func() *exec.Cmd
	running *exec.Cmd
	log     *bytes.Buffer
}

// nobody runs PostgreSQL, which refuses root.
const nobody = 65534

// Postgres starts a PostgreSQL with pgvector that has nothing in it.
func Postgres(t testing.TB) *Server {
	t.Helper()
	dir := room(t, "pgvector")
	user := &syscall.SysProcAttr{}
	if os.Getuid() == 0 {
		user.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
		if err := os.Chown(dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	data, bin := filepath.Join(dir, "data"), filepath.Join(dir, "pgserver", "pginstall", "bin")
	run := func(program string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, program), args...)
		cmd.Dir, cmd.Env, cmd.SysProcAttr = dir, []string{"LC_ALL=C", "TZ=UTC"}, user
		return cmd
	}
	if output, err := run("initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "--locale=C", "-E", "UTF8").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, output)
	}
	address := free(t)
	host, port, _ := net.SplitHostPort(address)
	s := &Server{t: t, address: address, URL: "postgres://postgres@" + address + "/postgres?sslmode=disable"}
	s.command = func() *exec.Cmd {
		return run("postgres", "-D", data, "-h", host, "-p", port, "-k", "", "-c", "max_connections=10")
	}
	s.Start()
	return s
}

// Milvus starts a Milvus Lite that has nothing in it.
func Milvus(t testing.TB) *Server {
	t.Helper()
	dir := room(t, "milvus-lite")
	s := &Server{t: t, address: free(t)}
	s.URL = "milvus://" + s.address
	s.command = func() *exec.Cmd {
		cmd := exec.Command(filepath.Join(dir, "milvus"), filepath.Join(dir, "test.db"), s.address, "ERROR")
		cmd.Dir, cmd.Env = dir, []string{"LD_LIBRARY_PATH=" + dir, "HOME=" + dir} // without a HOME it ends
		return cmd
	}
	s.Start()
	return s
}

// room is a folder with an asset's files as programs, which others than root may enter.
func room(t testing.TB, asset string) string {
	t.Helper()
	if state, err := assets.Status(asset); err == nil && !state.Runs {
		t.Skip(asset + " is pinned for " + state.Asset.Platform)
	}
	from, err := assets.Path(t.Context(), asset, assets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "gradus-"+asset+"-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chmod(path, 0o755)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// free is an address of this machine that nobody listens on.
func free(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// Start starts the server and waits until it takes connections.
func (s *Server) Start() {
	s.t.Helper()
	s.log, s.running = new(bytes.Buffer), s.command()
	s.running.Stdout, s.running.Stderr = s.log, s.log
	if err := s.running.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(s.Kill)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("tcp", s.address)
		if err == nil {
			conn.Close()
			return
		}
		if time.Now().After(deadline) {
			s.Kill()
			s.t.Fatalf("%s: want it to listen on %s within a minute\n%s", s.running.Path, s.address, s.log)
		}
	}
}

// Kill ends the server as a crash of its machine would: without a word.
func (s *Server) Kill() {
	if s.running == nil {
		return
	}
	for _, child := range children(s.running.Process.Pid) {
		syscall.Kill(child, syscall.SIGKILL)
	}
	s.running.Process.Kill()
	s.running.Wait()
	s.running = nil
}

// children are the processes that a process started: PostgreSQL has one a connection.
func children(parent int) []int {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	var all []int
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it ended
		}
		var pid, ppid int
		var state string
		_, rest, _ := strings.Cut(string(text), ") ")
		fmt.Sscan(string(text), &pid)
		fmt.Sscan(rest, &state, &ppid)
		if ppid == parent {
			all = append(all, pid)
		}
	}
	return all
}
