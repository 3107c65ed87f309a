package embedded

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	p := newPace(2)
	// run lets the engine compute for a while of which share goes to its threads.
	run := func(wall time.Duration, share float64) {
		for range wall / (50 * time.Millisecond) {
			p.observe(50*time.Millisecond, time.Duration(share*float64(p.now)*float64(50*time.Millisecond)))
		}
	}
	check := func(when string, want int) {
		t.Helper()
		if p.now != want {
			t.Fatalf("%s: want %d threads, got %d", when, want, p.now)
		}
	}
	run(time.Second, 0.98)
	check("undisturbed", 2)
	run(300*time.Millisecond, 0.6)
	check("another program takes a core", 1)
	run(3*time.Second, 0.98)
	check("one thread has run undisturbed for less than it takes", 1)
	run(2*time.Second, 0.98)
	check("and for long enough", 2)
	run(300*time.Millisecond, 0.6)
	check("it was too early", 1)
	run(5*time.Second, 0.98)
	check("the next try waits longer", 1)
	run(5*time.Second, 0.98)
	check("and comes", 2)
	run(30*time.Second, 0.5)
	check("one thread is the least", 1)
	if cores := physicalCores(); cores < 1 {
		t.Errorf("want a physical core, got %d", cores)
	}
}
