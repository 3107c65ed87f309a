package mine

import (
	"fmt"
	"hash/maphash"
	"strings"
	"unicode"

	"github.com/gradus-ir/gradus/collection"
)

// text stands for a document's text: two are one where the texts are equal but for case, spacing and punctuation.
type text [2]uint64

// texts are those of documents by id.
type texts map[string]text

// readTexts streams the collection and keeps what stands for the texts of the named documents.
func readTexts(c *collection.Collection, named map[string]struct{}) (texts, error) {
	seeds := [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}
	found := make(texts, len(named))
	for document, err := range c.Documents() {
		if err != nil {
			return nil, err
		}
		if _, ok := named[document.ID]; !ok {
			continue
		}
		words := normal(document.Content())
		found[document.ID] = text{maphash.String(seeds[0], words), maphash.String(seeds[1], words)}
	}
	if len(found) == len(named) {
		return found, nil
	}
	first, missing := "", 0
	for id := range named {
		if _, ok := found[id]; !ok {
			if missing++; first == "" || id < first {
				first = id
			}
		}
	}
	return nil, fmt.Errorf("%s: document %q, of the run or the qrels, is not in it, nor are %d others", c.CorpusPath(), first, missing-1)
}

// normal are a text's words in lower case.
func normal(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) }), " ")
}
