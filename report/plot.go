package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Plot is curves over one axis, as an SVG picture that needs nothing beside it.
type Plot struct {
	Title  string
	X, Y   string // what the axes show
	Right  string // what a second scale at the right shows; "" where there is none
	Series []Series
}

// Series is a curve. Those of one name have one colour and one line of the legend.
type Series struct {
	Name   string
	Points []Point
	Right  bool // is on the right scale
	Faint  bool // stands behind the others
}

// Point is a place of a curve.
type Point struct{ X, Y float64 }

// The places of a plot's axes.
const (
	plotLeft, plotEnd   = 46.0, pictureWidth - 12.0
	plotEndBeforeScale  = pictureWidth - 46.0 // where there is a scale at the right
	plotTop, plotBottom = 24.0, 200.0
)

// fewPoints is up to how many points of a curve are marked.
const fewPoints = 40

// SVG draws the plot. Points that are not finite are left out.
func (p Plot) SVG() string { return p.picture().standalone() }

func (p Plot) picture() *drawing {
	names := p.names()
	d := &drawing{width: pictureWidth, title: p.Title, about: p.about(names)}
	end := plotEnd
	if p.Right != "" {
		end = plotEndBeforeScale
	}
	x := p.scale(func(Series) bool { return true }, func(q Point) float64 { return q.X }, plotLeft, end)
	left := p.scale(func(s Series) bool { return !s.Right }, func(q Point) float64 { return q.Y }, plotBottom, plotTop)
	right := p.scale(func(s Series) bool { return s.Right }, func(q Point) float64 { return q.Y }, plotBottom, plotTop)
	p.axes(d, x, left, right)
	for _, s := range p.Series {
		y := left
		if s.Right {
			y = right
		}
		s.draw(d, x, y, seriesClass(slices.Index(names, s.Name)))
	}
	d.height = legend(d, names, plotBottom+36)
	return d
}

// names are the series' names, each once.
func (p Plot) names() []string {
	var names []string
	for _, s := range p.Series {
		if !slices.Contains(names, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}

func (p Plot) about(names []string) string {
	about := fmt.Sprintf("%s: %s by %s", p.Title, strings.Join(names, ", "), p.X)
	for _, s := range p.Series {
		if !s.Faint && len(s.Points) > 0 {
			first, last := s.Points[0], s.Points[len(s.Points)-1]
			about += fmt.Sprintf("; %s from %s to %s", s.Name, significant(first.Y), significant(last.Y))
		}
	}
	return about
}

// scale fits the values that of takes from the chosen series.
func (p Plot) scale(chosen func(Series) bool, of func(Point) float64, from, to float64) scale {
	var values []float64
	for _, s := range p.Series {
		for _, point := range s.Points {
			if chosen(s) && point.finite() {
				values = append(values, of(point))
			}
		}
	}
	return scale{from: from, to: to}.over(values...)
}

func (q Point) finite() bool {
	return !math.IsNaN(q.X) && !math.IsInf(q.X, 0) && !math.IsNaN(q.Y) && !math.IsInf(q.Y, 0)
}

func (p Plot) axes(d *drawing, x, left, right scale) {
	for _, v := range left.ticks() {
		d.line(plotLeft, left.at(v), x.to, left.at(v), "grid")
		d.text(plotLeft-6, left.at(v)+4, "small end", number(v))
	}
	for _, v := range x.ticks() {
		d.text(x.at(v), plotBottom+14, "small middle", number(v))
	}
	d.text(4, 12, "small", p.Y)
	d.text((x.from+x.to)/2, plotBottom+28, "small middle", p.X)
	if p.Right != "" {
		for _, v := range right.ticks() {
			d.text(x.to+6, right.at(v)+4, "small", number(v))
		}
		d.text(d.width-4, 12, "small end", p.Right)
	}
}

func (s Series) draw(d *drawing, x, y scale, class string) {
	if s.Faint {
		class += " faint"
	}
	var path []string
	for _, q := range s.Points {
		if q.finite() {
			path = append(path, coordinate(x.at(q.X))+","+coordinate(y.at(q.Y)))
		}
	}
	d.add("polyline", "class", "curve "+class, "points", strings.Join(path, " "))
	if len(path) <= fewPoints && !s.Faint {
		for _, q := range s.Points {
			if q.finite() {
				d.add("circle", "class", "point "+class, "cx", x.at(q.X), "cy", y.at(q.Y), "r", 2.5)
			}
		}
	}
}

// seriesClass is the look of a curve by its place among the names: colours, and dashes once they are all taken.
func seriesClass(place int) string {
	class := fmt.Sprintf("series%d", place%seriesColours)
	if place >= seriesColours {
		class += " dashed"
	}
	return class
}

// legend names the curves in as many lines as it takes, from y on, and returns where it ends.
func legend(d *drawing, names []string, y float64) float64 {
	x := plotLeft
	for i, name := range names {
		name = cut(name, 44)
		width := 22 + letterWidth*float64(len([]rune(name))) + 14
		if x > plotLeft && x+width > d.width {
			x, y = plotLeft, y+lineHeight
		}
		d.line(x, y+6, x+16, y+6, "curve "+seriesClass(i))
		d.text(x+22, y+10, "", name)
		x += width
	}
	return y + lineHeight + 2
}
