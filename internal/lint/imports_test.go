// Package lint holds the architecture against the code.
package lint

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/gradus-ir/gradus/"

// mayImport is docs/architecture.md's map: the sibling packages each package
// may import. Every package may import internal/*; a package's own
// subpackages are its inside.
var mayImport = map[string][]string{
	"collection":   {},
	"trec":         {},
	"llm":          {},
	"encoder":      {},
	"loss":         {},
	"lexical":      {},
	"data":         {},
	"recipes":      {},
	"exchange":     {"collection", "trec"},
	"measure":      {"trec"},
	"index":        {"trec"},
	"store":        {"trec"},
	"generate":     {"collection", "trec", "llm"},
	"judge":        {"collection", "trec", "llm"},
	"mine":         {"trec", "collection"},
	"onnx":         {"encoder"},
	"train":        {"collection", "trec", "encoder", "loss"},
	"report":       {"measure", "trec"},
	"serve":        {"collection", "index", "encoder", "lexical", "trec"},
	"recipe":       {"collection", "trec", "llm", "encoder", "loss", "lexical", "data", "measure", "index", "store", "generate", "judge", "mine", "train", "report", "exchange"},
	"internal/xla": {},
}

// graphPackages are the only ones that may import GoMLX and its kin.
var graphPackages = []string{"encoder", "loss", "train", "internal/xla"}

type listed struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// room is the package of the map that a path belongs to: encoder/wordpiece is inside encoder.
func room(path string) string {
	path = strings.TrimPrefix(path, module)
	first, rest, _ := strings.Cut(path, "/")
	if first == "internal" {
		second, _, _ := strings.Cut(rest, "/")
		return first + "/" + second
	}
	return first
}

func TestImportsFollowTheMap(t *testing.T) {
	for _, p := range packages(t) {
		from := room(p.ImportPath)
		if from == "cmd" || from == "bench" {
			continue // they may import all
		}
		allowed, known := mayImport[from]
		if !known && !strings.HasPrefix(from, "internal/") {
			t.Errorf("package %s is not on the map", from)
		}
		for _, imported := range p.Imports {
			to := room(imported)
			if !strings.HasPrefix(imported, module) || to == from || strings.HasPrefix(to, "internal/") {
				continue
			}
			if !slices.Contains(allowed, to) {
				t.Errorf("%s imports %s, which the map does not allow", p.ImportPath, imported)
			}
		}
	}
}

func TestGraphsStayInTheirRooms(t *testing.T) {
	for _, p := range packages(t) {
		for _, imported := range p.Imports {
			graph := strings.HasPrefix(imported, "github.com/gomlx/gomlx") || strings.HasPrefix(imported, "github.com/gomlx/compute") || strings.HasPrefix(imported, "github.com/gomlx/go-xla")
			if graph && !slices.Contains(graphPackages, room(p.ImportPath)) {
				t.Errorf("%s imports %s; graphs belong to %s", p.ImportPath, imported, strings.Join(graphPackages, ", "))
			}
		}
	}
}
