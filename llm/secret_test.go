package llm_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gradus-ir/gradus/llm"
	"github.com/gradus-ir/gradus/llm/llmtest"
)

const canary = "sk-canary-9f8e7d6c5b4a"

func TestSecretNeverPrints(t *testing.T) {
	key := llm.Secret(canary)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", key, "options", llm.Options{Key: key})
	marshalled, err := json.Marshal(llm.Options{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	client, err := llm.New(llm.Options{BaseURL: "http://h/v1", Key: key})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		log.String(), string(marshalled),
		fmt.Sprint(key), fmt.Sprintf("%s %q %v %+v %#v %x %X %d", key, key, key, key, key, key, key, key),
		fmt.Sprintf("%v %+v %#v", llm.Options{Key: key}, llm.Options{Key: key}, llm.Options{Key: key}),
		fmt.Sprint(client.Server()),
	} {
		if strings.Contains(text, canary) || strings.Contains(text, fmt.Sprintf("%x", canary)) {
			t.Errorf("the key shows in %s", text)
		}
	}
}

// TestKeyStaysOutOfErrors has a server that echoes the key wherever it can.
func TestKeyStaysOutOfErrors(t *testing.T) {
	pad := strings.Repeat("x", 290) // so that shortening would cut inside the key
	for name, fault := range map[string]llmtest.Fault{
		"401":          llmtest.Status(401, "no such key "+canary),
		"400, long":    llmtest.Status(400, pad+canary),
		"500":          llmtest.Status(500, canary),
		"plain body":   llmtest.Body("text/"+canary, canary),
		"broken JSON":  llmtest.Body("application/json", canary),
		"answer":       llmtest.Text("your key is " + canary),
		"cut answer":   llmtest.Text("your key is " + canary[:len(canary)-3]),
		"model":        llmtest.As(canary),
		"redirect":     llmtest.RedirectTo("http://" + canary + ".test"),
		"header value": llmtest.Status(429, "", "Retry-After", canary),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, &llmtest.Server{Answer: echo, Always: fault}, llm.Options{Key: canary}, func(t *testing.T, client *llm.Client) {
				answer, err := client.Chat(t.Context(), llm.Request{User: "hi"})
				if text := fmt.Sprintf("%+v %+v %#v", answer, err, err); strings.Contains(text, canary[:9]) {
					t.Errorf("the key shows in %s", text)
				}
			})
		})
	}
}

// TestRedirectCarriesNothing: neither the key nor the prompt reaches another host.
func TestRedirectCarriesNothing(t *testing.T) {
	reached := false
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { reached = true }))
	defer other.Close()
	server := httptest.NewServer(&llmtest.Server{Answer: echo, Always: llmtest.RedirectTo(other.URL)})
	defer server.Close()
	client, err := llm.New(llm.Options{BaseURL: server.URL + "/v1", Model: "m", Key: canary})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Chat(t.Context(), llm.Request{User: "hi"}); err == nil || !strings.Contains(err.Error(), other.URL) {
		t.Errorf("want an error naming %s, got %v", other.URL, err)
	}
	if reached {
		t.Error("the other host was asked")
	}
}

func TestReadKey(t *testing.T) {
	write := func(text string) string {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Setenv("OPENAI_API_KEY", "from-openai")
	t.Setenv("GRADUS_LLM_API_KEY", "")
	if key, err := llm.ReadKey(""); err != nil || string(key) != "from-openai" {
		t.Errorf("got %v", err)
	}
	t.Setenv("GRADUS_LLM_API_KEY", "from-gradus")
	if key, err := llm.ReadKey(""); err != nil || string(key) != "from-gradus" {
		t.Errorf("want the variable of gradus first, got %v", err)
	}
	if key, err := llm.ReadKey(write(canary + "\n")); err != nil || string(key) != canary {
		t.Errorf("want the file first, its line end cut, got %v", err)
	}
	for _, text := range []string{"", "\n", canary + "\nsecond line", canary + "\x00", canary + " é"} {
		if _, err := llm.ReadKey(write(text)); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%q: want an error without the key, got %v", text, err)
		}
	}
}

func TestBaseURL(t *testing.T) {
	for _, address := range []string{"", "localhost:8000", "ftp://h/v1", "http://", "http://user:" + canary + "@h/v1", "http://h/v1?key=" + canary, "http://h:\x7f" + canary} {
		if _, err := llm.New(llm.Options{BaseURL: address}); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%q: want an error without the key, got %v", address, err)
		}
	}
}
