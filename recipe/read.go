package recipe

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/gradus-ir/gradus/internal/spelling"
	"github.com/gradus-ir/gradus/internal/yaml"
	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/train"
)

// Read reads and checks a recipe's file. Errors point at its lines.
func Read(path string) (*Recipe, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, text)
}

// Parse is Read for a text that has no file; path is what errors call it, and
// its folder is where relative paths start from.
func Parse(path string, text []byte) (*Recipe, error) {
	root, err := yaml.Parse(path, text)
	if err != nil {
		return nil, err
	}
	r := &Recipe{
		File: path, Dir: filepath.Dir(path), Seeds: []uint64{1}, Measures: measure.Default(),
		Machine: Machine{TeraFLOPS: defaultTeraFLOPS}, Checkpoints: train.Checkpoints{Every: time.Minute},
	}
	d := &draft{Recipe: r, train: Values{}}
	if err := d.read(root); err != nil {
		return nil, err
	}
	if err := d.expand(); err != nil {
		return nil, err
	}
	return r, r.check(root)
}

// draft is a recipe while its file is read: arms are not yet what they inherit.
type draft struct {
	*Recipe
	train Values // of every arm that is trained
	arms  []declaredArm
}

func (d *draft) read(root yaml.Node) error {
	shift := func(n yaml.Node) error {
		d.Shift = new(Split)
		return takeSplit(d.Shift)(n)
	}
	return root.Fields("a recipe", []yaml.Field{
		{Key: "name", Take: yaml.Text(&d.Name)},
		{Key: "question", Take: yaml.Text(&d.Question)},
		{Key: "notes", Take: yaml.Texts(&d.Notes)},
		{Key: "measures", Take: d.readMeasures},
		{Key: "seeds", Take: d.readSeeds},
		{Key: "collections", Take: named("collections", readCollection, &d.Collections)},
		{Key: "generators", Take: named("generators", readGenerator, &d.Generators)},
		{Key: "encoders", Take: named("encoders", readEncoder, &d.Encoders)},
		{Key: "train", Take: yaml.Into(&d.train, readValues)},
		{Key: "arms", Take: named("arms", readArm, &d.arms)},
		{Key: "tune", Take: d.readTune},
		{Key: "tests", Take: d.readTests},
		{Key: "shift", Take: shift},
		{Key: "machine", Take: func(n yaml.Node) error {
			return n.Fields("a machine",
				yaml.Field{Key: "teraflops", Take: positive(&d.Machine.TeraFLOPS)},
				yaml.Field{Key: "usd-per-hour", Take: yaml.Number(&d.Machine.USDPerHour, 0)})
		}},
	}...)
}

// names are what collections, encoders and arms may be called: folders are called after them.
var names = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// named takes a mapping from names to things of one kind.
func named[T any](what string, read func(key, value yaml.Node) (T, error), to *[]T) func(yaml.Node) error {
	return func(n yaml.Node) error {
		return n.Pairs(what, func(key, value yaml.Node) error {
			if !names.MatchString(key.Value) {
				return key.Errorf("want a name of letters, digits, dots, - and _, got %q", key.Value)
			}
			thing, err := read(key, value)
			*to = append(*to, thing)
			return err
		})
	}
}

func (d *draft) readMeasures(n yaml.Node) error {
	d.Measures = nil
	return n.List(func(child yaml.Node) error {
		var m measure.Measure
		err := parsed(&m, measure.Parse)(child)
		if err == nil && slices.Contains(d.Measures, m) {
			err = child.Errorf("measure %s stands there already", m)
		}
		d.Measures = append(d.Measures, m)
		return err
	})
}

func (d *draft) readSeeds(n yaml.Node) error {
	d.Seeds = nil
	return n.List(func(child yaml.Node) error {
		var seed uint64
		err := yaml.Whole(&seed, 0)(child)
		if err == nil && slices.Contains(d.Seeds, seed) {
			err = child.Errorf("seed %d stands there already", seed)
		}
		d.Seeds = append(d.Seeds, seed)
		return err
	})
}

func readEncoder(key, value yaml.Node) (Encoder, error) {
	e := Encoder{Name: key.Value, at: key}
	prompt := func(to **string) func(yaml.Node) error {
		return func(n yaml.Node) error {
			*to = new(string)
			return yaml.Text(*to)(n)
		}
	}
	err := value.Fields("an encoder", []yaml.Field{
		{Key: "model", Take: yaml.Text(&e.Model)},
		{Key: "keep-layers", Take: wholes(&e.KeepLayers, 0)},
		{Key: "document-max-length", Take: yaml.Whole(&e.DocumentMaxLength, 3)},
		{Key: "query-max-length", Take: yaml.Whole(&e.QueryMaxLength, 3)},
		{Key: "query-prompt", Take: prompt(&e.QueryPrompt)},
		{Key: "document-prompt", Take: prompt(&e.DocumentPrompt)},
		{Key: "precision", Take: oneOf(&e.Precision, "float32", "bfloat16")},
	}...)
	if err == nil && e.Model == "" {
		err = key.Errorf("encoder %s wants model: a folder, a hub id, or minilm", e.Name)
	}
	return e, err
}

func (d *draft) readTune(n yaml.Node) error {
	d.Tune = &Tune{at: n}
	err := n.Fields("tune", []yaml.Field{
		{Key: "on", Take: takeSplit(&d.Tune.Split)},
		{Key: "measure", Take: parsed(&d.Tune.Measure, measure.Parse)},
		{Key: "grid", Take: yaml.Into(&d.Tune.Grid, readGrid)},
	}...)
	if err == nil && d.Tune.Split.Name == "" {
		err = n.Errorf("tune wants on: COLLECTION/SPLIT, a split of training queries")
	}
	return err
}

func (d *draft) readTests(n yaml.Node) error {
	return n.List(func(child yaml.Node) error {
		test, err := readTest(child)
		d.Tests = append(d.Tests, test)
		return err
	})
}

// readTest reads COLLECTION/SPLIT, or a mapping that says more.
func readTest(n yaml.Node) (Test, error) {
	t := Test{Depth: 100, Pool: 10, at: n}
	if !n.IsMapping() {
		err := takeSplit(&t.Split)(n)
		return t, err
	}
	err := n.Fields("a test", []yaml.Field{
		{Key: "on", Take: takeSplit(&t.Split)},
		{Key: "name", Take: yaml.Text(&t.Name)},
		{Key: "note", Take: yaml.Text(&t.Note)},
		{Key: "depth", Take: yaml.Whole(&t.Depth, 1)},
		{Key: "judge", Take: takeLLM(&t.Judge, yaml.Field{Key: "pool", Take: yaml.Whole(&t.Pool, 1)})},
		{Key: "drop-self-matches", Take: yaml.Flag(&t.DropSelf)},
		{Key: "zero-shot", Take: yaml.Flag(&t.ZeroShot)},
	}...)
	if err == nil && t.Split.Collection == "" {
		err = n.Errorf("a test wants on: COLLECTION/SPLIT")
	}
	return t, err
}

// oneOf takes one of some words.
func oneOf(to *string, words ...string) func(yaml.Node) error {
	return func(n yaml.Node) error {
		if err := yaml.Text(to)(n); err != nil {
			return err
		}
		if !slices.Contains(words, *to) {
			return n.Errorf("unknown word %q%s", *to, spelling.DidYouMean(*to, words))
		}
		return nil
	}
}
