package generate

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// writeEach has one passage a grade written, all at once, each as callOf says.
func writeEach(ctx context.Context, t *task, callOf func(ctx context.Context, grade int) (call, error)) ([]passage, error) {
	calls := make([]call, len(t.grades))
	texts := make([]string, len(t.grades))
	var group errgroup.Group // an error of one cancels no other: what has been paid for is to be had
	for i, grade := range t.grades {
		group.Go(func() error {
			var err error
			if calls[i], err = callOf(ctx, grade); err == nil {
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
		text, err := t.ask(ctx, t.unlike(calls[i], passages)) // answered already unless it is a copy
		if err := t.leave(err); err != nil {
			return nil, err
		}
		if text != "" {
			passages = append(passages, passage{grade, grade, text})
		}
	}
	return passages, nil
}

// unlike is c with an answer of no use if it copies one of the passages, or one kept of an earlier round.
func (t *task) unlike(c call, passages []passage) call {
	plain := c.read
	c.read = func(raw rawAnswer) (string, string) {
		text, fault := plain(raw)
		if fault == "" {
			fault = faultOfCopies(text, t.kept)
		}
		if fault == "" {
			fault = faultOfCopies(text, passages)
		}
		return text, fault
	}
	return c
}
