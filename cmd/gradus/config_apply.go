package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gradus-ir/gradus/llm"
)

// environmentOf are the variables that come before a file's setting of a flag.
var environmentOf = map[string][]string{
	"api-key-file":       llm.KeyVariables,
	"judge-api-key-file": llm.KeyVariables,
	"token-file":         {tokenVariable},
	"offline":            {"GRADUS_OFFLINE", "HF_HUB_OFFLINE"},
}

// withoutConfig tells which verbs work whatever the file of settings says.
func withoutConfig(verb *cobra.Command) bool {
	return slices.Contains([]string{"doctor", "completion", "man"}, verbName(verb))
}

// obeyConfig lets every verb below root take what the file of settings gives
// for flags that are neither on its command line nor in the environment.
func obeyConfig(root *cobra.Command) {
	root.PersistentFlags().String("config", "", "take defaults of flags from `FILE` (default $"+configVariable+", else gradus/config.yaml in the folder for settings)")
	for _, verb := range root.Commands() {
		if !withoutConfig(verb) {
			obeyConfigBelow(verb)
		}
	}
}

func obeyConfigBelow(verb *cobra.Command) {
	run := verb.RunE
	verb.RunE = func(cmd *cobra.Command, args []string) error {
		if child := cmd.Flags().Lookup("child"); child != nil && child.Changed {
			return run(cmd, args) // the parent has read the file
		}
		path := configFile(cmd.Flag("config").Value.String())
		if path == "" {
			return run(cmd, args)
		}
		settings, err := readConfig(path, cmd.Root())
		if err != nil {
			return err
		}
		applied, err := applySettings(cmd, settings)
		if err != nil {
			return err
		}
		var usage usageError
		if err = run(cmd, args); errors.As(err, &usage) && len(applied) > 0 {
			return usagef("%w; %s sets --%s", err, path, strings.Join(applied, ", --"))
		}
		return err
	}
	for _, below := range verb.Commands() {
		obeyConfigBelow(below)
	}
}

// applySettings gives a verb's flags the values that hold for it, those under
// the verb itself before those under the ones above, and returns the flags it set.
func applySettings(verb *cobra.Command, settings []setting) ([]string, error) {
	var applied []string
	for name, s := range settingsOf(verb, settings) {
		flag := verb.Flags().Lookup(name)
		if flag == nil || flag.Changed || inEnvironment(name) {
			continue
		}
		if err := s.set(flag); err != nil {
			return nil, err
		}
		applied = append(applied, name)
	}
	slices.Sort(applied)
	return applied, nil
}

// settingsOf are the settings that hold for a verb, by flag.
func settingsOf(verb *cobra.Command, settings []setting) map[string]setting {
	hold := map[string]setting{}
	var above []*cobra.Command
	for at := verb; at != nil; at = at.Parent() {
		above = append(above, at)
	}
	for _, ancestor := range slices.Backward(above) { // from the root down
		for _, s := range settings {
			if s.verb == ancestor {
				hold[s.flag] = s
			}
		}
	}
	return hold
}

func inEnvironment(flag string) bool {
	return slices.ContainsFunc(environmentOf[flag], func(name string) bool { return os.Getenv(name) != "" })
}

// set gives a flag its value as if it were its default: it does not count as given.
func (s setting) set(flag *pflag.Flag) error {
	if _, several := flag.Value.(pflag.SliceValue); !several && s.at.IsList() {
		return s.at.Errorf("want one value of --%s, got a list of %d", flag.Name, len(s.values))
	}
	for _, value := range s.values {
		err := flag.Value.Set(value)
		var number *strconv.NumError
		if errors.As(err, &number) {
			err = fmt.Errorf("want a value of type %s, got %q", flag.Value.Type(), value)
		}
		if err != nil {
			return s.at.Errorf("--%s: %w", flag.Name, err)
		}
	}
	return nil
}
