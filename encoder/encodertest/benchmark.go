package encodertest

import (
	"encoding/json"
	"os"
	"testing"
)

// BenchmarkTokenizer encodes the documents of a corpus.jsonl one after the other.
func BenchmarkTokenizer(b *testing.B, appendEncode func(dst []int32, text string, maxLength int) []int32, corpus string) {
	file, err := os.Open(corpus)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	var texts []string
	for lines := json.NewDecoder(file); lines.More(); {
		var document struct{ Text string }
		if err := lines.Decode(&document); err != nil {
			b.Fatal(err)
		}
		texts = append(texts, document.Text)
	}
	b.ReportAllocs()
	var dst []int32
	size, tokens, n := 0, 0, 0
	for b.Loop() {
		text := texts[n%len(texts)]
		dst = appendEncode(dst[:0], text, 0)
		size, tokens, n = size+len(text), tokens+len(dst), n+1
	}
	b.SetBytes(int64(size / n))
	b.ReportMetric(float64(tokens)/b.Elapsed().Seconds()/1e6, "Mtokens/s")
}
