package encodertest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
)

// Subwords is subwords.json, which bench/goldens/subwords.py writes: what
// tokenizers of other kinds than BERT's make of texts.
type Subwords struct {
	Texts    []string
	Variants []Variant
	Words    []string // a digest for each 4,096 code points

	dir string
}

// Variant is a tokenizer of a family's folder under a patch, and its ids.
type Variant struct {
	Family     string
	Patch      map[string]any
	Own        [][]int32 // of the first texts
	Digests    []string  // of each text's ids, as Digest has them
	CutDigests []string  `json:"digests_max_8"`
}

// ReadSubwords reads it from the folder of the encoder's test data.
func ReadSubwords(dir string) (Subwords, error) {
	s := Subwords{dir: dir}
	data, err := os.ReadFile(filepath.Join(dir, "subwords.json"))
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(data, &s)
}

// Of are the variants of a family.
func (s Subwords) Of(family string) []Variant {
	var of []Variant
	for _, v := range s.Variants {
		if v.Family == family {
			of = append(of, v)
		}
	}
	return of
}

// Tokenizer is a family's tokenizer.json under a patch (RFC 7386), which may be nil.
func (s Subwords) Tokenizer(family string, patch map[string]any) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(s.dir, family, "tokenizer.json"))
	if err != nil {
		return nil, err
	}
	var file any
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	return json.Marshal(patched(file, patch))
}

func patched(value, patch any) any {
	fields, isPatch := patch.(map[string]any)
	old, isObject := value.(map[string]any)
	if !isPatch || !isObject {
		return patch
	}
	out := maps.Clone(old)
	for key, change := range fields {
		if change == nil {
			delete(out, key)
		} else {
			out[key] = patched(out[key], change)
		}
	}
	return out
}

// Digest sums a text's ids up.
func Digest(ids []int32) string {
	row := binary.LittleEndian.AppendUint32(nil, uint32(len(ids)))
	for _, id := range ids {
		row = binary.LittleEndian.AppendUint32(row, uint32(id))
	}
	sum := sha256.Sum256(row)
	return hex.EncodeToString(sum[:])[:16]
}
