package exchange

import (
	"fmt"
	"slices"
	"strings"
)

// Known is a public test collection: where it is, how large, and how it is measured.
type Known struct {
	Name string // beir:scifact
	Task string // MTEB's name of it
	// On the hub; the revision is the one that MTEB 2 pins.
	Repository, Revision string
	Documents            int64
	Splits               []SplitCounts // with judgments
	Test                 string        // the split that is measured on

	// Rules.
	DropSelfMatches bool // a document whose id is the query's does not count
	RelevantFrom    int  // the grade from which on measures of relevant and not count a document; 0 is 1

	// Files are what a local copy as of MS MARCO is made of, for one of those.
	Files Files
	// Parts are the collections that this one consists of, its measure being the mean of theirs.
	Parts []string
}

// Find returns a known collection: beir:NAME, one of the twelve parts as
// beir:cqadupstack/NAME, msmarco:dev, trec:dl19 or trec:dl20.
func Find(name string) (Known, error) {
	at := slices.IndexFunc(known, func(k Known) bool { return k.Name == name })
	if at < 0 {
		return Known{}, fmt.Errorf("unknown collection %q; known are %s", name, strings.Join(Names(), ", "))
	}
	return known[at], nil
}

// IsName tells the name of a known collection, or one meant as such, from a
// format's: it has a colon after beir, msmarco or trec.
func IsName(s string) bool {
	family, _, ok := strings.Cut(s, ":")
	return ok && slices.Contains([]string{"beir", "msmarco", "trec"}, family)
}

// Names are those of the known collections, without parts of others.
func Names() []string {
	var names []string
	for _, k := range known {
		if !strings.Contains(k.Name, "/") {
			names = append(names, k.Name)
		}
	}
	return names
}

// All are the known collections, those that consist of others before their parts.
func All() []Known { return slices.Clone(known) }

// Check says how a collection differs from the known one: in its documents, or
// in queries or judgments of a split that both have. The split that is measured
// on must be there; others may be missing.
func (k Known) Check(counts Counts) error {
	var differ []string
	note := func(what string, want, got int64) {
		if want != got {
			differ = append(differ, fmt.Sprintf("want %d %s, got %d", want, what, got))
		}
	}
	note("documents", k.Documents, counts.Documents)
	for _, want := range k.Splits {
		at := slices.IndexFunc(counts.Splits, func(s SplitCounts) bool { return s.Name == want.Name })
		if at >= 0 {
			got := counts.Splits[at]
			note("queries in "+want.Name, want.Queries, got.Queries)
			note("judgments in "+want.Name, want.Judgments, got.Judgments+got.Repeated)
		} else if want.Name == k.Test {
			differ = append(differ, "want a split "+want.Name+", got none")
		}
	}
	if len(differ) == 0 {
		return nil
	}
	return fmt.Errorf("this is not %s as it is known: %s", k.Name, strings.Join(differ, "; "))
}

// Rules are how the collection is measured, for the manifest of an import.
func (k Known) Rules() map[string]any {
	return map[string]any{"drop_self_matches": k.DropSelfMatches, "relevant_from": max(k.RelevantFrom, 1)}
}

// Measuring are the flags of gradus evaluate that the rules ask for, "" where they are its defaults.
func (k Known) Measuring() string {
	var flags []string
	if k.DropSelfMatches {
		flags = append(flags, "--drop-self-matches")
	}
	if k.RelevantFrom > 1 {
		for _, measure := range []string{"nDCG@10", "RR(rel=%d)@10", "AP(rel=%d)", "R(rel=%d)@100"} {
			if strings.Contains(measure, "%") {
				measure = fmt.Sprintf(measure, k.RelevantFrom)
			}
			flags = append(flags, "--measure '"+measure+"'")
		}
	}
	return strings.Join(flags, " ")
}
