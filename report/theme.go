package report

import (
	"fmt"
	"strings"
)

// colours are those of pages and plots, distinct to eyes that see red and green alike.
var colours = []struct{ name, light, dark string }{
	{"paper", "#ffffff", "#14171c"},
	{"raised", "#f5f6f8", "#1c2027"},
	{"ink", "#1b1f24", "#e3e6ea"},
	{"muted", "#59616b", "#9aa3ae"},
	{"rule", "#dde1e6", "#2d333c"},
	{"accent", "#005a9c", "#7cbcf5"},
	// What a comparison came to.
	{"better", "#0067a5", "#64b5f6"},
	{"better-paper", "#e3f0fa", "#12304a"},
	{"worse", "#a84300", "#f59e5b"},
	{"worse-paper", "#fbeadd", "#45260f"},
	{"same", "#59616b", "#a9b1bb"},
	{"same-paper", "#eceef1", "#2a3038"},
	// Grades, from irrelevant to perfect.
	{"grade0", "#9aa1aa", "#6b737e"},
	{"grade1", "#86b6dc", "#3f6f99"},
	{"grade2", "#2874b0", "#5aa5df"},
	{"grade3", "#0b3c6f", "#b5dcff"},
	{"on-grade0", "#1b1f24", "#ffffff"}, // text on them
	{"on-grade1", "#1b1f24", "#ffffff"},
	{"on-grade2", "#ffffff", "#0d1116"},
	{"on-grade3", "#ffffff", "#0d1116"},
	// Curves.
	{"series0", "#0067a5", "#64b5f6"},
	{"series1", "#c2410c", "#fb923c"},
	{"series2", "#047857", "#4cc9a0"},
	{"series3", "#8e24aa", "#d49ae6"},
	{"series4", "#8a6d00", "#dcc04a"},
	{"series5", "#5f6670", "#b3bac4"},
}

const seriesColours = 6

// gradeColours is how many grades have a colour of their own; higher ones have that of the last.
const gradeColours = 4

// gradeClass is the class of what is coloured by a grade.
func gradeClass(grade int) string {
	return fmt.Sprintf("grade%d", min(max(grade, 0), gradeColours-1))
}

// variables are the colours as a style sheet's custom properties.
func variables() string {
	var light, dark strings.Builder
	for _, c := range colours {
		fmt.Fprintf(&light, "--%s:%s;", c.name, c.light)
		fmt.Fprintf(&dark, "--%s:%s;", c.name, c.dark)
	}
	return ":root{color-scheme:light dark;" + light.String() + "}\n@media(prefers-color-scheme:dark){:root{" + dark.String() + "}}\n"
}

// standaloneStyle is plot.css with the colours in it, for programs that show SVG and know no custom properties.
var standaloneStyle = func() string {
	var light, dark []string
	for _, c := range colours {
		light = append(light, "var(--"+c.name+")", c.light)
		dark = append(dark, "var(--"+c.name+")", c.dark)
	}
	return strings.NewReplacer(light...).Replace(plotStyle) +
		"@media (prefers-color-scheme: dark) {\n" + strings.NewReplacer(dark...).Replace(plotStyle) + "}\n"
}()
