package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

func (d diagnosis) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(name, format string, args ...any) { fmt.Fprintf(w, name+"\t"+format+"\n", args...) }
	m := d.Machine
	line("gradus", "%s, %s, %s", m.Gradus, m.Go, m.Platform)
	line("processor", "%s, %d of %d cores in use, %s", orNone(m.CPU), m.CoresUsed, m.Cores, orNone(strings.Join(m.Features, " ")))
	if m.Memory > 0 {
		line("memory", "%.1f GB, %.1f GB available", float64(m.Memory)/1e9, float64(m.MemoryAvailable)/1e9)
	}
	if d.Backend.Plugin != "" {
		line("XLA", "%s, %s", d.Backend.Device, d.Backend.Plugin)
	} else {
		line("XLA", "%s", d.Backend.Problem)
	}
	line("accelerators", "%s", orNone(strings.Join(d.Backend.Devices, " ")))
	var missing int64
	for _, a := range d.Assets {
		line(a.Name, "%s", a.describe())
		if a.Demo {
			missing += a.Download
		}
	}
	line("to fetch", "%s for the demo", megabytes(missing))
	line("cache", "%s, %s", d.Cache.Path, d.Cache.describe())
	line("hub cache", "%s, %s, %d models", d.HubCache.Path, d.HubCache.describe(), d.HubCache.Models)
	line("LLM server", "%s, API key %s", orNone(d.LLM.Server), orNone(strings.Join(d.LLM.KeysSet, " ")))
	line("settings", "%s", d.Config.describe())
	if err := w.Flush(); err != nil {
		return err
	}
	return printFindings(out, d.Findings)
}

func printFindings(out io.Writer, findings []finding) error {
	text := "\nNothing to do.\n"
	if len(findings) > 0 {
		text = "\nTo do:\n"
	}
	for _, f := range findings {
		text += "  " + f.Finding + "\n    → " + f.Fix + "\n"
	}
	_, err := io.WriteString(out, text)
	return err
}

func (f configFacts) describe() string {
	if f.Path == "" || f.Problem != "" {
		return orNone(f.Path)
	}
	return fmt.Sprintf("%s, %d settings", f.Path, f.Settings)
}

func (a assetFacts) describe() string {
	parts := []string{a.State}
	if a.Download > 0 {
		parts = append(parts, megabytes(a.Download)+" to fetch")
	}
	if slices.Contains([]string{"present", "yours", "damaged"}, a.State) {
		parts = append(parts, a.Path)
	}
	if a.Detail != "" {
		parts = append(parts, a.Detail)
	}
	return strings.Join(parts, ", ")
}

func (f folderFacts) describe() string {
	text := "not there yet"
	if f.Exists {
		text = "there"
	}
	if f.Free > 0 {
		text += fmt.Sprintf(", %.1f GB free", float64(f.Free)/1e9)
	}
	return text
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
