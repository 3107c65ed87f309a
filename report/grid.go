package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Grid is a table of texts.
type Grid struct {
	Columns []Column
	Rows    [][]string // one text a column
}

// Column is a grid's head. Numbers stand at the right of a column, words at the left.
type Column struct {
	Name  string
	Words bool
}

// Formats are the forms that Grid.Write knows.
var Formats = []string{"text", "tsv", "markdown", "latex"}

// Write writes the grid in one of Formats; another is an error.
func (g Grid) Write(w io.Writer, format string) error {
	var text string
	switch format {
	case "text":
		text = g.text()
	case "tsv":
		text = g.tsv()
	case "markdown":
		text = g.markdown()
	case "latex":
		text = g.latex()
	default:
		return fmt.Errorf("want %s as format, got %q", strings.Join(Formats, ", "), format)
	}
	_, err := io.WriteString(w, text)
	return err
}

// lines are the head and the rows.
func (g Grid) lines() [][]string {
	var head []string
	for _, column := range g.Columns {
		head = append(head, column.Name)
	}
	return append([][]string{head}, g.Rows...)
}

// text is the grid for a terminal, its columns under one another.
func (g Grid) text() string {
	widths := make([]int, len(g.Columns))
	for _, line := range g.lines() {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var out strings.Builder
	for _, line := range g.lines() {
		var text strings.Builder
		for i, cell := range line {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if g.Columns[i].Words {
				text.WriteString(cell + space + "  ")
			} else {
				text.WriteString(space + cell + "  ")
			}
		}
		out.WriteString(strings.TrimRight(text.String(), " ") + "\n")
	}
	return out.String()
}

func (g Grid) tsv() string {
	var out strings.Builder
	for _, line := range g.lines() {
		out.WriteString(strings.Join(line, "\t") + "\n")
	}
	return out.String()
}

func (g Grid) markdown() string {
	var out strings.Builder
	for i, line := range g.lines() {
		for _, cell := range line {
			out.WriteString("| " + strings.ReplaceAll(cell, "|", `\|`) + " ")
		}
		out.WriteString("|\n")
		if i == 0 {
			out.WriteString(strings.Repeat("|---", len(line)) + "|\n")
		}
	}
	return out.String()
}

// latex is a tabular with the rules of the package booktabs.
func (g Grid) latex() string {
	var out strings.Builder
	out.WriteString(`\begin{tabular}{`)
	for _, column := range g.Columns {
		if column.Words {
			out.WriteByte('l')
		} else {
			out.WriteByte('r')
		}
	}
	out.WriteString("}\n\\toprule\n")
	for i, line := range g.lines() {
		for j, cell := range line {
			if j > 0 {
				out.WriteString(" & ")
			}
			out.WriteString(latexCell(cell))
		}
		out.WriteString(" \\\\\n")
		if i == 0 {
			out.WriteString("\\midrule\n")
		}
	}
	out.WriteString("\\bottomrule\n\\end{tabular}\n")
	return out.String()
}

// latexCell is a text as LaTeX wants it, the sign of a number as in mathematics.
func latexCell(cell string) string {
	words := strings.Split(cell, " ")
	for i, word := range words {
		sign := ""
		if len(word) > 1 && (word[0] == '-' || word[0] == '+') && word[1] >= '0' && word[1] <= '9' {
			sign, word = "$"+word[:1]+"$", word[1:]
		}
		words[i] = sign + latexEscapes.Replace(word)
	}
	return strings.Join(words, " ")
}

// latexEscapes are the characters that mean something else to LaTeX, or that its usual fonts lack.
var latexEscapes = strings.NewReplacer(
	`\`, `\textbackslash{}`, `{`, `\{`, `}`, `\}`, `$`, `\$`, `&`, `\&`, `#`, `\#`, `%`, `\%`, `_`, `\_`,
	`~`, `\textasciitilde{}`, `^`, `\textasciicircum{}`, `<`, `$<$`, `>`, `$>$`, `|`, `$|$`, `Δ`, `$\Delta$`, `–`, `--`,
)
