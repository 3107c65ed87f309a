package recipe

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/data"
	"github.com/gradus-ir/gradus/exchange"
	"github.com/gradus-ir/gradus/internal/assets"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/trec"
)

// dataPrefix is how a recipe names a collection that gradus carries.
const dataPrefix = "data:"

// The folders of a run that collections are in.
const (
	dataFolder        = "data"        // those that gradus carries, unpacked
	collectionsFolder = "collections" // those of the recipe, as stages read them
	generatedFolder   = "generated"
)

// shelf is the recipe's collections as they are found.
type shelf struct {
	recipe *Recipe
	inputs *inputs
	dir    string // the run's
	assets assets.Options
	data   string // where those that gradus carries are unpacked
	places map[string]*place
}

// place is a collection on the shelf.
type place struct {
	Collection
	folder  string             // that stages read, made by a stage
	missing error              // why it is not here; all below is then empty
	corpus  string             // the file of its documents, wherever it is
	queries string             // likewise
	chosen  []collection.Query // of a part of another; nil is all
	listed  []collection.Query // all of the file, once they were read
	hashes  struct{ corpus, queries string }
	splits  map[string]*split
	source  string // the folder that its files come from
}

// split is the judgments of a split.
type split struct {
	path  string // the file that has them; "" where they are made of another's
	hash  string // of its bytes, as stages read them
	qrels trec.Qrels
}

// find looks for every collection. One that is not here is so on the shelf:
// what needs it is an error, a forecast is not.
func (s *shelf) find(ctx context.Context) error {
	s.places = map[string]*place{}
	for _, c := range s.recipe.Collections {
		p := &place{Collection: c, folder: filepath.Join(s.dir, collectionsFolder, c.Name), splits: map[string]*split{}}
		if err := s.fill(ctx, p); err != nil {
			return c.at.Wrap(err)
		}
		s.places[c.Name] = p
	}
	return nil
}

func (s *shelf) fill(ctx context.Context, p *place) (err error) {
	if p.Of != "" {
		return s.part(ctx, p)
	}
	if p.source, err = s.locate(p.Path); err == nil && !isFolder(p.source) && exchange.IsRef(p.Path) {
		p.source, err = exchange.Fetch(ctx, p.Path, s.assets)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		p.missing = err
		return nil
	}
	c, err := collection.Open(p.source)
	if err != nil {
		p.missing = err
		return nil
	}
	p.corpus, p.queries = c.CorpusPath(), c.QueriesPath()
	for path, hash := range map[string]*string{p.corpus: &p.hashes.corpus, p.queries: &p.hashes.queries} {
		*hash, err = s.inputs.hash(ctx, path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// locate is the folder that a path of the recipe names.
func (s *shelf) locate(path string) (string, error) {
	if name, ok := strings.CutPrefix(path, dataPrefix); ok {
		dir := filepath.Join(s.data, name)
		return dir, unpack(name, dir)
	}
	var unset string
	path = os.Expand(path, func(name string) string {
		value, ok := os.LookupEnv(name)
		if !ok {
			unset = name
		}
		return value
	})
	if unset != "" {
		return "", fmt.Errorf("want the variable %s set to a folder, as in %s=collections gradus run …, got none", unset, unset)
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.recipe.Dir, path)
	}
	return path, nil
}

// unpack writes a collection that gradus carries, unless it is there as it is.
func unpack(name, dir string) error {
	folder, err := fs.Sub(data.FS, name)
	if err != nil {
		return err
	}
	same := true
	err = fs.WalkDir(folder, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !same {
			return err
		}
		want, err := fs.ReadFile(folder, path)
		got, missing := os.ReadFile(filepath.Join(dir, path))
		same = missing == nil && bytes.Equal(want, got)
		return err
	})
	if err != nil || same {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return durable.CreateFolder(dir, func(temp string) error { return os.CopyFS(temp, folder) })
}

// part makes a place of some of another's queries.
func (s *shelf) part(ctx context.Context, p *place) error {
	whole := s.places[p.Of]
	if whole.missing != nil {
		p.missing = whole.missing
		return nil
	}
	p.source, p.corpus, p.hashes.corpus = whole.source, whole.corpus, whole.hashes.corpus
	queries, err := whole.allQueries()
	if err != nil {
		return err
	}
	var ids []string
	for _, q := range queries {
		ids = append(ids, q.ID)
	}
	kept, err := s.choose(ctx, whole, p.Queries, ids)
	if err != nil {
		return err
	}
	for _, q := range queries {
		if kept[q.ID] {
			p.chosen = append(p.chosen, q)
		}
	}
	if len(p.chosen) == 0 {
		return fmt.Errorf("want queries for collection %s, found none", p.Name)
	}
	var text bytes.Buffer
	if err := writeQueries(&text, p.chosen); err != nil {
		return err
	}
	p.hashes.queries = hashOf(text.Bytes())
	return nil
}

// allQueries are the place's, in the order of its file.
func (p *place) allQueries() ([]collection.Query, error) {
	if p.chosen != nil || p.listed != nil {
		return slices.Concat(p.chosen, p.listed), nil
	}
	for q, err := range collection.ReadQueries(p.queries) {
		if err != nil {
			return nil, err
		}
		p.listed = append(p.listed, q)
	}
	return p.listed, nil
}

// split is a split of the place: of its file, or made by a rule.
func (s *shelf) split(ctx context.Context, p *place, name string) (*split, error) {
	if found, ok := p.splits[name]; ok {
		if found == nil {
			return nil, fmt.Errorf("split %s of %s is a part of itself", name, p.Name)
		}
		return found, nil
	}
	p.splits[name] = nil // while it is made
	made, err := s.makeSplit(ctx, p, name)
	if err != nil {
		delete(p.splits, name)
		return nil, err
	}
	p.splits[name] = made
	return made, nil
}

// has tells whether a place has a split of this name.
func (s *shelf) has(p *place, name string) bool {
	if slices.ContainsFunc(p.Splits, func(rule SplitRule) bool { return rule.Name == name }) {
		return true
	}
	if p.Of != "" {
		return s.has(s.places[p.Of], name)
	}
	return (&collection.Collection{Dir: p.source}).CheckSplit(name) == nil
}

func (s *shelf) makeSplit(ctx context.Context, p *place, name string) (*split, error) {
	for _, rule := range p.Splits {
		if rule.Name == name {
			made, err := s.applyRule(ctx, p, rule)
			return made, rule.Part.at.Wrap(err)
		}
	}
	if p.Of != "" {
		whole, err := s.split(ctx, s.places[p.Of], name)
		if err != nil {
			return nil, err
		}
		kept := map[string]bool{}
		for _, q := range p.chosen {
			kept[q.ID] = true
		}
		return derived(whole.qrels, kept)
	}
	c, err := collection.Open(p.source)
	if err != nil {
		return nil, err
	}
	if err := c.CheckSplit(name); err != nil {
		return nil, err
	}
	made := &split{path: c.QrelsPath(name)}
	if made.hash, err = s.inputs.hash(ctx, made.path); err != nil {
		return nil, err
	}
	made.qrels, err = trec.ReadQrels(made.path)
	return made, err
}

// derived is the judgments of some of the queries.
func derived(qrels trec.Qrels, kept map[string]bool) (*split, error) {
	part := trec.Qrels{}
	for query, grades := range qrels {
		if kept[query] {
			part[query] = grades
		}
	}
	if len(part) == 0 {
		return nil, errors.New("want judged queries in the split, found none")
	}
	var text bytes.Buffer
	err := printQrels(&text, part)
	return &split{hash: hashOf(text.Bytes()), qrels: part}, err
}

func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
