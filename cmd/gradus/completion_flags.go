package main

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gradus-ir/gradus/exchange"
	"github.com/gradus-ir/gradus/internal/assets"
)

// addCompletions gives each flag below root what its values complete to: those
// it may have, the splits of a collection, folders where its help names a DIR,
// nothing where it is a number, and files else.
func addCompletions(root *cobra.Command) {
	byFlag := choices()
	for _, verb := range root.Commands() {
		addCompletionsBelow(verb, byFlag)
	}
}

func addCompletionsBelow(verb *cobra.Command, byFlag map[string][]string) {
	verb.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
		values, found := byFlag[verbName(verb)+" "+flag.Name]
		if !found {
			values, found = byFlag[flag.Name]
		}
		if complete := completionOf(flag, values, found); complete != nil {
			verb.RegisterFlagCompletionFunc(flag.Name, complete) // fails for a flag that is not there alone
		}
	})
	if verb.ValidArgsFunction == nil {
		verb.ValidArgsFunction = argumentsOf(verb)
	}
	for _, below := range verb.Commands() {
		addCompletionsBelow(below, byFlag)
	}
}

func completionOf(flag *pflag.Flag, values []string, found bool) cobra.CompletionFunc {
	what, _ := pflag.UnquoteUsage(flag)
	switch {
	case flag.Name == "loss":
		return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			return lossTerms(values, typed), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
		}
	case flag.Name == "split":
		return completeSplits("collection")
	case flag.Name == "dev-split":
		return completeSplits("dev")
	case found && slices.Contains([]string{"encoder", "compare-encoder", "model"}, flag.Name):
		return cobra.FixedCompletions(values, cobra.ShellCompDirectiveDefault) // or a path
	case found:
		return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	case what == "DIR":
		return cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)
	case isNumber(flag):
		return cobra.NoFileCompletions
	}
	return nil
}

// lossTerms completes the last term of a sum such as ws2+0.5*infonce.
func lossTerms(losses []string, typed string) []string {
	before := typed[:strings.LastIndexAny(typed, "+*")+1]
	var terms []string
	for _, name := range losses {
		terms = append(terms, before+name)
	}
	return terms
}

// completeSplits offers the qrels of the collection that another flag names.
func completeSplits(collection string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		var splits []string
		if flag := cmd.Flags().Lookup(collection); flag != nil && flag.Value.String() != "" {
			files, _ := filepath.Glob(filepath.Join(flag.Value.String(), "qrels", "*.tsv*"))
			for _, file := range files {
				split, _, _ := strings.Cut(filepath.Base(file), ".tsv")
				splits = append(splits, split)
			}
		}
		return splits, cobra.ShellCompDirectiveNoFileComp
	}
}

func isNumber(flag *pflag.Flag) bool {
	return slices.Contains([]string{"int", "int64", "uint64", "float64", "duration", "intSlice", "float64Slice"}, flag.Value.Type())
}

// argumentsOf completes what stands on the command line beside flags.
func argumentsOf(verb *cobra.Command) cobra.CompletionFunc {
	switch verbName(verb) {
	case "run":
		return cobra.FixedCompletions([]string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt)
	case "report", "upload":
		return cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)
	case "setup":
		var names []string
		for _, asset := range assets.List() {
			names = append(names, asset.Name+"\t"+asset.Description)
		}
		return cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp)
	case "import":
		known := append([]string{"beir", "hf", "tevatron", "trec", "msmarco"}, exchange.Names()...)
		return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveDefault
			}
			return known, cobra.ShellCompDirectiveNoFileComp
		}
	}
	return cobra.NoFileCompletions
}
