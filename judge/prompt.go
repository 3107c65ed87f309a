package judge

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"strings"
	"text/template"
	"unicode/utf8"
)

// promptName is the file of the prompts. It carries the version; a text that
// changes gets a new one.
const promptName = "trec-dl.v1"

//go:embed prompts/*.tmpl
var promptFiles embed.FS

var (
	prompts      = template.Must(template.New(promptName).Funcs(template.FuncMap{"letter": letter}).Parse(promptText()))
	promptSHA256 = func() string {
		sum := sha256.Sum256([]byte(promptText()))
		return hex.EncodeToString(sum[:])
	}()
)

func promptText() string {
	text, err := promptFiles.ReadFile("prompts/" + promptName + ".tmpl")
	if err != nil {
		panic(err)
	}
	return string(text)
}

// form is how documents are put before the judge.
type form string

const (
	alone    form = "alone"
	listwise form = "list"
)

// render panics on a template that does not fit: tests render each.
func (f form) render(query string, documents []string) string {
	var text bytes.Buffer
	data := struct {
		Query     string
		Documents []string
	}{oneLine(query), documents}
	if err := prompts.ExecuteTemplate(&text, string(f), data); err != nil {
		panic(err)
	}
	return text.String()
}

// oneLine sets a text as a single paragraph, so that the prompt's own lines stand out.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// cut is the text's beginning of at most so many bytes, at a word where there is one.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	text = text[:most]
	if space := strings.LastIndexByte(text, ' '); space > most/2 {
		text = text[:space]
	}
	return text
}
