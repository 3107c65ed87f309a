package serve

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

// A client of OpenAI's own library gets what the encoder makes of the text under the role's prompt.
func TestEmbeddingsToOpenAIsClient(t *testing.T) {
	w := newWorld(t, someDocuments)
	s := run(t, w.Options)
	client := openai.NewClient(option.WithBaseURL(s.url+"/v1"), option.WithAPIKey("none"), option.WithHTTPClient(s.client))
	texts := []string{"lift of a wing", "heat"}
	got, err := client.Embeddings.New(t.Context(), openai.EmbeddingNewParams{
		Model: "fake", Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: texts}, User: openai.String("somebody"),
	}, option.WithJSONSet("input_type", "query"))
	check(t, err)
	if len(got.Data) != 2 || got.Model != "fake" || got.Usage.TotalTokens != 2+1+4+2+1+1 {
		t.Errorf("want two vectors of fake for 11 tokens, got %s", got.RawJSON())
	}
	for i, text := range texts {
		want := w.fake.vector("query: " + text)
		for j, x := range got.Data[i].Embedding {
			if float32(x) != want[j] {
				t.Errorf("%s: want %v, got %v", text, want, got.Data[i].Embedding)
				break
			}
		}
	}
	models, err := client.Models.List(t.Context())
	check(t, err)
	if len(models.Data) != 1 || models.Data[0].ID != "fake" {
		t.Errorf("want the model fake, got %s", models.RawJSON())
	}
}

func TestEmbeddingsAsBase64AreTheSameFloats(t *testing.T) {
	w := newWorld(t, someDocuments)
	s := run(t, w.Options)
	for _, dimensions := range []int{1, 5, w.fake.dim} {
		var floats struct {
			Data []struct{ Embedding []float32 }
		}
		var encoded struct{ Data []struct{ Embedding string } }
		request := fmt.Sprintf(`{"input": "lift", "dimensions": %d, "encoding_format": `, dimensions)
		s.do(t, "/v1/embeddings", request+`"float"}`).into(t, &floats)
		s.do(t, "/v1/embeddings", request+`"base64"}`).into(t, &encoded)
		data, err := base64.StdEncoding.DecodeString(encoded.Data[0].Embedding)
		check(t, err)
		var got []float32
		for ; len(data) >= 4; data = data[4:] {
			got = append(got, math.Float32frombits(binary.LittleEndian.Uint32(data)))
		}
		if !slices.Equal(got, floats.Data[0].Embedding) || len(got) != dimensions {
			t.Errorf("%d dimensions: want %v, got %v", dimensions, floats.Data[0].Embedding, got)
		}
		if math.Abs(norm(got)-1) > 1e-6 {
			t.Errorf("%d dimensions: want length 1, got %v", dimensions, norm(got))
		}
		if whole := w.fake.vector("lift"); math.Abs(float64(got[0])*norm(whole[:dimensions])-float64(whole[0])) > 1e-6 {
			t.Errorf("%d dimensions: want the beginning of %v, got %v", dimensions, whole, got)
		}
	}
}

// Vectors that are not of length 1 keep their size when they are shortened.
func TestShortenLeavesOtherLengths(t *testing.T) {
	if got := shorten([]float32{3, 4, 12}, 2); !slices.Equal(got, []float32{3, 4}) {
		t.Errorf("want 3 and 4, got %v", got)
	}
	if got := shorten([]float32{0, 1}, 1); !slices.Equal(got, []float32{0}) {
		t.Errorf("want 0, got %v", got)
	}
}

