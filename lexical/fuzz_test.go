package lexical

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// Any bytes in any place of an index, with checksums made to fit, are searched
// or refused, and nothing else: no panic, no document that is not there.
func FuzzIndex(f *testing.F) {
	var documents []string
	for i := range 300 {
		documents = append(documents, strings.Repeat(fmt.Sprintf("flow%d wing flow ", i%7), i%5))
	}
	for which := range names {
		f.Add(uint8(which), uint16(0), []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
		f.Add(uint8(which), uint16(8), []byte{0})
		f.Add(uint8(which), uint16(40), []byte{7, 1, 0x80})
	}
	sound := filepath.Join(f.TempDir(), "index")
	err := Create(context.Background(), sound, Options{}, func(w *Writer) error {
		for i, document := range documents {
			if err := w.Append(fmt.Sprint(i), document); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		f.Fatal(err)
	}
	contents := make([][]byte, len(names))
	for i, name := range names {
		if contents[i], err = os.ReadFile(filepath.Join(sound, name)); err != nil {
			f.Fatal(err)
		}
	}
	manifest, err := os.ReadFile(filepath.Join(sound, "manifest.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, which uint8, place uint16, harm []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "manifest.json"), manifest, 0o666); err != nil {
			t.Fatal(err)
		}
		var outputs []*output
		for i, name := range names {
			content := contents[i]
			if i == int(which)%len(names) {
				at := int(place) % (len(content) + 1)
				content = append(append([]byte{}, content[:at]...), harm...)
				if rest := at + len(harm); rest < len(contents[i]) {
					content = append(content, contents[i][rest:]...)
				}
			}
			out, err := create(dir, name)
			if err != nil {
				t.Fatal(err)
			}
			out.Write(content)
			if err := out.close(); err != nil {
				t.Fatal(err)
			}
			outputs = append(outputs, out)
		}
		if err := writeChecksums(dir, outputs); err != nil {
			t.Fatal(err)
		}
		x, err := Open(dir, Default)
		if err != nil {
			return
		}
		defer x.Close()
		found, err := x.Search(t.Context(), []string{"wing flow3 flow", "flow5"}, 20)
		if err != nil {
			return
		}
		for _, hits := range found {
			if len(hits) > 20 || len(hits) > x.Len() {
				t.Errorf("want at most 20 of %d documents, got %d", x.Len(), len(hits))
			}
		}
	})
}

// A block that is read is the block that was written; any other bytes are an error or some block.
func FuzzBlock(f *testing.F) {
	f.Add([]byte{1, 1, 2, 3, 5, 8, 13, 255}, []byte{})
	f.Add([]byte{0, 0, 0, 0, 200, 7}, []byte{1, 2, 3, 33, 1, 1})
	f.Add([]byte{9}, binary.AppendUvarint(nil, 1<<60))
	f.Fuzz(func(t *testing.T, numbers, raw []byte) {
		var postings []posting
		doc := uint32(0)
		for i := 0; i+1 < len(numbers) && len(postings) < blockSize; i += 2 {
			doc += 1 + uint32(numbers[i])<<(numbers[i]%20)
			postings = append(postings, posting{doc, 1 + uint32(numbers[i+1])})
		}
		var d decoded
		if len(postings) > 0 {
			block := appendBlock(nil, 0, postings, func(doc uint32) uint32 { return doc % 50 })
			size := len(block)
			block = append(block, make([]byte, packSlack)...)[:size]
			if err := d.decode(block, len(postings), 0, doc); err != nil {
				t.Fatal(err)
			}
			for i, p := range postings {
				if got := (posting{d.docs[i], d.frequencies[i]}); got != p {
					t.Fatalf("posting %d: want %v, got %v", i, p, got)
				}
			}
		}
		size := len(raw)
		raw = append(append([]byte{}, raw...), make([]byte, packSlack)...)[:size]
		if err := d.decode(raw, 1+len(numbers)%blockSize, -1, 1000); err == nil && d.docs[d.n-1] != 1000 {
			t.Errorf("want the block's last document to be 1000, got %d", d.docs[d.n-1])
		}
	})
}

// Words are stretches of the text in order, none longer than Lucene has them.
func FuzzWords(f *testing.F) {
	for _, seed := range []string{"", "a b", "O'Neill's 3.14 x:y", "👍🏽‍👩❤️", "#️⃣ *", "\xff\xfeab", "צה\"ל", strings.Repeat("a", 600), "ก\u200d漢字かカ한"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rest := text
		for word := range words(text) {
			at := strings.Index(rest, word)
			if word == "" || at < 0 || len([]rune(word)) > maxWord {
				t.Fatalf("%q: word %q", text, word)
			}
			rest = rest[at+len(word):]
		}
		for _, token := range Tokens(text) {
			if token == "" || utf8.ValidString(text) && !utf8.ValidString(token) || strings.ContainsAny(token, "\n\x00") {
				t.Errorf("%q: token %q", text, token)
			}
		}
	})
}
