package encoder

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/encoder/safetensors"
	"github.com/gradus-ir/gradus/internal/durable"
)

// tokenizerFiles are copied from the folder the model came from, where they are there.
var tokenizerFiles = []string{"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt", "sentencepiece.bpe.model", "merges.txt", "vocab.json"}

// Save writes the model as a sentence-transformers folder in the older layout,
// which versions up to 5 and 6 both read. readme is the model card. The folder
// appears whole or not at all; that it exists already is an error.
func (m *Model) Save(dir string, readme string, extra func(temp string) error) error {
	weights, err := m.Weights()
	if err != nil {
		return err
	}
	return durable.CreateFolder(dir, func(temp string) error {
		if err := m.saveWeights(filepath.Join(temp, "model.safetensors"), weights); err != nil {
			return err
		}
		for file, value := range m.configFiles() {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(temp, file)), 0o777); err != nil {
				return err
			}
			if err := writeJSON(filepath.Join(temp, file), value); err != nil {
				return err
			}
		}
		for _, file := range tokenizerFiles {
			if err := copyFile(filepath.Join(m.Dir, file), filepath.Join(temp, file)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		if err := os.WriteFile(filepath.Join(temp, "README.md"), []byte(readme), 0o666); err != nil {
			return err
		}
		if extra == nil {
			return nil
		}
		return extra(temp)
	})
}

func (m *Model) saveWeights(path string, weights []Weight) error {
	var list []safetensors.Float32Tensor
	for _, w := range append(weights, m.others...) {
		list = append(list, safetensors.Float32Tensor{Name: m.family.stored(w.Name), Shape: w.Shape, Data: w.Data})
	}
	return safetensors.Write(path, list, nil)
}

// configFiles are the JSON files of the folder, by path.
func (m *Model) configFiles() map[string]any {
	type module struct {
		Index int    `json:"idx"`
		Name  string `json:"name"`
		Path  string `json:"path"`
		Type  string `json:"type"`
	}
	modules := []module{
		{0, "0", "", "sentence_transformers.models.Transformer"},
		{1, "1", "1_Pooling", "sentence_transformers.models.Pooling"},
	}
	if m.Normalize {
		modules = append(modules, module{2, "2", "2_Normalize", "sentence_transformers.models.Normalize"})
	}
	config := maps.Clone(m.raw)
	config[m.family.key("num_hidden_layers")] = m.Layers
	for _, key := range []string{"dtype", "torch_dtype"} { // transformers 5 and 4; it loads the weights as what they say
		if _, ok := config[key]; ok {
			config[key] = "float32"
		}
	}
	prompts := m.Prompts
	if prompts == nil {
		prompts = map[string]string{}
	}
	var defaultPrompt any
	if m.DefaultPrompt != "" {
		defaultPrompt = m.DefaultPrompt
	}
	return map[string]any{
		"config.json":  config,
		"modules.json": modules,
		"sentence_bert_config.json": map[string]any{
			"max_seq_length": m.MaxLength, "do_lower_case": m.Lowercase,
		},
		"config_sentence_transformers.json": map[string]any{
			"prompts": prompts, "default_prompt_name": defaultPrompt, "similarity_fn_name": m.Similarity,
		},
		"1_Pooling/config.json": map[string]any{
			"word_embedding_dimension":          m.HiddenSize,
			"pooling_mode_cls_token":            m.Pooling == CLSPooling,
			"pooling_mode_mean_tokens":          m.Pooling == MeanPooling,
			"pooling_mode_max_tokens":           false,
			"pooling_mode_mean_sqrt_len_tokens": false,
			"pooling_mode_weightedmean_tokens":  false,
			"pooling_mode_lasttoken":            false,
			"include_prompt":                    !m.skipsPrompt,
		},
	}
}

func writeJSON(path string, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o666)
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(target, source); err != nil {
		target.Close()
		return err
	}
	return target.Close()
}
