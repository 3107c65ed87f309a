package recipe

import (
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	yaml "go.yaml.in/yaml/v3"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/internal/durable"
	"github.com/gradus-ir/gradus/report"
	"github.com/gradus-ir/gradus/train"
)

// cardFile is the model card of a folder, as the hub shows it.
const cardFile = "README.md"

//go:embed modelcard.md.tmpl
var modelCardText string

var modelCardTemplate = template.Must(template.New("model card").Parse(modelCardText))

// cardFacts are what a model card tells of where a model comes from.
type cardFacts struct {
	base    base
	sources []origin
}

// cardFacts are found before a training: a folder that does not tell is no reason to lose one.
func (o TrainOptions) cardFacts(m *encoder.Model) cardFacts {
	facts := cardFacts{base: baseOf(m.Dir)}
	for _, source := range o.Sources {
		facts.sources = append(facts.sources, originOf(source))
	}
	return facts
}

// front is the YAML that a card begins with.
// Source: the hub's model card metadata, huggingface_hub ModelCardData.
type front struct {
	Library   string   `yaml:"library_name"`
	Pipeline  string   `yaml:"pipeline_tag"`
	Tags      []string `yaml:"tags,flow"`
	BaseModel string   `yaml:"base_model,omitempty"`
	Datasets  []string `yaml:"datasets,omitempty"`
	Language  any      `yaml:"language,omitempty"` // a code or a list of them
	Licence   any      `yaml:"license,omitempty"`
}

func modelCard(m *encoder.Model, opts TrainOptions, facts cardFacts, result train.Result) (string, error) {
	head := front{
		Library: "sentence-transformers", Pipeline: "sentence-similarity",
		Tags:      []string{"sentence-transformers", "feature-extraction", "sentence-similarity", "dense", "gradus"},
		BaseModel: facts.base.hub, Language: facts.base.language, Licence: facts.base.licence,
	}
	for _, source := range facts.sources {
		if source.generated() {
			head.Tags = append(head.Tags, "synthetic")
			break
		}
	}
	for _, source := range facts.sources {
		if source.hub != "" {
			head.Datasets = append(head.Datasets, source.hub)
		}
	}
	yamlText, err := yaml.Marshal(head)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = modelCardTemplate.Execute(&out, struct {
		Front   string
		Base    base
		Sources []origin
		Model   *encoder.Model
		Options TrainOptions
		Result  train.Result
		Version string
		Results string
	}{string(yamlText), facts.base, facts.sources, m, opts, result, durable.Version, resultsBegin + "\n" + resultsEnd})
	return out.String(), err
}

// Between these lines of a card stand the results, which only an experiment has.
const (
	resultsBegin = "<!-- results of gradus run -->"
	resultsEnd   = "<!-- end of the results -->"
)

// writeResults puts an arm's results into the card of its model's folder. A folder without a card, or with one of another's, is left as it is.
func writeResults(dir, results string) error {
	path := filepath.Join(dir, cardFile)
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(text), resultsBegin)
	_, after, closed := strings.Cut(rest, resultsEnd)
	if !ok || !closed {
		return nil
	}
	return durable.WriteFile(path, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s%s\n%s%s%s", before, resultsBegin, results, resultsEnd, after)
		return err
	})
}

// writeCards puts the experiment's results into the cards of the models that it trained.
func (p *planner) writeCards(e report.Experiment, models map[string][]armModel) error {
	for name, trained := range models {
		for _, m := range trained {
			if m.path == "" {
				continue
			}
			if err := writeResults(p.e.Path(m.path), e.ArmResults(name)); err != nil {
				return err
			}
		}
	}
	return nil
}
