package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
)

//go:embed page/page.html.tmpl
var pageText string

//go:embed page/page.css
var pageStyle string

//go:embed page/page.js
var pageScript string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{"minus": minus}).Parse(pageText))

// Page writes the report as one HTML page that needs nothing beside it, and
// no JavaScript for what it says. The page's own policy lets no other style
// or script run, and nothing be fetched, whatever texts hold.
func Page(w io.Writer, e Experiment) error {
	if err := e.Check(); err != nil {
		return err
	}
	return pageTemplate.Execute(w, newPage(e))
}

// page is what the template shows. Values are texts as they stand there.
type page struct {
	Style  template.CSS
	Script template.JS
	Policy string

	Name, Question, Counts string
	Measure                string
	Parts                  []part
	Notes                  []string

	Overview *overview
	Tables   []armsTable
	Tests    string

	Differences     []differencesFigure
	DifferencesLeft int
	Training        []shownFigure
	Shifts          []shiftFigure
	Lists           bool
	Fidelity        []fidelityTable
	Lengths         []shownFigure

	QueriesShown string
	ArmNames     []string
	Queries      []shownQuery

	Commands []string
	Facts    []Fact
}

// part is a section that the page's head links to.
type part struct{ ID, Name string }

// shownFigure is a figure on the page.
type shownFigure struct {
	Caption string
	SVG     template.HTML
}

func newPage(e Experiment) page {
	style := variables() + plotStyle + pageStyle
	p := page{
		Style: template.CSS(style), Script: template.JS(pageScript), Policy: policy(style, pageScript),
		Name: e.Name, Question: e.Question, Counts: e.counts(), Measure: e.Measures[0].String(), Notes: e.Notes,
		Tables: e.armsTables(), Tests: e.tests(),
		Training: show(e.trainingFigures()), Shifts: e.shownShifts(), Fidelity: e.fidelityTables(), Lengths: show(e.lengthsFigures()),
		Commands: e.Commands, Facts: e.Facts,
	}
	p.Overview = e.overview(p.Tables)
	p.Lists = len(p.Fidelity)+len(p.Lengths) > 0
	p.Queries, p.QueriesShown = e.shownQueries()
	for _, a := range e.Arms {
		p.ArmNames = append(p.ArmNames, a.Name)
	}
	p.Differences, p.DifferencesLeft = e.shownDifferences(p.Queries)
	for _, section := range []struct {
		there bool
		part
	}{
		{true, part{"arms", "Arms"}}, {len(p.Differences) > 0, part{"differences", "Query by query"}}, {len(p.Training) > 0, part{"training", "Training"}},
		{len(p.Shifts) > 0, part{"scores", "Scores by grade"}}, {p.Lists, part{"lists", "Graded lists"}}, {len(p.Queries) > 0, part{"queries", "Queries"}},
		{true, part{"made", "How it was made"}},
	} {
		if section.there {
			p.Parts = append(p.Parts, section.part)
		}
	}
	return p
}

// policy is the page's Content-Security-Policy.
func policy(style, script string) string {
	return fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", digest(style), digest(script))
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

func show(figures []figure) []shownFigure {
	var all []shownFigure
	for _, f := range figures {
		caption := strings.ReplaceAll(f.caption, " %", "\u00a0%") // not at a line's start
		all = append(all, shownFigure{caption, f.picture.inline()})
	}
	return all
}

// counts says how much there is.
func (e Experiment) counts() string {
	seeds := 0
	for _, a := range e.Arms {
		seeds = max(seeds, len(a.Seeds))
	}
	text := fmt.Sprintf("%s, %s", counted(len(e.Arms), "arm", "arms"), counted(len(e.Collections), "test collection", "test collections"))
	if seeds > 1 {
		text += fmt.Sprintf(", up to %d seeds an arm", seeds)
	}
	if !e.Made.IsZero() {
		text += ", " + e.Made.UTC().Format("2 January 2006, 15:04 UTC")
	}
	return text
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
