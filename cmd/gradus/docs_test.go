package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gradus-ir/gradus/loss"
	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/train"
)

const repository = "../.."

// piece is a piece of shell out of a document.
type piece struct{ where, code string }

// documents are the repository's documents and scripts that a reader types from.
func documents(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.md", "docs/*.md", "data/*.md", "examples/*.md", "examples/*/*.md", "examples/*/*.sh"} {
		files, err := filepath.Glob(filepath.Join(repository, pattern))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, files...)
	}
	if len(all) < 20 {
		t.Fatalf("want the repository's documents, got %d", len(all))
	}
	return all
}

func textOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	fenced   = regexp.MustCompile("(?ms)^```(?:sh|bash|console)?\n(.*?)^```$")
	setOff   = regexp.MustCompile(`(?m)^(?: {4}.*\n)+`)
	inline   = regexp.MustCompile("`(gradus [a-z][^`\n]*)`")
	flagName = regexp.MustCompile("`(--[a-z0-9-]+)(?:[ =][^`]*)?`")
)

// typed are the pieces of shell in documents and in the help of every verb.
func typed(t *testing.T) []piece {
	var pieces []piece
	for _, path := range documents(t) {
		text := textOf(t, path)
		if strings.HasSuffix(path, ".sh") {
			pieces = append(pieces, piece{path, text})
			continue
		}
		for _, match := range fenced.FindAllStringSubmatch(text, -1) {
			pieces = append(pieces, piece{path, match[1]})
		}
		for _, match := range setOff.FindAllString(text, -1) {
			pieces = append(pieces, piece{path, match})
		}
	}
	eachVerb(quietRoot(), func(verb *cobra.Command) {
		pieces = append(pieces, piece{"gradus help " + verbName(verb), verb.Example})
	})
	return pieces
}

func quietRoot() *cobra.Command {
	root := newRootCommand(streams{strings.NewReader(""), io.Discard, io.Discard})
	root.InitDefaultHelpCmd()
	return root
}

func eachVerb(cmd *cobra.Command, do func(*cobra.Command)) {
	do(cmd)
	for _, below := range cmd.Commands() {
		eachVerb(below, do)
	}
}

// TestDocumentedCommandsParse holds what documents, examples and the help tell
// people to type against the verbs and flags that there are.
func TestDocumentedCommandsParse(t *testing.T) {
	checked := 0
	for _, p := range typed(t) {
		for _, words := range shellCommands(p.code) {
			var err error
			switch program := words[0]; {
			case slices.Contains([]string{"gradus", "./gradus", "bin/gradus"}, program):
				err = parses(words[1:])
				checked++
			case program == "make":
				err = isTarget(t, words[1:])
			case strings.HasPrefix(program, "bench/.venv/"): // bench/setup makes it
				_, err = os.Stat(filepath.Join(repository, words[1]))
			case strings.HasPrefix(program, "bench/"), strings.HasPrefix(program, "examples/"):
				_, err = os.Stat(filepath.Join(repository, program))
			}
			if err != nil {
				t.Errorf("%s: %s: %v", p.where, strings.Join(words, " "), err)
			}
		}
	}
	if checked < 100 {
		t.Errorf("want a hundred commands or more, found %d", checked)
	}
}

// parses reports what gradus would say of a command line before it does anything.
func parses(args []string) error {
	args = slices.DeleteFunc(slices.Clone(args), func(word string) bool { return word == "…" })
	verb, rest, err := quietRoot().Find(args)
	if err != nil {
		return err
	}
	if err := verb.ParseFlags(rest); err != nil {
		return err
	}
	if err := verb.ValidateArgs(verb.Flags().Args()); err != nil {
		return err
	}
	verb.Flags().Visit(func(flag *pflag.Flag) {
		if err == nil {
			err = checkValues(verb, flag)
		}
	})
	return err
}

// checkValues holds a flag's values against what its verb would take.
func checkValues(verb *cobra.Command, flag *pflag.Flag) error {
	check := map[string]func(string) error{
		"loss":    func(text string) error { _, err := loss.Parse(text); return err },
		"measure": func(text string) error { _, err := measure.Parse(text); return err },
		"source":  func(text string) error { _, err := train.ParseSource(text); return err },
	}[flag.Name]
	if check == nil {
		words, few := closedChoices(verb, flag.Name)
		if !few {
			return nil
		}
		check = func(text string) error {
			if !slices.Contains(words, text) {
				return fmt.Errorf("want --%s of %s, got %q", flag.Name, strings.Join(words, ", "), text)
			}
			return nil
		}
	}
	values := []string{flag.Value.String()}
	if several, ok := flag.Value.(pflag.SliceValue); ok {
		values = several.GetSlice()
	}
	for _, value := range values {
		if err := check(value); err != nil && !strings.Contains(value, "$") && !strings.Contains(value, "…") {
			return err
		}
	}
	return nil
}

// closedChoices are the words that a flag may have, where it may have no others.
func closedChoices(verb *cobra.Command, flag string) ([]string, bool) {
	if slices.Contains([]string{"encoder", "compare-encoder", "llm", "judge-llm", "model", "temperature", "concurrency", "precision"}, flag) {
		return nil, false
	}
	all := choices()
	words, found := all[verbName(verb)+" "+flag]
	if !found {
		words, found = all[flag]
	}
	return words, found
}

func isTarget(t *testing.T, args []string) error {
	makefile := textOf(t, filepath.Join(repository, "Makefile"))
	for _, target := range args {
		if !strings.Contains(target, "=") && !strings.Contains(makefile, "\n"+target+":") {
			return fmt.Errorf("the Makefile has no target %s", target)
		}
	}
	return nil
}

// TestDocumentedFlagsExist looks at what stands in the midst of a sentence: a verb, or a flag alone.
func TestDocumentedFlagsExist(t *testing.T) {
	known := map[string]bool{"--trec-eval": true} // of bench/measures
	eachVerb(quietRoot(), func(verb *cobra.Command) {
		verb.Flags().VisitAll(func(flag *pflag.Flag) { known["--"+flag.Name] = true })
		verb.PersistentFlags().VisitAll(func(flag *pflag.Flag) { known["--"+flag.Name] = true })
	})
	for _, path := range documents(t) {
		if strings.HasSuffix(path, ".sh") || filepath.Base(path) == "CHANGELOG.md" { // which tells of what has gone, too
			continue
		}
		text := textOf(t, path)
		for _, match := range inline.FindAllStringSubmatch(text, -1) {
			args := strings.Fields(match[1])[1:]
			verb, _, err := quietRoot().Find(args)
			if err != nil || !verb.HasParent() && args[0] != "help" {
				t.Errorf("%s: no verb in %q", path, match[1])
			}
		}
		for _, match := range flagName.FindAllStringSubmatch(text, -1) {
			if !known[match[1]] {
				t.Errorf("%s: no verb has %s", path, match[1])
			}
		}
	}
}

// TestMapOfDocuments wants every page on the map, and no other.
func TestMapOfDocuments(t *testing.T) {
	var pages []string
	for _, path := range documents(t) {
		if filepath.Base(filepath.Dir(path)) == "docs" && filepath.Base(path) != "README.md" {
			pages = append(pages, filepath.Base(path))
		}
	}
	var listed []string
	for _, match := range regexp.MustCompile(`(?m)^\| \[([a-z0-9-]+\.md)\]\(`).FindAllStringSubmatch(textOf(t, filepath.Join(repository, "docs/README.md")), -1) {
		listed = append(listed, match[1])
	}
	slices.Sort(listed)
	if !slices.Equal(listed, pages) {
		t.Errorf("want the pages %q on the map, got %q", pages, listed)
	}
}

// TestVariablesAreDocumented holds the manual's list of variables against the page about them.
func TestVariablesAreDocumented(t *testing.T) {
	page := textOf(t, filepath.Join(repository, "docs/configuration.md"))
	known := map[string]bool{}
	for _, v := range environment {
		known[v.name] = true
		if !strings.Contains(page, "`"+v.name+"`") {
			t.Errorf("docs/configuration.md: want %s", v.name)
		}
	}
	for _, match := range regexp.MustCompile("(?m)`((?:GRADUS|HF|XDG|PJRT)_[A-Z_]+)`").FindAllStringSubmatch(page, -1) {
		if !known[match[1]] {
			t.Errorf("docs/configuration.md: the manual does not know %s", match[1])
		}
	}
}
