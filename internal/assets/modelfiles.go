package assets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// ModelFiles lists what of an encoder's folder belongs to the model: what
// Encoder fetches of a repository, ONNX files and licences. What else lies
// there is left: a record of a training names folders of the machine. Paths
// have slashes. A folder without a card in README.md is an error.
func ModelFiles(dir string) (files, left []string, err error) {
	if err := encoderLack(folderHas(dir)); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", dir, err)
	}
	root, err := os.OpenRoot(dir) // out of which no link leads
	if err != nil {
		return nil, nil, err
	}
	defer root.Close()
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case entry.IsDir():
			return nil
		case wantedFile(name) || published(name):
			files = append(files, name)
		default:
			left = append(left, name)
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", dir, err)
	}
	if !slices.Contains(files, "README.md") {
		return nil, nil, fmt.Errorf("%s: want the model's card, what it is and may be used for", filepath.Join(dir, "README.md"))
	}
	if len(files) > maxModelFiles {
		return nil, nil, errors.New("want a model's folder, got one with thousands of its files")
	}
	return files, left, nil
}

const maxModelFiles = 1000

// published tells the files that are a model's but that no encoder is read from.
func published(name string) bool {
	dir, base := path.Split(name)
	stem, _, _ := strings.Cut(strings.ToUpper(base), ".")
	return dir == "" && slices.Contains([]string{"LICENSE", "LICENCE", "NOTICE"}, stem) || dir == "onnx/" && path.Ext(base) == ".onnx"
}
