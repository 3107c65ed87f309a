package llm

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
)

// Secret is an API key. However it is printed, logged or marshalled it shows
// as [secret]; a plain conversion to string is the only way to the key.
type Secret string

const redacted = "[secret]"

func (Secret) String() string               { return redacted }
func (Secret) GoString() string             { return redacted }
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
func (Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }

// Format covers every verb: %x of a string type would print its bytes.
func (Secret) Format(state fmt.State, _ rune) { fmt.Fprint(state, redacted) }

// leastPart is how many bytes of a key at a cut of a text are taken for a part of it.
const leastPart = 6

// hide replaces the key in text that came from a server, which may echo it,
// and a part of it where the text is cut.
func (s Secret) hide(text string) string {
	if s == "" {
		return text
	}
	text = strings.ReplaceAll(text, string(s), redacted)
	for n := len(s) - 1; n >= leastPart; n-- {
		if rest, cut := strings.CutSuffix(text, string(s[:n])); cut {
			text = rest + redacted
		}
		if rest, cut := strings.CutPrefix(text, string(s[len(s)-n:])); cut {
			text = redacted + rest
		}
	}
	return text
}

// KeyVariables are the environment variables that may hold the API key, the first that is set counts.
var KeyVariables = []string{"GRADUS_LLM_API_KEY", "OPENAI_API_KEY"}

// ReadKey returns the API key: the text of file, or where file is "" the
// first of KeyVariables that is set, or "" for a server that wants none.
// Errors name the source, never the text.
func ReadKey(file string) (Secret, error) {
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		return checkKey(file, string(text))
	}
	for _, name := range KeyVariables {
		if text := os.Getenv(name); text != "" {
			return checkKey("$"+name, text)
		}
	}
	return "", nil
}

func checkKey(source, text string) (Secret, error) {
	key := strings.TrimSpace(text)
	if key == "" {
		return "", errors.New(source + ": want an API key, got nothing")
	}
	for _, r := range key {
		// A line break here would be a header injection, and net/http would
		// quote the whole value in its error.
		if r <= ' ' || r > '~' {
			return "", errors.New(source + ": want an API key of printable ASCII without spaces, on one line")
		}
	}
	return Secret(key), nil
}
