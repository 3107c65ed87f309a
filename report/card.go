package report

import (
	"fmt"
	"slices"
	"strings"
)

// ArmResults is what a model card says of an arm, in Markdown: a table a
// collection, of the arm and of the base that it is compared with, with
// intervals; "" of an arm that was not tested.
func (e Experiment) ArmResults(name string) string {
	arm, ok := e.arm(name)
	if !ok {
		return ""
	}
	var b strings.Builder
	for _, t := range e.armsTables() {
		t.Rows = slices.DeleteFunc(t.Rows, func(row armRow) bool { return row.Name != arm.Name && row.Name != arm.Base })
		if !slices.ContainsFunc(t.Rows, func(row armRow) bool { return row.Name == arm.Name }) {
			continue
		}
		fmt.Fprintf(&b, "\n### %s\n\n%s.\n\n%s", markdownText(t.Collection), markdownText(t.About), t.grid().markdown())
	}
	if b.Len() == 0 {
		return ""
	}
	about := fmt.Sprintf("\n## Results\n\nThe arm %s of the experiment %s", markdownText(arm.Name), markdownText(e.Name))
	if len(arm.Seeds) > 1 {
		about += fmt.Sprintf(", the mean over %d trainings of which this model is one", len(arm.Seeds))
	}
	about += ".\n"
	if tests := e.tests(); tests != "" {
		b.WriteString("\n" + markdownText(tests) + "\n")
	}
	for _, note := range e.Notes {
		fmt.Fprintf(&b, "\n%s\n", markdownText(note))
	}
	return about + b.String() + "\n"
}
