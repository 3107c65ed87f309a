package recipe

import (
	"maps"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/data"
	"github.com/gradus-ir/gradus/internal/spelling"
	"github.com/gradus-ir/gradus/internal/yaml"
	"github.com/gradus-ir/gradus/measure"
)

// check finds what names nothing, and what cannot be. It reads no other file.
func (r *Recipe) check(root yaml.Node) error {
	if err := r.checkCollections(); err != nil {
		return err
	}
	if err := r.checkArms(); err != nil {
		return err
	}
	switch {
	case len(r.Arms) == 0:
		return root.Errorf("a recipe wants arms")
	case len(r.Tests) == 0:
		return root.Errorf("a recipe wants tests")
	case len(r.Seeds) == 0:
		return root.Errorf("a recipe wants at least one seed")
	case len(r.Measures) == 0:
		return root.Errorf("a recipe wants at least one measure")
	}
	return r.checkTests()
}

// checkCollections wants names that are one thing each, and parts of what stands above them.
func (r *Recipe) checkCollections() error {
	known := map[string]bool{}
	for _, c := range r.Collections {
		if c.Of != "" && !known[c.Of] {
			return c.at.Errorf("collection %s is a part of an unknown one, %q%s", c.Name, c.Of, didYouMean(c.Of, known))
		}
		if name, ok := strings.CutPrefix(c.Path, dataPrefix); ok {
			if _, err := data.FS.ReadDir(name); err != nil {
				return c.at.Errorf("gradus carries no collection %q", name)
			}
		}
		if err := c.Queries.check(known, false); err != nil {
			return err
		}
		splits := map[string]bool{}
		for _, rule := range c.Splits {
			if rule.Of == rule.Name {
				return rule.Part.at.Errorf("split %s is a part of itself", rule.Name)
			}
			if err := rule.Part.check(known, true); err != nil {
				return err
			}
			splits[rule.Name] = true
		}
		known[c.Name] = true
	}
	for _, g := range r.Generators {
		for _, name := range []string{g.Queries.Collection, g.Style} {
			if name != "" && !known[name] {
				return g.at.Errorf("generator %s names an unknown collection %q%s", g.Name, name, didYouMean(name, known))
			}
		}
		if known[g.Name] {
			return g.at.Errorf("generator %s makes a collection of its name, and there is one", g.Name)
		}
		known[g.Name] = true
	}
	return nil
}

// check wants the collections that the part names to stand above it. A name without a collection is a split beside it.
func (p Part) check(known map[string]bool, local bool) error {
	for _, ref := range []struct {
		name string
		at   yaml.Node
	}{{p.Only, p.onlyAt}, {p.Without, p.withoutAt}} {
		name, _, foreign := strings.Cut(ref.name, "/")
		if ref.name == "" || !foreign && local || known[name] {
			continue
		}
		return ref.at.Errorf("unknown collection %q; it has to stand above%s", name, didYouMean(name, known))
	}
	return nil
}

// checkSplit wants the split's collection to be there.
func (r *Recipe) checkSplit(s Split) error {
	known := map[string]bool{}
	for _, c := range r.Collections {
		known[c.Name] = true
	}
	for _, g := range r.Generators {
		known[g.Name] = true
	}
	if !known[s.Collection] {
		return s.at.Errorf("unknown collection %q%s", s.Collection, didYouMean(s.Collection, known))
	}
	return nil
}

func (r *Recipe) checkArms() error {
	points := 0
	seen := map[string]bool{}
	for i, a := range r.Arms {
		if seen[a.Name] {
			return a.at.Errorf("two arms are called %s", a.Name)
		}
		seen[a.Name] = true
		for j := range a.Sources {
			source := &r.Arms[i].Sources[j]
			if source.Name == "" {
				source.Name = "train"
			}
			if err := r.checkSplit(source.Split); err != nil {
				return err
			}
		}
		if !a.Trained() || r.Tune == nil {
			continue
		}
		for _, p := range a.Grid.points() {
			if _, err := a.Values.with(p.values).read(); err != nil {
				return err
			}
		}
		// One budget for all: an arm that may try more is found to be better.
		if n := len(a.Grid.points()); points == 0 {
			points = n
		} else if n != points {
			return a.at.Errorf("arm %s: want a grid of %d points, as the arms above have, got %d; the same budget for all", a.Name, points, n)
		}
	}
	return nil
}

func (r *Recipe) checkTests() error {
	byCollection := map[string]int{}
	for _, t := range r.Tests {
		byCollection[t.Split.Collection]++
	}
	seen := map[string]bool{}
	for i := range r.Tests {
		t := &r.Tests[i]
		if t.Name == "" {
			if t.Name = t.Split.Collection; byCollection[t.Name] > 1 {
				t.Name = t.Split.String()
			}
		}
		if seen[t.Name] {
			return t.at.Errorf("two tests are called %s; give one a name", t.Name)
		}
		seen[t.Name] = true
		if err := r.checkSplit(t.Split); err != nil {
			return err
		}
		if t.Split.Name == "" && t.Judge == nil {
			return t.at.Errorf("test %s names no split, COLLECTION/SPLIT; without labels it wants a judge", t.Name)
		}
		if r.Tune != nil && r.Tune.Split.String() == t.Split.String() {
			return r.Tune.at.Errorf("want tune on a split of training queries, got %s, which is tested", t.Split)
		}
	}
	if r.Tune != nil {
		if r.Tune.Measure == (measure.Measure{}) {
			r.Tune.Measure = r.Measures[0]
		}
		if err := r.checkSplit(r.Tune.Split); err != nil {
			return err
		}
	}
	if r.Shift == nil {
		return nil
	}
	if r.Shift.Name == "" {
		r.Shift.Name = "train"
	}
	return r.checkSplit(*r.Shift)
}

func didYouMean(word string, known map[string]bool) string {
	return spelling.DidYouMean(word, slices.Sorted(maps.Keys(known)))
}

// Only leaves the arms of these names, as declared or as expanded, and those
// that they are compared with or fused of.
func (r *Recipe) Only(names []string) error {
	wanted := map[string]bool{}
	var want func(name string)
	want = func(name string) {
		if wanted[name] {
			return
		}
		wanted[name] = true
		a, _ := r.arm(name)
		if a.Baseline != "" {
			want(a.Baseline)
		}
		for _, part := range a.Of {
			want(part)
		}
	}
	for _, name := range names {
		found := false
		for _, a := range r.Arms {
			if a.Name == name || a.Declared == name {
				want(a.Name)
				found = true
			}
		}
		if !found {
			_, err := r.arm(name)
			return err
		}
	}
	r.Arms = slices.DeleteFunc(r.Arms, func(a Arm) bool { return !wanted[a.Name] })
	return nil
}
