package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gradus-ir/gradus/internal/durable"
)

// page is a page of the manual while it is written, in the macros of man(7).
type page struct{ strings.Builder }

// manualPage is a command's page: what its help says, under the manual's headings.
func manualPage(cmd *cobra.Command) string {
	var p page
	fmt.Fprintf(&p, ".TH %s 1 \"\" \"gradus %s\" \"gradus manual\"\n", roff(strings.ToUpper(pageName(cmd))), durable.Version)
	p.section("NAME")
	fmt.Fprintf(&p, "%s \\- %s\n", roff(pageName(cmd)), roff(cmd.Short))
	p.section("SYNOPSIS")
	p.asIs(cmd.UseLine())
	p.section("DESCRIPTION")
	p.text(strings.TrimSpace(strings.ReplaceAll(cmd.Long, exitStatusHelp, "")))
	if verbs := pagesBelow(cmd); len(verbs) > 0 {
		p.section("VERBS")
		for _, verb := range verbs {
			p.item(verb.Name(), "", verb.Short)
		}
	}
	p.section("OPTIONS")
	cmd.Flags().VisitAll(p.flag)
	cmd.InheritedFlags().VisitAll(p.flag)
	if cmd.Example != "" {
		p.section("EXAMPLES")
		p.asIs(unindented(cmd.Example))
	}
	if !cmd.HasParent() {
		p.section("ENVIRONMENT")
		for _, v := range environment {
			p.item(v.name, "", v.what)
		}
	}
	p.section("EXIT STATUS")
	for _, status := range []struct {
		code int
		what string
	}{{exitDone, "done"}, {exitFailed, "failed"}, {exitUsage, "a mistake on the command line"}, {exitInterrupted, "interrupted"}} {
		p.item(fmt.Sprint(status.code), "", status.what)
	}
	if cmd.HasParent() {
		p.section("SEE ALSO")
		fmt.Fprintf(&p, "%s(1)\n", roff(pageName(cmd.Parent())))
	}
	return p.String()
}

func (p *page) section(name string) { fmt.Fprintf(p, ".SH %s\n", name) }

func (p *page) item(name, argument, what string) {
	fmt.Fprintf(p, ".TP\n\\fB%s\\fR", roff(name))
	if argument != "" {
		fmt.Fprintf(p, " \\fI%s\\fR", roff(argument))
	}
	fmt.Fprintf(p, "\n%s\n", roff(what))
}

func (p *page) flag(flag *pflag.Flag) {
	if flag.Hidden {
		return
	}
	argument, what := pflag.UnquoteUsage(flag)
	none := []string{"", "[]", "0", "0s", "false"} // what is no default to tell of
	if !strings.Contains(what, "(default ") && !slices.Contains(none, flag.DefValue) {
		what += fmt.Sprintf(" (default %s)", flag.DefValue)
	}
	p.item("--"+flag.Name, argument, what)
}

// text flows the lines of a help, and leaves those that are indented as they stand.
func (p *page) text(text string) {
	indented, parted := false, true // parted: a new paragraph begins
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		inside := strings.HasPrefix(line, " ")
		if indented && !inside {
			p.WriteString(".fi\n")
			indented, parted = false, false
		}
		if line == "" || inside != indented {
			if !parted {
				p.WriteString(".PP\n")
			}
			parted = true
		}
		if line == "" {
			continue
		}
		if inside && !indented {
			p.WriteString(".nf\n")
			indented = true
		}
		p.WriteString(roff(line) + "\n")
		parted = false
	}
	if indented {
		p.WriteString(".fi\n")
	}
}

// asIs keeps every line.
func (p *page) asIs(text string) { fmt.Fprintf(p, ".nf\n%s\n.fi\n", roff(text)) }

func unindented(text string) string {
	return strings.ReplaceAll(strings.TrimPrefix(text, "  "), "\n  ", "\n")
}

// roff escapes what man would take for more than text.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
