package assets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Encoder returns the folder of an encoder: ref itself where it is a folder;
// the pinned asset where ref names one (minilm, also under its hub id); and
// otherwise, for a hub id "owner/name" or "owner/name@revision", its snapshot
// in the hub cache, downloaded there on first use. A branch is looked up on the
// hub only as long as the cache has no snapshot of it.
func Encoder(ctx context.Context, ref string, opts Options) (string, error) {
	if info, err := os.Stat(ref); err == nil {
		if !info.IsDir() {
			return "", fmt.Errorf("%s: want the folder of an encoder, got a file", ref)
		}
		return ref, nil
	}
	if asset, err := find(ref); err == nil && asset.Kind == "encoder" {
		return Path(ctx, asset.Name, opts)
	}
	if !IsHubID(ref) {
		return "", fmt.Errorf("%s: want the folder of an encoder, or a hub id like owner/name; there is no such folder", ref)
	}
	parts := hubIDPattern.FindStringSubmatch(ref)
	model, err := newHubRepo(encoderKind, parts[1], parts[2])
	if err != nil {
		return "", err
	}
	return model.snapshot(ctx, opts)
}

// IsHubID tells whether a name may be a repository's, owner/name or owner/name@revision.
func IsHubID(ref string) bool { return hubIDPattern.MatchString(ref) && !strings.Contains(ref, "..") }

var hubIDPattern = regexp.MustCompile(`^([A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?:@([\w.-]+))?$`)

var encoderKind = hubKind{
	name: "encoder", folder: "models", wanted: wantedFile, lack: encoderLack, whole: encoderWhole,
}

// encoderWhole tells a snapshot with all its modules from one made by a client
// that knows nothing of modules.json: there the pooling would be guessed.
func encoderWhole(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "modules.json"))
	if err != nil {
		return false
	}
	var modules []struct{ Path, Type string }
	if json.Unmarshal(text, &modules) != nil {
		return true // for the encoder to complain of
	}
	for _, module := range modules {
		if module.Path == "" || strings.HasSuffix(module.Type, "Normalize") {
			continue // these have no files of their own
		}
		if _, err := os.Stat(filepath.Join(dir, module.Path, "config.json")); err != nil {
			return false
		}
	}
	return true
}

// wantedFile tells what of a repository an encoder is read from, out of all the formats a hub repository holds.
func wantedFile(name string) bool {
	dir, base := path.Split(name)
	switch {
	case dir == "" && (slices.Contains(encoderFiles, base) || weightsPattern.MatchString(base)):
		return true
	default: // a sentence-transformers module: 1_Pooling/config.json, 2_Dense/model.safetensors
		return modulePattern.MatchString(dir) && (base == "config.json" || base == "model.safetensors")
	}
}

var (
	encoderFiles = []string{
		"config.json", "modules.json", "sentence_bert_config.json", "config_sentence_transformers.json", "README.md",
		"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt",
		"vocab.json", "merges.txt", "tokenizer.model", "sentencepiece.bpe.model", "spiece.model", "model.safetensors.index.json",
	}
	weightsPattern = regexp.MustCompile(`^model(-\d+-of-\d+)?\.safetensors$`)
	modulePattern  = regexp.MustCompile(`^\d+_\w+/$`)
)

// encoderLack says what a folder or a list of files lacks to be an encoder, nil where it lacks nothing.
func encoderLack(has func(pattern string) bool) error {
	if !has("config.json") {
		return errors.New("want a config.json, got none")
	}
	if !has("model.safetensors") && !has("model-*-of-*.safetensors") {
		if has("pytorch_model*.bin") {
			return errors.New("want weights in model.safetensors, got a pickle only, which may run code; convert it with transformers' save_pretrained")
		}
		return errors.New("want weights in model.safetensors, got none")
	}
	for _, pattern := range []string{"tokenizer.json", "vocab.txt", "vocab.json", "*.model"} {
		if has(pattern) {
			return nil
		}
	}
	return errors.New("want a tokenizer.json or a vocab.txt, got neither")
}

func folderHas(dir string) func(pattern string) bool {
	return func(pattern string) bool {
		found, _ := filepath.Glob(filepath.Join(globEscape(dir), pattern))
		return slices.ContainsFunc(found, func(name string) bool {
			_, err := os.Stat(name) // a snapshot's links may point at blobs that are gone
			return err == nil
		})
	}
}

var globEscape = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace
