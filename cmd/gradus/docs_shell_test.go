package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// shellCommands are the simple commands of a piece of shell, each as its words:
// enough of the language for what documents have in them. What a command is
// given by assignments, redirections and comments is left out, and a variable
// with a default is its default.
func shellCommands(code string) [][]string {
	var commands [][]string
	code = withDefault.ReplaceAllString(strings.ReplaceAll(code, "\\\n", " "), "$1")
	for line := range strings.Lines(code) {
		commands = append(commands, lineCommands(strings.TrimSpace(line))...)
	}
	return commands
}

// lineCommands parts a line at |, ;, &, ( and ), and at < and >, whose file it drops.
func lineCommands(line string) [][]string {
	var commands [][]string
	var words []string
	var word strings.Builder
	begun, drop := false, false // a word, which may be an empty quote; the word is a redirection's
	endWord := func() {
		if begun && !drop && !(len(words) == 0 && assignment.MatchString(word.String())) {
			words = append(words, word.String())
		}
		drop = drop && !begun
		begun = false
		word.Reset()
	}
	endCommand := func() {
		endWord()
		if len(words) > 0 {
			commands = append(commands, words)
		}
		words, drop = nil, false
	}
	quote := rune(0)
	runes := []rune(line)
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, begun = r, true
		case r == ' ' || r == '\t':
			endWord()
		case r == '#' && !begun:
			endCommand()
			return commands
		case strings.ContainsRune("|;&()`", r):
			endCommand()
		case r == '>' || r == '<':
			if word.String() == "2" {
				begun = false
				word.Reset()
			}
			endWord()
			drop = true
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	endCommand()
	return commands
}

var (
	assignment  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)
	withDefault = regexp.MustCompile(`\$\{[A-Za-z_]+:-([^}]*)\}`)
)

func TestShellCommands(t *testing.T) {
	for _, c := range []struct {
		code string
		want string // words with spaces between, commands with | between
	}{
		{"gradus doctor --json | jq .assets", "gradus doctor --json|jq .assets"},
		{"X=1 gradus run a.yaml \\\n  --out b # why", "gradus run a.yaml --out b"},
		{"gradus evaluate --measure 'AP(rel=2)' > out 2> err", "gradus evaluate --measure AP(rel=2)"},
		{"source <(gradus completion zsh)", "source|gradus completion zsh"},
		{"# gradus nothing\ngradus demo && gradus setup; ls", "gradus demo|gradus setup|ls"},
		{`gradus run "${R:-a.yaml}"`, "gradus run a.yaml"},
		{`url=$(gradus llm serve) gradus x ""`, "gradus llm serve|gradus x "},
	} {
		var got []string
		for _, words := range shellCommands(c.code) {
			if words[0] != "$" {
				got = append(got, strings.Join(words, " "))
			}
		}
		if want := strings.Split(c.want, "|"); !slices.Equal(got, want) {
			t.Errorf("%q: want %q, got %q", c.code, want, got)
		}
	}
}
