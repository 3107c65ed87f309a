package report

import (
	"regexp"
	"strings"
	"testing"
)

// TestArmResults: a card has the arm and its base on each collection, with intervals, and no arm besides.
func TestArmResults(t *testing.T) {
	e := sample(plain)
	got := e.ArmResults("good")
	for _, want := range []string{"## Results", "### first", "### second", "mean over 3 trainings", "A note.", "adjusted after Holm"} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in it, got:\n%s", want, got)
		}
	}
	if rows := regexp.MustCompile(`(?m)^\| good \| 0\.\d{4} \| 0\.\d{4} \| [^|]*0\.\d{4}[^|]+0\.\d{4}[^|]* \| \+0\.\d{4} \| `).FindAllString(got, -1); len(rows) != 2 {
		t.Errorf("want a row of the arm a collection, with mean, deviation, interval and difference, got %d:\n%s", len(rows), got)
	}
	if n := strings.Count(got, "\n| base |"); n != 2 {
		t.Errorf("want a row of the base a collection, got %d", n)
	}
	for _, other := range []string{"| same |", "| bad |"} {
		if strings.Contains(got, other) {
			t.Errorf("want no row %s, got one", other)
		}
	}
	if got := e.ArmResults("none"); got != "" {
		t.Errorf("want nothing of an unknown arm, got %q", got)
	}
	e.Arms[1].Values = nil
	if got := e.ArmResults("good"); got != "" {
		t.Errorf("want nothing of an arm that was not tested, got %q", got)
	}
}
