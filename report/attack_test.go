package report

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// attacks are texts that would do harm on a page that took them for more than texts.
func attacks(t testing.TB) []string {
	t.Helper()
	file, err := os.ReadFile("testdata/attacks.txt")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(file)) {
		attack, err := strconv.Unquote(strings.TrimSpace(line))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		all = append(all, attack)
	}
	return all
}

// attacked appends an attack to each text, and puts it first as well.
func attacked(attack string) func(string) string {
	return func(text string) string { return attack + " " + text + attack }
}

// A page has the same elements and attributes, whatever the texts in it say.
func TestTextsAreNeverMarkup(t *testing.T) {
	want := skeleton(t, render(t, sample(plain)))
	for _, attack := range attacks(t) {
		page := render(t, sample(attacked(attack)))
		if got := skeleton(t, page); got != want {
			t.Errorf("%q changes the page: %s", attack, firstDifference(want, got))
		}
		for _, n := range nodes(t, page) {
			for _, a := range n.Attr {
				if (a.Key == "href" || a.Key == "id") && strings.Trim(a.Val, "#abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
					t.Errorf("%q is in %s=%q", attack, a.Key, a.Val)
				}
			}
		}
	}
}

func TestTextsAreThere(t *testing.T) {
	const attack = `<b> & "c" 'd'`
	text := textOf(nodes(t, render(t, sample(attacked(attack))))[0])
	for _, want := range []string{"small", "Which arm is best?", "what is 2", "Text 3.", "Title 4", "d5", "good", "judge", "gradus run small.yaml --out small"} {
		if whole := attacked(attack)(want); !strings.Contains(text, whole) {
			t.Errorf("want %q on the page as it is", whole)
		}
	}
}

func TestPicturesAreXMLWhateverTheirTexts(t *testing.T) {
	want := xmlSkeletons(t, sample(plain))
	for _, attack := range attacks(t) {
		if got := xmlSkeletons(t, sample(attacked(attack))); got != want {
			t.Errorf("%q changes a picture: %s", attack, firstDifference(want, got))
		}
	}
}

func TestMarkdownKeepsItsTables(t *testing.T) {
	shape := func(e Experiment) string {
		var b, shape strings.Builder
		if err := Markdown(&b, e); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			switch {
			case strings.HasPrefix(line, "|"):
				fmt.Fprintf(&shape, "%d columns\n", strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"))
			case strings.HasPrefix(line, "#"):
				fmt.Fprintf(&shape, "%s\n", strings.Repeat("#", len(line)-len(strings.TrimLeft(line, "#"))))
			default:
				fmt.Fprintln(&shape, strings.TrimSpace(line) != "")
			}
			if code := strings.HasPrefix(line, "    "); !code && strings.ContainsAny(line, "<>") {
				t.Errorf("markup in %q", line)
			}
		}
		return shape.String()
	}
	want := shape(sample(plain))
	for _, attack := range attacks(t) {
		if got := shape(sample(attacked(attack))); got != want {
			t.Errorf("%q changes the document: %s", attack, firstDifference(want, got))
		}
	}
}

func render(t testing.TB, e Experiment) string {
	t.Helper()
	var b strings.Builder
	if err := Page(&b, e); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// nodes are the elements of a page, the document's root first.
func nodes(t testing.TB, page string) []*html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	all := []*html.Node{root}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			all = append(all, n)
		}
	}
	return all
}

// skeleton is the page's elements with their attributes' names, a line each.
func skeleton(t testing.TB, page string) string {
	t.Helper()
	var b strings.Builder
	for _, n := range nodes(t, page)[1:] {
		b.WriteString(n.Data)
		for _, a := range n.Attr {
			b.WriteString(" " + a.Key)
			if a.Key == "class" {
				b.WriteString("=" + a.Val)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// xmlSkeletons are the elements of all pictures as a strict reader sees them.
func xmlSkeletons(t *testing.T, e Experiment) string {
	t.Helper()
	var b strings.Builder
	for _, figure := range e.figures() {
		decoder := xml.NewDecoder(strings.NewReader(figure.picture.standalone()))
		for {
			token, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", figure.file(), err)
			}
			if start, ok := token.(xml.StartElement); ok {
				b.WriteString(start.Name.Local)
				for _, a := range start.Attr {
					b.WriteString(" " + a.Name.Local)
				}
				b.WriteByte('\n')
			}
		}
	}
	return b.String()
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d: want %q, got %q", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("want %d lines, got %d", len(a), len(b))
}
