package report

import (
	"fmt"
	"slices"
)

// Check tells the first thing in which the experiment contradicts itself: a
// name that is not there, values of other queries than the collection has.
func (e Experiment) Check() error {
	if len(e.Measures) == 0 {
		return fmt.Errorf("want a measure, got none")
	}
	seen := map[string]bool{}
	for _, c := range e.Collections {
		if seen[c.Name] {
			return fmt.Errorf("collection %q: want one of this name, got two", c.Name)
		}
		seen[c.Name] = true
	}
	seen = map[string]bool{}
	for _, a := range e.Arms {
		if seen[a.Name] {
			return fmt.Errorf("arm %q: want one of this name, got two", a.Name)
		}
		seen[a.Name] = true
	}
	for _, a := range e.Arms {
		if err := e.checkArm(a); err != nil {
			return fmt.Errorf("arm %q: %w", a.Name, err)
		}
	}
	for _, c := range e.Comparisons {
		for _, name := range []string{c.Arm, c.Base} {
			if !seen[name] {
				return fmt.Errorf("comparison of %q with %q: unknown arm %q", c.Arm, c.Base, name)
			}
		}
		if _, ok := e.collection(c.Collection); !ok {
			return fmt.Errorf("comparison of %q with %q: unknown collection %q", c.Arm, c.Base, c.Collection)
		}
	}
	for _, f := range e.Fidelity {
		if err := f.check(); err != nil {
			return fmt.Errorf("fidelity of %q: %w", f.Lists, err)
		}
	}
	for _, q := range e.Queries {
		if err := e.checkQuery(q); err != nil {
			return fmt.Errorf("query %q of %q: %w", q.ID, q.Collection, err)
		}
	}
	return nil
}

func (e Experiment) checkArm(a Arm) error {
	if _, ok := e.arm(a.Base); a.Base != "" && !ok {
		return fmt.Errorf("unknown base %q", a.Base)
	}
	for _, v := range a.Values {
		c, ok := e.collection(v.Collection)
		if !ok {
			return fmt.Errorf("unknown collection %q", v.Collection)
		}
		if len(v.ByQuery) != len(e.Measures) {
			return fmt.Errorf("collection %q, seed %d: want values of %d measures, got %d", c.Name, v.Seed, len(e.Measures), len(v.ByQuery))
		}
		for m, values := range v.ByQuery {
			if len(values) != len(c.QueryIDs) {
				return fmt.Errorf("collection %q, seed %d: want %s of %d queries, got %d", c.Name, v.Seed, e.Measures[m], len(c.QueryIDs), len(values))
			}
		}
	}
	for _, s := range a.Shifts {
		if err := s.check(); err != nil {
			return fmt.Errorf("scores of %q: %w", s.Lists, err)
		}
	}
	return nil
}

func (s Shift) check() error {
	if len(s.Edges) < 2 || !slices.IsSorted(s.Edges) || s.Edges[0] == s.Edges[len(s.Edges)-1] {
		return fmt.Errorf("want the ascending edges of one bin or more, got %v", s.Edges)
	}
	if len(s.Before) != len(s.After) {
		return fmt.Errorf("want the same grades before and after, got %d and %d", len(s.Before), len(s.After))
	}
	for i, before := range s.Before {
		if before.Grade != s.After[i].Grade {
			return fmt.Errorf("want the same grades before and after, got %d and %d", before.Grade, s.After[i].Grade)
		}
		for _, counts := range [][]int{before.Counts, s.After[i].Counts} {
			if len(counts) != len(s.Edges)-1 {
				return fmt.Errorf("grade %d: want the counts of %d bins, got %d", before.Grade, len(s.Edges)-1, len(counts))
			}
		}
	}
	return nil
}

func (f Fidelity) check() error {
	if len(f.Confusion) != len(f.Scale) {
		return fmt.Errorf("want a row for each of %d grades, got %d", len(f.Scale), len(f.Confusion))
	}
	for i, row := range f.Confusion {
		if len(row) != len(f.Scale) {
			return fmt.Errorf("grade %d: want a column for each of %d grades, got %d", f.Scale[i], len(f.Scale), len(row))
		}
	}
	return nil
}

func (e Experiment) checkQuery(q Query) error {
	known := map[string]bool{}
	for _, d := range q.Documents {
		known[d.ID] = true
	}
	for _, g := range q.Graded {
		if !known[g.DocID] {
			return fmt.Errorf("graded document %q: want it among the query's documents", g.DocID)
		}
	}
	for _, r := range q.Rankings {
		if _, ok := e.arm(r.Arm); !ok {
			return fmt.Errorf("ranking of unknown arm %q", r.Arm)
		}
		for _, d := range r.Documents[:min(shown, len(r.Documents))] {
			if !known[d.DocID] {
				return fmt.Errorf("ranking of %q: document %q: want it among the query's documents", r.Arm, d.DocID)
			}
		}
	}
	return nil
}
