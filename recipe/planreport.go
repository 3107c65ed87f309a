package recipe

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/report"
	"github.com/gradus-ir/gradus/trec"
)

var reportKind = Kind{"report", 1}

// tested is a test with its runs and what they are measured by.
type tested struct {
	Test
	qrels  string // the file
	judged bool   // by an LLM
	runs   []armRun
	folder string // of the collection
}

// report plans the last stage, which measures all runs and writes the report.
func (p *planner) report(runs []armRun, models map[string][]armModel) error {
	var on []product
	var tests []tested
	for _, t := range p.tests {
		one := tested{Test: t, judged: p.judged(t)}
		for _, run := range runs {
			if run.test.Name == t.Name {
				one.runs = append(one.runs, run)
				on = append(on, run.made)
			}
		}
		read, err := p.read(t.Split)
		if err != nil {
			return err
		}
		one.folder = read.folder
		path, grades, err := p.grades(t, one.runs)
		if err != nil {
			return err
		}
		one.qrels = path
		on = append(on, grades)
		tests = append(tests, one)
	}
	for _, s := range p.stages {
		if s.Kind == scoreKind || s.Kind == overlapKind {
			on = append(on, product{key: s.Key, waits: s.Waits})
		}
	}
	_, err := p.add(Stage{
		Kind: reportKind, Of: "of the experiment", For: "report", Out: report.ExperimentFile,
		Inputs: []any{p.Name, p.Question, p.Notes, p.Measures, p.Seeds, p.armFacts(), p.testFacts()},
		Run: func(ctx context.Context, out string, move func(int64, int64, string)) error {
			e, err := p.measure(ctx, tests, models, move)
			if err != nil {
				return err
			}
			e.Compare()
			if err := e.Write(filepath.Dir(out)); err != nil {
				return err
			}
			if err := e.Save(filepath.Dir(out)); err != nil {
				return err
			}
			return p.writeCards(e, models)
		},
	}, on...)
	return err
}

// armFacts and testFacts are what of arms and tests the report shows and no run depends on.
func (p *planner) armFacts() any {
	var facts []any
	for _, a := range p.Arms {
		facts = append(facts, []any{a.Name, a.Baseline, a.Kind, a.Encoder, a.Of})
	}
	return facts
}

func (p *planner) testFacts() any {
	var facts []any
	for _, t := range p.tests {
		facts = append(facts, []any{t.Name, t.Note, t.Split.String(), t.DropSelf})
	}
	return facts
}

// measure fills the report in.
func (p *planner) measure(ctx context.Context, tests []tested, models map[string][]armModel, move func(int64, int64, string)) (report.Experiment, error) {
	e := report.Experiment{Name: p.Name, Question: p.Question, Made: time.Now().UTC(), Measures: p.Measures, Notes: slices.Clone(p.Notes), Facts: p.facts()}
	if e.Name == "" {
		e.Name = strings.TrimSuffix(filepath.Base(p.File), filepath.Ext(p.File))
	}
	e.Commands = []string{fmt.Sprintf("gradus run %s --out %s", p.File, p.e.Dir)}
	for _, a := range p.Arms {
		arm, err := p.reportArm(a, models[a.Name])
		if err != nil {
			return e, err
		}
		e.Arms = append(e.Arms, arm)
	}
	for i, t := range tests {
		move(int64(i), int64(len(tests)), t.Name)
		if err := p.measureTest(ctx, &e, t); err != nil {
			return e, fmt.Errorf("test %s: %w", t.Name, err)
		}
	}
	notes, err := p.trainedOn()
	if err != nil {
		return e, err
	}
	e.Notes = append(e.Notes, notes...)
	err = p.describeLists(ctx, &e)
	return e, err
}

