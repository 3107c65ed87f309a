package generate

import (
	"fmt"

	"github.com/gradus-ir/gradus/collection"
)

// key names a request of a run. Attempts at a step are numbered from 0.
type key struct {
	Query   string `json:"query"`
	Step    string `json:"step"` // a grade, or a word for what prepares one
	Attempt int    `json:"attempt"`
}

func (k key) String() string { return fmt.Sprintf("%s/%s/%d", k.Query, k.Step, k.Attempt) }

// entry is a record of the ledger, of one of these kinds.
type entry struct {
	Run      *terms             `json:"run,omitempty"`      // the first record
	Queries  []collection.Query `json:"queries,omitempty"`  // then come these, some at a time,
	Examples []string           `json:"examples,omitempty"` // and these, where the run has any
	Answer   *answer            `json:"answer,omitempty"`   // a confirmed answer, good or bad
	Judgment *judgment          `json:"judgment,omitempty"` // a judge's grade of a passage
	Failure  *failure           `json:"failure,omitempty"`  // a request without an answer; it will be asked again
}

// answer is what the model said to one request.
type answer struct {
	key
	Prompt           string `json:"prompt"` // the template: its file and its name there
	System           string `json:"system"` // what the model was told
	User             string `json:"user"`   // and asked
	Model            string `json:"model"`  // as the server named it
	Seed             int64  `json:"seed"`
	PromptTokens     int    `json:"prompt_tokens"`
	CompletionTokens int    `json:"completion_tokens"`
	Milliseconds     int64  `json:"ms"`
	Finish           string `json:"finish"`
	Outcome          string `json:"outcome"` // ok, or why it was not used; for people, checks run anew over Raw
	Raw              string `json:"raw"`
}

// judgment is the grade a judge gave a text.
type judgment struct {
	Query            string `json:"query"`
	Document         string `json:"document_sha256"` // of the text
	Grade            int    `json:"grade"`           // NoGrade if its answer had none
	Model            string `json:"model,omitempty"` // as the server named it
	PromptTokens     int    `json:"prompt_tokens"`
	CompletionTokens int    `json:"completion_tokens"`
	Milliseconds     int64  `json:"ms"`
	Raw              string `json:"raw,omitempty"`
}

type failure struct {
	key
	Error string `json:"error"`
}
