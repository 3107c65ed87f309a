package special

import (
	"fmt"
	"slices"
)

// Numbered are the added tokens of a tokenizer with their ids.
type Numbered struct {
	Raw        []Token // found in a text as it came
	Normalized []Token // found once it is normalised; their contents are, too
	IDs        map[string]int32
	Size       int // one more than the highest id, the vocabulary's among them
}

// Number gives the added tokens their ids. As in the Rust library, one of the
// vocabulary keeps its id there and others take the next free one from count on.
//   - vocabulary: a token's id, whether it has one
//   - count, size: the vocabulary's tokens, and one more than its highest id
//   - normalize: what the tokenizer makes of a text
func Number(added []Added, vocabulary func(string) (int32, bool), count, size int, normalize func(string) string) (Numbered, error) {
	n := Numbered{IDs: make(map[string]int32), Size: size}
	next := int32(count)
	for _, a := range added {
		if a.Content == "" {
			continue
		}
		id, known := n.IDs[a.Content]
		if v, ok := vocabulary(a.Content); !known && ok {
			id, known = v, true
		}
		if !known {
			id = next
		}
		next = max(next, id+1)
		n.IDs[a.Content] = id
		n.Size = max(n.Size, int(id)+1)
		t := Token{a.Content, id, a.SingleWord, a.LeftStrip, a.RightStrip}
		if !a.Normalized {
			n.Raw = append(n.Raw, t)
			continue
		}
		if t.Content = normalize(a.Content); t.Content == "" {
			return n, fmt.Errorf("added token %q: nothing is left of it once normalised", a.Content)
		}
		n.Normalized = append(n.Normalized, t)
	}
	return n, nil
}

// PadID is the id that fills rows up: the padding's, which may be nil, else that of [PAD] or <pad>, else 0.
func PadID(padding *int32, ids func(string) (int32, bool)) int32 {
	if padding != nil {
		return *padding
	}
	for _, name := range []string{"[PAD]", "<pad>"} {
		if id, ok := ids(name); ok {
			return id
		}
	}
	return 0
}

// ID looks a token up among the added ones, then in the vocabulary.
func (n Numbered) ID(vocabulary func(string) (int32, bool)) func(string) (int32, bool) {
	return func(token string) (int32, bool) {
		if id, ok := n.IDs[token]; ok {
			return id, true
		}
		return vocabulary(token)
	}
}

// Check holds the ids that a tokenizer gives without a text against its size.
func (n Numbered) Check(frame Frame, pad int32) error {
	for _, id := range slices.Concat(frame.Before, frame.After, []int32{pad}) {
		if id < 0 || int(id) >= n.Size {
			return fmt.Errorf("want special tokens of ids below %d, got %d", n.Size, id)
		}
	}
	return nil
}
