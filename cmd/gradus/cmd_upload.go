package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gradus-ir/gradus/internal/assets"
	"github.com/gradus-ir/gradus/internal/hub"
)

type uploadOptions struct {
	dir, repo string
	branch    string
	message   string
	public    bool
	dryRun    bool
	json      bool
}

func newUploadCommand(std streams) *cobra.Command {
	var opts uploadOptions
	cmd := &cobra.Command{
		Use:   "upload DIR OWNER/NAME",
		Short: "Put a trained model on the hub, with its card",
		Long: `Put a model's folder on the hub as one commit: weights, tokenizer, settings,
ONNX files, licences and README.md, the card. Records of the training stay here;
what is left out is said.

The token is HF_TOKEN, else what hf auth login left; it goes to the hub
(HF_ENDPOINT) alone and is never printed. A repository that does not exist is
made, and is private unless --public is given; nothing goes into a public one
without it. What the hub has already is not sent again, and nobody sees a file
before all are there.

Prints where the model is, the commit, and what was sent.`,
		Example: `  gradus upload model owner/model
  gradus upload model owner/model --public --message "trained on 2,000 queries"
  gradus upload model owner/model --dry-run`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usagef("upload wants the model's DIR and OWNER/NAME; see gradus help upload")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.dir, opts.repo = args[0], args[1]
			return runUpload(cmd.Context(), opts, std)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.branch, "branch", "main", "the `BRANCH` to commit to; another one than main must be there")
	flags.StringVar(&opts.message, "message", "Upload model", "of the commit")
	flags.BoolVar(&opts.public, "public", false, "let everybody read it")
	flags.BoolVar(&opts.dryRun, "dry-run", false, "print the files, a line each with their bytes, and open no socket")
	flags.BoolVar(&opts.json, "json", false, "print JSON")
	return cmd
}

func runUpload(ctx context.Context, opts uploadOptions, std streams) error {
	if !assets.IsHubID(opts.repo) || strings.Contains(opts.repo, "@") {
		return usagef("upload wants a repository OWNER/NAME, got %q", opts.repo)
	}
	files, left, err := assets.ModelFiles(opts.dir)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		fmt.Fprintf(std.err, "left out: %s\n", strings.Join(left, ", "))
	}
	if opts.dryRun {
		return printFiles(opts.dir, files, std)
	}
	if err := hub.Offline(false); err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	line := newProgress(std.err, "upload")
	defer line.close()
	done, err := hub.New().Upload(ctx, hub.Upload{
		Repo: opts.repo, Branch: opts.branch, Public: opts.public, Message: opts.message, Dir: opts.dir, Files: files,
		Progress: func(done, total int64) { line.set(done, total, megabytes(done)+" of "+megabytes(total)) },
	})
	line.close()
	if errors.Is(err, hub.ErrPublic) {
		return fmt.Errorf("%w; --public puts the model there for everybody", err)
	}
	if err != nil {
		return err
	}
	if opts.json {
		return writeJSON(std.out, done)
	}
	readers := "public"
	if done.Private {
		readers = "private"
	}
	_, err = fmt.Fprintf(std.out, "url\t%s\ncommit\t%s\nvisibility\t%s\nsent\t%d\nunchanged\t%d\n", done.URL, done.Commit, readers, len(done.Sent), len(done.Unchanged))
	return err
}

func printFiles(dir string, files []string, std streams) error {
	for _, name := range files {
		info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(std.out, "%s\t%d\n", name, info.Size()); err != nil {
			return err
		}
	}
	return nil
}
