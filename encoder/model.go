package encoder

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gradus-ir/gradus/internal/assets"
	"github.com/gradus-ir/gradus/internal/xla"
)

// Options say how a model folder is loaded. The zero value takes the folder as it is.
type Options struct {
	MaxLength  int   // tokens a text is cut at; 0 is the model's own
	KeepLayers []int // the layers of a pruned student, counted from 0; nil keeps all

	// QueryPrompt and DocumentPrompt, where set, take the place of the folder's
	// own for these roles, and the model keeps them; "" is no prompt.
	QueryPrompt, DocumentPrompt *string

	Precision Precision // of the matrix products; "" is Float32

	Assets assets.Options
}

// Model is a loaded encoder. Encode is safe for concurrent use; changing the
// weights (SetWeights) is not safe beside it.
type Model struct {
	Network
	Dir string // the folder the model was loaded from

	backend   compute.Backend
	tokenizer tokenizer
	weights   []*tensors.Tensor
	others    []Weight

	rounding sync.Mutex
	rounded  []*tensors.Tensor // the weights in the model's precision, once encoding has wanted them
}

// Load reads a BERT-family model from a Hugging Face or sentence-transformers
// folder and puts its weights on the device.
func Load(ctx context.Context, dir string, opts Options) (*Model, error) {
	config, err := ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	if config, err = config.with(opts); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	used, others, err := readWeights(dir, config, opts.KeepLayers)
	if err != nil {
		return nil, err
	}
	if opts.Precision == "" {
		opts.Precision = Float32
	}
	m := &Model{Network: Network{Config: config, Precision: opts.Precision}, Dir: dir, others: others}
	if m.tokenizer, err = loadTokenizer(dir); err != nil {
		return nil, err
	}
	if size := m.tokenizer.VocabSize(); size > config.VocabSize {
		// The device would take another token's row and say nothing.
		return nil, fmt.Errorf("%s: want a tokenizer of at most vocab_size %d tokens, as config.json has it, got one of %d", dir, config.VocabSize, size)
	}
	if m.backend, err = xla.Open(ctx, opts.Assets); err != nil {
		return nil, err
	}
	for _, w := range used {
		m.weights = append(m.weights, tensors.FromFlatDataAndDimensions(w.Data, w.Shape...))
		m.shapes = append(m.shapes, Weight{Name: w.Name, Shape: w.Shape})
	}
	return m, nil
}

// with is the configuration under the options.
func (c Config) with(opts Options) (Config, error) {
	if opts.MaxLength != 0 {
		c.MaxLength = opts.MaxLength
	}
	if err := c.checkLength(c.MaxLength); err != nil {
		return c, err
	}
	for role, prompt := range map[string]*string{"query": opts.QueryPrompt, "document": opts.DocumentPrompt} {
		if prompt != nil {
			c.Prompts[role] = *prompt
		}
	}
	if err := c.checkPrompts(); err != nil {
		return c, err
	}
	if opts.KeepLayers == nil {
		return c, nil
	}
	return c.keepLayers(opts.KeepLayers)
}

// Dimensions is the length of a vector.
func (m *Model) Dimensions() int { return m.HiddenSize }

// Tokenize returns a text's token ids, special tokens included, cut at
// maxLength tokens, or at the model's maximum where maxLength is 0.
func (m *Model) Tokenize(text string, maxLength int) []int32 {
	if maxLength == 0 {
		maxLength = m.MaxLength
	}
	if m.Lowercase {
		// ToLower maps characters to characters, and İ is the one that becomes two.
		text = strings.ToLower(strings.ReplaceAll(text, "İ", "i\u0307"))
	}
	return m.tokenizer.Encode(text, maxLength)
}

// PromptFor returns what is put before a text of a role, "query" or
// "document": the prompt of that name, else the model's default one.
func (m *Model) PromptFor(role string) string {
	names := []string{role}
	if role == "document" {
		names = append(names, "passage", "corpus")
	}
	for _, name := range append(names, m.DefaultPrompt) {
		if prompt, ok := m.Prompts[name]; ok {
			return prompt
		}
	}
	return ""
}

// Backend is where the model's weights are and its graphs run.
func (m *Model) Backend() compute.Backend { return m.backend }

// WeightTensors returns the weights on the device. The caller must not finalize them.
func (m *Model) WeightTensors() []*tensors.Tensor { return m.weights }

// SetWeights replaces the weights by others of the same order and shapes; the model owns them from then on.
func (m *Model) SetWeights(weights []*tensors.Tensor) { m.weights, m.rounded = weights, nil }

// Weights copies the weights from the device.
func (m *Model) Weights() ([]Weight, error) {
	list := slices.Clone(m.shapes)
	for i, t := range m.weights {
		data, err := tensors.CopyFlatData[float32](t)
		if err != nil {
			return nil, fmt.Errorf("weight %s: %w", list[i].Name, err)
		}
		list[i].Data = data
	}
	return list, nil
}

// Fingerprint identifies the space the vectors lie in, the weights and what is
// around them, as a hex SHA-256. The length texts are cut at is not part of it.
func (m *Model) Fingerprint() (string, error) {
	weights, err := m.Weights()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintf(h, "%d %d %d %s %g %s %t %t %q %q\n", m.Layers, m.Heads, m.Intermediate, m.Activation,
		m.LayerNormEps, m.Pooling, m.Normalize, m.Lowercase, m.Prompts, m.DefaultPrompt)
	if m.PositionOffset > 0 {
		fmt.Fprintf(h, "positions from row %d\n", m.PositionOffset)
	}
	for _, w := range weights {
		fmt.Fprintf(h, "%s %v\n", w.Name, w.Shape)
		writeFloats(h, w.Data)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func writeFloats(w io.Writer, data []float32) {
	buffer := make([]byte, 0, 1<<16)
	for _, v := range data {
		buffer = binary.LittleEndian.AppendUint32(buffer, math.Float32bits(v))
		if len(buffer) == cap(buffer) {
			w.Write(buffer)
			buffer = buffer[:0]
		}
	}
	w.Write(buffer)
}

// Name is a short name of the model for tables and runs: its folder's.
func (m *Model) Name() string { return filepath.Base(m.Dir) }
