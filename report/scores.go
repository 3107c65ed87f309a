package report

import (
	"fmt"
	"math"
	"strings"
)

// The places of a picture of scores: two panels side by side, a row a grade.
const (
	scoresTop    = 22.0
	scoresRow    = 46.0
	scoresLeft   = 52.0
	scoresGap    = 18.0
	scoresEnd    = pictureWidth - 8.0
	scoresHeight = 40.0 // of the highest bin
)

// scoresPicture shows the scores of each grade's documents before and after
// training, the highest grade on top: in lists well learned the rows move apart.
func scoresPicture(title string, s Shift) *drawing {
	bottom := scoresTop + scoresRow*float64(len(s.Before))
	d := &drawing{width: pictureWidth, height: bottom + 32, title: title, about: title}
	width := (scoresEnd - scoresLeft - scoresGap) / 2
	highest := max(highestShare(s.Before), highestShare(s.After))
	for i, grades := range [][]GradeScores{s.Before, s.After} {
		left := scoresLeft + float64(i)*(width+scoresGap)
		x := scale{low: s.Edges[0], high: s.Edges[len(s.Edges)-1], from: left, to: left + width}
		for _, v := range x.about(3) {
			d.line(x.at(v), scoresTop, x.at(v), bottom, "grid")
			d.text(x.at(v), bottom+13, "small middle", number(v))
		}
		d.text(left, 12, "head", []string{"before", "after"}[i])
		d.text(left+width/2, bottom+27, "small middle", "score")
		for row, g := range grades {
			base := bottom - scoresRow*float64(row)
			d.line(left, base, left+width, base, "axis")
			d.ridge(s.Edges, g, x, base, highest)
			if i == 0 {
				d.text(scoresLeft-8, base-4, "end", fmt.Sprintf("grade %d", g.Grade))
			}
			if mean := g.mean(s.Edges); !math.IsNaN(mean) {
				d.line(x.at(mean), base-scoresHeight, x.at(mean), base+3, "whisker")
				d.about += fmt.Sprintf("; grade %d %s, mean %s", g.Grade, []string{"before", "after"}[i], significant(mean))
			}
		}
	}
	return d
}

// ridge is one grade's histogram, as shares of its documents.
func (d *drawing) ridge(edges []float64, g GradeScores, x scale, base, highest float64) {
	all := float64(g.documents())
	if all == 0 || highest == 0 {
		return
	}
	var path strings.Builder
	fmt.Fprintf(&path, "M%s %s", coordinate(x.at(edges[0])), coordinate(base))
	for i, count := range g.Counts {
		fmt.Fprintf(&path, "V%sH%s", coordinate(base-scoresHeight*float64(count)/all/highest), coordinate(x.at(edges[i+1])))
	}
	fmt.Fprintf(&path, "V%sZ", coordinate(base))
	d.add("path", "class", "ridge "+gradeClass(g.Grade), "d", path.String())
}

func (g GradeScores) documents() int {
	all := 0
	for _, count := range g.Counts {
		all += count
	}
	return all
}

// mean is that of the bins' middles, NaN without documents.
func (g GradeScores) mean(edges []float64) float64 {
	sum := 0.0
	for i, count := range g.Counts {
		sum += float64(count) * (edges[i] + edges[i+1]) / 2
	}
	return sum / float64(g.documents())
}

// highestShare is the largest share of a grade's documents in one bin.
func highestShare(grades []GradeScores) float64 {
	highest := 0.0
	for _, g := range grades {
		for _, count := range g.Counts {
			if count > 0 {
				highest = max(highest, float64(count)/float64(g.documents()))
			}
		}
	}
	return highest
}

// ordered is the chance that a document of one grade scores higher than one of
// another, of any two queries; within a bin, half. It is 0.5 where scores say
// nothing of the grade, NaN where either has no documents.
func (g GradeScores) ordered(lower GradeScores) Figure {
	pairs, below := 0.0, 0.0
	for i, count := range g.Counts {
		pairs += float64(count) * (below + float64(lower.Counts[i])/2)
		below += float64(lower.Counts[i])
	}
	return Figure(pairs / float64(g.documents()) / float64(lower.documents()))
}
