package generate

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"
)

// perGrade asks for one passage a grade, all at once. What the writer is told
// differs: see prompts/per-grade.v1.tmpl.
var perGrade = strategy{name: "per-grade", prompts: mustPrompts("per-grade.v1"), write: writePerGrade}

func writePerGrade(ctx context.Context, t *task) ([]passage, error) {
	calls := make([]call, len(t.grades))
	texts := make([]string, len(t.grades))
	var group errgroup.Group // an error of one cancels no other: what has been paid for is to be had
	for i, grade := range t.grades {
		group.Go(func() error {
			var err error
			if calls[i], err = t.passageCall(ctx, grade); err == nil {
				texts[i], err = t.ask(ctx, calls[i])
			}
			return t.leave(err)
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	// Two grades may have come out alike. Which one goes must not depend on
	// which came first, so they are compared now: the earlier in the list stays.
	var passages []passage
	for i, grade := range t.grades {
		if texts[i] == "" {
			continue
		}
		c := calls[i]
		plain := c.read
		c.read = func(raw rawAnswer) (string, string) {
			text, fault := plain(raw)
			if fault == "" {
				fault = faultOfCopies(text, passages)
			}
			return text, fault
		}
		text, err := t.ask(ctx, c) // answered already unless it is a copy
		if err := t.leave(err); err != nil {
			return nil, err
		}
		if text != "" {
			passages = append(passages, passage{grade, text})
		}
	}
	return passages, nil
}

// leave turns the loss of one document into a count and lets the rest go on.
func (t *task) leave(err error) error {
	if reason := reasonLeftOut(err); reason != "" {
		t.left(reason)
		return nil
	}
	return err
}

// passageCall is the request for the passage of a grade. Where the set has no
// fitting other question the model is asked for one first.
func (t *task) passageCall(ctx context.Context, grade int) (call, error) {
	c := call{step: strconv.Itoa(grade), words: t.words, data: promptData{Query: bare(t.query.Text), Words: t.words}}
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
	c.read = readPassage(t.query.Text, t.words)
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
		step: step, prompt: prompt, words: 20,
		data: promptData{Query: bare(t.query.Text)},
		read: readQuestion(t.query.Text),
	})
}

// bare is a query without its full stop or question mark: the prompt sets its own.
func bare(query string) string { return strings.TrimRight(query, " .?\t") }
