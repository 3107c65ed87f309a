package report

import "cmp"

// trainingFigures are each trained arm's loss, after what all saw on their dev queries.
func (e Experiment) trainingFigures() []figure {
	var all []figure
	dev := Plot{X: "step"}
	for _, a := range e.Arms {
		if len(a.Curves) == 0 {
			continue
		}
		plot := Plot{Title: a.Name + ", loss", X: "step", Y: "loss"}
		for _, c := range a.Curves {
			plot.Series = append(plot.Series, c.raw(), c.smooth())
			dev.Y = cmp.Or(dev.Y, c.Dev)
		}
		all = append(all, figure{part: "loss", name: a.Name, caption: plot.Title, picture: plot.picture()})
		if points := a.dev(); len(points) > 0 {
			dev.Series = append(dev.Series, Series{Name: a.Name, Points: points})
		}
	}
	if len(dev.Series) > 0 {
		dev.Title = dev.Y + " while training, mean over seeds"
		all = append([]figure{{part: "dev", name: "all", caption: dev.Title, picture: dev.picture()}}, all...)
	}
	return all
}

// maxPoints is how many points of a curve are drawn; a longer one is averaged.
const maxPoints = 240

// raw is a training's loss step by step.
func (c Curve) raw() Series {
	s := Series{Name: "each step", Faint: true}
	together := (len(c.Steps) + maxPoints - 1) / maxPoints
	for from := 0; from < len(c.Steps); from += together {
		part := c.Steps[from:min(from+together, len(c.Steps))]
		mean := 0.0
		for _, step := range part {
			mean += step.Loss / float64(len(part))
		}
		s.Points = append(s.Points, Point{float64(part[len(part)-1].Step), mean})
	}
	return s
}

// smooth is the same, each point the mean of those about it.
func (c Curve) smooth() Series {
	s, points := Series{Name: "smoothed"}, c.raw().Points
	reach := len(points) / 24
	for i, p := range points {
		about := points[max(i-reach, 0):min(i+reach+1, len(points))]
		mean := 0.0
		for _, q := range about {
			mean += q.Y / float64(len(about))
		}
		s.Points = append(s.Points, Point{p.X, mean})
	}
	return s
}

// dev is what an arm's trainings saw on dev queries: at each step that all
// of its seeds validated, their mean.
func (a Arm) dev() []Point {
	sums, times := map[int]float64{}, map[int]int{}
	for _, c := range a.Curves {
		for _, step := range c.Steps {
			if step.Dev != nil {
				sums[step.Step] += *step.Dev
				times[step.Step]++
			}
		}
	}
	var points []Point
	for _, step := range a.Curves[0].Steps {
		if n := times[step.Step]; n == len(a.Curves) {
			points = append(points, Point{float64(step.Step), sums[step.Step] / float64(n)})
		}
	}
	return points
}
