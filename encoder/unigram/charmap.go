package unigram

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// charMap is SentencePiece's compiled map of characters, NFKC and more: a
// double array (Darts) of what is replaced, which leads to the replacement's place among texts.
type charMap struct {
	units []uint32
	texts []byte    // each ends with a zero byte
	plain [128]bool // ASCII that stays as it is
}

// longestCluster is how many bytes of characters that are read as one the Rust library replaces as one.
const longestCluster = 5

var errCharMap = errors.New("precompiled_charsmap: want the size of a double array, the array and texts, got something else")

func newCharMap(data []byte) (*charMap, error) {
	if len(data) < 4 {
		return nil, errCharMap
	}
	size := binary.LittleEndian.Uint32(data)
	if data = data[4:]; uint64(size) > uint64(len(data)) || size%4 != 0 || size == 0 {
		return nil, errCharMap
	}
	m := &charMap{units: make([]uint32, size/4), texts: data[size:]}
	for i := range m.units {
		m.units[i] = binary.LittleEndian.Uint32(data[4*i:])
	}
	if !utf8.Valid(m.texts) {
		return nil, errCharMap
	}
	for b := range m.plain {
		_, changes := m.replacement(string([]byte{byte(b)}))
		m.plain[b] = !changes
	}
	return m, nil
}

// normalize replaces what the map has, of each cluster of characters that is
// read as one the whole if it is short, else each character.
func (m *charMap) normalize(text string) string {
	var out []byte
	done := 0 // text[:done] is in out
	replace := func(start, end int) bool {
		to, ok := m.replacement(text[start:end])
		if ok {
			out = append(append(out, text[done:start]...), to...)
			done = end
		}
		return ok
	}
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf && m.plain[text[i]] && (i+1 == len(text) || text[i+1] < utf8.RuneSelf) {
			i++
			continue
		}
		cluster, _, _, _ := uniseg.FirstGraphemeClusterInString(text[i:], -1)
		end := i + len(cluster)
		if len(cluster) > longestCluster || !replace(i, end) {
			for i < end {
				_, size := utf8.DecodeRuneInString(text[i:])
				replace(i, i+size)
				i += size
			}
		}
		i = end
	}
	if done == 0 {
		return text
	}
	return string(append(out, text[done:]...))
}

// replacement is what stands for a text in the map: that of the shortest of the
// map's keys that the text begins with, as in the Rust library. What is left of the text goes with it.
func (m *charMap) replacement(text string) ([]byte, bool) {
	at := uint32(0)
	unit := m.units[at]
	at ^= offset(unit)
	for i := range len(text) {
		b := uint32(text[i])
		if at ^= b; b == 0 || int(at) >= len(m.units) {
			return nil, false
		}
		if unit = m.units[at]; unit&(1<<31|0xFF) != b {
			return nil, false
		}
		if at ^= offset(unit); int(at) >= len(m.units) {
			return nil, false
		}
		if unit>>8&1 == 1 {
			place := int(m.units[at] & (1<<31 - 1))
			if place >= len(m.texts) {
				return nil, false
			}
			to := m.texts[place:]
			if end := bytes.IndexByte(to, 0); end >= 0 {
				to = to[:end]
			}
			return to, true
		}
	}
	return nil, false
}

// offset leads from a unit of the double array to its children.
func offset(unit uint32) uint32 { return unit >> 10 << (unit & (1 << 9) >> 6) }
