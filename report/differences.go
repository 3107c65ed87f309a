package report

import (
	"fmt"
	"slices"
	"strings"
)

// The places of a picture of differences.
const (
	differencesTop    = 8.0
	differencesBottom = 128.0
)

// differencesPicture shows what an arm won and lost, a bar a query, the greatest gain at the left.
func differencesPicture(title string, differences []float64) *drawing {
	sorted := slices.Sorted(slices.Values(differences))
	slices.Reverse(sorted)
	better, worse := 0, 0
	for _, v := range sorted {
		switch {
		case v > 0:
			better++
		case v < 0:
			worse++
		}
	}
	d := &drawing{width: pictureWidth, height: differencesBottom + 22, title: title}
	d.about = fmt.Sprintf("%s: %d queries better, %d worse, %d equal", title, better, worse, len(sorted)-better-worse)
	x := scale{low: 0, high: float64(max(len(sorted), 1)), from: plotLeft, to: plotEnd}
	y := scale{from: differencesBottom, to: differencesTop}.over(append(sorted, 0)...)
	for _, v := range y.about(4) {
		d.line(plotLeft, y.at(v), plotEnd, y.at(v), "grid")
		d.text(plotLeft-6, y.at(v)+4, "small end", signed(v))
	}
	d.add("path", "class", "better box", "d", columns(sorted[:better], 0, x, y))
	d.add("path", "class", "worse box", "d", columns(sorted[len(sorted)-worse:], len(sorted)-worse, x, y))
	d.line(plotLeft, y.at(0), plotEnd, y.at(0), "axis")
	d.text(plotLeft, differencesBottom+16, "small", fmt.Sprintf("▲ %d better", better))
	d.text((plotLeft+plotEnd)/2, differencesBottom+16, "small middle", fmt.Sprintf("%d equal", len(sorted)-better-worse))
	d.text(plotEnd, differencesBottom+16, "small end", fmt.Sprintf("▼ %d worse", worse))
	return d
}

// columns are touching bars from zero, the first at this place, as one path.
func columns(values []float64, place int, x, y scale) string {
	if len(values) == 0 {
		return ""
	}
	var path strings.Builder
	fmt.Fprintf(&path, "M%s %s", coordinate(x.at(float64(place))), coordinate(y.at(0)))
	for i, v := range values {
		fmt.Fprintf(&path, "V%sH%s", coordinate(y.at(v)), coordinate(x.at(float64(place+i+1))))
	}
	fmt.Fprintf(&path, "V%sZ", coordinate(y.at(0)))
	return path.String()
}

// signed is a tick's text with its sign.
func signed(v float64) string {
	text := number(v)
	if v > 0 && text != "0" {
		return "+" + text
	}
	return minus(text)
}
