package wordpiece

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"
)

// digests is digests.json: the Rust library's ids, as digest sums them up.
type digests struct {
	SciFact struct {
		Documents, Step int
		Digests         []string
	}
	Block      int
	CodePoints map[string][]string `json:"code_points"`
}

// digest is the Digest of bench/tokenizer/reference.py.
type digest struct {
	hash.Hash
	row []byte
}

func newDigest() *digest { return &digest{Hash: sha256.New()} }

func (d *digest) add(ids []int32) {
	d.row = binary.LittleEndian.AppendUint32(d.row[:0], uint32(len(ids)))
	for _, id := range ids {
		d.row = binary.LittleEndian.AppendUint32(d.row, uint32(id))
	}
	d.Write(d.row)
}

func (d *digest) String() string { return hex.EncodeToString(d.Sum(nil))[:16] }

// TestEveryCodePoint encodes each code point in context by a vocabulary of all
// characters, so that no [UNK] hides what became of it.
func TestEveryCodePoint(t *testing.T) {
	var want digests
	readJSON(t, "digests.json", &want)
	var whole, rest []token
	for r := range rune(utf8.MaxRune + 1) {
		if utf8.ValidRune(r) {
			whole = append(whole, token{string(r), 2*r + 1})
			rest = append(rest, token{string(r), 2*r + 2})
		}
	}
	trie, err := newTrie(whole, rest)
	if err != nil {
		t.Fatal(err)
	}
	all := &Tokenizer{trie: trie, maxWord: 100}
	for name, n := range normalizations {
		tok := all.with(n)
		var ids []int32
		for block, want := range want.CodePoints[name] {
			sum := newDigest()
			for r := range rune(4096) {
				if r += rune(block) * 4096; !utf8.ValidRune(r) {
					continue
				}
				for _, text := range []string{"a" + string(r) + "b", "a\u302e" + string(r) + "\U0001d165b"} {
					ids = tok.AppendEncode(ids[:0], text, 0)
					sum.add(ids)
				}
			}
			if got := sum.String(); got != want {
				t.Errorf("%s: U+%04X and the 4095 after it: want digest %s, got %s", name, block*4096, want, got)
			}
		}
	}
}

// TestSciFact encodes all of SciFact, which may not be copied into this repository.
func TestSciFact(t *testing.T) {
	texts := sciFact(t)
	if texts == nil {
		t.Skip("no SciFact beside this clone")
	}
	tok := loadMiniLM(t)
	var want digests
	readJSON(t, "digests.json", &want)
	if len(texts) != want.SciFact.Documents {
		t.Fatalf("want %d documents, got %d", want.SciFact.Documents, len(texts))
	}
	sum := newDigest()
	for i, text := range texts {
		sum.add(tok.Encode(text, 0))
		if at := i / want.SciFact.Step; (i+1)%want.SciFact.Step == 0 || i == len(texts)-1 {
			if got := sum.String(); got != want.SciFact.Digests[at] {
				t.Fatalf("documents %d to %d: want digest %s, got %s", at*want.SciFact.Step, i, want.SciFact.Digests[at], got)
			}
		}
	}
}

// sciFact reads the documents' title and text; nil if the collection is not here.
func sciFact(tb testing.TB) []string {
	tb.Helper()
	file, err := os.Open(filepath.FromSlash("../../../shared/data/scifact/corpus.jsonl"))
	if err != nil {
		return nil
	}
	defer file.Close()
	var texts []string
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var d struct{ Title, Text string }
		if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
			tb.Fatal(err)
		}
		texts = append(texts, d.Title+" "+d.Text)
	}
	if err := lines.Err(); err != nil {
		tb.Fatal(err)
	}
	return texts
}
