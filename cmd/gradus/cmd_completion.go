package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// shells are those that cobra writes completions for, of the ones on our systems.
var shells = []string{"bash", "zsh", "fish"}

func newCompletionCommand(std streams) *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "Print what a shell needs to complete verbs, flags and values",
		Long: `Print what a shell needs to complete gradus's verbs and flags, and the values
of those that have a few: losses, measures, formats, the splits of a collection.

  bash   needs the package bash-completion; put the text into
         ~/.local/share/bash-completion/completions/gradus
  zsh    put it into a file _gradus in a folder of $fpath
  fish   put it into ~/.config/fish/completions/gradus.fish

make install does so for all users.`,
		Example: `  gradus completion bash > ~/.local/share/bash-completion/completions/gradus
  source <(gradus completion zsh)`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("completion wants one shell, got %d arguments; there are %s", len(args), strings.Join(shells, ", "))
			}
			return nil
		},
		ValidArgsFunction: firstArgument(shells),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch root := cmd.Root(); args[0] {
			case "bash":
				return root.GenBashCompletionV2(std.out, true)
			case "zsh":
				return root.GenZshCompletion(std.out)
			case "fish":
				return root.GenFishCompletion(std.out, true)
			}
			return usagef("unknown shell %q%s; there are %s", args[0], nearest(args[0], shells), strings.Join(shells, ", "))
		},
	}
}

// firstArgument completes a verb's first argument by words, and no other.
func firstArgument(words []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}
