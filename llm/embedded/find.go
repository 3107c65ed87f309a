package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/internal/assets"
)

// DefaultModel is small enough to write on any machine.
const DefaultModel = "smollm2"

// Models are the names that stand for a model gradus can fetch.
var Models = []string{DefaultModel, "qwen2.5-coder-1.5b"}

// findModel turns what the user calls a model into a name and a file.
func findModel(ctx context.Context, model string, opts assets.Options) (name, path string, err error) {
	if model == "" {
		model = DefaultModel
	}
	if strings.HasSuffix(model, ".gguf") {
		if info, err := os.Stat(model); err != nil {
			return "", "", err
		} else if info.IsDir() {
			return "", "", fmt.Errorf("%s: want a GGUF file, got a folder", model)
		}
		path, err := filepath.Abs(model)
		return strings.TrimSuffix(filepath.Base(model), ".gguf"), path, err
	}
	if !slices.Contains(Models, model) {
		return "", "", fmt.Errorf("unknown embedded model %q; want %s, or the path of a .gguf file", model, strings.Join(Models, ", "))
	}
	dir, err := assets.Path(ctx, model, opts)
	if err != nil {
		return "", "", err
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.gguf"))
	if err != nil {
		return "", "", err
	}
	if len(found) != 1 {
		return "", "", errors.New(dir + ": want one .gguf file, got " + fmt.Sprint(len(found)))
	}
	return model, found[0], nil
}
