package generate

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"strings"
	"text/template"
)

//go:embed prompts/*.tmpl
var promptFiles embed.FS

// prompts are the texts of one strategy: a file of named templates. The file
// name carries the version; a text that changes gets a new one.
type prompts struct {
	Name   string `json:"name"` // such as per-grade.v2
	SHA256 string `json:"sha256"`
	texts  *template.Template
}

func mustPrompts(name string) prompts {
	file := "prompts/" + name + ".tmpl"
	text, err := promptFiles.ReadFile(file)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(text)
	return prompts{
		Name:   name,
		SHA256: hex.EncodeToString(sum[:]),
		texts:  template.Must(template.New(name).Funcs(template.FuncMap{"question": isQuestion}).Parse(string(text))),
	}
}

// promptData is what a template may use.
type promptData struct {
	manner
	Query    string
	Other    string   // another question or a topic: what the passage is about instead
	Domain   string   // the user's words for what the documents are for
	Examples []string // documents whose style to follow
	Grades   []int    // of an answer with several passages
	JSON     bool     // the answer is constrained to a schema
}

// form is the data without what a passage may rightly have words of.
func (d promptData) form() promptData {
	return promptData{manner: d.manner, Grades: d.Grades}
}

// isQuestion tells questions from claims and keywords, as far as that needs no
// grammar: in English by the first word.
func isQuestion(query string) bool {
	words := wordsOf(query)
	return len(words) > 0 && strings.Contains(questionWords, " "+words[0]+" ")
}

const questionWords = " what which who whom whose when where why how is are was were do does did can could has have had should would will may "

// render panics on a template that does not fit promptData: tests render each.
func (p prompts) render(name string, data promptData) string {
	var text bytes.Buffer
	if err := p.texts.ExecuteTemplate(&text, name, data); err != nil {
		panic(err)
	}
	return text.String()
}
