package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/lexical"
	"github.com/gradus-ir/gradus/recipe"
	"github.com/gradus-ir/gradus/serve"
)

// open loads and opens what the options name.
func (o serveOptions) open(ctx context.Context, opened *closers, std streams) (what serve.Options, err error) {
	if o.collection != "" {
		if what.Collection, what.Words, err = o.openCollection(ctx, opened, std); err != nil {
			return what, err
		}
	}
	first, err := openRetriever(ctx, o.encoder, o.vectors, o.load, opened, std)
	if err != nil {
		return what, err
	}
	what.Retrievers = append(what.Retrievers, first)
	if o.compareEncoder != "" {
		load := o.load
		load.QueryPrompt, load.DocumentPrompt = nil, nil
		second, err := openRetriever(ctx, o.compareEncoder, o.compareVectors, load, opened, std)
		if err != nil {
			return what, err
		}
		if second.Name == first.Name {
			second.Name += " (2)"
		}
		what.Retrievers = append(what.Retrievers, second)
	}
	if o.report != "" {
		what.Report, err = openReport(o.report, opened)
	}
	return what, err
}

func (o serveOptions) openCollection(ctx context.Context, opened *closers, std streams) (*serve.Collection, *lexical.Index, error) {
	from, err := collection.Open(o.collection)
	if err != nil {
		return nil, nil, err
	}
	documents, err := serve.OpenCollection(ctx, folderName(o.collection), from)
	if err != nil {
		return nil, nil, err
	}
	opened.add(documents.Close)
	if o.words == "" {
		return documents, nil, nil
	}
	line := newProgress(std.err, "index")
	defer line.close()
	if err := recipe.IndexBM25(ctx, from, o.words, func(done int) { line.set(int64(done), 0, "documents") }); err != nil {
		return nil, nil, err
	}
	words, err := lexical.Open(o.words, lexical.Default)
	if err != nil {
		return nil, nil, err
	}
	opened.add(words.Close)
	return documents, words, nil
}

// openRetriever loads an encoder, and its vectors where dir is not "".
func openRetriever(ctx context.Context, ref, dir string, load encoder.Options, opened *closers, std streams) (serve.Retriever, error) {
	model, err := loadEncoder(ctx, ref, load, std)
	if err != nil {
		return serve.Retriever{}, err
	}
	r := serve.Retriever{Name: encoderName(ref), Encoder: model, MaxLength: model.MaxLength}
	if dir == "" {
		return r, nil
	}
	if r.Vectors, err = index.Open(dir); err != nil {
		return r, err
	}
	opened.add(r.Vectors.Close)
	fingerprint, err := model.Fingerprint()
	if err != nil {
		return r, err
	}
	return r, r.Vectors.CheckEncoder(fingerprint)
}

// encoderName is what clients call an encoder: its hub id, or its folder's name, without the way there.
func encoderName(ref string) string {
	if info, err := os.Stat(ref); err == nil && info.IsDir() {
		return folderName(ref)
	}
	return ref
}

func folderName(dir string) string {
	if whole, err := filepath.Abs(dir); err == nil {
		dir = whole
	}
	return filepath.Base(dir)
}

// openReport opens a folder out of which no link leads.
func openReport(dir string, opened *closers) (fs.FS, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	opened.add(root.Close)
	return root.FS(), nil
}

// closers are what is to be closed, the last opened first.
type closers []func() error

func (c *closers) add(close func() error) { *c = append(*c, close) }

func (c closers) close() error {
	var errs []error
	for i := len(c) - 1; i >= 0; i-- {
		errs = append(errs, c[i]())
	}
	return errors.Join(errs...)
}
