package recipe

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	yaml "go.yaml.in/yaml/v3"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/generate"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/train"
)

// cardOf is the card of a model that was trained on sources from a base.
func cardOf(t *testing.T, base string, sources ...train.Source) string {
	t.Helper()
	m := &encoder.Model{Dir: base, Network: encoder.Network{Config: encoder.Config{
		Layers: 3, HiddenSize: 384, Pooling: encoder.MeanPooling, MaxLength: 256, Similarity: "cosine", Prompts: map[string]string{"query": "query: "},
	}}}
	opts := TrainOptions{Sources: sources, Loss: "ws2"}
	card, err := modelCard(m, opts, opts.cardFacts(m), train.Result{Temperature: 0.1, Groups: 38, Documents: 152, Steps: make([]train.Step, 9)})
	if err != nil {
		t.Fatal(err)
	}
	return card
}

// made is a folder of lists with its manifest.
func made(t *testing.T, name string, m durable.Manifest) train.Source {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := durable.WriteManifest(dir, m); err != nil {
		t.Fatal(err)
	}
	return train.Source{Dir: dir, Split: "train", MaxGrade: 3}
}

// written is a manifest as generate writes it.
var written = durable.Manifest{Verb: "generate", Options: map[string]any{
	"strategy": "per-grade", "model": "an-llm", "judge": "a-judge", "stopped": "the time limit was reached",
	"prompts": map[string]any{"name": "per-grade.v2", "sha256": "683ba16153cf226ffa0b1d6b"},
}, Counts: map[string]int64{
	"queries": 113, "lists": 38, "partial lists": 2, "documents": 152, "requests": 162, "prompt tokens": 8248, "completion tokens": 21351, "left out: too short": 7,
}}

func wantIn(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("want %q in it, got:\n%s", part, text)
		}
	}
}

func TestCardProvenance(t *testing.T) {
	lists := made(t, "graded", written)
	if err := os.WriteFile(filepath.Join(lists.Dir, generate.LedgerName), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	known := made(t, "scifact", durable.Manifest{Verb: "import", Options: map[string]any{"from": "beir:scifact"}, Counts: map[string]int64{"queries": 1109, "documents": 5183}})
	embedded := made(t, "live", durable.Manifest{Verb: "generate", Options: map[string]any{"model": "smollm2"}})
	card := cardOf(t, filepath.Join(t.TempDir(), "my-base"), lists, known, embedded, train.Source{Dir: filepath.Join(t.TempDir(), "found"), Split: "train"})
	wantIn(t, card,
		"Written by the LLM `an-llm`, strategy per-grade with prompts `per-grade.v2` (SHA-256 683ba16153cf).",
		"Of 113 queries 38 got a document of every grade and 2 of some, 152 documents in all.",
		"Documents left out: 7 too short.",
		"162 requests took 8248 tokens of prompts and 21351 of answers.",
		"checked by `a-judge`", "ended early: the time limit was reached", "`ledger.jsonl` beside the lists",
		"- `dir=scifact,split=train,min-grade=0,max-grade=3`. Imported from beir:scifact: 1109 queries, 5183 documents.",
		"- `dir=found,split=train,min-grade=0,max-grade=0`. The folder does not tell how it was made.",
		"from `my-base` (3 layers, 384 dimensions,", "folder names no licence", "The licence of `an-llm` may bind", "`smollm2` comes under Apache-2.0.",
		`prompt_name="query"`, "cut at 256 tokens",
	)
	if temp := os.TempDir(); strings.Contains(card, temp) {
		t.Errorf("want no path of the machine in the card, got %s:\n%s", temp, card)
	}
	if strings.Contains(card, `prompt_name="document"`) {
		t.Error("want no prompt of documents where the model has none")
	}
	var head front
	if err := yaml.Unmarshal([]byte(frontOf(card)), &head); err != nil {
		t.Fatal(err)
	}
	if head.Library != "sentence-transformers" || head.Pipeline != "sentence-similarity" || !slices.Equal(head.Datasets, []string{"mteb/scifact"}) ||
		!slices.Contains(head.Tags, "synthetic") || head.BaseModel != "" || head.Licence != nil {
		t.Errorf("want the metadata that is known and no other, got %+v", head)
	}
}

// TestCardBase: a base's licence, language and name on the hub go into the card.
func TestCardBase(t *testing.T) {
	for name, c := range map[string]struct{ path, card, hub, licence string }{
		"in the hub's cache":    {"models--some--model/snapshots/0a1b", "---\nlicense: mit\nlanguage: [en, de]\n---\n", "some/model", "mit"},
		"trained from another":  {"my-model", "---\r\nbase_model: some/model\r\nlicense: mit\r\n---\r\n", "some/model", "mit"},
		"a list of licences":    {"my-model", "---\nlicense: [mit, apache-2.0]\n---\n", "", "[mit apache-2.0]"},
		"a card that is broken": {"my-model", "---\nlicense: [mit\n---\n", "", ""},
		"no YAML":               {"my-model", "license: mit\n", "", ""},
	} {
		dir := filepath.Join(t.TempDir(), filepath.FromSlash(c.path))
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, cardFile), []byte(c.card), 0o666); err != nil {
			t.Fatal(err)
		}
		if b := baseOf(dir); b.hub != c.hub || b.Licence() != c.licence {
			t.Errorf("%s: want %q under %q, got %q under %q", name, c.hub, c.licence, b.hub, b.Licence())
		}
		var head front
		if err := yaml.Unmarshal([]byte(frontOf(cardOf(t, dir))), &head); err != nil || head.BaseModel != c.hub {
			t.Errorf("%s: want base_model %q, got %q, %v", name, c.hub, head.BaseModel, err)
		}
	}
	dir := t.TempDir()
	if err := durable.WriteManifest(dir, durable.Manifest{Verb: "setup", Options: map[string]any{"asset": "minilm"}}); err != nil {
		t.Fatal(err)
	}
	if b := baseOf(dir); b.Name != "sentence-transformers/all-MiniLM-L6-v2" {
		t.Errorf("want the pinned asset under its name on the hub, got %q", b.Name)
	}
}

