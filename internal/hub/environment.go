package hub

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Home is where hub clients keep things on a machine: $HF_HOME, else
// $XDG_CACHE_HOME/huggingface, else ~/.cache/huggingface.
func Home() (string, error) {
	if home := os.Getenv("HF_HOME"); home != "" {
		return home, nil
	}
	if dir := os.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) { // relative ones are ignored, as the specification has it
		return filepath.Join(dir, "huggingface"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no folder for caches: %w; set HF_HOME", err)
	}
	return filepath.Join(home, ".cache", "huggingface"), nil
}

// Cache is the folder of repositories that hub clients share: $HF_HUB_CACHE, else hub in Home.
func Cache() (string, error) {
	if dir := os.Getenv("HF_HUB_CACHE"); dir != "" {
		return dir, nil
	}
	home, err := Home()
	return filepath.Join(home, "hub"), err
}

// Token is HF_TOKEN, else the content of $HF_TOKEN_PATH or of token in Home,
// where `hf auth login` writes it; "" is none.
func Token() string {
	if token := strings.TrimSpace(os.Getenv("HF_TOKEN")); token != "" {
		return token
	}
	path := os.Getenv("HF_TOKEN_PATH")
	if path == "" {
		home, err := Home()
		if err != nil {
			return ""
		}
		path = filepath.Join(home, "token")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// ErrOffline is wrapped by the errors that say that nothing may be fetched.
var ErrOffline = errors.New("nothing may be fetched")

// Offline says why no socket may be opened, nil where one may: it was asked
// for, or HF_HUB_OFFLINE or GRADUS_OFFLINE is set.
func Offline(asked bool) error {
	if asked {
		return fmt.Errorf("%w (offline)", ErrOffline)
	}
	for _, name := range []string{"GRADUS_OFFLINE", "HF_HUB_OFFLINE"} {
		switch strings.ToUpper(os.Getenv(name)) {
		case "1", "ON", "YES", "TRUE": // the hub's own words for it
			return fmt.Errorf("%w (%s=%s)", ErrOffline, name, os.Getenv(name))
		}
	}
	return nil
}
