package yaml

import (
	"strings"
	"testing"
	"time"
)

// thing is what the tests read.
type thing struct {
	Name  string
	Tags  []string
	Size  float64
	Count int
	On    bool
	Wait  time.Duration
}

func read(text string) (thing, error) {
	var t thing
	root, err := Parse("f.yaml", []byte(text))
	if err != nil {
		return t, err
	}
	return t, root.Fields("a thing", []Field{
		{"name", Text(&t.Name)}, {"tags", Texts(&t.Tags)}, {"size", Number(&t.Size, 0)},
		{"count", Whole(&t.Count, 1)}, {"on", Flag(&t.On)}, {"wait", Duration(&t.Wait)},
	}...)
}

func TestRead(t *testing.T) {
	got, err := read("# a comment\nname: 12\ntags: [a, b]\nsize: 2e-5\ncount: 3\non: true\nwait: 3m\n")
	if err != nil || got.Name != "12" || strings.Join(got.Tags, " ") != "a b" || got.Size != 2e-5 || got.Count != 3 || !got.On || got.Wait != 3*time.Minute {
		t.Errorf("got %+v, %v", got, err)
	}
	got, err = read("tags: one")
	if err != nil || len(got.Tags) != 1 || got.Tags[0] != "one" {
		t.Errorf("want a list of one, got %+v, %v", got, err)
	}
}

func TestErrorsPointAtTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"name: a\n\nnmae: b\n":   `f.yaml:3: unknown key "nmae" of a thing (did you mean name?)`,
		"name: a\nsize: [1]\n":   `f.yaml:2: want a number of 0 or more, got a list`,
		"name: a\nsize: -1\n":    `f.yaml:2: want a number of 0 or more, got "-1"`,
		"name: a\nsize: nan\n":   `f.yaml:2: want a number of 0 or more, got "nan"`,
		"count: 0":               `f.yaml:1: want a whole number of 1 or more, got "0"`,
		"count: 1.5":             `f.yaml:1: want a whole number of 1 or more, got "1.5"`,
		"on: yes":                `f.yaml:1: want true or false, got "yes"`,
		"wait: 3":                `f.yaml:1: want a time such as 90s or 3m, got "3"`,
		"name:\n":                `f.yaml:1: want a text, got nothing`,
		"name: {a: b}":           `f.yaml:1: want a text, got a mapping`,
		"name: a\nname: b":       `f.yaml:2: key "name" of a thing stands on line 1 already`,
		"- name":                 `f.yaml:1: want a thing, got a list`,
		"name: &x a\ntags: *x\n": `f.yaml:2: want a text, got an alias of an anchor, which is not read`,
		"? [a]\n: b":             `f.yaml:1: want a name as a key of a thing, got a list`,
		"":                       `f.yaml: want a YAML document, found none`,
		"name: a\n---\nname: b":  `f.yaml: want one YAML document, got several`,
	} {
		if _, err := read(text); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	if _, err := read("name: [a\n"); err == nil || !strings.HasPrefix(err.Error(), "f.yaml: ") {
		t.Errorf("want an error of the syntax with the file's name, got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"name: a", "a: &x [*x]", "? - a\n: b", "tags: !!binary x", "<<: {name: a}", "\xff", "name: |\n  a\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		read(text) // must not panic
	})
}
