package hub

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
)

// checkCard has the hub look at the card's YAML, which it would refuse at the
// end, after all the bytes.
func (c *Client) checkCard(ctx context.Context, root *os.Root, files []*file) error {
	for _, f := range files {
		if f.path != "README.md" {
			continue
		}
		text, err := root.ReadFile(f.path)
		if err != nil {
			return err
		}
		var found struct{ Errors []struct{ Message string } }
		_, err = c.post(ctx, jsonType, "/api/validate-yaml", map[string]string{"content": string(text), "repoType": "model"}, &found)
		if err != nil {
			return err
		}
		var faults []string
		for _, fault := range found.Errors {
			faults = append(faults, fault.Message)
		}
		if len(faults) > 0 {
			return fmt.Errorf("README.md: the hub does not take its metadata: %s", strings.Join(faults, "; "))
		}
	}
	return nil
}

// sort asks the hub which files are large, and which it has.
func (c *Client) sort(ctx context.Context, path string, files []*file) error {
	type mode struct {
		Path   string `json:"path"`
		Mode   string `json:"uploadMode"`
		Ignore bool   `json:"shouldIgnore"`
		OID    string `json:"oid"`
	}
	type sample struct {
		Path   string `json:"path"`
		Sample []byte `json:"sample"`
		Size   int64  `json:"size"`
	}
	var asked struct {
		Files []sample `json:"files"`
	}
	for _, f := range files {
		asked.Files = append(asked.Files, sample{f.path, f.sample, f.size})
	}
	var answer struct{ Files []mode }
	if _, err := c.post(ctx, jsonType, path, asked, &answer); err != nil {
		return err
	}
	modes := map[string]mode{}
	for _, m := range answer.Files {
		modes[m.Path] = m
	}
	for _, f := range files {
		m, known := modes[f.path]
		switch {
		case !known || m.Mode != "lfs" && m.Mode != "regular":
			return fmt.Errorf("%s: want the hub to take it as lfs or regular, got %q", f.path, m.Mode)
		case m.Ignore:
			return fmt.Errorf("%s: the repository's .gitignore keeps it out", f.path)
		}
		f.large = m.Mode == "lfs" && f.size > 0 // the store takes no empty ones
		f.here = m.OID == f.git || m.OID == f.sha256
	}
	return nil
}

// commit makes one of the files, of which the large ones are at the store, and returns its hash.
func (c *Client) commit(ctx context.Context, path, message string, root *os.Root, files []*file) (string, error) {
	type value map[string]any
	var body bytes.Buffer
	lines := json.NewEncoder(&body)
	add := func(key string, v value) error { return lines.Encode(value{"key": key, "value": v}) }
	err := add("header", value{"summary": message, "description": ""})
	for _, f := range files {
		if f.large {
			err = errors.Join(err, add("lfsFile", value{"path": f.path, "algo": "sha256", "oid": f.sha256, "size": f.size}))
			continue
		}
		content, failed := root.ReadFile(f.path)
		if failed != nil {
			return "", failed
		}
		err = errors.Join(err, add("file", value{"path": f.path, "encoding": "base64", "content": content}))
	}
	if err != nil {
		return "", err
	}
	var made struct {
		Commit string `json:"commitOid"`
	}
	_, err = c.call(ctx, http.MethodPost, path, linesType, body.Bytes(), &made)
	return made.Commit, err
}