func TestEmbeddingsRefusals(t *testing.T) {
	w := newWorld(t, someDocuments)
	w.Limits = Limits{Texts: 3, BodyBytes: 2000}
	s := run(t, w.Options)
	long := strings.Repeat("word ", 63)
	for _, c := range []struct{ body, want string }{
		{`{`, `400 invalid_value -: want a JSON object as body: unexpected EOF`},
		{` `, `400 invalid_value -: want a JSON object as body, got nothing`},
		{`[]`, `400 invalid_value -: want the body as a JSON object, got a array`},
		{`{"input": "x"} {}`, `400 invalid_value -: want one JSON object as body, got more behind it`},
		{`{"model": 7, "input": "x"}`, `400 invalid_value model: want model as a JSON string, got a number`},
		{`{"model": "text-embedding-3-small", "input": "x"}`, `404 model_not_found model: no model "text-embedding-3-small" here; there is fake`},
		{`{}`, `400 invalid_value input: want input as a text or a list of texts, at least one`},
		{`{"input": null}`, `400 invalid_value input: want input as a text or a list of texts, at least one`},
		{`{"input": []}`, `400 invalid_value input: want input as a text or a list of texts, at least one`},
		{`{"input": ""}`, `400 invalid_value input: want texts that are not empty, got an empty one at place 0`},
		{`{"input": ["a", ""]}`, `400 invalid_value input: want texts that are not empty, got an empty one at place 1`},
		{`{"input": ["a", null]}`, `400 invalid_value input: want input as a text or a list of texts, got null at place 1`},
		{`{"input": [{"a": 1}]}`, `400 invalid_value input: want input as a text or a list of texts, got an object at place 0`},
		{`{"input": [1, 2]}`, `400 token_ids input: want input as a text or a list of texts, got token ids, which belong to the client's own tokenizer; send the text (in LangChain: check_embedding_ctx_length=False)`},
		{`{"input": [[1, 2], [3]]}`, `400 token_ids input: want input as a text or a list of texts, got token ids, which belong to the client's own tokenizer; send the text (in LangChain: check_embedding_ctx_length=False)`},
		{`{"input": ["a", "b", "c", "d"]}`, `413 too_many_inputs input: want at most 3 texts a request, got 4; split it`},
		{`{"input": ["a", "` + long + `"]}`, `422 context_length_exceeded input: want texts of at most 64 tokens, got a longer one at place 1; shorten it, or send truncate: true to have it cut`},
		{`{"input": "` + strings.Repeat("x", 2000) + `"}`, `413 body_too_large -: want a body of at most 2000 bytes; split the request`},
		{`{"input": "x", "encoding_format": "int8"}`, `400 invalid_value encoding_format: want encoding_format float or base64, got "int8"`},
		{`{"input": "x", "dimensions": 0}`, `400 invalid_value dimensions: want dimensions from 1 to the model's 8, got 0`},
		{`{"input": "x", "dimensions": 9}`, `400 invalid_value dimensions: want dimensions from 1 to the model's 8, got 9`},
		{`{"input": "x", "input_type": "classification"}`, `400 invalid_value input_type: want input_type query or document, got "classification"`},
	} {
		if got := s.do(t, "/v1/embeddings", c.body).fault(); got != c.want {
			t.Errorf("%.60s\nwant %s\n got %s", c.body, c.want, got)
		}
	}
	var cut embeddingsAnswer
	s.do(t, "/v1/embeddings", `{"input": "`+long+`", "truncate": true}`).into(t, &cut)
	if cut.Usage.TotalTokens != 64 {
		t.Errorf("want the text cut at 64 tokens, got %+v", cut.Usage)
	}
}

func TestInputTypes(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "query": "query", "search_query": "query", "document": "document", "passage": "document", "search_document": "document",
	} {
		if got, err := (embeddingsRequest{InputType: name}).role(); got != want || err != nil {
			t.Errorf("%q: want %q, got %q, %v", name, want, got, err)
		}
	}
}

func FuzzReadInput(f *testing.F) {
	for _, seed := range []string{`"a"`, `["a", "b"]`, `[1]`, `[[1]]`, `null`, ``, `[null]`, `{"a": []}`, `["\ud800"]`, `[ -1]`, `[true]`, `"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		texts, err := readInput(json.RawMessage(raw), 3)
		if err == nil && (len(texts) == 0 || len(texts) > 3 || slices.Contains(texts, "")) {
			t.Errorf("%q: want 1 to 3 texts that are not empty, got %q", raw, texts)
		}
		if err != nil && asAPIError(err).status >= 500 {
			t.Errorf("%q: want a refusal, got %v", raw, err)
		}
	})
}
