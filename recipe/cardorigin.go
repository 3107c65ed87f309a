package recipe

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	yaml "go.yaml.in/yaml/v3"

	"github.com/gradus-ir/gradus/exchange"
	"github.com/gradus-ir/gradus/generate"
	"github.com/gradus-ir/gradus/internal/assets"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/train"
)

// base is the model that a training starts from.
type base struct {
	Name              string // of its folder
	hub               string // its id on the hub, or that of what it was itself trained from; "" is unknown
	language, licence any    // as its card has them; nil where it does not
}

// Licence is the licence as text, "" where the base's card names none.
func (b base) Licence() string {
	if b.licence == nil {
		return ""
	}
	return fmt.Sprint(b.licence)
}

// Hub is the base's id on the hub, "" where it is not known.
func (b base) Hub() string { return b.hub }

// baseOf reads what a model's folder tells of itself.
func baseOf(dir string) base {
	b := base{Name: filepath.Base(dir)}
	var card struct {
		BaseModel any `yaml:"base_model"`
		Language  any `yaml:"language"`
		Licence   any `yaml:"license"`
	}
	if text, err := os.ReadFile(filepath.Join(dir, cardFile)); err == nil && yaml.Unmarshal([]byte(frontOf(string(text))), &card) == nil {
		b.language, b.licence = card.Language, card.Licence
		b.hub, _ = card.BaseModel.(string)
	}
	if id := hubID(dir); id != "" {
		b.Name, b.hub = id, id
	}
	return b
}

// frontOf is the YAML at a card's head, "" where there is none.
func frontOf(card string) string {
	rest, ok := strings.CutPrefix(strings.ReplaceAll(card, "\r\n", "\n"), "---\n")
	if !ok {
		return ""
	}
	front, _, _ := strings.Cut(rest, "\n---")
	return front
}

// snapshotPattern is the path of a revision in the hub's cache.
var snapshotPattern = regexp.MustCompile(`models--([^/]+)--([^/]+)/snapshots/[^/]+/?$`)

// hubID is the hub's name of a folder in its cache, or of one that gradus setup made; "" of others.
func hubID(dir string) string {
	if parts := snapshotPattern.FindStringSubmatch(filepath.ToSlash(dir)); parts != nil {
		return parts[1] + "/" + parts[2]
	}
	m, err := durable.ReadManifest(dir)
	if err != nil || m.Verb != "setup" {
		return ""
	}
	for _, asset := range assets.List() {
		for _, alias := range asset.Aliases {
			if asset.Name == m.Options["asset"] && strings.Contains(alias, "/") {
				return alias
			}
		}
	}
	return ""
}

// origin is where the lists of a source come from, as their folder tells.
type origin struct {
	Source string // the source without its folder's path
	hub    string // the data set's name on the hub, "" where it is not known
	made   durable.Manifest
	ledger bool // lies beside the lists
}

func originOf(source train.Source) origin {
	o := origin{}
	if m, err := durable.ReadManifest(source.Dir); err == nil {
		o.made = m
	}
	_, err := os.Stat(filepath.Join(source.Dir, generate.LedgerName))
	o.ledger = err == nil
	if known, err := exchange.Find(fmt.Sprint(o.made.Options["from"])); err == nil && o.made.Verb == "import" {
		o.hub = known.Repository
	}
	source.Dir = filepath.Base(source.Dir) // a card goes out into the world: no path of this machine
	o.Source = source.String()
	return o
}

// generated tells that an LLM wrote the lists.
func (o origin) generated() bool { return o.made.Verb == "generate" && o.made.Options["model"] != nil }

// Writer is the LLM that wrote the lists, "" of others.
func (o origin) Writer() string {
	if !o.generated() {
		return ""
	}
	return fmt.Sprint(o.made.Options["model"])
}

// WriterLicence is the licence of an LLM that gradus itself fetches, "" of others.
func (o origin) WriterLicence() string {
	for _, asset := range assets.List() {
		if asset.Kind == "llm" && asset.Name == o.Writer() {
			return asset.Licence
		}
	}
	return ""
}

// Provenance tells in sentences how the lists came about.
func (o origin) Provenance() string {
	m := o.made
	switch {
	case o.generated():
		return o.ledgerSummary()
	case m.Verb == "generate":
		return fmt.Sprintf("Graded lists that were written elsewhere: %d queries, %d documents.", m.Counts["queries"], m.Counts["documents"])
	case m.Verb == "import":
		return fmt.Sprintf("Imported from %v: %d queries, %d documents.", m.Options["from"], m.Counts["queries"], m.Counts["documents"])
	}
	return "The folder does not tell how it was made."
}

// ledgerSummary tells what an LLM was asked, and what came of it.
func (o origin) ledgerSummary() string {
	m := o.made
	text := []string{fmt.Sprintf("Written by the LLM `%v`, strategy %v%s.", m.Options["model"], m.Options["strategy"], promptsOf(m.Options["prompts"]))}
	text = append(text, fmt.Sprintf("Of %d queries %d got a document of every grade and %d of some, %d documents in all.",
		m.Counts["queries"], m.Counts["lists"], m.Counts["partial lists"], m.Counts["documents"]))
	var left []string
	for name, n := range m.Counts {
		if reason, ok := strings.CutPrefix(name, "left out: "); ok {
			left = append(left, fmt.Sprintf("%d %s", n, reason))
		}
	}
	if slices.Sort(left); len(left) > 0 {
		text = append(text, fmt.Sprintf("Documents left out: %s.", strings.Join(left, ", ")))
	}
	text = append(text, fmt.Sprintf("%d requests took %d tokens of prompts and %d of answers.",
		m.Counts["requests"], m.Counts["prompt tokens"], m.Counts["completion tokens"]))
	if judge, ok := m.Options["judge"]; ok {
		text = append(text, fmt.Sprintf("Their grades were checked by `%v`.", judge))
	}
	if stopped, ok := m.Options["stopped"]; ok {
		text = append(text, fmt.Sprintf("The run ended early: %v.", stopped))
	}
	if o.ledger {
		text = append(text, fmt.Sprintf("`%s` beside the lists has every request and answer.", generate.LedgerName))
	}
	return strings.Join(text, " ")
}

// promptsOf names the prompts' version and the hash of their text.
func promptsOf(recorded any) string {
	prompts, ok := recorded.(map[string]any)
	if !ok {
		return ""
	}
	return fmt.Sprintf(" with prompts `%v` (SHA-256 %.12v)", prompts["name"], prompts["sha256"])
}
