// Package yaml reads a YAML file node by node, so that whatever is wrong in it,
// its meaning included, is an error with the file's name and the line:
//
//	recipe.yaml:12: unknown key "losss" of an arm (did you mean loss?)
//
// A file's structure is the code that reads it: a mapping is a list of Fields,
// each with the function that takes its value.
package yaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	yaml "go.yaml.in/yaml/v3"

	"github.com/gradus-ir/gradus/internal/spelling"
)

// Node is a value in a file.
type Node struct {
	file string
	*yaml.Node
}

// Field is a key that a mapping may have, and what takes its value.
type Field struct {
	Key  string
	Take func(Node) error
}

// Parse reads a file's one document. name is what errors call the file.
func Parse(name string, text []byte) (Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return Node{}, fmt.Errorf("%s: want a YAML document, found none", name)
	} else if err != nil {
		return Node{}, fmt.Errorf("%s: %w", name, err)
	}
	if err := decoder.Decode(&yaml.Node{}); !errors.Is(err, io.EOF) {
		return Node{}, fmt.Errorf("%s: want one YAML document, got several", name)
	}
	return Node{name, document.Content[0]}, nil
}

// Errorf is an error about the node, with file and line. The zero Node stands nowhere.
func (n Node) Errorf(format string, args ...any) error {
	if n.Node == nil {
		return fmt.Errorf(format, args...)
	}
	return fmt.Errorf("%s:%d: %w", n.file, n.Line, fmt.Errorf(format, args...))
}

// Wrap is an error about the node that something else found; nil is nil.
func (n Node) Wrap(err error) error {
	if err == nil {
		return nil
	}
	return n.Errorf("%w", err)
}

// Fields reads a mapping whose keys are known. what names it in errors: an arm.
func (n Node) Fields(what string, fields ...Field) error {
	return n.Pairs(what, func(key, value Node) error {
		i := slices.IndexFunc(fields, func(f Field) bool { return f.Key == key.Value })
		if i < 0 {
			known := make([]string, len(fields))
			for i, f := range fields {
				known[i] = f.Key
			}
			return key.Errorf("unknown key %q of %s%s", key.Value, what, spelling.DidYouMean(key.Value, known))
		}
		return fields[i].Take(value)
	})
}

// Pairs reads a mapping of any keys, in the file's order.
func (n Node) Pairs(what string, take func(key, value Node) error) error {
	if n.Kind != yaml.MappingNode {
		return n.Errorf("want %s, got %s", what, n.kind())
	}
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := Node{n.file, n.Content[i]}, Node{n.file, n.Content[i+1]}
		if key.Kind != yaml.ScalarNode {
			return key.Errorf("want a name as a key of %s, got %s", what, key.kind())
		}
		if line, ok := lines[key.Value]; ok {
			return key.Errorf("key %q of %s stands on line %d already", key.Value, what, line)
		}
		lines[key.Value] = key.Line
		if err := take(key, value); err != nil {
			return err
		}
	}
	return nil
}

// IsList and IsMapping tell what the node is where several things may stand.
func (n Node) IsList() bool    { return n.Kind == yaml.SequenceNode }
func (n Node) IsMapping() bool { return n.Kind == yaml.MappingNode }

// List reads a list, or a single value as a list of one.
func (n Node) List(take func(Node) error) error {
	if n.Kind != yaml.SequenceNode {
		return take(n)
	}
	for _, child := range n.Content {
		if err := take(Node{n.file, child}); err != nil {
			return err
		}
	}
	return nil
}

// Text reads a scalar as it is written.
func (n Node) Text() (string, error) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return "", n.Errorf("want a text, got %s", n.kind())
	}
	return n.Value, nil
}

// kind is what the node is, for errors.
func (n Node) kind() string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias of an anchor, which is not read"
	}
	if n.Tag == "!!null" {
		return "nothing"
	}
	return strconv.Quote(n.Value)
}

// Into makes a Field's Take of a function that reads a kind of value.
func Into[T any](to *T, read func(Node) (T, error)) func(Node) error {
	return func(n Node) (err error) {
		value, err := read(n)
		if err == nil {
			*to = value
		}
		return err
	}
}

// Text takes a text.
func Text(to *string) func(Node) error { return Into(to, Node.Text) }

// Texts takes a text or a list of them.
func Texts(to *[]string) func(Node) error {
	return func(n Node) error {
		*to = nil
		return n.List(func(child Node) error {
			text, err := child.Text()
			*to = append(*to, text)
			return err
		})
	}
}

// Number takes a number of at least low.
func Number(to *float64, low float64) func(Node) error {
	return Into(to, func(n Node) (float64, error) {
		x, err := strconv.ParseFloat(n.Value, 64)
		if err != nil || n.Kind != yaml.ScalarNode || !(x >= low) || x-x != 0 {
			return 0, n.Errorf("want a number of %g or more, got %s", low, n.kind())
		}
		return x, nil
	})
}

// Whole takes a whole number of at least low.
func Whole[T int | int64 | uint64](to *T, low T) func(Node) error {
	return Into(to, func(n Node) (T, error) {
		x, err := strconv.ParseInt(n.Value, 10, 64)
		if err != nil || n.Kind != yaml.ScalarNode || x < int64(low) {
			return 0, n.Errorf("want a whole number of %d or more, got %s", low, n.kind())
		}
		return T(x), nil
	})
}

// Flag takes true or false.
func Flag(to *bool) func(Node) error {
	return Into(to, func(n Node) (bool, error) {
		if n.Kind != yaml.ScalarNode || n.Value != "true" && n.Value != "false" {
			return false, n.Errorf("want true or false, got %s", n.kind())
		}
		return n.Value == "true", nil
	})
}

// Duration takes a time such as 90s or 3m, above 0.
func Duration(to *time.Duration) func(Node) error {
	return Into(to, func(n Node) (time.Duration, error) {
		d, err := time.ParseDuration(n.Value)
		if err != nil || n.Kind != yaml.ScalarNode || d <= 0 {
			return 0, n.Errorf("want a time such as 90s or 3m, got %s", n.kind())
		}
		return d, nil
	})
}
