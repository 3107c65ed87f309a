package report

import (
	"fmt"
	"strings"

	"github.com/gradus-ir/gradus/measure"
)

// bar is a row of a picture of means or differences.
type bar struct {
	name     string
	value    float64
	interval measure.Interval
	points   []float64 // such as the seeds' values
	class    string    // better, worse or same
}

// The places of a row.
const (
	barHeight   = 24.0
	barTop      = 8.0
	barEnd      = pictureWidth - 58.0 // the value's text follows
	longestName = 20                  // letters of an arm's name
)

// meansPicture is horizontal bars from zero, with the interval of each and a circle a seed.
func meansPicture(title, axis string, bars []bar) *drawing {
	d, x := rows(title, axis, bars, 0)
	for i, b := range bars {
		y := barTop + barHeight*float64(i)
		d.rect(x.at(0), y+5, x.at(b.value)-x.at(0), barHeight-10, b.class+" bar")
		whisker(d, x, b.interval, y+barHeight/2)
		for _, point := range b.points {
			d.add("circle", "class", "seed", "cx", x.at(point), "cy", y+barHeight/2, "r", 2.0)
		}
		d.text(d.width-4, y+16, "end", fmt.Sprintf("%.4f", b.value))
	}
	return d
}

// forestPicture is differences as points with their intervals, about zero.
func forestPicture(title, axis string, bars []bar) *drawing {
	d, x := rows(title, axis, bars, 0)
	d.line(x.at(0), barTop, x.at(0), barTop+barHeight*float64(len(bars)), "axis")
	for i, b := range bars {
		y := barTop + barHeight*(float64(i)+0.5)
		whisker(d, x, b.interval, y)
		d.add("circle", "class", b.class, "cx", x.at(b.value), "cy", y, "r", 4.0)
		d.text(d.width-4, y+4, "end", minus(fmt.Sprintf("%+.4f", b.value)))
	}
	return d
}

// rows are a picture with the names of the bars and the axis under them, which has the values and always, too.
func rows(title, axis string, bars []bar, always float64) (*drawing, scale) {
	values, longest := []float64{always}, 0
	var about []string
	for _, b := range bars {
		values = append(values, b.value, b.interval.Low, b.interval.High)
		values = append(values, b.points...)
		longest = max(longest, len([]rune(cut(b.name, longestName))))
		about = append(about, fmt.Sprintf("%s %.4f, interval %.4f to %.4f", b.name, b.value, b.interval.Low, b.interval.High))
	}
	bottom := barTop + barHeight*float64(len(bars))
	d := &drawing{width: pictureWidth, height: bottom + 34, title: title, about: title + ": " + strings.Join(about, "; ")}
	x := scale{from: letterWidth*float64(longest) + 14, to: barEnd}.over(values...)
	for _, v := range x.about(4) {
		d.line(x.at(v), barTop, x.at(v), bottom, "grid")
		d.text(x.at(v), bottom+13, "small middle", number(v))
	}
	d.text((x.from+x.to)/2, bottom+28, "small middle", axis)
	for i, b := range bars {
		d.text(x.from-8, barTop+barHeight*float64(i)+16, "end", cut(b.name, longestName))
	}
	return d, x
}

// whisker is an interval with its ends.
func whisker(d *drawing, x scale, interval measure.Interval, y float64) {
	low, high := x.at(interval.Low), x.at(interval.High)
	d.add("path", "class", "whisker", "d", fmt.Sprintf("M%s %sV%sM%s %sH%sM%s %sV%s",
		coordinate(low), coordinate(y-4), coordinate(y+4), coordinate(low), coordinate(y), coordinate(high), coordinate(high), coordinate(y-4), coordinate(y+4)))
}
