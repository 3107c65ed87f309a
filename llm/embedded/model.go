package embedded

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/ebitengine/purego"
	"github.com/hybridgroup/yzma/pkg/llama"
	"golang.org/x/sys/unix"
)

// model is a GGUF file loaded into llama.cpp together with the one context
// that holds the keys and values of all sequences.
//
// The context belongs to the engine's goroutine. The vocabulary never changes
// and may be read from any.
type model struct {
	handle  llama.Model
	vocab   llama.Vocab
	context llama.Context
	memory  llama.Memory

	tokens     int         // size of the vocabulary
	end        llama.Token // ends a turn
	perSlot    int         // tokens one sequence may hold, prompt and answer together
	template   string      // the GGUF's chat template, empty when it has none
	addBOS     bool
	control    []string // texts of the control tokens, which no message may smuggle in
	canReplant bool     // whether a sequence's beginning may be kept or copied
}

// library is loaded once a process: llama.cpp keeps global state.
var library struct {
	once sync.Once
	err  error
}

// loadLibrary opens llama.cpp's libraries in dir and registers the CPU backend
// that suits this processor: dir holds one libggml-cpu-*.so per family, and
// ggml scores them.
func loadLibrary(dir string) error {
	library.once.Do(func() {
		if err := llama.Load(dir); err != nil {
			library.err = fmt.Errorf("%s: want the libraries of llama.cpp: %w", dir, err)
			return
		}
		llama.LogSet(purego.NewCallback(logWarning))
		llama.BackendInit()
		if err := llama.GGMLBackendLoadAllFromPath(dir); err != nil {
			library.err = fmt.Errorf("%s: %w", dir, err)
			return
		}
		if llama.GGMLBackendDeviceCount() == 0 {
			library.err = fmt.Errorf("%s: want a ggml backend for this processor, found none", dir)
		}
	})
	return library.err
}

// logWarning passes on llama.cpp's warnings and errors: they are the child's
// last words when it dies. Its running commentary is dropped.
func logWarning(level int32, text *byte, _ uintptr) uintptr {
	if l := llama.LogLevel(level); text != nil && (l == llama.LogLevelWarn || l == llama.LogLevelError) {
		os.Stderr.WriteString(unix.BytePtrToString(text))
	}
	return 0
}

// loadModel reads the GGUF file and makes a context of slots sequences with
// perSlot tokens each. That, the weights and one batch's work space are all
// the memory the engine will ever take.
func loadModel(path string, slots, perSlot, threads int) (*model, error) {
	if err := checkGGUF(path); err != nil {
		return nil, err
	}
	handle, err := llama.ModelLoadFromFile(path, llama.ModelDefaultParams())
	if err != nil {
		return nil, fmt.Errorf("%s: want a GGUF model that llama.cpp can read", path)
	}
	m := &model{handle: handle, vocab: llama.ModelGetVocab(handle)}
	if trained := int(llama.ModelNCtxTrain(handle)); trained > 0 && perSlot > trained {
		perSlot = trained
	}
	params := llama.ContextDefaultParams()
	params.NCtx = uint32(slots * perSlot)
	params.NSeqMax = uint32(slots)
	params.NBatch = batchTokens
	params.NUbatch = batchTokens
	params.NOutputsMax = uint32(slots)
	params.NThreads = int32(threads)
	params.NThreadsBatch = int32(threads)
	// A store of its own for each sequence: in a common one, every sequence
	// would step over the others' cells at every token.
	params.KVUnified = 0
	params.FlashAttentionType = llama.FlashAttentionTypeEnabled
	params.NoPerf = 1
	if m.context, err = llama.InitFromModel(handle, params); err != nil {
		llama.ModelFree(handle)
		return nil, fmt.Errorf("%s: no memory for %d sequences of %d tokens", filepath.Base(path), slots, perSlot)
	}
	if m.memory, err = llama.GetMemory(m.context); err != nil {
		m.free()
		return nil, err
	}
	m.tokens = int(llama.VocabNTokens(m.vocab))
	m.perSlot = perSlot
	if m.end = llama.VocabEOT(m.vocab); m.end < 0 {
		m.end = llama.VocabEOS(m.vocab)
	}
	m.template = llama.ModelChatTemplate(handle, "")
	m.addBOS = llama.VocabGetAddBOS(m.vocab)
	m.canReplant = !llama.ModelIsRecurrent(handle) && !llama.ModelIsHybrid(handle)
	for t := range llama.Token(m.tokens) {
		if llama.VocabIsControl(m.vocab, t) {
			m.control = append(m.control, llama.VocabGetText(m.vocab, t))
		}
	}
	return m, nil
}

func (m *model) free() {
	llama.Free(m.context)
	llama.ModelFree(m.handle)
}

// piece is the bytes a token stands for; one character may be spread over several.
func (m *model) piece(t llama.Token) []byte {
	buf := make([]byte, 64)
	n := llama.TokenToPiece(m.vocab, t, buf, 0, false)
	if n < 0 {
		buf = make([]byte, -n)
		n = llama.TokenToPiece(m.vocab, t, buf, 0, false)
	}
	return buf[:max(n, 0)]
}

// logits are the scores of every token after the batch's token i. They belong
// to llama.cpp and are valid until the next decode.
func (m *model) logits(i int32) ([]float32, error) {
	return llama.GetLogitsIth(m.context, i, m.tokens)
}
