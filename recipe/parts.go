package recipe

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/generate"
	"github.com/gradus-ir/gradus/internal/durable"
)

// applyRule makes a split of a part of another split's queries.
func (s *shelf) applyRule(ctx context.Context, p *place, rule SplitRule) (*split, error) {
	whole, err := s.split(ctx, p, rule.Of)
	if err != nil {
		return nil, err
	}
	kept, err := s.choose(ctx, p, rule.Part, slices.Sorted(maps.Keys(whole.qrels)))
	if err != nil {
		return nil, err
	}
	return derived(whole.qrels, kept)
}

// choose returns the queries of a part. A draw depends on its seed and on which
// queries there are to draw from, not on their order.
func (s *shelf) choose(ctx context.Context, p *place, part Part, ids []string) (map[string]bool, error) {
	var only, without map[string]bool
	var err error
	if part.Only != "" {
		if only, err = s.named(ctx, p, part.Only); err != nil {
			return nil, part.onlyAt.Wrap(err)
		}
	}
	if part.Without != "" {
		if without, err = s.named(ctx, p, part.Without); err != nil {
			return nil, part.withoutAt.Wrap(err)
		}
	}
	ids = slices.Sorted(slices.Values(ids))
	ids = slices.DeleteFunc(ids, func(id string) bool {
		number, notNumber := strconv.Atoi(id)
		return part.Only != "" && !only[id] || without[id] || part.Numbers != "" && (notNumber != nil || (number%2 == 0) != (part.Numbers == "even"))
	})
	if part.Draw > 0 && part.Draw < len(ids) {
		random := rand.New(rand.NewPCG(part.Seed, 0))
		random.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		ids = ids[:part.Draw]
	}
	kept := make(map[string]bool, len(ids))
	for _, id := range ids {
		kept[id] = true
	}
	return kept, nil
}

// named are the IDs of the queries of COLLECTION/SPLIT, of a COLLECTION, or of a split of p.
func (s *shelf) named(ctx context.Context, p *place, name string) (map[string]bool, error) {
	ids := map[string]bool{}
	first, second, foreign := strings.Cut(name, "/")
	switch other, known := s.places[first]; {
	case foreign:
		p, name = other, second
	case known:
		if other.missing != nil {
			return nil, other.missing
		}
		queries, err := other.allQueries()
		for _, q := range queries {
			ids[q.ID] = true
		}
		return ids, err
	}
	if p.missing != nil {
		return nil, p.missing
	}
	found, err := s.split(ctx, p, name)
	if err != nil {
		return nil, err
	}
	for id := range found.qrels {
		ids[id] = true
	}
	return ids, nil
}

// lay makes the folder that stages read a collection from: links to its files,
// and the splits and queries that were chosen.
func (p *place) lay(out string, splits []string) error {
	return durable.CreateFolder(out, func(temp string) error {
		if err := os.Mkdir(filepath.Join(temp, "qrels"), 0o777); err != nil {
			return err
		}
		// What tells how the collection was made comes along, for the card of a model that is trained on it.
		links := []string{p.corpus, filepath.Join(p.source, "manifest.json"), filepath.Join(p.source, generate.LedgerName)}
		if p.chosen == nil {
			links = append(links, p.queries)
		} else {
			err := durable.WriteFile(filepath.Join(temp, "queries.jsonl"), func(w io.Writer) error { return writeQueries(w, p.chosen) })
			if err != nil {
				return err
			}
		}
		for _, path := range links {
			if err := link(path, filepath.Join(temp, filepath.Base(path))); err != nil {
				return err
			}
		}
		for _, name := range splits {
			made := p.splits[name]
			path := filepath.Join(temp, "qrels", name+".tsv")
			if made.path != "" {
				if err := link(made.path, filepath.Join(temp, "qrels", filepath.Base(made.path))); err != nil {
					return err
				}
			} else if err := writeQrels(path, made.qrels); err != nil {
				return err
			}
		}
		return nil
	})
}

// link makes a symbolic link, if there is something to link to.
func link(path, at string) error {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if _, err := os.Stat(absolute); err != nil {
		return nil // a collection may lack documents, or queries
	}
	return os.Symlink(absolute, at)
}

func writeQueries(w io.Writer, queries []collection.Query) error {
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	for _, q := range queries {
		if err := lines.Encode(map[string]string{"_id": q.ID, "text": q.Text}); err != nil {
			return fmt.Errorf("query %s: %w", q.ID, err)
		}
	}
	return nil
}
