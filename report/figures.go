package report

import (
	"fmt"
	"strings"
)

// figure is a picture of a report with its place in it.
type figure struct {
	part    string // of the report, such as "means"
	name    string // within the part
	caption string
	picture *drawing

	collection string        // of a picture of differences
	most       []mostChanged // the queries it should name
}

// maxDifferences bounds the pictures of one report that show differences query by query.
const maxDifferences = 36

// file is the name of the figure as a file: what is no letter or digit becomes a hyphen.
func (f figure) file() string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, f.part+"-"+f.name)
	return cutBytes(name, 120) + ".svg"
}

func cutBytes(text string, bytes int) string { return text[:min(bytes, len(text))] }

// figures are all pictures of the report, each with a file name of its own.
func (e Experiment) figures() []figure {
	var all []figure
	for _, c := range e.Collections {
		all = append(all, e.meansFigures(c)...)
	}
	differences, _ := e.differencesFigures()
	all = append(all, differences...)
	all = append(all, e.trainingFigures()...)
	all = append(all, e.lengthsFigures()...)
	all = append(all, e.scoresFigures()...)
	taken := map[string]bool{}
	for i := range all {
		for name, n := all[i].name, 2; taken[all[i].file()]; n++ {
			all[i].name = fmt.Sprintf("%d-%s", n, name)
		}
		taken[all[i].file()] = true
	}
	return all
}

// meansFigures are the arms' means on a collection and their differences to their bases.
func (e Experiment) meansFigures(c Collection) []figure {
	var means, differences []bar
	for _, a := range e.Arms {
		s, tested := e.summarize(a, c)
		if !tested {
			continue
		}
		b := bar{name: a.Name, value: s.means[0], interval: s.interval, class: "same"}
		if len(s.bySeed) > 1 {
			b.points = s.bySeed
		}
		if d, compared := e.comparison(a, c); compared {
			b.class = d.class()
			differences = append(differences, bar{name: a.Name, value: d.Difference, interval: d.Interval, class: b.class})
		}
		means = append(means, b)
	}
	var all []figure
	if len(means) > 0 {
		caption := fmt.Sprintf("%s on %s, mean and 95 %% interval", e.Measures[0], c.Name)
		all = append(all, figure{part: "means", name: c.Name, caption: caption, picture: meansPicture(caption, e.Measures[0].String(), means)})
	}
	if len(differences) > 0 {
		caption := fmt.Sprintf("Difference to the base on %s, 95 %% interval", c.Name)
		all = append(all, figure{part: "to-base", name: c.Name, caption: caption, picture: forestPicture(caption, "Δ "+e.Measures[0].String(), differences)})
	}
	return all
}

// differencesFigures are the comparisons query by query, and how many more there are.
func (e Experiment) differencesFigures() (all []figure, left int) {
	for _, c := range e.Collections {
		for _, a := range e.Arms {
			d, compared := e.comparison(a, c)
			base, _ := e.arm(d.Base)
			before, testedBefore := e.averaged(base, c)
			after, tested := e.averaged(a, c)
			if !compared || !testedBefore || !tested {
				continue
			}
			if len(all) == maxDifferences {
				left++
				continue
			}
			differences := make([]float64, len(c.QueryIDs))
			for q := range differences {
				differences[q] = after.Values[0][q] - before.Values[0][q]
			}
			caption := fmt.Sprintf("%s − %s on %s", a.Name, base.Name, c.Name)
			all = append(all, figure{part: "queries", name: c.Name + "-" + a.Name, caption: caption, picture: differencesPicture(caption+", Δ "+e.Measures[0].String(), differences),
				collection: c.Name, most: mostOf(c.QueryIDs, differences)})
		}
	}
	return all, left
}

func (e Experiment) lengthsFigures() []figure {
	var all []figure
	for _, l := range e.Lengths {
		caption := "Length by grade, " + l.Lists
		all = append(all, figure{part: "lengths", name: l.Lists, caption: caption, picture: lengthsPicture(caption, l)})
	}
	return all
}

func (e Experiment) scoresFigures() []figure {
	var all []figure
	for _, a := range e.Arms {
		for _, s := range a.Shifts {
			caption := fmt.Sprintf("%s on %s, seed %d", a.Name, s.Lists, s.Seed)
			all = append(all, figure{part: "scores", name: a.Name + "-" + s.Lists, caption: caption, picture: scoresPicture("Scores by grade, "+caption, s)})
		}
	}
	return all
}
