// Command serve puts load on a server of /v1/embeddings and says what came
// back, as a line of a Markdown table.
//
// Without --rate, each of --clients sends its next request once the last is
// answered. With it, requests are sent at that rate whatever comes back, and
// the memory of --pid is looked at ten times.
//
//	go run ./bench/serve --url http://127.0.0.1:8080 --collection ../shared/data/scifact --clients 32 --seconds 20
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/gradus-ir/gradus/collection"
)

type options struct {
	url, name   string
	collection  string
	queries     bool
	texts       int
	clients     int
	rate        float64
	seconds     time.Duration
	pid         int
	vectorsFile string
}

func main() {
	var o options
	seconds := 0.0
	flag.StringVar(&o.url, "url", "http://127.0.0.1:8080", "the server")
	flag.StringVar(&o.name, "name", "gradus", "its name in the table")
	flag.StringVar(&o.collection, "collection", "../shared/data/scifact", "the texts' collection")
	flag.BoolVar(&o.queries, "queries", false, "send queries in place of documents")
	flag.IntVar(&o.texts, "texts", 1, "texts a request")
	flag.IntVar(&o.clients, "clients", 32, "requests under way at once")
	flag.Float64Var(&o.rate, "rate", 0, "requests a second, whatever comes back; 0 waits for answers")
	flag.Float64Var(&seconds, "seconds", 20, "time to measure, after a fifth of it to warm up")
	flag.IntVar(&o.pid, "pid", 0, "the server's process, whose processor time and, with --rate, memory are looked at")
	flag.StringVar(&o.vectorsFile, "vectors", "", "write the vectors of the first 64 texts here, as JSON")
	flag.Parse()
	o.seconds = time.Duration(seconds * float64(time.Second))
	if err := measure(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, o options) error {
	texts, err := read(o)
	if err != nil {
		return err
	}
	l := newLoad(o, texts)
	defer l.client.CloseIdleConnections()
	if err := l.ready(ctx); err != nil {
		return err
	}
	if o.vectorsFile != "" {
		return l.save(ctx, o.vectorsFile)
	}
	if o.rate > 0 {
		return l.flood(ctx)
	}
	l.closed(ctx, o.seconds/5)
	l.begin()
	before, err := processorTime(o.pid)
	if err != nil {
		return err
	}
	long := l.closed(ctx, o.seconds)
	after, err := processorTime(o.pid)
	if err != nil {
		return err
	}
	l.print(long, after-before)
	return l.fault()
}

// read takes the texts of a collection.
func read(o options) ([]string, error) {
	c, err := collection.Open(o.collection)
	if err != nil {
		return nil, err
	}
	var texts []string
	if o.queries {
		for q, err := range c.Queries() {
			if err != nil {
				return nil, err
			}
			texts = append(texts, q.Text)
		}
		return texts, nil
	}
	for d, err := range c.Documents() {
		if err != nil {
			return nil, err
		}
		texts = append(texts, d.Content())
	}
	return texts, nil
}
