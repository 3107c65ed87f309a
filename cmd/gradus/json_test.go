package main

import (
	"slices"
	"testing"

	"github.com/spf13/cobra"
)

// silent are the verbs that report nothing on standard output but files,
// addresses or text for another program; every other one has --json.
var silent = []string{"gradus", "search", "store", "store search", "serve", "llm", "llm serve", "completion", "man", "help"}

func TestEveryReportIsThereAsJSON(t *testing.T) {
	eachVerb(quietRoot(), func(verb *cobra.Command) {
		flag := verb.Flags().Lookup("json")
		quiet := slices.Contains(silent, verbName(verb))
		if quiet && flag != nil {
			t.Errorf("%s has --json: it belongs on no list of verbs without", verbName(verb))
		}
		if !quiet && (flag == nil || flag.Value.Type() != "bool") {
			t.Errorf("%s: want --json on a verb that reports", verbName(verb))
		}
	})
}
