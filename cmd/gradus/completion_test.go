package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/loss"
	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/train"
)

// TestChoicesAreOfFlags finds a choice whose flag has gone or changed its name.
func TestChoicesAreOfFlags(t *testing.T) {
	for name := range choices() {
		words := strings.Fields(name)
		found := false
		eachVerb(quietRoot(), func(verb *cobra.Command) {
			if len(words) == 1 || verbName(verb) == strings.Join(words[:len(words)-1], " ") {
				found = found || verb.Flags().Lookup(words[len(words)-1]) != nil
			}
		})
		if !found {
			t.Errorf("no flag takes the choices of %q", name)
		}
	}
}

// TestChoicesAreTaken gives what is offered to the code that takes it.
func TestChoicesAreTaken(t *testing.T) {
	parsers := map[string]func(string) error{
		"loss":     func(text string) error { _, err := loss.Parse(text); return err },
		"measure":  func(text string) error { _, err := measure.Parse(text); return err },
		"schedule": func(text string) error { _, err := train.ParseSchedule(text); return err },
		"in-batch": func(text string) error { _, err := train.ParseInBatch(text); return err },
		"plan":     func(text string) error { _, err := train.ParsePlan(text); return err },
		"compress": func(text string) error { _, err := endingOf(text); return err },
	}
	all := choices()
	for flag, parse := range parsers {
		for _, word := range all[flag] {
			if err := parse(word); err != nil {
				t.Errorf("--%s: %v", flag, err)
			}
		}
	}
	for _, word := range all["test"] {
		if tests[word] == nil {
			t.Errorf("no test %q", word)
		}
	}
}

func TestLossTermsCompleteTheLast(t *testing.T) {
	for typed, want := range map[string]string{"": "kl", "w": "kl", "ws2+": "ws2+kl", "ws2+0.5*in": "ws2+0.5*kl"} {
		if got := lossTerms([]string{"kl"}, typed); !slices.Equal(got, []string{want}) {
			t.Errorf("%q: want %q, got %q", typed, want, got)
		}
	}
}
