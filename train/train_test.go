package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gradus-ir/gradus/collection"
	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/loss"
	"gonum.org/v1/gonum/mat"
)

// fewGroups are small lists whose documents differ in length.
func fewGroups(n int) []Group {
	var groups []Group
	for i := range n {
		g := Group{Query: collection.Query{ID: fmt.Sprint(i), Text: fmt.Sprintf("lift of wing %d", i)}}
		for grade := 3; grade >= 0; grade-- {
			g.Documents = append(g.Documents, GradedDocument{collection.Document{
				ID: fmt.Sprintf("%d-%d", i, grade), Text: strings.Repeat(fmt.Sprintf("passage %d of grade %d ", i, grade), 1+grade+i%3)}, grade})
		}
		groups = append(groups, g)
	}
	return groups
}

// only is a loss that is one, by name.
func only(name string) loss.Sum {
	sum, err := loss.Parse(name)
	if err != nil {
		panic(err)
	}
	return sum
}

func student(t testing.TB) *encoder.Model { return miniLM(t, encoder.Options{KeepLayers: []int{0, 2}}) }

func TestPlansHaveTheSameNumbers(t *testing.T) {
	var courses [][]Step
	plans := []struct {
		plan      Plan
		recompute bool
	}{{Fused, false}, {Cached, false}, {Fused, true}, {Cached, true}}
	for _, p := range plans {
		result, err := Train(context.Background(), student(t), fewGroups(8), Options{
			Loss: only("ws2"), Temperature: 0.1, QueriesPerStep: 4, Plan: p.plan, Recompute: p.recompute, Epochs: 2})
		if err != nil {
			t.Fatal(err)
		}
		courses = append(courses, result.Steps)
	}
	for i, fused := range courses[0] {
		for k, course := range courses[1:] {
			if d := math.Abs(fused.Loss/course[i].Loss - 1); !(d <= 1e-5) {
				t.Errorf("step %d: loss %g fused, %g with %v", i+1, fused.Loss, course[i].Loss, plans[k+1])
			}
			if d := math.Abs(fused.GradientNorm/course[i].GradientNorm - 1); !(d <= 1e-4) {
				t.Errorf("step %d: gradient norm %g fused, %g with %v", i+1, fused.GradientNorm, course[i].GradientNorm, plans[k+1])
			}
		}
	}
}

// TestDevicesHaveTheSameNumbers trains on one and on several virtual devices,
// with documents of all of them in every list.
func TestDevicesHaveTheSameNumbers(t *testing.T) {
	var courses [][]Step
	for _, devices := range []int{1, 2, 3} {
		m := student(t)
		if int(m.Backend().NumDevices()) < devices {
			t.Skipf("want a backend with %d devices, got %d", devices, m.Backend().NumDevices())
		}
		result, err := Train(context.Background(), m, fewGroups(20), Options{
			Loss: only("ws2+infonce"), Temperature: 0.1, QueriesPerStep: 20, Devices: devices, Epochs: 3, LearningRate: 1e-4})
		if err != nil {
			t.Fatal(err)
		}
		courses = append(courses, result.Steps)
	}
	for i, one := range courses[0] {
		for k, course := range courses[1:] {
			if d := math.Abs(course[i].Loss/one.Loss - 1); !(d <= 1e-5) {
				t.Errorf("step %d: loss %g on one device, %g on %d", i+1, one.Loss, course[i].Loss, k+2)
			}
			if d := math.Abs(course[i].GradientNorm/one.GradientNorm - 1); !(d <= 1e-4) {
				t.Errorf("step %d: gradient norm %g on one device, %g on %d", i+1, one.GradientNorm, course[i].GradientNorm, k+2)
			}
		}
	}
	if _, err := Train(context.Background(), student(t), fewGroups(2), Options{Loss: only("ws2"), Devices: 1000}); err == nil || !strings.Contains(err.Error(), "got 1000") {
		t.Errorf("training on 1000 devices: %v", err)
	}
}

// TestPlansHaveTheSameGradient sums one batch's gradient under each plan: the
// difference is at most 1e-5 of its length.
func TestPlansHaveTheSameGradient(t *testing.T) {
	var sums [][]float32
	for _, keep := range []bool{true, false} {
		m := student(t)
		opts, err := Options{Loss: only("ws2+infonce"), Temperature: 0.1}.withDefaults(m)
		if err != nil {
			t.Fatal(err)
		}
		tr := &trainer{model: m, opts: opts, order: &order{groups: fewGroups(12), perStep: 12}, temperature: temperature{Value: 0.1}}
		tr.packing = tr.choosePacking()
		if tr.engine, err = newEngine(m, opts); err != nil {
			t.Fatal(err)
		}
		b := tr.batch(0)
		vectors, way, err := tr.engine.forth(b, keep)
		if err != nil {
			t.Fatal(err)
		}
		if err := tr.engine.takeBack(way, tr.objective(vectors, b).gradient); err != nil {
			t.Fatal(err)
		}
		var flat []float32
		for _, s := range tr.engine.devices[0].sums {
			data, err := tensors.CopyFlatData[float32](s)
			if err != nil {
				t.Fatal(err)
			}
			flat = append(flat, data...)
		}
		sums = append(sums, flat)
	}
	var apart, length float64
	for i, x := range sums[0] {
		d := float64(x) - float64(sums[1][i])
		apart, length = apart+d*d, length+float64(x)*float64(x)
	}
	if share := math.Sqrt(apart / length); !(share <= 1e-5) {
		t.Errorf("the gradients differ by %g of their length %g", share, math.Sqrt(length))
	}
}

