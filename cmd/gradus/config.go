package main

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/gradus-ir/gradus/internal/spelling"
	"github.com/gradus-ir/gradus/internal/yaml"
)

// configVariable names the file of settings where --config does not.
const configVariable = "GRADUS_CONFIG"

// setting is a default for a flag that a file gives, for a verb and those below it.
type setting struct {
	verb   *cobra.Command
	flag   string
	values []string // one, or several of a flag that may be given again
	at     yaml.Node
}

// configFile is the file of settings: the one named, else $GRADUS_CONFIG, else
// gradus/config.yaml in the user's folder for settings where it is there; "" for none.
func configFile(named string) string {
	if named != "" {
		return named
	}
	if path := os.Getenv(configVariable); path != "" {
		return path
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	path := filepath.Join(dir, "gradus", "config.yaml")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return path
}

// readConfig reads a file of settings for the verbs below root. A mapping is a
// verb, anything else a flag of the verb that it stands under:
//
//	offline: true
//	train: {loss: kl, lr: 3e-5}
//	index: {insert: {memory: 512}}
func readConfig(path string, root *cobra.Command) ([]setting, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if onlyComments(string(text)) {
		return nil, nil
	}
	file, err := yaml.Parse(path, text)
	if err != nil {
		return nil, err
	}
	var settings []setting
	err = readVerb(file, root, &settings)
	return settings, err
}

func onlyComments(text string) bool {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return false
		}
	}
	return true
}

// readVerb appends what a mapping says of a verb and those below it.
func readVerb(n yaml.Node, verb *cobra.Command, settings *[]setting) error {
	return n.Pairs("flags by verb", func(key, value yaml.Node) error {
		below := subcommand(verb, key.Value)
		switch known := flagsBelow(verb); {
		case value.IsMapping() && below == nil:
			return key.Errorf("unknown verb %q%s", key.Value, spelling.DidYouMean(key.Value, verbNames(verb)))
		case value.IsMapping():
			return readVerb(value, below, settings)
		case slices.Contains(known, key.Value):
			return readSetting(key, value, verb, settings)
		case namesSecret(key.Value):
			return key.Errorf("want no secret in this file, got %q: keep it in a file of its own or in the environment; see docs/configuration.md", key.Value)
		case below != nil:
			return key.Errorf("want the flags of %s below it, got a value", verbName(below))
		default:
			return key.Errorf("unknown flag %q of %s%s", key.Value, verbName(verb), nearest(key.Value, known))
		}
	})
}

func readSetting(key, value yaml.Node, verb *cobra.Command, settings *[]setting) error {
	s := setting{verb: verb, flag: key.Value, at: value}
	err := value.List(func(n yaml.Node) error {
		text, err := n.Text()
		if err == nil && holdsSecret(text) {
			err = n.Errorf("want no password or key in this file, found one in %s: keep it in a file of its own or in the environment; see docs/configuration.md", key.Value)
		}
		s.values = append(s.values, text)
		return err
	})
	*settings = append(*settings, s)
	return err
}

// keyShape is what the keys of LLM services and of the model hub look like.
var keyShape = regexp.MustCompile(`^(sk-|hf_)[A-Za-z0-9_-]{8,}$`)

// holdsSecret tells whether a value is a URL with a password in it, or looks like a key.
func holdsSecret(text string) bool {
	if address, err := url.Parse(text); err == nil && address.User != nil {
		if _, has := address.User.Password(); has {
			return true
		}
	}
	return keyShape.MatchString(text)
}

// namesSecret tells whether a key that no verb has is one for a secret.
func namesSecret(key string) bool {
	key = strings.ToLower(strings.ReplaceAll(key, "_", "-"))
	return slices.ContainsFunc([]string{"token", "api-key", "password", "secret"}, func(word string) bool { return strings.HasSuffix(key, word) })
}

// flagsBelow are the names of the flags that a verb or one below it has and a file may set.
func flagsBelow(verb *cobra.Command) []string {
	var flags []string
	verb.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && f.Name != "help" && f.Name != "version" {
			flags = append(flags, f.Name)
		}
	})
	for _, below := range configurable(verb) {
		flags = append(flags, flagsBelow(below)...)
	}
	slices.Sort(flags)
	return slices.Compact(flags)
}

// configurable are the verbs below one that take settings.
func configurable(verb *cobra.Command) []*cobra.Command {
	return slices.DeleteFunc(slices.Clone(verb.Commands()), withoutConfig)
}

func subcommand(verb *cobra.Command, name string) *cobra.Command {
	for _, below := range configurable(verb) {
		if below.Name() == name {
			return below
		}
	}
	return nil
}

func verbNames(verb *cobra.Command) []string {
	var all []string
	for _, below := range configurable(verb) {
		all = append(all, below.Name())
	}
	return all
}

// verbName is a verb as it is typed after gradus; of the root it is gradus.
func verbName(verb *cobra.Command) string {
	return strings.TrimPrefix(verb.CommandPath(), "gradus ")
}

func nearest(word string, known []string) string {
	if near := spelling.Nearest(word, known); near != "" {
		return didYouMean([]string{near})
	}
	return ""
}
