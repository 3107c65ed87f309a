package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"testing"
)

// TestLLMServe runs the program that scripts run as gradus, which has to find
// and start itself again as the child.
func TestLLMServe(t *testing.T) {
	serve := exec.Command("gradus", "llm", "serve", "--slots", "1", "--context", "256")
	serve.Stderr = os.Stderr
	out, err := serve.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	defer serve.Process.Kill()
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var ready struct{ URL, Key, Model string }
	if err := json.Unmarshal(line, &ready); err != nil || ready.Model != "smollm2" {
		t.Fatalf("want url, key and model, got %s %v", line, err)
	}
	for key, want := range map[string]int{ready.Key: http.StatusOK, "other": http.StatusUnauthorized} {
		req, err := http.NewRequest(http.MethodGet, ready.URL+"/models", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+key)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("key %q: want %d, got %s", key, want, resp.Status)
		}
	}
	if err := serve.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := serve.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
		t.Errorf("want exit status %d, got %v", exitInterrupted, err)
	}
	if resp, err := http.Get(ready.URL + "/models"); err == nil {
		resp.Body.Close()
		t.Error("want nobody listening after the interrupt")
	}
}