func TestTrainingLowersTheLoss(t *testing.T) {
	for _, name := range loss.Names() {
		result, err := Train(context.Background(), student(t), fewGroups(4), Options{
			Loss: only(name), Temperature: 0.05, QueriesPerStep: 4, Epochs: 6, LearningRate: 1e-4, Schedule: Constant})
		if err != nil {
			t.Fatal(err)
		}
		if first, last := result.Steps[0].Loss, result.Steps[5].Loss; !(last < 0.9*first) {
			t.Errorf("%s: loss went from %g to %g in six steps", name, first, last)
		}
	}
}

func TestCalibrationFindsTheSmallestLoss(t *testing.T) {
	f := func(x float64) float64 { return math.Pow(math.Log(x/0.137), 2) }
	if got := smallest(f, lowestTemperature, highestTemperature, temperatureSteps); math.Abs(got-0.137) > 1e-3 {
		t.Errorf("smallest at %g, want 0.137", got)
	}
	if got := smallest(func(x float64) float64 { return x }, 0.01, 1, 20); got > 0.0101 {
		t.Errorf("smallest at %g, want the low end 0.01", got)
	}
	var said float64
	result, err := Train(context.Background(), student(t), fewGroups(4), Options{
		Loss: only("ws2"), QueriesPerStep: 4, Calibrated: func(x float64) { said = x }})
	if err != nil {
		t.Fatal(err)
	}
	if said != result.Temperature || said < lowestTemperature || said > highestTemperature {
		t.Errorf("calibrated to %g, said %g", result.Temperature, said)
	}
}

// TestSharedDocumentIsOneColumn: a positive of one query that another query of
// the batch holds too must not stand beside it as a copy of grade 0.
func TestSharedDocumentIsOneColumn(t *testing.T) {
	groups := fewGroups(2)
	groups[1].Documents = append(groups[1].Documents, GradedDocument{groups[0].Documents[0].Document, 2})
	b := newBatch(student(t), encoder.Packing{Length: 64, Capacity: 4, Segments: 16}, groups, InBatchZero, role{maxLength: 32}, role{maxLength: 32})
	want := mat.NewDense(2, 8, []float64{
		3, 2, 1, 0, 0, 0, 0, 0,
		2, 0, 0, 0, 3, 2, 1, 0,
	})
	if !mat.Equal(b.grades, want) {
		t.Errorf("grades\n%v, want\n%v", mat.Formatted(b.grades), mat.Formatted(want))
	}
}

func TestOrderTakesEveryGroupOnceAnEpoch(t *testing.T) {
	o := &order{groups: fewGroups(10), perStep: 4, shuffle: true, seed: 3}
	if o.steps() != 3 {
		t.Fatalf("%d steps, want 3", o.steps())
	}
	ids := func(epoch int) (list []string) {
		for n := range o.steps() {
			for _, g := range o.step(epoch*o.steps() + n) {
				list = append(list, g.Query.ID)
			}
		}
		return list
	}
	first, second := ids(0), ids(1)
	if slices.Equal(first, second) {
		t.Error("two epochs have one order")
	}
	if !slices.Equal(first, ids(0)) {
		t.Error("an epoch's order changed")
	}
	slices.Sort(first)
	if len(slices.Compact(first)) != 10 {
		t.Errorf("an epoch holds %v, want every group once", first)
	}
}

func TestNotFiniteLossStopsBeforeTheUpdate(t *testing.T) {
	m := student(t)
	before, err := m.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	broken := func(scores, grades *mat.Dense) (float64, *mat.Dense) {
		_, gradient := loss.WS2(scores, grades)
		gradient.Set(0, 0, math.NaN())
		return 1, gradient
	}
	_, err = Train(context.Background(), m, fewGroups(2), Options{Loss: loss.Sum{{Name: "broken", Weight: 1, Loss: broken}}, Temperature: 1})
	if err == nil || !strings.Contains(err.Error(), "step 1 of 1: the gradient's norm is NaN") {
		t.Errorf("got error %v", err)
	}
	if after, _ := m.Fingerprint(); after != before {
		t.Error("the weights changed")
	}
}

