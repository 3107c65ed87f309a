package report

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
)

// Plot is curves over one axis, as an SVG picture that needs nothing beside it.
type Plot struct {
	Title  string
	X, Y   string // what the axes show
	Right  string // what a second scale at the right shows; "" where there is none
	Series []Series
}

// Series is a curve.
type Series struct {
	Name   string
	Points []Point
	Right  bool // is on the right scale
	Faint  bool // stands behind the others
}

// Point is a place of a curve.
type Point struct{ X, Y float64 }

// The picture's measures, in its own units.
const (
	plotWidth, plotHeight = 720, 400
	plotLeft, plotRight   = 64, 64
	plotTop, plotBottom   = 40, 56
	plotTicks             = 5 // about as many on each axis
)

// plotColours are distinct in light and dark, and to eyes that see red and green alike.
var plotColours = []string{"#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377"}

// SVG draws the plot. Points that are not finite are left out.
func (p Plot) SVG() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s" font-family="sans-serif" font-size="12">`+"\n", plotWidth, plotHeight, html.EscapeString(p.Title))
	b.WriteString("<style>svg{background:#fff;color:#222}.grid{stroke:currentColor;opacity:.15}text{fill:currentColor}@media(prefers-color-scheme:dark){svg{background:#16181c;color:#ddd}}</style>\n")
	x := p.scale(func(Series) bool { return true }, func(q Point) float64 { return q.X }, plotLeft, plotWidth-plotRight)
	left := p.scale(func(s Series) bool { return !s.Right }, func(q Point) float64 { return q.Y }, plotHeight-plotBottom, plotTop)
	right := p.scale(func(s Series) bool { return s.Right }, func(q Point) float64 { return q.Y }, plotHeight-plotBottom, plotTop)
	p.axes(&b, x, left, right)
	for i, s := range p.Series {
		y := left
		if s.Right {
			y = right
		}
		s.draw(&b, x, y, plotColours[i%len(plotColours)])
	}
	p.legend(&b)
	b.WriteString("</svg>\n")
	return b.String()
}

// scale maps values to places in the picture.
type scale struct {
	low, high float64
	from, to  float64
}

func (s scale) at(v float64) float64 { return s.from + (v-s.low)/(s.high-s.low)*(s.to-s.from) }

// scale fits the values that of takes from the chosen series.
func (p Plot) scale(chosen func(Series) bool, of func(Point) float64, from, to float64) scale {
	s := scale{math.Inf(1), math.Inf(-1), from, to}
	for _, series := range p.Series {
		for _, point := range series.Points {
			if chosen(series) && point.finite() {
				s.low, s.high = min(s.low, of(point)), max(s.high, of(point))
			}
		}
	}
	if s.low > s.high {
		s.low, s.high = 0, 1
	}
	if s.low == s.high {
		s.low, s.high = s.low-0.5, s.high+0.5
	}
	return s
}

func (q Point) finite() bool {
	return !math.IsNaN(q.X) && !math.IsInf(q.X, 0) && !math.IsNaN(q.Y) && !math.IsInf(q.Y, 0)
}

// ticks are round values within the scale.
func (s scale) ticks() []float64 {
	step := math.Pow(10, math.Floor(math.Log10((s.high-s.low)/plotTicks)))
	for _, times := range []float64{2, 2.5, 2} {
		if (s.high-s.low)/step > plotTicks+1 {
			step *= times
		}
	}
	var list []float64
	for k := math.Ceil(s.low/step - 1e-9); k*step <= s.high+1e-9*step; k++ {
		list = append(list, k*step)
	}
	return list
}

func (p Plot) axes(b *strings.Builder, x, left, right scale) {
	const bottom, end = plotHeight - plotBottom, plotWidth - plotRight
	for _, v := range x.ticks() {
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", x.at(v), bottom+18, number(v))
	}
	for _, v := range left.ticks() {
		fmt.Fprintf(b, `<line class="grid" x1="%d" y1="%.1f" x2="%d" y2="%.1f"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n",
			plotLeft, left.at(v), end, left.at(v), plotLeft-8, left.at(v)+4, number(v))
	}
	if p.Right != "" {
		for _, v := range right.ticks() {
			fmt.Fprintf(b, `<text x="%d" y="%.1f">%s</text>`+"\n", end+8, right.at(v)+4, number(v))
		}
		fmt.Fprintf(b, `<text transform="translate(%d %d) rotate(90)" text-anchor="middle">%s</text>`+"\n", plotWidth-12, plotHeight/2, html.EscapeString(p.Right))
	}
	fmt.Fprintf(b, `<text x="%d" y="20" font-size="14">%s</text>`+"\n", plotLeft, html.EscapeString(p.Title))
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle">%s</text>`+"\n", plotWidth/2, bottom+36, html.EscapeString(p.X))
	fmt.Fprintf(b, `<text transform="translate(16 %d) rotate(-90)" text-anchor="middle">%s</text>`+"\n", plotHeight/2, html.EscapeString(p.Y))
}

func (s Series) draw(b *strings.Builder, x, y scale, colour string) {
	var path []string
	for _, q := range s.Points {
		if q.finite() {
			path = append(path, fmt.Sprintf("%.1f,%.1f", x.at(q.X), y.at(q.Y)))
		}
	}
	opacity := ""
	if s.Faint {
		opacity = ` opacity="0.3"`
	}
	fmt.Fprintf(b, `<polyline fill="none" stroke="%s" stroke-width="1.5"%s points="%s"/>`+"\n", colour, opacity, strings.Join(path, " "))
	if s.Right { // few points: they are marked
		for _, place := range path {
			cx, cy, _ := strings.Cut(place, ",")
			fmt.Fprintf(b, `<circle cx="%s" cy="%s" r="3" fill="%s"/>`+"\n", cx, cy, colour)
		}
	}
}

func (p Plot) legend(b *strings.Builder) {
	at := plotWidth - plotRight
	for i := len(p.Series) - 1; i >= 0; i-- {
		name := p.Series[i].Name
		fmt.Fprintf(b, `<text x="%d" y="20" text-anchor="end">%s <tspan fill="%s">━</tspan></text>`+"\n", at, html.EscapeString(name), plotColours[i%len(plotColours)])
		at -= 7*len([]rune(name)) + 32
	}
}

func number(v float64) string { return strconv.FormatFloat(math.Round(v*1e9)/1e9, 'g', 6, 64) }
