package generate

import (
	"context"
	"fmt"
	"slices"
	"strconv"
)

// contrast has the model first name a neighbouring topic, and one further
// away; whoever writes grades 1 and 0 is told these and never the query. See
// prompts/contrast.v1.tmpl.
var contrast = strategy{name: "contrast", prompts: contrastPrompts, write: writeContrast}

var contrastPrompts = mustPrompts("contrast.v1")

func writeContrast(ctx context.Context, t *task) ([]passage, error) {
	var near, far string
	var nearErr, farErr error
	if slices.ContainsFunc(t.grades, func(grade int) bool { return grade < 3 }) {
		near, nearErr = t.topic(ctx, "near", "")
	}
	if slices.Contains(t.grades, 0) && nearErr == nil {
		far, farErr = t.topic(ctx, "far", near)
	}
	return writeEach(ctx, t, func(ctx context.Context, grade int) (call, error) {
		c := call{step: strconv.Itoa(grade), grade: grade, prompts: contrastPrompts, words: t.manner.Words, data: t.data(), read: readPassage(t.wanted())}
		switch grade {
		case 3:
			c.prompt = "3"
			return c, nil
		case 2:
			c.prompt, c.data.Other = "2", near
			return c, nearErr
		case 1, 0:
			c.prompt, c.data.Other = "other", near
			if grade == 0 {
				c.data.Other = far
			}
			c.data.Query = "" // withheld from the writer
			if nearErr == nil && grade == 0 {
				return c, farErr
			}
			return c, nearErr
		}
		return c, fmt.Errorf("want a grade from 0 to 3, got %d", grade)
	})
}

// topic is a topic the model names: near the query, or, given a topic, away from that one.
func (t *task) topic(ctx context.Context, prompt, from string) (string, error) {
	c := call{step: "topic-" + prompt, grade: NoGrade, prompts: contrastPrompts, prompt: prompt, words: 10, data: t.data(), read: readTopic(t.query.Text)}
	c.data.Other = from
	return t.ask(ctx, c)
}
