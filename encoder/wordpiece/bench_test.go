package wordpiece

import "testing"

func BenchmarkSciFact(b *testing.B) {
	tok := loadMiniLM(b)
	texts := sciFact(b)
	if texts == nil {
		b.Skip("no SciFact beside this clone")
	}
	for _, c := range []struct {
		name      string
		maxLength int
	}{{"whole", 0}, {"max=256", 256}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			var dst []int32
			size, tokens, n := 0, 0, 0
			for b.Loop() {
				text := texts[n%len(texts)]
				dst = tok.AppendEncode(dst[:0], text, c.maxLength)
				size += len(text)
				tokens += len(dst)
				n++
			}
			b.SetBytes(int64(size / n))
			b.ReportMetric(float64(tokens)/b.Elapsed().Seconds()/1e6, "Mtokens/s")
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	dir, err := miniLMFolder()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Load(dir); err != nil {
			b.Fatal(err)
		}
	}
}
