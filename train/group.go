package train

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/trec"
)

// Group is a query's graded documents: one list of list-wise training.
type Group struct {
	Query     collection.Query
	Documents []GradedDocument // highest grade first, then by ID
}

// GradedDocument is a document with its grade for the group's query.
type GradedDocument struct {
	collection.Document
	Grade int
}

// ReadGroups reads the groups of all sources. A query that several sources
// hold under one ID and text is one group; its order is that of the first
// source's queries. Documents of one ID and text are one document, with the highest grade.
func ReadGroups(sources []Source) ([]Group, error) {
	var groups []Group
	at := map[collection.Query]int{}
	for _, source := range sources {
		found, err := source.groups()
		if err != nil {
			return nil, err
		}
		for _, g := range found {
			if i, ok := at[g.Query]; ok {
				groups[i].Documents = append(groups[i].Documents, g.Documents...)
				continue
			}
			at[g.Query] = len(groups)
			groups = append(groups, g)
		}
	}
	for i := range groups {
		groups[i].sort()
	}
	if len(groups) == 0 {
		return nil, fmt.Errorf("no group left to train on: no query of the sources has a document of a grade they keep")
	}
	return groups, nil
}

func (g *Group) sort() {
	slices.SortFunc(g.Documents, func(a, b GradedDocument) int {
		return cmp.Or(cmp.Compare(b.Grade, a.Grade), cmp.Compare(a.ID, b.ID))
	})
	seen := map[collection.Document]bool{}
	g.Documents = slices.DeleteFunc(g.Documents, func(d GradedDocument) bool {
		twice := seen[d.Document]
		seen[d.Document] = true
		return twice
	})
}

// groups reads one source: a group a query that keeps a document, in the order of queries.jsonl.
func (s Source) groups() ([]Group, error) {
	c, err := collection.Open(s.Dir)
	if err != nil {
		return nil, err
	}
	if err := c.CheckSplit(s.Split); err != nil {
		return nil, err
	}
	queryIDs, err := c.QueryIDs()
	if err != nil {
		return nil, err
	}
	docIDs, err := c.DocumentIDs()
	if err != nil {
		return nil, err
	}
	qrels, err := trec.ReadQrels(c.QrelsPath(s.Split), trec.GradesBetween(0, maxGrade), trec.KnownQueries(queryIDs), trec.KnownDocuments(docIDs))
	if err != nil {
		return nil, err
	}
	documents, err := s.documents(c, qrels)
	if err != nil {
		return nil, err
	}
	var groups []Group
	for query, err := range c.Queries() {
		if err != nil {
			return nil, err
		}
		group := Group{Query: query}
		for id, grade := range qrels[query.ID] {
			if kept, ok := s.take(grade); ok {
				group.Documents = append(group.Documents, GradedDocument{documents[id], kept})
			}
		}
		if len(group.Documents) > 0 {
			groups = append(groups, group)
		}
	}
	return groups, nil
}

// documents reads the documents that the qrels name and the source keeps.
func (s Source) documents(c *collection.Collection, qrels trec.Qrels) (map[string]collection.Document, error) {
	wanted := map[string]collection.Document{}
	for _, grades := range qrels {
		for id, grade := range grades {
			if _, ok := s.take(grade); ok {
				wanted[id] = collection.Document{}
			}
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
