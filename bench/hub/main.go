// Command hub serves a tiny model, models/bench/tiny, and a folder, datasets/bench/tiny,
// by the hub's protocol, on a free port, until it is killed. It prints its address.
//
//	go run ./bench/hub --token SECRET DIR
package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/gradus-ir/gradus/encoder/encodertest"
	"github.com/gradus-ir/gradus/internal/hub/hubtest"
)

func main() {
	token := flag.String("token", "", "what uploads and private repositories want")
	flag.Parse()
	if err := serve(*token, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "hub:", err)
		os.Exit(1)
	}
}

func serve(token, dataset string) error {
	temp, err := os.MkdirTemp("", "gradus-hub-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	model := filepath.Join(temp, "model")
	if err := encodertest.Tiny().Write(model); err != nil {
		return err
	}
	server := hubtest.Start()
	defer server.Stop()
	server.Token, server.PartSize = token, 10_000 // so that its weights are uploaded in several
	for key, dir := range map[string]string{"models/bench/tiny": model, "datasets/bench/tiny": dataset} {
		files, err := read(dir)
		if err != nil {
			return err
		}
		server.Repos[key] = &hubtest.Repo{Files: files}
	}
	fmt.Println(server.URL)
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, os.Interrupt)
	<-ended
	return nil
}

// read takes a folder's files into memory.
func read(dir string) (map[string]string, error) {
	files := map[string]string{}
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(root, name)
		files[name] = string(content)
		return err
	})
	return files, err
}
