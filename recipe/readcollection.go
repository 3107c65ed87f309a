package recipe

import (
	"strings"

	"github.com/gradus-ir/gradus/internal/yaml"
)

func readCollection(key, value yaml.Node) (Collection, error) {
	c := Collection{Name: key.Value, at: key}
	if !value.IsMapping() {
		err := yaml.Text(&c.Path)(value)
		return c, err
	}
	err := value.Fields("a collection", []yaml.Field{
		{Key: "path", Take: yaml.Text(&c.Path)},
		{Key: "of", Take: yaml.Text(&c.Of)},
		{Key: "queries", Take: yaml.Into(&c.Queries, readPart)},
		{Key: "splits", Take: named("splits", readSplitRule, &c.Splits)},
		{Key: "expect", Take: func(n yaml.Node) error {
			return n.Fields("the expected size",
				yaml.Field{Key: "documents", Take: yaml.Number(&c.Counts.Documents, 0)},
				yaml.Field{Key: "queries", Take: yaml.Number(&c.Counts.Queries, 0)},
				yaml.Field{Key: "words", Take: yaml.Number(&c.Counts.Words, 0)},
				yaml.Field{Key: "graded", Take: yaml.Number(&c.Counts.Graded, 0)},
				yaml.Field{Key: "splits", Take: c.Counts.takeSplits})
		}},
	}...)
	switch {
	case err != nil:
		return c, err
	case (c.Path == "") == (c.Of == ""):
		return c, key.Errorf("collection %s wants either path, a folder, or of, another collection", c.Name)
	case c.Of == "" && c.Queries.at.Node != nil:
		return c, c.Queries.at.Errorf("queries choose some of another collection's: they want of")
	}
	return c, nil
}

// takeSplits takes the number of queries of some splits.
func (c *Counts) takeSplits(n yaml.Node) error {
	c.BySplit = map[string]float64{}
	return n.Pairs("numbers of queries by split", func(key, value yaml.Node) error {
		var queries float64
		err := yaml.Number(&queries, 0)(value)
		c.BySplit[key.Value] = queries
		return err
	})
}

// partFields are the keys that choose some of a list of queries.
func partFields(p *Part) []yaml.Field {
	return []yaml.Field{
		{Key: "numbers", Take: oneOf(&p.Numbers, "odd", "even")},
		{Key: "only", Take: func(n yaml.Node) error { p.onlyAt = n; return yaml.Text(&p.Only)(n) }},
		{Key: "without", Take: func(n yaml.Node) error { p.withoutAt = n; return yaml.Text(&p.Without)(n) }},
		{Key: "draw", Take: yaml.Whole(&p.Draw, 1)},
		{Key: "seed", Take: yaml.Whole(&p.Seed, 0)},
	}
}

func readPart(n yaml.Node) (Part, error) {
	p := Part{at: n}
	err := n.Fields("a choice of queries", partFields(&p)...)
	return p, err
}

func readSplitRule(key, value yaml.Node) (SplitRule, error) {
	rule := SplitRule{Name: key.Value, Part: Part{at: value}}
	of := yaml.Field{Key: "of", Take: yaml.Text(&rule.Of)}
	err := value.Fields("a split", append(partFields(&rule.Part), of)...)
	if err == nil && rule.Of == "" {
		err = key.Errorf("split %s wants of: the split that it is a part of", rule.Name)
	}
	return rule, err
}

// takeSplit takes COLLECTION/SPLIT, or a COLLECTION alone, which leaves the split's name empty.
func takeSplit(to *Split) func(yaml.Node) error {
	return func(n yaml.Node) error {
		text, err := n.Text()
		if err != nil {
			return err
		}
		to.at = n
		to.Collection, to.Name, _ = strings.Cut(text, "/")
		if to.Collection == "" || strings.Contains(to.Name, "/") || strings.HasSuffix(text, "/") {
			return n.Errorf("want COLLECTION/SPLIT, got %q", text)
		}
		return nil
	}
}

// String is the split as takeSplit reads it.
func (s Split) String() string {
	if s.Name == "" {
		return s.Collection
	}
	return s.Collection + "/" + s.Name
}
