package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestPageNeedsNothingBesideIt(t *testing.T) {
	ids := map[string]int{}
	var links []string
	all := nodes(t, render(t, sample(plain)))
	for _, n := range all {
		if slices.Contains([]string{"link", "img", "iframe", "object", "embed", "base", "image", "use"}, n.Data) {
			t.Errorf("the page has <%s>", n.Data)
		}
		for _, a := range n.Attr {
			switch {
			case a.Key == "id":
				ids[a.Val]++
			case a.Key == "href":
				links = append(links, a.Val)
			case a.Key == "src" || a.Key == "style" || strings.HasPrefix(a.Key, "on"):
				t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
			}
		}
	}
	for id, times := range ids {
		if times > 1 {
			t.Errorf("id %q stands %d times", id, times)
		}
	}
	for _, link := range links {
		if id, inside := strings.CutPrefix(link, "#"); !inside || ids[id] == 0 {
			t.Errorf("link to %q, which is not on the page", link)
		}
	}
	if len(links) < 100 {
		t.Errorf("want links to parts, queries and documents, got %d", len(links))
	}
}

func TestPolicyAllowsTheStyleAndTheScript(t *testing.T) {
	var policy string
	var texts []string
	for _, n := range nodes(t, render(t, sample(plain))) {
		switch {
		case n.Data == "meta" && attribute(n, "http-equiv") == "Content-Security-Policy":
			policy = attribute(n, "content")
		case n.Data == "style" || n.Data == "script":
			texts = append(texts, textOf(n))
		}
	}
	if len(texts) != 2 || !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") {
		t.Fatalf("want one style and one script under a strict policy, got %d and %q", len(texts), policy)
	}
	for _, text := range texts {
		if !strings.Contains(policy, "'"+digest(text)+"'") {
			t.Errorf("the policy %q forbids %.40q…", policy, text)
		}
	}
}

func TestPageCanBeReadAloud(t *testing.T) {
	for _, n := range nodes(t, render(t, sample(plain))) {
		switch n.Data {
		case "table":
			if caption := first(n, "caption"); caption == nil || strings.TrimSpace(textOf(caption)) == "" {
				t.Errorf("a table without a caption: %.60q", textOf(n))
			}
		case "th":
			if attribute(n, "scope") == "" {
				t.Errorf("th %q without a scope", textOf(n))
			}
		case "svg":
			if attribute(n, "role") != "img" || len(attribute(n, "aria-label")) < 10 {
				t.Errorf("a picture without words: %q", attribute(n, "aria-label"))
			}
		case "input":
			if n.Parent.Data != "label" {
				t.Errorf("input %q without a label", attribute(n, "name"))
			}
		case "div":
			if strings.Contains(attribute(n, "class"), "scroll") && (attribute(n, "tabindex") != "0" || attribute(n, "aria-label") == "") {
				t.Errorf("what scrolls cannot be reached by keyboard")
			}
		}
	}
}

// Only the tools, which are nothing without JavaScript, are hidden from those without it.
func TestPageIsWholeWithoutJavaScript(t *testing.T) {
	for _, n := range nodes(t, render(t, sample(plain))) {
		for _, a := range n.Attr {
			if a.Key == "hidden" && n.Data != "form" {
				t.Errorf("<%s> is hidden", n.Data)
			}
		}
	}
}

func TestPageSaysEveryVerdict(t *testing.T) {
	var rows []string
	for _, n := range nodes(t, render(t, sample(plain))) {
		if n.Data == "table" && attribute(n, "class") == "arms" {
			for row := range n.Descendants() {
				if row.Data == "tr" {
					rows = append(rows, textOf(row))
				}
			}
		}
	}
	for i, want := range []string{"verdict", "base", "▲ better", "= not significant", "▼ worse"} {
		if len(rows) != 10 || !strings.Contains(rows[i], want) || !strings.Contains(rows[i+5], want) {
			t.Fatalf("want %q in row %d of both tables, got %q", want, i, rows)
		}
	}
	if !strings.Contains(rows[2], "than base") || !strings.Contains(rows[3], "against base") {
		t.Errorf("want the verdicts to name the base, got %q", rows)
	}
}

func TestPageOfAlmostNothing(t *testing.T) {
	page := render(t, Experiment{Name: "empty", Measures: sample(plain).Measures})
	for _, absent := range []string{`id="differences"`, `id="queries"`, `id="scores"`, "NaN"} {
		if strings.Contains(page, absent) {
			t.Errorf("want no %s on the page of an empty experiment", absent)
		}
	}
}

