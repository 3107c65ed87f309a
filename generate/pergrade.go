package generate

import (
	"context"
	"fmt"
	"strconv"
)

// perGrade asks for one passage a grade, all at once. What the writer is told
// differs: see prompts/per-grade.v2.tmpl.
var perGrade = strategy{name: "per-grade", prompts: perGradePrompts, write: writePerGrade}

var perGradePrompts = mustPrompts("per-grade.v2")

func writePerGrade(ctx context.Context, t *task) ([]passage, error) {
	return writeEach(ctx, t, func(ctx context.Context, grade int) (call, error) {
		return t.passageCall(ctx, perGradePrompts, grade)
	})
}

// passageCall is the request for the passage of a grade, with the prompts that
// per-grade has and others may have too. Where the set has no fitting other
// question the model is asked for one first.
func (t *task) passageCall(ctx context.Context, p prompts, grade int) (call, error) {
	c := call{step: strconv.Itoa(grade), grade: grade, prompts: p, words: t.manner.Words, data: t.data(), read: readPassage(t.wanted())}
	var err error
	switch grade {
	case 3:
		c.prompt = "3"
	case 2:
		c.prompt = "2"
		c.data.Other, err = t.other(ctx, 0)
	case 1:
		c.prompt = "other"
		c.data.Other, err = t.other(ctx, 1)
	case 0:
		c.prompt = "other"
		if c.data.Other = t.far; c.data.Other == "" {
			c.data.Other, err = t.question(ctx, "far", "far")
		}
	default:
		err = fmt.Errorf("want a grade from 0 to 3, got %d", grade)
	}
	c.data.Other = bare(c.data.Other)
	return c, err
}

// other is the i-th near question.
func (t *task) other(ctx context.Context, i int) (string, error) {
	if i < len(t.near) {
		return t.near[i], nil
	}
	return t.question(ctx, fmt.Sprintf("near-%d", i), "near")
}

func (t *task) question(ctx context.Context, step, prompt string) (string, error) {
	return t.ask(ctx, call{
		step: step, grade: NoGrade, prompts: perGradePrompts, prompt: prompt, words: 20,
		data: t.data(), read: readQuestion(t.query.Text),
	})
}
