package onnx_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/encoder/encodertest"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/onnx"
)

// A model's folder gets the file where sentence-transformers looks for it.
func ExampleWrite() {
	dir, err := os.MkdirTemp("", "model")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := encodertest.Tiny().Write(dir); err != nil {
		fmt.Println(err)
		return
	}
	path := filepath.Join(dir, filepath.FromSlash(onnx.Path))
	if err := os.Mkdir(filepath.Dir(path), 0o777); err != nil {
		fmt.Println(err)
		return
	}
	err = durable.WriteFile(path, func(w io.Writer) error { return onnx.Write(w, dir) })
	names, _ := filepath.Glob(filepath.Join(dir, "onnx", "*"))
	fmt.Println(len(names), filepath.Base(names[0]), err)
	// Output: 1 model.onnx <nil>
}
