package serve

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"net/http"
	"slices"
)

// embeddingsRequest is OpenAI's, with two fields of ours at its end. Fields
// that it does not know, such as user, are let be.
type embeddingsRequest struct {
	Model      string          `json:"model"`
	Input      json.RawMessage `json:"input"`
	Encoding   string          `json:"encoding_format"` // "float", which is the default, or "base64"
	Dimensions *int            `json:"dimensions"`      // the first so many of a vector's, brought to length 1 again

	InputType string `json:"input_type"` // "query" or "document": the model's prompt for these; "" is its default one
	Truncate  bool   `json:"truncate"`   // cut a text that is too long rather than refuse it
}

type embeddingsAnswer struct {
	Object string      `json:"object"`
	Data   []embedding `json:"data"`
	Model  string      `json:"model"`
	Usage  usage       `json:"usage"`
}

type embedding struct {
	Object    string `json:"object"`
	Index     int    `json:"index"`
	Embedding any    `json:"embedding"` // []float32, or their bytes, little-endian, as base64
}

type usage struct {
	PromptTokens int `json:"prompt_tokens"`
	TotalTokens  int `json:"total_tokens"`
}

func (s *Server) embeddings(r *http.Request) (any, error) {
	var req embeddingsRequest
	if err := readJSON(r, &req, false); err != nil {
		return nil, err
	}
	a, err := s.arm(req.Model, "model")
	if err != nil {
		return nil, err
	}
	role, err := req.role()
	if err != nil {
		return nil, err
	}
	switch {
	case req.Encoding != "" && req.Encoding != "float" && req.Encoding != "base64":
		return nil, badRequest("encoding_format", "want encoding_format float or base64, got %q", req.Encoding)
	case req.Dimensions != nil && (*req.Dimensions < 1 || *req.Dimensions > a.Encoder.Dimensions()):
		return nil, badRequest("dimensions", "want dimensions from 1 to the model's %d, got %d", a.Encoder.Dimensions(), *req.Dimensions)
	}
	texts, err := readInput(req.Input, s.limits.Texts)
	if err != nil {
		return nil, err
	}
	vectors, tokens, err := a.encode(r.Context(), texts, role, req.Truncate)
	if err != nil {
		return nil, err
	}
	answer := embeddingsAnswer{Object: "list", Model: a.Name, Usage: usage{tokens, tokens}}
	for i, vector := range vectors {
		if req.Dimensions != nil {
			vector = shorten(vector, *req.Dimensions)
		}
		e := embedding{Object: "embedding", Index: i, Embedding: vector}
		if req.Encoding == "base64" {
			e.Embedding = encodeBase64(vector)
		}
		answer.Data = append(answer.Data, e)
	}
	return answer, nil
}

// role understands the words that other services of this protocol use too.
func (r embeddingsRequest) role() (string, error) {
	switch r.InputType {
	case "":
		return "", nil
	case "query", "search_query":
		return "query", nil
	case "document", "passage", "search_document":
		return "document", nil
	}
	return "", badRequest("input_type", "want input_type query or document, got %q", r.InputType)
}

// readInput takes a text or a list of texts, most of them at most.
func readInput(raw json.RawMessage, most int) ([]string, error) {
	const want = "want input as a text or a list of texts"
	var one string
	if json.Unmarshal(raw, &one) == nil && string(raw) != "null" {
		return checkTexts([]string{one}, most)
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil || len(list) == 0 {
		return nil, badRequest("input", want+", at least one")
	}
	texts := make([]string, len(list))
	for i, one := range list {
		switch {
		case one[0] == '"':
			if err := json.Unmarshal(one, &texts[i]); err != nil {
				return nil, badRequest("input", want+": %v", err)
			}
		case one[0] == '[' || one[0] == '-' || one[0] >= '0' && one[0] <= '9':
			// They would be of OpenAI's tokenizer, and mean other words to this model.
			return nil, refusal(http.StatusBadRequest, "token_ids", "input",
				want+", got token ids, which belong to the client's own tokenizer; send the text (in LangChain: check_embedding_ctx_length=False)")
		default:
			return nil, badRequest("input", want+", got %s at place %d", kindOf(one), i)
		}
	}
	return checkTexts(texts, most)
}

func checkTexts(texts []string, most int) ([]string, error) {
	if len(texts) > most {
		return nil, refusal(http.StatusRequestEntityTooLarge, "too_many_inputs", "input", "want at most %d texts a request, got %d; split it", most, len(texts))
	}
	if i := slices.Index(texts, ""); i >= 0 {
		return nil, badRequest("input", "want texts that are not empty, got an empty one at place %d", i)
	}
	return texts, nil
}

// kindOf names a JSON value that is neither a text nor a number nor a list.
func kindOf(raw json.RawMessage) string {
	if raw[0] == '{' {
		return "an object"
	}
	return string(raw) // true, false or null
}

// encode returns the vectors of texts in a role, and how many tokens they have.
// A text of more tokens than the model takes is cut, or else refused.
func (a *arm) encode(ctx context.Context, texts []string, role string, cut bool) (vectors [][]float32, tokens int, err error) {
	prompt := a.Encoder.PromptFor(role)
	pieces := make([]piece, len(texts))
	for i, text := range texts {
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		n := len(a.Encoder.Tokenize(prompt+text, a.MaxLength+1))
		if n > a.MaxLength {
			if !cut {
				return nil, 0, refusal(http.StatusUnprocessableEntity, "context_length_exceeded", "input",
					"want texts of at most %d tokens, got a longer one at place %d; shorten it, or send truncate: true to have it cut", a.MaxLength, i)
			}
			n = a.MaxLength
		}
		pieces[i] = piece{prompt + text, max(n, leastTokens)}
		tokens += n
	}
	vectors, err = a.batcher.encode(ctx, pieces)
	return vectors, tokens, err
}

// shorten is the beginning of a vector, of length 1 again where the vector had that.
func shorten(vector []float32, dimensions int) []float32 {
	whole, short := norm(vector), slices.Clone(vector[:dimensions])
	if length := norm(short); math.Abs(whole-1) < 1e-3 && length > 0 {
		for i := range short {
			short[i] = float32(float64(short[i]) / length)
		}
	}
	return short
}

func norm(vector []float32) float64 {
	sum := 0.0
	for _, x := range vector {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}

func encodeBase64(vector []float32) string {
	data := make([]byte, 0, 4*len(vector))
	for _, x := range vector {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(x))
	}
	return base64.StdEncoding.EncodeToString(data)
}

type modelList struct {
	Object string  `json:"object"`
	Data   []model `json:"data"`
}

type model struct {
	ID         string `json:"id"`
	Object     string `json:"object"`
	OwnedBy    string `json:"owned_by"`
	Dimensions int    `json:"dimensions"`
	MaxTokens  int    `json:"max_tokens"` // of a text
}

func (s *Server) models(*http.Request) (any, error) {
	list := modelList{Object: "list"}
	for _, a := range s.arms {
		list.Data = append(list.Data, model{a.Name, "model", "gradus", a.Encoder.Dimensions(), a.MaxLength})
	}
	return list, nil
}
