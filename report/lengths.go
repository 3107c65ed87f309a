package report

import "fmt"

// The places of a picture of lengths.
const (
	lengthsTop  = 8.0
	lengthsRow  = 26.0
	lengthsLeft = 52.0
	lengthsEnd  = pictureWidth - 58.0
)

// lengthsPicture is a box a grade: the quartiles, a line at the median, whiskers from the 5th to the 95th percentile.
func lengthsPicture(title string, l Lengths) *drawing {
	bottom := lengthsTop + lengthsRow*float64(len(l.Grades))
	d := &drawing{width: pictureWidth, height: bottom + 34, title: title, about: title}
	values := []float64{0}
	for _, g := range l.Grades {
		values = append(values, g.P5, g.P95)
	}
	x := scale{from: lengthsLeft, to: lengthsEnd}.over(values...)
	for _, v := range x.ticks() {
		d.line(x.at(v), lengthsTop, x.at(v), bottom, "grid")
		d.text(x.at(v), bottom+13, "small middle", number(v))
	}
	d.text((x.from+x.to)/2, bottom+28, "small middle", l.Unit)
	for row, g := range l.Grades {
		y := bottom - lengthsRow*(float64(row)+0.5)
		d.line(x.at(g.P5), y, x.at(g.P95), y, "whisker")
		d.rect(x.at(g.P25), y-7, x.at(g.P75)-x.at(g.P25), 14, gradeClass(g.Grade)+" box")
		d.line(x.at(g.Median), y-9, x.at(g.Median), y+9, "whisker")
		d.text(lengthsLeft-8, y+4, "end", fmt.Sprintf("grade %d", g.Grade))
		d.text(d.width-4, y+4, "small end", fmt.Sprintf("n %d", g.Documents))
		d.about += fmt.Sprintf("; grade %d: median %s, half from %s to %s, %d documents", g.Grade, significant(g.Median), significant(g.P25), significant(g.P75), g.Documents)
	}
	return d
}
