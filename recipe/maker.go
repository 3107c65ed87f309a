package recipe

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/gradus-ir/gradus/encoder"
	"github.com/gradus-ir/gradus/index"
	"github.com/gradus-ir/gradus/internal/durable"
)

// partsOption is the word of a vectors folder's manifest for the parts of its encoder.
const partsOption = "encoder_parts"

// maker tells what made vectors: a fingerprint of all that matters, and what it
// is of, by name, so that it can be said what differs.
type maker struct {
	fingerprint string
	parts       map[string]any
}

func makerOf(m *encoder.Model) (maker, error) {
	fingerprint, err := m.Fingerprint()
	if err != nil {
		return maker{}, err
	}
	weights, err := hashWeights(m)
	if err != nil {
		return maker{}, err
	}
	return maker{fingerprint, map[string]any{
		"name": m.Name(), "weights": weights, "layers": m.Layers, "pooling": string(m.Pooling), "normalize": m.Normalize, "lowercase": m.Lowercase,
		"query prompt": m.PromptFor("query"), "document prompt": m.PromptFor("document"), "default length": m.MaxLength, "precision": string(m.Precision),
	}}, nil
}

func hashWeights(m *encoder.Model) (string, error) {
	weights, err := m.Weights()
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	for _, w := range weights {
		io.WriteString(hash, w.Name)
		if err := binary.Write(hash, binary.LittleEndian, w.Data); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(hash.Sum(nil))[:16], nil
}

// makerIn is what a folder says of what made it.
func makerIn(v *index.Vectors) maker {
	parts, _ := v.Manifest.Options[partsOption].(map[string]any)
	return maker{v.Encoder, parts}
}

// checkMade refuses to search documents' vectors with the queries of another
// encoder, and says what differs where both sides tell.
func checkMade(documents *index.Vectors, queries maker) error {
	refused := documents.CheckEncoder(queries.fingerprint)
	by := makerIn(documents)
	if refused == nil || by.parts == nil || queries.parts == nil {
		return refused
	}
	was, err := durable.RawOptions(by.parts)
	if err != nil {
		return err
	}
	is, err := durable.RawOptions(queries.parts)
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: %s", refused, strings.Join(durable.Differences(was, is), "; "))
}
