package report

import (
	_ "embed"
	"fmt"
	"html"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// drawing is an SVG picture under way. Its unit is a CSS pixel where it is
// shown as wide as it is; what things look like is a matter of classes (page/plot.css).
type drawing struct {
	width, height float64
	title         string // stands over the picture where no page says it
	about         string // for those who do not see it
	body          strings.Builder
}

// The pictures' measures: as wide as a phone shows them, so that their text is read there as it is.
const (
	pictureWidth = 380
	letterWidth  = 6.1 // of a letter in a picture's text, on average
	lineHeight   = 15
)

//go:embed page/plot.css
var plotStyle string

// add puts an element into the picture. Numbers among its pairs of name and value are rounded.
func (d *drawing) add(element string, pairs ...any) {
	d.open(element, pairs...)
	d.body.WriteString("/>\n")
}

func (d *drawing) open(element string, pairs ...any) {
	d.body.WriteString("<" + element)
	for i := 0; i < len(pairs); i += 2 {
		value := pairs[i+1]
		if number, ok := value.(float64); ok {
			value = coordinate(number)
		}
		fmt.Fprintf(&d.body, ` %s="%s"`, pairs[i], escaped(fmt.Sprint(value)))
	}
}

// text writes a line. The class has the anchor too: "", "middle" or "end".
func (d *drawing) text(x, y float64, class, text string) {
	d.open("text", "class", class, "x", x, "y", y)
	d.body.WriteString(">" + escaped(text) + "</text>\n")
}

func (d *drawing) line(x1, y1, x2, y2 float64, class string) {
	d.add("line", "class", class, "x1", x1, "y1", y1, "x2", x2, "y2", y2)
}

func (d *drawing) rect(x, y, width, height float64, class string) {
	d.add("rect", "class", class, "x", x, "y", y, "width", max(width, 0), "height", max(height, 0))
}

// inline is the picture as part of a page, which has its colours and its title.
func (d *drawing) inline() template.HTML {
	return template.HTML(fmt.Sprintf(`<svg class="plot" viewBox="0 0 %s %s" role="img" aria-label="%s">`+"\n%s</svg>\n",
		coordinate(d.width), coordinate(d.height), escaped(d.about), d.body.String()))
}

// standalone is the picture as a file.
func (d *drawing) standalone() string {
	const title = 24.0 // what the title takes
	width, height := coordinate(d.width), coordinate(d.height+title)
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" class="plot" width="%s" height="%s" viewBox="0 %s %s %s" role="img" aria-label="%s">`+"\n",
		width, height, coordinate(-title), width, height, escaped(d.about)) +
		"<style>\n" + standaloneStyle + "</style>\n" +
		fmt.Sprintf(`<rect class="paper" y="%s" width="%s" height="%s"/>`+"\n", coordinate(-title), width, height) +
		fmt.Sprintf(`<text class="head" x="4" y="-8">%s</text>`+"\n", escaped(cut(d.title, 58))) +
		d.body.String() + "</svg>\n"
}

// coordinate is a number of at most one decimal; what is not finite is 0.
func coordinate(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0
	}
	return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
}

// escaped is a text for HTML and XML alike, without the characters that XML cannot have.
func escaped(text string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r == 0xFFFE || r == 0xFFFF {
			return '\uFFFD'
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD")))
}

// cut is a text of at most so many letters.
func cut(text string, letters int) string {
	if runes := []rune(text); len(runes) > letters {
		return strings.TrimRight(string(runes[:max(letters-1, 0)]), " ") + "…"
	}
	return text
}
