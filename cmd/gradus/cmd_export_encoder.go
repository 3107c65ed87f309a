package main

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/onnx"
)

// exportEncoder writes a model that was read as one: every file of it is sound.
func (o exportOptions) exportEncoder(ctx context.Context, std streams) error {
	model, err := loadEncoder(ctx, o.encoder, o.load, std)
	if err != nil {
		return err
	}
	card, err := os.ReadFile(filepath.Join(model.Dir, "README.md"))
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	return model.Save(o.out, string(card), func(temp string) error {
		if o.format == "onnx" {
			if err := writeONNX(temp); err != nil {
				return err
			}
		}
		m, err := o.encoderManifest(ctx, model.Dir)
		if err != nil {
			return err
		}
		return durable.WriteManifest(temp, m)
	})
}

// writeONNX adds the ONNX file to a model's folder.
func writeONNX(dir string) error {
	path := filepath.Join(dir, filepath.FromSlash(onnx.Path))
	if err := os.Mkdir(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return durable.WriteFile(path, func(w io.Writer) error { return onnx.Write(w, dir) })
}

// encoderManifest tells what the folder was made of: the weights in dir.
func (o exportOptions) encoderManifest(ctx context.Context, dir string) (durable.Manifest, error) {
	m := durable.Manifest{Verb: "export", Options: map[string]any{"format": o.format, "encoder": o.encoder}}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Base(path) != "model.safetensors" {
			return err
		}
		hash, err := durable.HashFileContext(ctx, path)
		m.Inputs = append(m.Inputs, durable.Input{Path: path, SHA256: hash})
		return err
	})
	return m, err
}
