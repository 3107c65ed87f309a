package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"

	"github.com/gradus-ir/gradus/llm/embedded"
)

var vocabulary = strings.Fields(`the of wing flow pressure boundary layer shock body heat transfer at a mach number cone
plate surface stream laminar turbulent velocity lift drag angle attack supersonic hypersonic jet slender theory method`)

const schema = `{"type":"json_schema","json_schema":{"name":"passage","schema":{"type":"object","required":["passage"],
"properties":{"passage":{"type":"string","minLength":2000}}}}}`

// ask sends one request. Every prompt begins with its own number, so that
// none is spared by another's prefix, and wants more text than it may have.
func ask(ctx context.Context, server *embedded.Server, s setting, number int) error {
	random := rand.New(rand.NewPCG(uint64(number), 1))
	var prompt strings.Builder
	fmt.Fprintf(&prompt, "%d. Write a very long report in many sections about: ", number)
	for range s.words {
		prompt.WriteString(vocabulary[random.IntN(len(vocabulary))] + " ")
	}
	messages := []map[string]string{{"role": "user", "content": prompt.String()}}
	if s.shared > 0 {
		guidelines := strings.Repeat(strings.Join(vocabulary, " ")+" ", s.shared/len(vocabulary))
		messages = append([]map[string]string{{"role": "system", "content": guidelines}}, messages...)
	}
	body := map[string]any{
		"messages":   messages,
		"max_tokens": s.answer,
		"seed":       number,
	}
	if s.json {
		body["response_format"] = json.RawMessage(schema)
	}
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL()+"/chat/completions", bytes.NewReader(data))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+server.Key())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, answer)
	}
	return err
}