func TestCancelledTrainingEndsBetweenSteps(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	result, err := Train(ctx, student(t), fewGroups(8), Options{Loss: only("ws2"), Temperature: 1, QueriesPerStep: 2, Progress: func(s Step) {
		if s.Step == 2 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || len(result.Steps) != 2 {
		t.Errorf("got %v after %d steps, want cancellation after 2", err, len(result.Steps))
	}
}

func TestParseSource(t *testing.T) {
	three := 3
	for spec, want := range map[string]Source{
		"dir=synth": {Dir: "synth", Split: "train", MaxGrade: 3},
		"dir=synth,split=train,min-grade=0,max-grade=3": {Dir: "synth", Split: "train", MaxGrade: 3},
		"dir=scifact,split=train,min-grade=1,grade=3":   {Dir: "scifact", Split: "train", MinGrade: 1, MaxGrade: 3, Grade: &three},
		"dir=scifact,split=bm25,sample=2,weight=0.5":    {Dir: "scifact", Split: "bm25", MaxGrade: 3, Sample: 2, Weight: 0.5},
	} {
		got, err := ParseSource(spec)
		if err != nil || got.String() != want.String() {
			t.Errorf("%s: got %v, error %v", spec, got, err)
		}
		if again, err := ParseSource(got.String()); err != nil || again.String() != got.String() {
			t.Errorf("%s does not parse as it prints: %v, %v", spec, again, err)
		}
	}
	for spec, want := range map[string]string{
		"split=train":                   `source "split=train": want dir=FOLDER`,
		"dir=a,grade=4":                 `source "dir=a,grade=4": want grade between 0 and 3, got "4"`,
		"dir=a,min-grade=3,max-grade=1": `source "dir=a,min-grade=3,max-grade=1": want min-grade at most max-grade, got 3 and 1`,
		"dir=a,weights=2":               `source "dir=a,weights=2": unknown key "weights"; want dir, split, min-grade, max-grade, grade, sample or weight`,
		"dir=a,sample=0":                `source "dir=a,sample=0": want sample of 1 or more, got "0"`,
		"dir=a,weight=0":                `source "dir=a,weight=0": want weight above 0 and at most 1000, got "0"`,
		"dir=a,weight=NaN":              `source "dir=a,weight=NaN": want weight above 0 and at most 1000, got "NaN"`,
		"dir":                           `source "dir": want key=value, got "dir"`,
	} {
		if _, err := ParseSource(spec); err == nil || err.Error() != want {
			t.Errorf("%s: got error %v, want %s", spec, err, want)
		}
	}
}

// writeCollection writes a folder of one query and documents a, b and c.
func writeCollection(t *testing.T, qrels string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"corpus.jsonl":    `{"_id":"a","title":"","text":"one"}` + "\n" + `{"_id":"b","title":"T","text":"two"}` + "\n" + `{"_id":"c","title":"","text":"three"}` + "\n",
		"queries.jsonl":   `{"_id":"q","text":"what"}` + "\n",
		"qrels/train.tsv": "query-id\tcorpus-id\tscore\n" + qrels,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReadGroups(t *testing.T) {
	dir := writeCollection(t, "q\ta\t0\nq\tb\t3\nq\tc\t1\n")
	three := 3
	groups, err := ReadGroups([]Source{{Dir: dir, Split: "train", MaxGrade: 3}})
	if err != nil || len(groups) != 1 {
		t.Fatalf("%d groups, error %v", len(groups), err)
	}
	var got []string
	for _, d := range groups[0].Documents {
		got = append(got, fmt.Sprint(d.ID, d.Grade))
	}
	if want := []string{"b3", "c1", "a0"}; !slices.Equal(got, want) {
		t.Errorf("documents %v, want %v", got, want)
	}
	// The same query seen through two filters is one group, its documents once each.
	groups, err = ReadGroups([]Source{{Dir: dir, Split: "train", MinGrade: 1, MaxGrade: 3, Grade: &three}, {Dir: dir, Split: "train", MaxGrade: 3}})
	if err != nil || len(groups) != 1 || len(groups[0].Documents) != 3 || groups[0].Documents[1].Grade != 3 {
		t.Errorf("got %+v, error %v", groups, err)
	}
	if _, err := ReadGroups([]Source{{Dir: dir, Split: "train", MinGrade: 2, MaxGrade: 2}}); err == nil || !strings.Contains(err.Error(), "no group left") {
		t.Errorf("got error %v", err)
	}
}

func TestReadGroupsNamesFileAndLine(t *testing.T) {
	for qrels, want := range map[string]string{
		"q\ta\t7\n":          "qrels/train.tsv:2: ",
		"q\ta\t1\nq\tx\t1\n": "qrels/train.tsv:3: ",
		"who\ta\t1\n":        "qrels/train.tsv:2: ",
	} {
		_, err := ReadGroups([]Source{{Dir: writeCollection(t, qrels), Split: "train", MaxGrade: 3}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want %s…", qrels, err, want)
		}
	}
}
