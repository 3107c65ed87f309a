// Command tokenizer is our side of the comparisons in this folder: it encodes
// JSON strings, one a line on stdin, and writes their ids as JSON arrays, or
// with -time the seconds of one pass over all of them on one core.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/gradus-ir/gradus/encoder/wordpiece"
)

func main() {
	dir := flag.String("tokenizer", "", "the model `folder`")
	maxLength := flag.Int("max", 0, "the maximum `length`, special tokens included; 0 for no cut")
	passes := flag.Bool("time", false, "write the seconds of a pass, one for each further line on stdin after an empty one")
	flag.Parse()
	if err := run(*dir, *maxLength, *passes); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dir string, maxLength int, passes bool) error {
	tok, err := wordpiece.Load(dir)
	if err != nil {
		return err
	}
	in, out := bufio.NewReaderSize(os.Stdin, 1<<20), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	texts, err := readTexts(in)
	if err != nil {
		return err
	}
	if passes {
		return timePasses(tok, texts, maxLength, in)
	}
	for _, text := range texts {
		if err := json.NewEncoder(out).Encode(tok.Encode(text, maxLength)); err != nil {
			return err
		}
	}
	return nil
}

// readTexts reads JSON strings up to an empty line or the end.
func readTexts(in *bufio.Reader) ([]string, error) {
	var texts []string
	for {
		line, err := in.ReadBytes('\n')
		if len(line) <= 1 || err == io.EOF {
			return texts, nil
		}
		if err != nil {
			return nil, err
		}
		var text string
		if err := json.Unmarshal(line, &text); err != nil {
			return nil, fmt.Errorf("stdin:%d: %w", len(texts)+1, err)
		}
		texts = append(texts, text)
	}
}

// timePasses takes one pass for each line it reads, so that two programs can take turns.
func timePasses(tok *wordpiece.Tokenizer, texts []string, maxLength int, in *bufio.Reader) error {
	for {
		if _, err := in.ReadBytes('\n'); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		tokens := 0
		start := time.Now()
		for _, text := range texts {
			tokens += len(tok.Encode(text, maxLength))
		}
		fmt.Printf("%.6f %d\n", time.Since(start).Seconds(), tokens)
	}
}
