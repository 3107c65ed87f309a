package recipe

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/lexical"
	"github.com/gradus-ir/gradus/trec"
)

var (
	encodeKind = Kind{"encode", 1}
	indexKind  = Kind{"index", 1}
	searchKind = Kind{"search", 1}
	fuseKind   = Kind{"fuse", 1}
)

// armRun is the run of an arm on a test with one seed.
type armRun struct {
	test Test
	arm  string
	seed uint64
	made product
}

// searchArms plans every arm's runs on every test.
func (p *planner) searchArms(models map[string][]armModel) ([]armRun, error) {
	var runs []armRun
	for _, t := range p.tests {
		of := map[string][]armRun{}
		for _, a := range p.Arms {
			var found []armRun
			var err error
			switch a.Kind {
			case DenseArm:
				found, err = p.searchDense(t, a, models[a.Name])
			case BM25Arm:
				found, err = p.searchWords(t, a)
			case FusionArm:
				found, err = p.fuse(t, a, of)
			}
			if err != nil {
				return nil, err
			}
			of[a.Name] = found
			runs = append(runs, found...)
		}
	}
	return runs, nil
}

func (p *planner) searchDense(t Test, a Arm, models []armModel) ([]armRun, error) {
	var runs []armRun
	for _, m := range models {
		run, err := p.search(t.Split, m, t.Depth)
		if err != nil {
			return nil, err
		}
		runs = append(runs, armRun{t, a.Name, m.seed, run})
	}
	return runs, nil
}

// search plans a model's run over a split, and before it the vectors of the collection.
func (p *planner) search(on Split, m armModel, depth int) (product, error) {
	read, err := p.read(on)
	if err != nil {
		return product{}, err
	}
	of := m.name()
	load := p.load(m)
	vectors := filepath.Join("vectors", on.Collection, of)
	encoded, err := p.add(Stage{
		Kind: encodeKind, Of: on.Collection + " by " + of, For: m.of(), Out: vectors,
		Inputs: []any{p.identity(m), read.Corpus, m.start.DocumentMaxLength},
		Work:   func() (float64, error) { return p.encodingWork(on.Collection, m.start) },
		Run: func(ctx context.Context, out string, move func(int64, int64, string)) error {
			model, err := load(ctx)
			if err != nil {
				return err
			}
			_, err = Encode(ctx, model, EncodeOptions{
				Collection: read.folder, Out: out, MaxLength: m.start.DocumentMaxLength,
				Progress: func(done int) { move(int64(done), 0, "documents") },
			})
			return err
		},
	}, m.made, read.made)
	if err != nil {
		return product{}, err
	}
	return p.add(Stage{
		Kind: searchKind, Of: on.String() + " by " + of, For: m.of(), Out: filepath.Join("runs", on.Collection, splitFolder(on), of+".run"),
		Inputs: []any{read.Queries, read.Qrels, m.start.QueryMaxLength, depth},
		Work:   func() (float64, error) { return p.searchingWork(on, m.start) },
		Run: func(ctx context.Context, out string, _ func(int64, int64, string)) error {
			model, err := load(ctx)
			if err != nil {
				return err
			}
			return Search(ctx, model, SearchOptions{
				Collection: read.folder, Split: on.Name, Vectors: []string{p.e.Path(vectors)},
				Depth: depth, MaxLength: m.start.QueryMaxLength, Tag: of, Out: out,
			})
		},
	}, encoded, read.made)
}

// encodeName and searchName are the names of the stages that search plans.
func encodeName(on Split, m armModel) string {
	return encodeKind.Name + " " + on.Collection + " by " + m.name()
}

func searchName(on Split, m armModel) string {
	return searchKind.Name + " " + on.String() + " by " + m.name()
}

// splitFolder is where the runs over a split are.
func splitFolder(s Split) string {
	if s.Name == "" {
		return "all"
	}
	return s.Name
}

// identity is what decides a model's vectors; a trained one's is the key of its training.
func (p *planner) identity(m armModel) any {
	if m.path != "" {
		return nil
	}
	return m.start.identity()
}

func (p *planner) searchWords(t Test, a Arm) ([]armRun, error) {
	read, err := p.read(t.Split)
	if err != nil {
		return nil, err
	}
	index := filepath.Join("words", t.Split.Collection)
	indexed, err := p.add(Stage{
		Kind: indexKind, Of: t.Split.Collection + " by its words", For: a.Name, Out: index, Inputs: read.Corpus,
		Run: func(ctx context.Context, out string, move func(int64, int64, string)) error {
			c, err := collection.Open(read.folder)
			if err != nil {
				return err
			}
			return IndexBM25(ctx, c, out, func(n int) { move(int64(n), 0, "documents") })
		},
	}, read.made)
	if err != nil {
		return nil, err
	}
	run, err := p.add(Stage{
		Kind: searchKind, Of: t.Split.String() + " by " + a.Name, For: a.Name, Out: filepath.Join("runs", t.Split.Collection, splitFolder(t.Split), a.Name+".run"),
		Inputs: []any{read.Queries, read.Qrels, t.Depth},
		Run: func(ctx context.Context, out string, _ func(int64, int64, string)) error {
			words := &BM25Options{Index: p.e.Path(index), Parameters: lexical.Default}
			return Search(ctx, nil, SearchOptions{Collection: read.folder, Split: t.Split.Name, BM25: words, Depth: t.Depth, Tag: a.Name, Out: out})
		},
	}, indexed)
	return []armRun{{t, a.Name, p.Seeds[0], run}}, err
}

// fuse plans the fusion of arms, seed by seed; an arm with one run lends it to every seed.
func (p *planner) fuse(t Test, a Arm, of map[string][]armRun) ([]armRun, error) {
	longest := 1
	for _, name := range a.Of {
		if len(of[name]) == 0 {
			return nil, a.at.Errorf("arm %s: want %s to stand above it", a.Name, name)
		}
		longest = max(longest, len(of[name]))
	}
	var runs []armRun
	for i := range longest {
		var parts []product
		var paths []string
		for _, name := range a.Of {
			part := of[name][min(i, len(of[name])-1)]
			parts = append(parts, part.made)
			paths = append(paths, p.e.Path(part.made.Path))
		}
		seed := p.Seeds[i]
		name := fmt.Sprintf("%s/seed-%d", a.Name, seed)
		fused, err := p.add(Stage{
			Kind: fuseKind, Of: t.Split.String() + " by " + name, For: a.Name,
			Out:    filepath.Join("runs", t.Split.Collection, splitFolder(t.Split), name+".run"),
			Inputs: []any{a.Method, a.Weights, t.Depth},
			Run: func(_ context.Context, out string, _ func(int64, int64, string)) error {
				return fuseRuns(out, name, a, t.Depth, paths)
			},
		}, parts...)
		if err != nil {
			return nil, err
		}
		runs = append(runs, armRun{t, a.Name, seed, fused})
	}
	return runs, nil
}

// fuseRuns writes the fusion of runs.
func fuseRuns(out, tag string, a Arm, depth int, paths []string) error {
	var runs []trec.Run
	for _, path := range paths {
		run, err := trec.ReadRun(path)
		if err != nil {
			return err
		}
		runs = append(runs, run)
	}
	fused, err := a.Method.fuse(depth, a.Weights, runs...)
	if err != nil {
		return err
	}
	fused.Tag = tag
	if err := os.MkdirAll(filepath.Dir(out), 0o777); err != nil {
		return err
	}
	return durable.WriteFile(out, fused.Write)
}
