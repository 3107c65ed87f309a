package encoder

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// readSentenceTransformers reads modules.json and what it names, in the older
// layout (up to version 5) and the newer one.
func (c *Config) readSentenceTransformers(dir string) error {
	var modules []struct {
		Path string `json:"path"`
		Type string `json:"type"`
	}
	file := filepath.Join(dir, "modules.json")
	if err := readJSON(file, &modules); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	for _, m := range modules {
		if m.Path != "" && !filepath.IsLocal(m.Path) {
			return fmt.Errorf("%s: want a path inside the folder, got %q", file, m.Path)
		}
		kind := m.Type[strings.LastIndexByte(m.Type, '.')+1:]
		var err error
		switch kind {
		case "Transformer":
			err = c.readTransformer(filepath.Join(dir, m.Path, "sentence_bert_config.json"))
		case "Pooling":
			err = c.readPooling(filepath.Join(dir, m.Path, "config.json"))
		case "Normalize":
			c.Normalize = true
		default:
			err = fmt.Errorf("%s: want modules Transformer, Pooling and Normalize, got %q", file, m.Type)
		}
		if err != nil {
			return err
		}
	}
	if err := c.readPrompts(filepath.Join(dir, "config_sentence_transformers.json")); err != nil {
		return err
	}
	if err := c.checkPrompts(); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}

func (c *Config) checkPrompts() error {
	for name, prompt := range c.Prompts {
		if prompt != "" && c.skipsPrompt {
			return fmt.Errorf("want pooling with include_prompt, got false, which leaves the prompt %q out of the mean", name)
		}
	}
	return nil
}

func (c *Config) readTransformer(file string) error {
	var t struct {
		MaxSeqLength *int `json:"max_seq_length"`
		Lowercase    bool `json:"do_lower_case"`
	}
	if err := readJSON(file, &t); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	c.Lowercase = t.Lowercase
	if t.MaxSeqLength != nil {
		rows := c.MaxPositions + c.PositionOffset // what sentence-transformers takes where it is told no length
		if *t.MaxSeqLength < shortest || *t.MaxSeqLength > rows {
			return fmt.Errorf("%s: want max_seq_length between %d and max_position_embeddings %d, got %d", file, shortest, rows, *t.MaxSeqLength)
		}
		c.MaxLength = min(*t.MaxSeqLength, c.MaxPositions)
	}
	return nil
}

func (c *Config) readPooling(file string) error {
	var p map[string]any
	if err := readJSON(file, &p); err != nil {
		return err
	}
	var modes []string
	switch mode := p["pooling_mode"].(type) { // the newer layout names the mode, or a list of them
	case string:
		modes = append(modes, mode)
	case []any:
		for _, m := range mode {
			modes = append(modes, fmt.Sprint(m))
		}
	case nil:
		for _, key := range slices.Sorted(maps.Keys(p)) {
			if name, ok := strings.CutPrefix(key, "pooling_mode_"); ok && p[key] == true {
				modes = append(modes, strings.TrimSuffix(strings.TrimSuffix(name, "_tokens"), "_token"))
			}
		}
		if len(modes) == 0 {
			modes = append(modes, string(MeanPooling)) // as sentence-transformers has it
		}
	}
	if len(modes) != 1 || (modes[0] != string(MeanPooling) && modes[0] != string(CLSPooling)) {
		return fmt.Errorf("%s: want pooling mean or cls, got %q", file, modes)
	}
	c.Pooling, c.skipsPrompt = Pooling(modes[0]), p["include_prompt"] == false
	return nil
}

func (c *Config) readPrompts(file string) error {
	var s struct {
		Prompts       map[string]string `json:"prompts"`
		DefaultPrompt *string           `json:"default_prompt_name"`
		Similarity    string            `json:"similarity_fn_name"`
	}
	if err := readJSON(file, &s); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	for name, prompt := range s.Prompts {
		c.Prompts[name] = prompt
	}
	if s.DefaultPrompt != nil {
		if _, ok := c.Prompts[*s.DefaultPrompt]; !ok {
			return fmt.Errorf("%s: default_prompt_name %q is not among the prompts", file, *s.DefaultPrompt)
		}
		c.DefaultPrompt = *s.DefaultPrompt
	}
	switch s.Similarity {
	case "":
	case "cosine", "dot":
		c.Similarity = s.Similarity
	default:
		return fmt.Errorf("%s: want similarity_fn_name cosine or dot, got %q", file, s.Similarity)
	}
	return nil
}
