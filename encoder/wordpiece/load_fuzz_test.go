package wordpiece

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzLoad reads files of a model folder as a tokenizer; one that loads must
// encode any text within its vocabulary.
func FuzzLoad(f *testing.F) {
	const small = `{"model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
		"vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "wing": 4, "##s": 5}},
		"normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "lowercase": true},
		"pre_tokenizer": {"type": "BertPreTokenizer"},
		"post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
			"special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]}, "[SEP]": {"id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]}}},
		"added_tokens": [{"id": 2, "content": "[CLS]", "special": true}]}`
	f.Add([]byte(small), []byte(nil), []byte(nil))
	f.Add([]byte(nil), []byte("[PAD]\n[UNK]\n[CLS]\n[SEP]\nwing\n##s\n"), []byte(`{"do_lower_case": true, "tokenizer_class": "BertTokenizer"}`))
	f.Add([]byte(nil), []byte("[UNK]\n[CLS]\n[SEP]"), []byte(`{"unk_token": {"content": "[UNK]"}, "added_tokens_decoder": {"9": {"content": "wing"}}}`))
	f.Add([]byte(`{"model": {"type": "WordPiece", "max_input_chars_per_word": -1, "vocab": {"": 4294967295}}}`), []byte(nil), []byte(nil))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, tokenizer, vocabulary, settings []byte) {
		for name, text := range map[string][]byte{"tokenizer.json": tokenizer, "vocab.txt": vocabulary, "tokenizer_config.json": settings} {
			path := filepath.Join(dir, name)
			if len(text) == 0 {
				os.Remove(path)
			} else if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		tok, err := Load(dir)
		if err != nil {
			return
		}
		for _, text := range []string{"", "the wings of a plane", "[CLS] é \xff 中"} {
			for _, id := range tok.Encode(text, 16) {
				if id < 0 || int(id) >= tok.VocabSize() {
					t.Errorf("%q: want ids below %d, got %d", text, tok.VocabSize(), id)
				}
			}
		}
	})
}
