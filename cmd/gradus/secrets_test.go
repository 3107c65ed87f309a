//go:build unix

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// secret is what nothing that gradus prints, serves or logs may have in it.
const secret = "canary-5eb0a1c2d3f4e596"

// TestSecretsAreNotPrinted has every verb that is given a secret fail in ways
// that put it near an error: servers that echo it, addresses that hold it.
func TestSecretsAreNotPrinted(t *testing.T) {
	dir := tinyWorld(t)
	if status, _, stderr := invoke(t.Context(), "encode", "--encoder", dir+"/model", "--collection", dir+"/lists", "--out", dir+"/vectors"); status != exitDone {
		t.Fatal(stderr)
	}
	refusal := http.StatusUnauthorized
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Error-Message", r.Header.Get("Authorization"))
		w.WriteHeader(refusal)
		fmt.Fprintf(w, `{"error": {"message": %q}}`, r.Header.Get("Authorization"))
	}))
	t.Cleanup(echo.Close)
	for _, name := range []string{"HF_TOKEN", "GRADUS_LLM_API_KEY", "OPENAI_API_KEY", tokenVariable} {
		t.Setenv(name, secret)
	}
	t.Setenv("OPENAI_BASE_URL", "http://me:"+secret+"@llm.example/v1?key="+secret)
	t.Setenv("HF_ENDPOINT", echo.URL)
	t.Setenv("HF_HOME", t.TempDir())
	for _, refusal = range []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusTeapot} {
		for _, line := range []string{
			"encode --encoder owner/model --collection DIR/lists --out DIR/none",
			"import hf owner/data --out DIR/none",
			"upload DIR/model owner/model",
			"generate --queries DIR/lists/queries.jsonl --llm " + echo.URL + "/v1 --model m --max-retries 1 --out DIR/none",
			"generate --queries DIR/lists/queries.jsonl --llm http://me:SECRET@127.0.0.1:1/v1 --model m --max-retries 1 --out DIR/none",
			"store push --vectors DIR/vectors --patience 1ms --to postgres://me:SECRET@127.0.0.1:1/vectors",
			"store push --vectors DIR/vectors --patience 1ms --to milvus://me:SECRET@127.0.0.1:1/vectors",
			"store push --vectors DIR/vectors --patience 1ms --to qdrant://:SECRET@127.0.0.1:1",
			"store push --vectors DIR/vectors --patience 1ms --to postgress://me:SECRET@127.0.0.1:1/vectors",
			"store push --vectors DIR/vectors --patience 1ms --to postgres://me:SECRET@[/vectors",
			"serve --encoder DIR/none --addr 127.0.0.1:0",
			"doctor --json",
		} {
			if refusal != http.StatusUnauthorized && !strings.Contains(line, "owner/") && !strings.Contains(line, echo.URL) {
				continue // it asks nobody who refuses
			}
			line = strings.NewReplacer("DIR", dir, "SECRET", secret).Replace(line)
			status, stdout, stderr := invoke(t.Context(), strings.Fields(line)...)
			said := stdout + stderr
			if strings.Contains(said, secret) {
				t.Errorf("%d, %s: %s", refusal, line, said)
			}
			if status == exitDone && !strings.HasPrefix(line, "doctor") {
				t.Errorf("%d, %s: want it to fail", refusal, line)
			}
		}
	}
}

// TestServedSecretIsNotShown looks for the token in all that a server says.
func TestServedSecretIsNotShown(t *testing.T) {
	dir := tinyWorld(t)
	t.Setenv(tokenVariable, secret)
	c, url := serving(t, "--encoder", filepath.Join(dir, "model"))
	for _, path := range []string{"/", "/openapi.json", "/metrics", "/healthz", "/readyz", "/v1/models", "/none", "/v1/embeddings?token=" + secret} {
		for _, token := range []string{secret, secret + "x", ""} {
			if _, got := askServer(t, url+path, "", token); strings.Contains(got, secret) {
				t.Errorf("%s: %s", path, got)
			}
		}
	}
	c.stopped(t, syscall.SIGTERM) // and it has logged nothing
}
