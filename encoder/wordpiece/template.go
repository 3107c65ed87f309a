package wordpiece

import (
	"encoding/json"
	"fmt"
	"math"
)

// templateJSON is a TemplateProcessing as far as it is about one text.
type templateJSON struct {
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

// bertJSON is a BertProcessing: pairs of a token and its id.
type bertJSON struct {
	Sep [2]any `json:"sep"`
	Cls [2]any `json:"cls"`
}

// parseTemplate returns the ids that a post_processor puts before and after a text.
func parseTemplate(raw json.RawMessage) (before, after []int32, err error) {
	switch kind := typeOf(raw); kind {
	case "": // null: no special tokens
		return nil, nil, nil
	case "TemplateProcessing":
		var t templateJSON
		if err := json.Unmarshal(raw, &t); err != nil {
			return nil, nil, err
		}
		return t.ids()
	case "BertProcessing":
		var b bertJSON
		if err := json.Unmarshal(raw, &b); err != nil {
			return nil, nil, err
		}
		if before, err = pairID("cls", b.Cls); err != nil {
			return nil, nil, err
		}
		after, err = pairID("sep", b.Sep)
		return before, after, err
	default:
		return nil, nil, fmt.Errorf("want TemplateProcessing or BertProcessing, got %q: %w", kind, ErrNotWordPiece)
	}
}

func (t templateJSON) ids() (before, after []int32, err error) {
	seen := false
	for _, piece := range t.Single {
		switch {
		case piece.Sequence != nil && piece.Sequence.ID == "A" && !seen:
			seen = true
		case piece.SpecialToken != nil:
			special, ok := t.SpecialTokens[piece.SpecialToken.ID]
			if !ok {
				return nil, nil, fmt.Errorf("want %q among special_tokens, got none", piece.SpecialToken.ID)
			}
			if seen {
				after = append(after, special.IDs...)
			} else {
				before = append(before, special.IDs...)
			}
		default:
			return nil, nil, fmt.Errorf("want special tokens around one sequence A: %w", ErrNotWordPiece)
		}
	}
	if !seen {
		return nil, nil, fmt.Errorf("want a sequence A in the template, got none: %w", ErrNotWordPiece)
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