func TestPageLeavesOutWhatWouldMakeItLarge(t *testing.T) {
	e := sample(plain)
	few := e.Queries[:1:1]
	for len(e.Queries) < 500 {
		e.Queries = append(e.Queries, few...)
	}
	if shown, says := e.shownQueries(); len(shown) != maxQueries || says != "100 queries of the 500 that were kept; the other 400 would make the page too large, experiment.json has them." {
		t.Errorf("got %d queries and %q", len(shown), says)
	}
	for i := range e.Queries {
		q := e.Queries[i]
		q.Documents = slices.Clone(q.Documents)
		for d := range q.Documents {
			q.Documents[d].Text = strings.Repeat("long text ", 10_000)
			q.Documents[d].Title = q.Documents[d].Text
		}
		for len(q.Rankings) < 60 {
			q.Rankings = append(q.Rankings, q.Rankings...)
		}
		e.Queries[i] = q
	}
	page := render(t, e)
	if len(page) > 2*maxQueriesBytes {
		t.Errorf("want a page of a few megabytes, got %d bytes", len(page))
	}
	shown, _ := e.shownQueries()
	if len(shown) == 0 || len(shown) == maxQueries || !strings.Contains(page, fmt.Sprintf("%d queries of the 500", len(shown))) {
		t.Errorf("want fewer than %d queries by their size, got %d", maxQueries, len(shown))
	}
}

func TestShownRanking(t *testing.T) {
	e := sample(plain)
	q := e.shownQuery(e.Queries[0], 1)
	if len(q.Graded) != 4 || len(q.Documents) != 8 || len(q.Rankings) != 4 {
		t.Fatalf("want 4 graded documents, 8 others and 4 rankings, got %d, %d and %d", len(q.Graded), len(q.Documents), len(q.Rankings))
	}
	// The second arm's first is the base's second; the base's first is its twelfth.
	good := q.Rankings[1]
	if p := good.Places[0]; p.ID != "d2" || p.Move == nil || p.Move.Sign != "▲1" || p.Grade.Sign != "1" {
		t.Errorf("got %+v with %+v", p, p.Move)
	}
	if p := good.Places[9]; p.ID != "d11" || p.Grade.Sign != "–" {
		t.Errorf("got %+v", p)
	}
	if base := q.Rankings[0]; base.Places[0].Move != nil || len(base.Fell) != 0 {
		t.Errorf("want no moves of a base, got %+v", base)
	}
	// d1 has grade 0: that it fell is no loss. In the fourth arm d2 and d3 fell.
	if fell := q.Rankings[3].Fell; len(good.Fell) != 0 || len(fell) != 2 || fell[0].ID != "d2" || fell[0].From != 2 || fell[0].To != "11" {
		t.Errorf("got %+v and %+v", good.Fell, fell)
	}
	if q.Rankings[1].Value == "" || !strings.HasPrefix(q.Range, "nDCG@10 0.") {
		t.Errorf("got %q and %q", q.Rankings[1].Value, q.Range)
	}
}

func TestMoved(t *testing.T) {
	for _, c := range []struct {
		from, to    int
		sign, words string
	}{
		{1, 1, "=", "as in the base"}, {5, 2, "▲3", "up from 5"}, {2, 5, "▼3", "down from 2"},
		{34, 1, "▲33", "up from 34"}, {0, 3, "new", "new, not among the base's first 50"},
	} {
		if m := moved(c.from, c.to, 50); m.Sign != c.sign || m.Words != c.words {
			t.Errorf("from %d to %d: got %+v, want %s, %s", c.from, c.to, m, c.sign, c.words)
		}
	}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func first(n *html.Node, element string) *html.Node {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == element {
			return d
		}
	}
	return nil
}

func TestRangeOfAQuery(t *testing.T) {
	e := sample(plain)
	for i := range e.Arms {
		for j := range e.Arms[i].Values {
			e.Arms[i].Values[j].ByQuery[0][0], e.Arms[i].Values[j].ByQuery[0][1] = 0.5, 0.25*float64(i)
		}
	}
	for i, want := range []string{"nDCG@10 0.50", "nDCG@10 0.00–0.75"} {
		if got := e.rangeOf(e.Queries[i]); got != want {
			t.Errorf("query %d of %d arms: want %s, got %s", i+1, len(e.Arms), want, got)
		}
	}
	if got := e.rangeOf(Query{Collection: "elsewhere"}); got != "" {
		t.Errorf("a query that nobody measured: want nothing, got %s", got)
	}
}
