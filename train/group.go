package train

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/trec"
)

// Group is a query's graded documents: one list of list-wise training.
type Group struct {
	Query     collection.Query
	Documents []GradedDocument // in the list in every epoch; highest grade first, then by ID
	Draws     []Draw           // more of them, drawn anew in each epoch
	// LeftOut are documents known to be graded for the query that its list does
	// not hold. Where another query of a batch brings one along, it is masked:
	// an unlisted positive is no negative.
	LeftOut []collection.Document
	Weight  float64 // how often the group comes in an epoch, on average; 0 is 1
}

// GradedDocument is a document with its grade for the group's query.
type GradedDocument struct {
	collection.Document
	Grade int
}

// Draw is a source that is sampled: Count documents of From in each epoch.
type Draw struct {
	From  []GradedDocument
	Count int
}

// ReadGroups reads the groups of all sources. A query that several sources
// hold under one ID and text is one group; its place is that in the first of
// them. Documents of one text are one document, with the highest grade. Queries
// of one text under several IDs stay apart, but know each other's documents.
func ReadGroups(sources []Source) ([]Group, error) {
	var groups []Group
	var filtered []string
	at := map[collection.Query]int{}
	for _, source := range sources {
		found, counts, err := source.groups()
		if err != nil {
			return nil, err
		}
		filtered = append(filtered, counts.String())
		for _, g := range found {
			i, ok := at[g.Query]
			if !ok {
				at[g.Query] = len(groups)
				groups = append(groups, g)
				continue
			}
			into := &groups[i]
			into.Documents = append(into.Documents, g.Documents...)
			into.Draws = append(into.Draws, g.Draws...)
			into.LeftOut = append(into.LeftOut, g.LeftOut...)
			into.Weight = max(into.Weight, g.Weight)
		}
	}
	groups = slices.DeleteFunc(groups, func(g Group) bool { return len(g.Documents) == 0 && len(g.Draws) == 0 })
	introduce(groups)
	for i := range groups {
		groups[i].tidy()
	}
	if len(groups) == 0 {
		return nil, fmt.Errorf("no group left to train on: %s", strings.Join(filtered, "; "))
	}
	return groups, nil
}

// introduce leaves out of each group's list what groups of the same query text
// hold: their documents would be its negatives.
func introduce(groups []Group) {
	known := map[string][]collection.Document{}
	count := map[string]int{}
	for _, g := range groups {
		count[g.Query.Text]++
	}
	for _, g := range groups {
		if count[g.Query.Text] > 1 {
			known[g.Query.Text] = append(known[g.Query.Text], g.known()...)
		}
	}
	for i := range groups {
		groups[i].LeftOut = append(groups[i].LeftOut, known[groups[i].Query.Text]...)
	}
}

// known lists the documents that are graded for the query.
func (g Group) known() []collection.Document {
	list := slices.Clone(g.LeftOut)
	for _, d := range g.Documents {
		list = append(list, d.Document)
	}
	for _, draw := range g.Draws {
		for _, d := range draw.From {
			list = append(list, d.Document)
		}
	}
	return list
}

// text is what makes two documents one, whatever their IDs.
type text struct{ title, text string }

func textOf(d collection.Document) text { return text{d.Title, d.Text} }

// tidy sorts the documents and drops what is there twice: in the list, then in
// a draw, then among what is left out.
func (g *Group) tidy() {
	seen := map[text]bool{}
	once := func(documents []GradedDocument) []GradedDocument {
		slices.SortFunc(documents, func(a, b GradedDocument) int {
			return cmp.Or(cmp.Compare(b.Grade, a.Grade), cmp.Compare(a.ID, b.ID))
		})
		return slices.DeleteFunc(documents, func(d GradedDocument) bool {
			twice := seen[textOf(d.Document)]
			seen[textOf(d.Document)] = true
			return twice
		})
	}
	g.Documents = once(g.Documents)
	for i := range g.Draws {
		g.Draws[i].From = once(g.Draws[i].From)
	}
	g.LeftOut = slices.DeleteFunc(g.LeftOut, func(d collection.Document) bool {
		twice := seen[textOf(d)]
		seen[textOf(d)] = true
		return twice
	})
	slices.SortFunc(g.LeftOut, func(a, b collection.Document) int { return cmp.Compare(a.ID, b.ID) })
}

