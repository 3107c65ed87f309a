// Command gradus trains dense retrievers on graded lists.
//
// Each verb is one file, cmd_VERB.go: an options struct, its flags, and one
// call into the package that does the work. Tests call that function directly.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/internal/durable"
)

// Exit statuses, the same for every verb.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	useHugePages()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C kills, whatever the first one waits for
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
	stop()
	os.Exit(code)
}

// streams are the standard streams of one invocation: out carries data, err is for people.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

// usageError is a mistake on the command line itself; it exits 2.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// run executes one command line and returns its exit status.
func run(ctx context.Context, args []string, std streams) int {
	root := newRootCommand(std)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		fmt.Fprintln(std.err, "gradus: interrupted")
		return exitInterrupted
	case errors.As(err, &usage):
		fmt.Fprintf(std.err, "gradus: %v\n", err)
		return exitUsage
	default:
		fmt.Fprintf(std.err, "gradus: %v\n", err)
		return exitFailed
	}
}

const exitStatusHelp = `
Exit status: 0 done, 1 failed, 2 usage, 130 interrupted.`

func newRootCommand(std streams) *cobra.Command {
	cobra.EnableCommandSorting = false // the order of verbs is that of a first experiment
	root := &cobra.Command{
		Use:   "gradus",
		Short: "Train dense retrievers on graded lists",
		Long: `gradus trains dense retrievers on graded lists.

An open LLM writes, for each of your queries, passages of several grades of
relevance; a dual encoder is trained list-wise on them; and the result is
measured like any retrieval system. Start with: gradus demo` + "\n" + exitStatusHelp,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown verb %q%s; gradus help lists the verbs", args[0], didYouMean(cmd.SuggestionsFor(args[0])))
			}
			return nil
		},
		Version: durable.Version,
		RunE:    func(cmd *cobra.Command, args []string) error { return printFirstSteps(std.out) },
	}
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w; see gradus help %s", err, cmd.Name())
	})
	for _, verb := range verbs(std) {
		if verb.Args == nil {
			verb.Args = noArguments
		}
		verb.Long += "\n" + exitStatusHelp
		root.AddCommand(verb)
	}
	fetchCollections(root, std)
	obeyConfig(root)
	addCompletions(root)
	return root
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no argument, got %q; see gradus help %s", cmd.Name(), args[0], cmd.Name())
	}
	return nil
}

func didYouMean(candidates []string) string {
	if len(candidates) == 0 {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", candidates[0])
}
