package train

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/loss"
	"gonum.org/v1/gonum/mat"
)

// write makes a collection of the given documents and grades, by query, document and grade.
func write(t *testing.T, split string, queries map[string]string, documents map[string]string, grades [][3]any) string {
	t.Helper()
	dir := t.TempDir() + "/c"
	err := collection.Write(dir, func(w *collection.Writer) error {
		for _, id := range sorted(queries) {
			if err := w.Query(collection.Query{ID: id, Text: queries[id]}); err != nil {
				return err
			}
		}
		for _, id := range sorted(documents) {
			if err := w.Document(collection.Document{ID: id, Text: documents[id]}); err != nil {
				return err
			}
		}
		for _, g := range grades {
			if err := w.Grade(split, g[0].(string), g[1].(string), g[2].(int)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func sorted(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// synthetic and labelled hold the same two queries, as a generator and a benchmark do.
func synthetic(t *testing.T) string {
	return write(t, "train", map[string]string{"1": "lift of a wing", "2": "heat"},
		map[string]string{"1-3": "wing three", "1-2": "wing two", "1-0": "bread", "2-3": "heat three", "2-1": "heat one"},
		[][3]any{{"1", "1-3", 3}, {"1", "1-2", 2}, {"1", "1-0", 0}, {"2", "2-3", 3}, {"2", "2-1", 1}})
}

func labelled(t *testing.T) string {
	return write(t, "train", map[string]string{"1": "lift of a wing", "2": "heat", "9": "asked by nobody"},
		map[string]string{"a": "a real wing", "b": "real heat", "n1": "first negative", "n2": "second negative", "n3": "third negative"},
		[][3]any{{"1", "a", 1}, {"2", "b", 1}, {"1", "n1", 0}, {"1", "n2", 0}, {"1", "n3", 0}})
}

func read(t *testing.T, specs ...string) []Group {
	t.Helper()
	var sources []Source
	for _, spec := range specs {
		s, err := ParseSource(spec)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, s)
	}
	groups, err := ReadGroups(sources)
	if err != nil {
		t.Fatal(err)
	}
	return groups
}

// spell writes groups as "query: doc=grade …".
func spell(groups []Group) string {
	var lines []string
	for _, g := range groups {
		line := g.Query.ID + ":"
		for _, d := range g.Documents {
			line += fmt.Sprintf(" %s=%d", d.ID, d.Grade)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "; ")
}

// TestThePublishedArms are four lists of sources: InfoNCE on real labels,
// InfoNCE on synthetic ones (the highest grade against the lowest), WS2 on
// synthetic lists, WS2 on synthetic lists with the real positives on top.
func TestThePublishedArms(t *testing.T) {
	synth, labels := synthetic(t), labelled(t)
	for name, arm := range map[string]struct {
		sources []string
		want    string
	}{
		"real InfoNCE":         {[]string{"dir=" + labels + ",min-grade=1,grade=3"}, "1: a=3; 2: b=3"},
		"synthetic InfoNCE":    {[]string{"dir=" + synth + ",min-grade=3", "dir=" + synth + ",max-grade=0"}, "1: 1-3=3 1-0=0; 2: 2-3=3"},
		"synthetic WS2":        {[]string{"dir=" + synth}, "1: 1-3=3 1-2=2 1-0=0; 2: 2-3=3 2-1=1"},
		"synthetic + real WS2": {[]string{"dir=" + synth, "dir=" + labels + ",min-grade=1,grade=3"}, "1: 1-3=3 a=3 1-2=2 1-0=0; 2: 2-3=3 b=3 2-1=1"},
	} {
		if got := spell(read(t, arm.sources...)); got != arm.want {
			t.Errorf("%s: %s, want %s", name, got, arm.want)
		}
	}
}

func TestSampledSources(t *testing.T) {
	synth, labels := synthetic(t), labelled(t)
	groups := read(t, "dir="+synth+",min-grade=3", "dir="+labels+",max-grade=0,sample=2")
	o := &order{groups: groups, perStep: 2, shuffle: true, seed: 4}
	seen := map[string]int{}
	for epoch := range 30 {
		for _, g := range o.step(epoch) {
			again := o.step(epoch)
			i := slices.IndexFunc(again, func(h Group) bool { return h.Query.ID == g.Query.ID })
			if spell(again[i:i+1]) != spell([]Group{g}) {
				t.Fatal("the same step drew other documents")
			}
			if g.Query.ID != "1" {
				continue
			}
			if len(g.Documents) != 3 {
				t.Fatalf("epoch %d: %s, want the positive and two drawn", epoch, spell([]Group{g}))
			}
			for _, d := range g.Documents[1:] {
				seen[d.ID]++
			}
			// The one that was not drawn is known: it is masked where another query brings it.
			if want := 4; len(g.LeftOut) != want { // it, and what the grade filters left out
				t.Fatalf("left out %v, want %d documents", g.LeftOut, want)
			}
		}
	}
	for _, id := range []string{"n1", "n2", "n3"} {
		if seen[id] < 10 || seen[id] > 30 {
			t.Errorf("%s was drawn in %d of 30 epochs, want about 20", id, seen[id])
		}
	}
}

func TestWeightedSources(t *testing.T) {
	groups := fewGroups(10)
	for i := range groups {
		groups[i].Weight = 0.5
		if i < 2 {
			groups[i].Weight = 3
		}
	}
	o := &order{groups: groups, perStep: 4, shuffle: true, seed: 1}
	if o.appearances() != 10 || o.steps() != 3 {
		t.Fatalf("%d appearances in %d steps, want 10 in 3", o.appearances(), o.steps())
	}
	times := make([]int, 10)
	for epoch := range 100 {
		index := o.epoch(epoch)
		if len(index) != 10 {
			t.Fatalf("epoch %d has %d groups, want 10", epoch, len(index))
		}
		for _, i := range index {
			times[i]++
		}
	}
	for i, n := range times {
		want := int(100 * groups[i].Weight)
		if n < want*8/10 || n > want*12/10 {
			t.Errorf("group %d of weight %g came %d times in 100 epochs, want about %d", i, groups[i].Weight, n, want)
		}
	}
}

// Documents known for a query are never its negatives, by whatever ID they come.
func TestKnownDocumentsAreNoNegatives(t *testing.T) {
	doc := func(id, text string, grade int) GradedDocument {
		return GradedDocument{collection.Document{ID: id, Text: text}, grade}
	}
	groups := []Group{
		{Query: collection.Query{ID: "1", Text: "one"}, Documents: []GradedDocument{doc("a", "alpha", 3)},
			LeftOut: []collection.Document{{ID: "b", Text: "beta"}}},
		{Query: collection.Query{ID: "2", Text: "two"}, Documents: []GradedDocument{doc("copy of a", "alpha", 1), doc("b2", "beta", 2), doc("c", "gamma", 0)}},
	}
	for rule, other := range map[InBatch]float64{InBatchZero: 0, InBatchMask: loss.Masked} {
		b := newBatch(tiny(t), encoder.Packing{Length: 64, Capacity: 4, Segments: 16}, groups, rule, role{maxLength: 32}, role{maxLength: 32})
		want := mat.NewDense(2, 3, []float64{
			3, loss.Masked, other, // alpha, beta, gamma
			1, 2, 0,
		})
		if !mat.Equal(b.grades, want) {
			t.Errorf("%s: grades\n%v, want\n%v", rule, mat.Formatted(b.grades), mat.Formatted(want))
		}
	}
}

func TestDocumentsOfOneTextAreOne(t *testing.T) {
	dir := write(t, "train", map[string]string{"q": "what"}, map[string]string{"a": "same", "b": "same", "c": "other"},
		[][3]any{{"q", "a", 1}, {"q", "b", 3}, {"q", "c", 0}})
	if got, want := spell(read(t, "dir="+dir)), "q: b=3 c=0"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	// Left out by one source and listed by another: listed.
	if got := read(t, "dir="+dir+",min-grade=3", "dir="+dir+",max-grade=0"); spell(got) != "q: b=3 c=0" || len(got[0].LeftOut) != 0 {
		t.Errorf("%s with %v left out", spell(got), got[0].LeftOut)
	}
}

// Two queries of one text are two lists, whose documents are no negatives of each other.
func TestQueriesOfOneTextKnowEachOther(t *testing.T) {
	dir := write(t, "train", map[string]string{"1": "same", "2": "same", "3": "other"}, map[string]string{"a": "alpha", "b": "beta", "c": "gamma"},
		[][3]any{{"1", "a", 3}, {"2", "b", 2}, {"3", "c", 3}})
	groups := read(t, "dir="+dir)
	if got, want := spell(groups), "1: a=3; 2: b=2; 3: c=3"; got != want {
		t.Fatalf("%s, want %s", got, want)
	}
	b := newBatch(tiny(t), encoder.Packing{Length: 64, Capacity: 4, Segments: 16}, groups, InBatchZero, role{maxLength: 32}, role{maxLength: 32})
	want := mat.NewDense(3, 3, []float64{
		3, loss.Masked, 0,
		loss.Masked, 2, 0,
		0, 0, 3,
	})
	if !mat.Equal(b.grades, want) {
		t.Errorf("grades\n%v, want\n%v", mat.Formatted(b.grades), mat.Formatted(want))
	}
}

func TestNoGroupLeftSaysWhatTheFiltersDid(t *testing.T) {
	dir := synthetic(t)
	three := 3
	_, err := ReadGroups([]Source{{Dir: dir, Split: "train", MinGrade: 0, MaxGrade: 3, Grade: &three, Sample: 1}, {Dir: dir, Split: "train", MinGrade: 1, MaxGrade: 1}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = ReadGroups([]Source{{Dir: labelled(t), Split: "train", MinGrade: 2, MaxGrade: 3}})
	if err == nil || !strings.Contains(err.Error(), "min-grade=2,max-grade=3 keeps 0 of 5 graded documents of 2 queries") {
		t.Errorf("got error %v", err)
	}
}

func TestQueriesWithoutAPositiveAreLeftOut(t *testing.T) {
	groups := fewGroups(4)
	for i := range groups[0].Documents {
		groups[0].Documents[i].Grade = 0
	}
	result := mustTrain(t, tiny(t), groups, tinyOptions())
	if result.Groups != 3 || result.Silent != 1 {
		t.Errorf("%d groups, %d left out; want 3 and 1", result.Groups, result.Silent)
	}
	_, err := Train(t.Context(), tiny(t), groups[:1], tinyOptions())
	if err == nil || !strings.Contains(err.Error(), `want a query with a document above grade 0: none of the 1 has one, the first is "0"`) {
		t.Errorf("got error %v", err)
	}
}

// The order does not depend on the groups' texts or on how the steps are asked for.
func TestOrderCanStartAnywhere(t *testing.T) {
	groups := drawnGroups(9)
	forth := &order{groups: groups, perStep: 2, shuffle: true, seed: 7}
	var steps []string
	for n := range 3 * forth.steps() {
		steps = append(steps, spell(forth.step(n)))
	}
	random := rand.New(rand.NewPCG(1, 1))
	back := &order{groups: groups, perStep: 2, shuffle: true, seed: 7}
	for _, n := range random.Perm(len(steps)) {
		if got := spell(back.step(n)); got != steps[n] {
			t.Fatalf("step %d: %s, want %s", n, got, steps[n])
		}
	}
}

func TestATargetScaleLeavesMasksAlone(t *testing.T) {
	b := &batch{grades: mat.NewDense(1, 4, []float64{3, 1, 0, loss.Masked})}
	b.scaleGrades(2.5)
	if want := mat.NewDense(1, 4, []float64{7.5, 2.5, 0, loss.Masked}); !mat.Equal(b.grades, want) {
		t.Errorf("grades %v, want %v", mat.Formatted(b.grades), mat.Formatted(want))
	}
}