// list is the group as an epoch has it: what is drawn is among its documents,
// what is not is left out.
func (g Group) list(random *rand.Rand) Group {
	if len(g.Draws) == 0 {
		return g
	}
	drawn := Group{Query: g.Query, Documents: slices.Clone(g.Documents), LeftOut: slices.Clone(g.LeftOut), Weight: g.Weight}
	for _, draw := range g.Draws {
		taken := make([]bool, len(draw.From))
		for _, i := range random.Perm(len(draw.From))[:min(draw.Count, len(draw.From))] {
			taken[i] = true
		}
		for i, d := range draw.From {
			if taken[i] {
				drawn.Documents = append(drawn.Documents, d)
			} else {
				drawn.LeftOut = append(drawn.LeftOut, d.Document)
			}
		}
	}
	return drawn
}

// teaches says whether the group can have a document above grade 0 in its list.
func (g Group) teaches() bool {
	positive := func(d GradedDocument) bool { return d.Grade > 0 }
	return slices.ContainsFunc(g.Documents, positive) ||
		slices.ContainsFunc(g.Draws, func(d Draw) bool { return slices.ContainsFunc(d.From, positive) })
}

func (g Group) weight() float64 {
	if g.Weight == 0 {
		return 1
	}
	return g.Weight
}

// counts are what a source's filter did.
type counts struct {
	source                 Source
	queries, graded, taken int
}

func (c counts) String() string {
	return fmt.Sprintf("%s keeps %d of %d graded documents of %d queries", c.source, c.taken, c.graded, c.queries)
}

// groups reads one source: a group a query of the qrels, in the order of queries.jsonl.
func (s Source) groups() ([]Group, counts, error) {
	counted := counts{source: s}
	c, qrels, err := s.open()
	if err != nil {
		return nil, counted, err
	}
	documents, err := gradedDocuments(c, qrels)
	if err != nil {
		return nil, counted, err
	}
	var groups []Group
	for query, err := range c.Queries() {
		if err != nil {
			return nil, counted, err
		}
		grades, ok := qrels[query.ID]
		if !ok {
			continue
		}
		group := Group{Query: query}
		for id, grade := range grades {
			if kept, ok := s.take(grade); ok {
				group.Documents = append(group.Documents, GradedDocument{documents[id], kept})
			} else {
				group.LeftOut = append(group.LeftOut, documents[id])
			}
		}
		counted.queries++
		counted.graded += len(grades)
		counted.taken += len(group.Documents)
		if len(group.Documents) > 0 {
			group.Weight = s.weight()
			if s.Sample > 0 {
				group.Draws, group.Documents = []Draw{{group.Documents, s.Sample}}, nil
			}
		}
		groups = append(groups, group)
	}
	return groups, counted, nil
}

func (s Source) open() (*collection.Collection, trec.Qrels, error) {
	c, err := collection.Open(s.Dir)
	if err != nil {
		return nil, nil, err
	}
	if err := c.CheckSplit(s.Split); err != nil {
		return nil, nil, err
	}
	queryIDs, err := c.QueryIDs()
	if err != nil {
		return nil, nil, err
	}
	docIDs, err := c.DocumentIDs()
	if err != nil {
		return nil, nil, err
	}
	qrels, err := trec.ReadQrels(c.QrelsPath(s.Split), trec.GradesBetween(0, maxGrade), trec.KnownQueries(queryIDs), trec.KnownDocuments(docIDs))
	return c, qrels, err
}

// gradedDocuments reads the documents that the qrels name.
func gradedDocuments(c *collection.Collection, qrels trec.Qrels) (map[string]collection.Document, error) {
	wanted := map[string]collection.Document{}
	for _, grades := range qrels {
		for id := range grades {
			wanted[id] = collection.Document{}
		}
	}
	for document, err := range c.Documents() {
		if err != nil {
			return nil, err
		}
		if _, ok := wanted[document.ID]; ok {
			wanted[document.ID] = document
		}
	}
	return wanted, nil
}
