package special

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
)

// File is a tokenizer.json as far as all kinds of tokenizer have it alike.
type File struct {
	Truncation *struct {
		MaxLength int    `json:"max_length"`
		Direction string `json:"direction"`
	} `json:"truncation"`
	Padding *struct {
		PadID int32 `json:"pad_id"`
	} `json:"padding"`
	AddedTokens   []Added         `json:"added_tokens"`
	Normalizer    json.RawMessage `json:"normalizer"`
	PreTokenizer  json.RawMessage `json:"pre_tokenizer"`
	PostProcessor json.RawMessage `json:"post_processor"`
	Model         json.RawMessage `json:"model"`
}

// Added is an entry of added_tokens.
type Added struct {
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LeftStrip  bool   `json:"lstrip"`
	RightStrip bool   `json:"rstrip"`
	Normalized bool   `json:"normalized"` // found in the normalised text, not in the text as it came
}

// ReadFile reads a tokenizer.json.
func ReadFile(path string) (File, error) {
	var f File
	data, err := os.ReadFile(path)
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(data, &f); err != nil {
		return f, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// Kind is the type of the model. Files of before 2020 name none: it follows from the model's fields.
func (f File) Kind() string {
	var m struct {
		Type   string
		Merges json.RawMessage
		Vocab  json.RawMessage
	}
	switch {
	case json.Unmarshal(f.Model, &m) != nil || m.Type != "":
		return m.Type
	case m.Merges != nil:
		return "BPE"
	case len(m.Vocab) > 0 && m.Vocab[0] == '[':
		return "Unigram"
	default:
		return "WordPiece"
	}
}

// PadID is the id that padding names; nil where there is none.
func (f File) PadID() *int32 {
	if f.Padding == nil {
		return nil
	}
	return &f.Padding.PadID
}

// TypeOf returns the type field of an object; "" for null and what is not one.
func TypeOf(raw json.RawMessage) string {
	var t struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(raw, &t) != nil {
		return ""
	}
	return t.Type
}

// ErrNoFrame is what Frame wraps for a post_processor of a kind that it does not read.
var ErrNoFrame = errors.New("not special tokens around one text")

// Frame is what the post_processor puts around a text, and how truncation cuts it.
func (f File) Frame() (Frame, error) {
	before, after, err := parseFrame(f.PostProcessor)
	if err != nil {
		return Frame{}, fmt.Errorf("post_processor: %w", err)
	}
	return Frame{before, after, f.Truncation != nil && f.Truncation.Direction == "Left"}, nil
}

// parseFrame returns the ids that a post_processor puts before and after a text.
func parseFrame(raw json.RawMessage) (before, after []int32, err error) {
	switch kind := TypeOf(raw); kind {
	case "", "ByteLevel": // null, or what only trims offsets: no special tokens
		return nil, nil, nil
	case "TemplateProcessing":
		var t template
		if err := json.Unmarshal(raw, &t); err != nil {
			return nil, nil, err
		}
		return t.ids()
	case "BertProcessing", "RobertaProcessing": // pairs of a token and its id
		var b struct{ Sep, Cls [2]any }
		if err := json.Unmarshal(raw, &b); err != nil {
			return nil, nil, err
		}
		if before, err = pairID("cls", b.Cls); err != nil {
			return nil, nil, err
		}
		after, err = pairID("sep", b.Sep)
		return before, after, err
	default:
		return nil, nil, fmt.Errorf("want TemplateProcessing, BertProcessing or RobertaProcessing, got %q: %w", kind, ErrNoFrame)
	}
}

// template is a TemplateProcessing as far as it is about one text.
type template struct {
	Single []struct {
		SpecialToken *struct {
			ID string `json:"id"`
		}
		Sequence *struct {
			ID string `json:"id"`
		}
	} `json:"single"`
	SpecialTokens map[string]struct {
		IDs []int32 `json:"ids"`
	} `json:"special_tokens"`
}

func (t template) ids() (before, after []int32, err error) {
	seen := false
	for _, piece := range t.Single {
		switch {
		case piece.Sequence != nil && piece.Sequence.ID == "A" && !seen:
			seen = true
		case piece.SpecialToken != nil:
			token, ok := t.SpecialTokens[piece.SpecialToken.ID]
			if !ok {
				return nil, nil, fmt.Errorf("want %q among special_tokens, got none", piece.SpecialToken.ID)
			}
			if seen {
				after = append(after, token.IDs...)
			} else {
				before = append(before, token.IDs...)
			}
		default:
			return nil, nil, fmt.Errorf("want special tokens around one sequence A: %w", ErrNoFrame)
		}
	}
	if !seen {
		return nil, nil, fmt.Errorf("want a sequence A in the template, got none: %w", ErrNoFrame)
	}
	return before, after, nil
}

func pairID(name string, pair [2]any) ([]int32, error) {
	id, ok := pair[1].(float64)
	if !ok || id < 0 || id >= math.MaxInt32 {
		return nil, fmt.Errorf("%s: want a token and its id, got %v", name, pair)
	}
	return []int32{int32(id)}, nil
}
