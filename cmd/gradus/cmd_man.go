package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/internal/durable"
)

func newManCommand(std streams) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "man --out DIR",
		Short: "Write the manual's pages",
		Long: `Write a page of the manual for gradus and one for each verb, gradus.1,
gradus-train.1 and so on, into a folder, which is made where it is not there.
make install puts them where man finds them.

Prints the path of each page.`,
		Example: `  gradus man --out ~/.local/share/man/man1
  gradus man --out man && man -l man/gradus-train.1`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if dir == "" {
				return usagef("man wants --out DIR")
			}
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			return writeManual(cmd.Root(), dir, std.out)
		},
	}
	cmd.Flags().StringVar(&dir, "out", "", "the `DIR` to write the pages into")
	return cmd
}

// writeManual writes the pages of a command and those below it, and their paths to out.
func writeManual(cmd *cobra.Command, dir string, out io.Writer) error {
	path := filepath.Join(dir, pageName(cmd)+".1")
	err := durable.WriteFile(path, func(w io.Writer) error {
		_, err := io.WriteString(w, manualPage(cmd))
		return err
	})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, path); err != nil {
		return err
	}
	for _, below := range pagesBelow(cmd) {
		if err := writeManual(below, dir, out); err != nil {
			return err
		}
	}
	return nil
}

// pagesBelow are the verbs of a command that have a page.
func pagesBelow(cmd *cobra.Command) []*cobra.Command {
	var verbs []*cobra.Command
	for _, below := range cmd.Commands() {
		if below.IsAvailableCommand() {
			verbs = append(verbs, below)
		}
	}
	return verbs
}

func pageName(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }
