package main

import (
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

type configFacts struct {
	Path     string `json:"path,omitempty"` // empty: there is none
	Settings int    `json:"settings"`
	Problem  string `json:"problem,omitempty"`
}

// lookAtConfig reads the file of settings and tries each setting on the flags
// that it is for. It spoils the flags of root for anything else.
func lookAtConfig(path string, root *cobra.Command) configFacts {
	facts := configFacts{Path: path}
	if path == "" {
		return facts
	}
	settings, err := readConfig(path, root)
	facts.Settings = len(settings)
	for _, s := range settings {
		if err == nil {
			err = s.try(s.verb)
		}
	}
	if err != nil {
		facts.Problem = err.Error()
	}
	return facts
}

// try sets the flag of a verb and of those below it.
func (s setting) try(verb *cobra.Command) error {
	var flag *pflag.Flag
	if !withoutConfig(verb) {
		flag = verb.LocalNonPersistentFlags().Lookup(s.flag)
	}
	if flag != nil {
		if err := s.set(flag); err != nil {
			return err
		}
	}
	for _, below := range verb.Commands() {
		if err := s.try(below); err != nil {
			return err
		}
	}
	return nil
}