// TestCardResults: results are put in, and later ones in their place; a card of somebody else's is left alone.
func TestCardResults(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, cardFile)
	read := func() string {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if err := writeResults(dir, "| first |\n"); err != nil {
		t.Errorf("a folder without a card: want it left, got %v", err)
	}
	card := cardOf(t, dir)
	if err := os.WriteFile(path, []byte(card), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, results := range []string{"| first |\n", "| second |\n"} {
		if err := writeResults(dir, results); err != nil {
			t.Fatal(err)
		}
	}
	if want := strings.Replace(card, resultsBegin+"\n", resultsBegin+"\n| second |\n", 1); read() != want {
		t.Errorf("want the card with the second results alone, got:\n%s", read())
	}
	if err := os.WriteFile(path, []byte("# mine\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := writeResults(dir, "| third |\n"); err != nil || read() != "# mine\n" {
		t.Errorf("want another's card as it was, got %v, %q", err, read())
	}
}

// wantCards wants the tiny experiment's results in the cards of the four models that are tested, and in no other.
func wantCards(t *testing.T, dir string) {
	t.Helper()
	var with []string
	models := filepath.Join(dir, "out", "models")
	err := filepath.WalkDir(models, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != cardFile {
			return err
		}
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), "\n## Results\n") {
			arm := strings.Split(strings.TrimPrefix(filepath.ToSlash(path), filepath.ToSlash(models)+"/"), "/")[0]
			with = append(with, arm)
			wantIn(t, string(text), "\n| "+arm+" | 0.", "\n| base | 0.", "The arm "+arm+" of the experiment recipe, the mean over 2 trainings")
		}
		return err
	})
	if want := []string{"lists", "lists", "pairs", "pairs"}; err != nil || !slices.Equal(with, want) {
		t.Errorf("want results in the cards of %q, got %q, %v", want, with, err)
	}
}
