package recipe

import (
	"time"

	"github.com/gradus-ir/gradus/internal/yaml"
	"github.com/gradus-ir/gradus/measure"
	"github.com/gradus-ir/gradus/train"
)

// Recipe is an experiment as its file describes it: what is trained on what,
// what is tested where. docs/recipes.md tells the keys of the file.
type Recipe struct {
	File     string // as errors name it
	Dir      string // that relative paths start from
	Name     string
	Question string // what the experiment asks, for the report
	Notes    []string

	Measures    []measure.Measure // the first one decides
	Seeds       []uint64          // one training of every trained arm each
	Collections []Collection
	Generators  []Generator
	Encoders    []Encoder
	Arms        []Arm
	Tune        *Tune // nil takes the hyperparameters as they stand
	Tests       []Test
	Shift       *Split // graded lists that are scored before and after training; nil scores none
	Machine     Machine

	// Checkpoints are when trainings save what they need to go on; not in the file. Default every minute.
	Checkpoints train.Checkpoints
}

// Collection is documents and queries: a folder, one of gradus's own, or a part of another.
type Collection struct {
	Name    string
	Path    string // a folder in BEIR's layout, or data:NAME for one that gradus carries; "" where Of is set
	Of      string // the collection that it has the documents of, and some of the queries
	Queries Part   // of Of's
	Splits  []SplitRule
	Counts  Counts // what a forecast takes the collection for where it is not here
	at      yaml.Node
}

// Counts are the size of a collection.
type Counts struct {
	Documents, Queries float64
	Words              float64            // of a document, on average
	Graded             float64            // documents of a query's list
	BySplit            map[string]float64 // queries of splits of which it has not all
}

// Part is some of a list of queries. The zero value is all of them.
type Part struct {
	Numbers   string // "odd" or "even": those whose ID is such a number
	Only      string // a split, COLLECTION/SPLIT, whose queries alone are taken
	Without   string // a split or a collection whose queries are left out
	Draw      int    // so many of them, drawn; 0 takes all
	Seed      uint64 // of the draw
	at        yaml.Node
	onlyAt    yaml.Node
	withoutAt yaml.Node
}

// SplitRule makes a split of a collection out of another of its splits.
type SplitRule struct {
	Name string
	Of   string
	Part Part
}

// Split names the judged queries of a collection.
type Split struct {
	Collection, Name string
	at               yaml.Node
}

// Generator has an LLM write graded documents. What it makes is a collection of its name with a split train.
type Generator struct {
	Name    string
	Queries Split  // whose queries are written for: a split, or with an empty name all of a collection
	Shuffle bool   // asks for them in an order drawn by the seed, so that a limit leaves them on all topics
	LLM     LLM    // that writes
	Judge   *LLM   // that checks what was written; nil checks nothing
	Style   string // a collection whose documents' style is followed; "" follows none

	Strategy, Domain, Answers, OnMismatch string
	Grades                                []int
	Attempts, CheckAttempts, Examples     int
	Seed                                  int64
	MaxTime                               time.Duration
	at                                    yaml.Node
}

// LLM is a language model as --llm and --model name it, and what it may use up.
type LLM struct {
	Spec, Model        string
	Concurrency        int
	MaxTokens          int64
	MaxCost            float64
	PromptPrice, Price float64 // USD per million tokens of prompts and of answers
	TokensPerSecond    float64 // what a forecast takes it for; 0 is a guess
	at                 yaml.Node
}

// Encoder is a model that arms start from.
type Encoder struct {
	Name              string
	Model             string // a folder, a hub id, or the name of an asset
	KeepLayers        []int  // of a pruned student; nil keeps all
	DocumentMaxLength int    // tokens, in training and in search; 0 is the model's own
	QueryMaxLength    int    // likewise; 0 is 64 in training and the model's own in search
	QueryPrompt       *string
	DocumentPrompt    *string
	Precision         string // "" is float32
	at                yaml.Node
}

// ArmKind is what finds an arm's documents.
type ArmKind string

// The kinds of arms.
const (
	DenseArm  ArmKind = "encoder"
	BM25Arm   ArmKind = "bm25"
	FusionArm ArmKind = "fusion"
)

// Arm is one system of the experiment, with what it inherits filled in.
type Arm struct {
	Name     string // unique; ENCODER/ARM where an arm of the file stands for several encoders
	Declared string // as the file has it
	Kind     ArmKind
	Baseline string // the arm it is compared with; "" is none
	Encoder  string // of a dense arm
	Sources  []Source
	Values   Values // hyperparameters as the file has them; none trains nothing
	Grid     Grid   // those that are chosen on the dev split
	Of       []string
	Method   Fusion
	Weights  []float64
	at       yaml.Node
}

// Trained tells whether the arm trains its encoder.
func (a Arm) Trained() bool { return len(a.Sources) > 0 }

// Source is a collection seen through a filter, as train.Source is, by name.
type Source struct {
	Split
	MinGrade, MaxGrade int
	Grade              *int
	Sample             int
	Weight             float64
}

// Tune says where hyperparameters are chosen: never on a test split.
type Tune struct {
	Split   Split
	Measure measure.Measure
	Grid    Grid // of every arm that has none of its own
	at      yaml.Node
}

// Test is judged queries that every arm is tested on.
type Test struct {
	Name  string // of the report's tables
	Split Split  // with an empty name all queries of the collection, which a judge then grades for
	Note  string
	Depth int  // documents a query
	Judge *LLM // grades the first documents of all runs where the split has no labels; nil wants labels
	Pool  int  // how many of each run
	// DropSelf takes a document whose ID is the query's out of the rankings, as BEIR does on ArguAna and Quora.
	DropSelf bool
	// ZeroShot says that arms are trained on nothing of it, near-duplicates included. A run holds it to that.
	ZeroShot bool
	at       yaml.Node
}

// Machine is what a forecast takes the machine for until rates have been measured on it.
type Machine struct {
	TeraFLOPS  float64 // a second, in training and encoding
	USDPerHour float64
}