// measureTest measures the runs of a test, and picks queries to look at.
func (p *planner) measureTest(ctx context.Context, e *report.Experiment, t tested) error {
	qrels, err := trec.ReadQrels(t.qrels)
	if err != nil {
		return err
	}
	evaluator := measure.NewEvaluator(qrels, measure.Rules{DropSelfMatches: t.DropSelf}, p.Measures...)
	documents, _, err := p.size(t.Split.Collection, 0)
	if err != nil {
		return err
	}
	c := report.Collection{Name: t.Name, Split: t.Split.Name, Documents: int(documents), Note: t.Note}
	if t.judged {
		c.Note = strings.TrimPrefix(c.Note+"; graded by an LLM", "; ")
	}
	if t.ZeroShot {
		c.Note = strings.TrimPrefix(c.Note+"; zero-shot: nothing in common with what arms are trained on", "; ")
	}
	for _, run := range t.runs {
		if err := ctx.Err(); err != nil {
			return err
		}
		results, err := evaluator.File(p.e.Path(run.made.Path))
		if err != nil {
			return err
		}
		c.QueryIDs = results.QueryIDs
		i := slices.IndexFunc(e.Arms, func(a report.Arm) bool { return a.Name == run.arm })
		arm := &e.Arms[i]
		arm.Values = append(arm.Values, report.Values{Collection: t.Name, Seed: int64(run.seed), ByQuery: results.Values})
		if !slices.Contains(arm.Seeds, int64(run.seed)) {
			arm.Seeds = append(arm.Seeds, int64(run.seed))
		}
	}
	e.Collections = append(e.Collections, c)
	queries, err := p.lookAt(*e, c, t, qrels)
	e.Queries = append(e.Queries, queries...)
	return err
}

// reportArm is what is known of an arm before it is measured.
func (p *planner) reportArm(a Arm, models []armModel) (report.Arm, error) {
	arm := report.Arm{Name: a.Name, Base: a.Baseline, Kind: "untrained", Encoder: a.Encoder}
	switch {
	case a.Kind == BM25Arm:
		arm.Kind = "BM25"
	case a.Kind == FusionArm:
		arm.Kind = "fusion"
		arm.Sources = a.Of
	case a.Trained():
		arm.Kind = "trained"
		h, err := a.Values.read()
		if err != nil {
			return arm, err
		}
		arm.Loss = h.Loss
		for _, s := range a.Sources {
			arm.Sources = append(arm.Sources, s.String())
		}
	}
	if !a.Trained() {
		return arm, nil
	}
	for _, m := range models {
		curve, err := readCurve(p.e.Path(m.path))
		if err != nil {
			return arm, err
		}
		curve.Seed = int64(m.seed)
		arm.Curves = append(arm.Curves, curve)
	}
	if p.Shift == nil {
		return arm, nil
	}
	var before, after []gradedScore
	if err := readJSON(p.e.Path(scoresPath(p.untrained(a))), &before); err != nil {
		return arm, err
	}
	if err := readJSON(p.e.Path(scoresPath(models[0])), &after); err != nil {
		return arm, err
	}
	arm.Shifts = []report.Shift{newShift(p.Shift.String(), models[0].seed, before, after)}
	return arm, nil
}

// String describes the source.
func (s Source) String() string {
	text := s.Split.String()
	if s.MinGrade > 0 || s.MaxGrade != 3 {
		text += fmt.Sprintf(", grades %d to %d", s.MinGrade, s.MaxGrade)
	}
	if s.Grade != nil {
		text += fmt.Sprintf(", as grade %d", *s.Grade)
	}
	if s.Sample > 0 {
		text += fmt.Sprintf(", %d drawn a query and epoch", s.Sample)
	}
	return text
}

// facts are how the experiment was made.
func (p *planner) facts() []report.Fact {
	seconds := 0.0
	for _, line := range p.e.done {
		seconds += line.Seconds
	}
	facts := []report.Fact{
		{Name: "made by", Value: durable.Tool + " " + durable.Version},
		{Name: "machine", Value: fmt.Sprintf("%s/%s, %d processors", runtime.GOOS, runtime.GOARCH, runtime.NumCPU())},
		{Name: "stages took", Value: Duration(seconds)},
	}
	for _, a := range p.Arms {
		if len(a.Grid.points()) < 2 {
			continue
		}
		var c Choice
		if err := readJSON(p.e.Path("choices", a.Name+".json"), &c); err == nil {
			facts = append(facts, report.Fact{Name: "chosen for " + a.Name, Value: c.String()})
		}
	}
	if text, err := os.ReadFile(p.File); err == nil {
		facts = append(facts, report.Fact{Name: "recipe", Value: p.File + ", SHA-256 " + hashOf(text)[:12]})
	}
	return facts
}

// String tells what was chosen, and by how much.
func (c Choice) String() string {
	var points []string
	for _, at := range c.Points {
		points = append(points, fmt.Sprintf("%s %.4f", at.Name, at.Value))
	}
	return fmt.Sprintf("%s, by %s on %s (%s)", c.Best, c.Measure, c.On, strings.Join(points, ", "))
}
