package encoder

import (
	"fmt"
	"math"
)

// configFile is a config.json whose values are asked for by BERT's keys. The
// first value that is not as wanted is its error; what follows is 0.
type configFile struct {
	family
	path   string
	values map[string]any
	err    *error
}

// readConfigFile reads a config.json of a family that the graph computes.
func readConfigFile(path string) (configFile, error) {
	f := configFile{path: path, err: new(error)}
	if err := readJSON(path, &f.values); err != nil {
		return f, err
	}
	kind, _ := f.values["model_type"].(string)
	var err error
	if f.family, err = familyOf(kind); err != nil {
		return f, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

func (f configFile) fail(key, want string) {
	got := f.values[f.key(key)]
	if got == nil {
		got = "none"
	}
	if *f.err == nil {
		*f.err = fmt.Errorf("%s: want %s as %s, got %v", f.path, f.key(key), want, got)
	}
}

// whole is a number that counts something and may be 0; fallback where there is none.
func (f configFile) whole(key string, fallback int) int {
	value := f.values[f.key(key)]
	if value == nil {
		return fallback
	}
	const most = 1 << 31
	n, ok := value.(float64)
	if !ok || n < 0 || n > most || n != math.Trunc(n) {
		f.fail(key, "a whole number")
		return 0
	}
	return int(n)
}

// size is a whole number above 0.
func (f configFile) size(key string) int {
	n := f.whole(key, 0)
	if n == 0 {
		f.fail(key, "a positive whole number")
	}
	return n
}

// real is a number of any kind; fallback where there is none.
func (f configFile) real(key string, fallback float64) float64 {
	value := f.values[f.key(key)]
	if value == nil {
		return fallback
	}
	x, ok := value.(float64)
	if !ok {
		f.fail(key, "a number")
	}
	return x
}

func (f configFile) text(key string) string {
	text, ok := f.values[f.key(key)].(string)
	if !ok && f.values[f.key(key)] != nil {
		f.fail(key, "a text")
	}
	return text
}
