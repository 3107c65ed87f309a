package contamination

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gradus-ir/gradus/collection"
)

// part has the texts given, numbered from 1.
func part(name string, queries []string, documents []collection.Document) Part {
	return Part{
		Name: name,
		Queries: func(each func(collection.Query) error) error {
			for i, text := range queries {
				if err := each(collection.Query{ID: string(rune('a' + i)), Text: text}); err != nil {
					return err
				}
			}
			return nil
		},
		Documents: func(each func(collection.Document) error) error {
			for _, d := range documents {
				if err := each(d); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

const passage = "The lift of a wing in the slipstream of a propeller is higher than that of the same wing in a free stream, since the air over the part of the span behind the disc moves faster and is turned by the swirl of the blades."

func TestCheckFindsEachKind(t *testing.T) {
	training := []Part{
		part("logs", []string{"How do wings make lift?", "does vitamin C cure the common cold in adults", "boundary layer", "?!"}, nil),
		part("synth", nil, []collection.Document{
			{ID: "s1", Text: passage},
			{ID: "s2", Title: "Drag", Text: "of a flat plate at high speed"},
			{ID: "s3", Text: "what is the speed of sound"},
		}),
	}
	test := part("test", []string{
		"how do wings  make LIFT",                         // the same
		"does vitamin C cure the common cold in children", // one of nine words is another
		"does vitamin D harm the common cold in children", // three of them
		"What is the speed of sound?",                     // a training document
		"boundary layer theory",
		"...",
	}, []collection.Document{
		{ID: "d1", Text: strings.Replace(passage, "propeller", "fan", 1)}, // nearly the same
		{ID: "d2", Text: "of a flat plate at high speed"},                 // a document of the training has a title besides
		{ID: "d3", Title: "How do wings", Text: "make lift?"},             // a training query
		{ID: "d4", Title: "Of", Text: "quite another thing"},
		{ID: "d5"},
	})
	got, err := Check(context.Background(), training, test, Options{})
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Test, Training  Kind
		Of, Exact, Near int64
		Examples        string
	}
	var rows []row
	for _, o := range got.Overlaps {
		r := row{o.Test, o.Training, o.Of, o.Exact, o.Near, ""}
		for _, e := range o.Examples {
			r.Examples += e.Test.ID + "=" + e.Training.ID + "@" + e.Training.Part + " "
		}
		rows = append(rows, r)
	}
	want := []row{
		{Query, Query, 6, 1, 1, "a=a@logs b=b@logs "},
		{Query, Document, 6, 1, 0, "d=s3@synth "},
		{Document, Query, 5, 1, 0, "d3=a@logs "},
		{Document, Document, 5, 1, 1, "d2=s2@synth d1=s1@synth "},
	}
	// A test document without the title of the training's is near, not the same: its words are fewer.
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got.Training != (Counts{4, 3}) || got.Test != (Counts{6, 5}) {
		t.Errorf("want all texts counted, got %+v and %+v", got.Training, got.Test)
	}
	err = got.ZeroShot()
	if !errors.Is(err, ErrOverlap) || !strings.HasPrefix(err.Error(), "not zero-shot: the test is in the training: 2 of 6 test queries are training queries or nearly so (query a is like query a of logs); ") {
		t.Errorf("got %v", err)
	}
}

func TestNothingInCommon(t *testing.T) {
	report, err := Check(context.Background(), []Part{part("logs", []string{"how do wings make lift"}, nil), {Name: "empty"}}, part("test", []string{"what is drag"}, nil), Options{})
	if err != nil || report.ZeroShot() != nil || len(report.Overlaps) != 4 {
		t.Errorf("want four empty overlaps, got %+v, %v", report, err)
	}
}

func TestTheMostAlikeAreKept(t *testing.T) {
	var o Overlap
	for i, similarity := range []float64{0.8, 0.9, 1, 0.9, 0.85} {
		o.keep(Example{Test: Text{ID: string(rune('a' + i))}, Similarity: similarity}, 3)
	}
	got := ""
	for _, e := range o.Examples {
		got += e.Test.ID
	}
	if got != "cbd" {
		t.Errorf("want the most alike first, ties in their order, got %s", got)
	}
}

func TestErrorsEndIt(t *testing.T) {
	broken := errors.New("broken")
	failing := Part{Queries: func(func(collection.Query) error) error { return broken }}
	fine := part("x", []string{"a b c"}, nil)
	if _, err := Check(context.Background(), []Part{failing}, fine, Options{}); !errors.Is(err, broken) {
		t.Errorf("training: got %v", err)
	}
	if _, err := Check(context.Background(), []Part{fine}, failing, Options{}); !errors.Is(err, broken) {
		t.Errorf("test: got %v", err)
	}
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Check(stopped, []Part{fine}, fine, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: got %v", err)
	}
}

func TestWords(t *testing.T) {
	for text, want := range map[string][]string{
		"":                 nil,
		" ?! ":             nil,
		"It's α-helix 2.0": {"it", "s", "α", "helix", "2", "0"},
		"東京タワーはtall":       {"東", "京", "タ", "ワ", "ー", "は", "tall"},
		"e\u0301a":         {"e\u0301a"},
		"x\xffy":           {"x", "y"},
		"ISTANBUL":         {"istanbul"},
	} {
		if got := words(text); !slices.Equal(got, want) {
			t.Errorf("%q: want %q, got %q", text, want, got)
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add("It's α-helix 2.0")
	f.Add("東京tall\xff")
	f.Fuzz(func(t *testing.T, text string) {
		all := words(text)
		if slices.Contains(all, "") || len(runs(all)) != max(min(len(all), 1), len(all)-runLength+1) {
			t.Errorf("%q: words %q, %d runs", text, all, len(runs(all)))
		}
	})
}
