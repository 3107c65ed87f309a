package measure

import (
	"cmp"
	"math"
	"slices"

	"github.com/gradus-ir/gradus/trec"
)

// unjudged stands for the grade of a document that has none; it is below every grade.
const unjudged = math.MinInt

// ranking is one query's ranked documents seen through its qrels: what every
// measure is computed from.
type ranking struct {
	grades []int // by rank; unjudged where the qrels say nothing
	ideal  []int // the grades of all judged documents, descending
}

// topic is what the qrels say of one query.
type topic struct {
	grades  map[string]int // by document
	ideal   []int          // the same, descending
	endings [1024 / 64]uint64
}

func newTopic(grades map[string]int) *topic {
	t := &topic{grades: grades, ideal: make([]int, 0, len(grades))}
	for docID, grade := range grades {
		t.ideal = append(t.ideal, grade)
		end := ending(docID)
		t.endings[end/64] |= 1 << (end % 64)
	}
	slices.SortFunc(t.ideal, func(a, b int) int { return cmp.Compare(b, a) })
	return t
}

// relevant tells whether a document has grade 1 or more.
func (t *topic) relevant() bool { return len(t.ideal) > 0 && t.ideal[0] > 0 }

// see looks the documents up; the ranking's grades stand in room, which grows as it must.
func (t *topic) see(docs []trec.Scored, room []int) ranking {
	room = room[:0]
	for _, doc := range docs {
		room = append(room, t.grade(doc.DocID))
	}
	return ranking{grades: room, ideal: t.ideal}
}

// grade is a document's grade. Most documents of a run have none, and for most
// of those no judged document has such an ending, which is faster to find out.
func (t *topic) grade(docID string) int {
	if end := ending(docID); t.endings[end/64]&(1<<(end%64)) == 0 {
		return unjudged
	}
	if grade, ok := t.grades[docID]; ok {
		return grade
	}
	return unjudged
}

// ending is a number below 1024 made of an id's last three bytes, of which the low bits tell digits apart.
func ending(docID string) uint {
	n := len(docID)
	if n < 3 {
		return 0
	}
	return uint(docID[n-1])&15 | uint(docID[n-2])&15<<4 | uint(docID[n-3])&3<<8
}

// top are the grades down to the measure's cutoff.
func (r ranking) top(m Measure) []int {
	return upTo(r.grades, m.cutoff)
}

// relevant counts the judged documents of at least the measure's grade, retrieved or not.
func (r ranking) relevant(m Measure) int {
	n := 0
	for n < len(r.ideal) && r.ideal[n] >= m.rel {
		n++
	}
	return n
}

// hits counts the relevant documents down to the measure's cutoff.
func (r ranking) hits(m Measure) int {
	n := 0
	for _, grade := range r.top(m) {
		if grade >= m.rel {
			n++
		}
	}
	return n
}

// judged is the ranking without the documents that trec_eval -J leaves out:
// those without a grade, and those with a negative one.
func (r ranking) judged() ranking {
	kept := ranking{ideal: r.ideal}
	for _, grade := range r.grades {
		if grade >= 0 {
			kept.grades = append(kept.grades, grade)
		}
	}
	return kept
}

func upTo(grades []int, cutoff int) []int {
	if cutoff > 0 && cutoff < len(grades) {
		return grades[:cutoff]
	}
	return grades
}
