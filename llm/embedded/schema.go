package embedded

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// schema is the part of JSON Schema that an answer can be held to:
//   - object: every property of properties, in the order written, and no other
//   - string: enum, const, minLength, maxLength
//   - integer: enum, const, or minimum and maximum at most 1,000 apart; else any
//   - number, boolean, null
//   - array: items, minItems, maxItems
//
// Annotations (title, description, …) are ignored. Anything else that would
// constrain is an error, as an answer would silently not be held to it.
type schema struct {
	Type       string            `json:"type"`
	Properties orderedProperties `json:"properties"`
	Required   []string          `json:"required"`
	Items      *schema           `json:"items"`
	Enum       []json.RawMessage `json:"enum"`
	Const      json.RawMessage   `json:"const"`
	MinLength  *int              `json:"minLength"`
	MaxLength  *int              `json:"maxLength"`
	MinItems   *int              `json:"minItems"`
	MaxItems   *int              `json:"maxItems"`
	Minimum    *int              `json:"minimum"`
	Maximum    *int              `json:"maximum"`
}

// Bounds of what the grammar may unroll; llama.cpp's takes 2,000 repetitions.
const (
	mostRepeated = 2000
	mostIntegers = 1000
	deepest      = 8
)

// jsonRules are the terminals of JSON, in GBNF. A string holds no control
// characters: they would have to be escaped, and small models forget it.
const jsonRules = `
gap ::= " "?
char ::= [^"\\\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | "u" hex hex hex hex)
hex ::= [0-9a-fA-F]
string ::= "\"" char* "\""
integer ::= "-"? ("0" | [1-9] [0-9]{0,15})
number ::= integer ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,3})?
boolean ::= "true" | "false"
`

// anyObject is the grammar of response_format json_object.
const anyObject = `root ::= object
value ::= object | array | string | number | boolean | "null"
object ::= "{" gap (member ("," gap member)*)? "}"
member ::= string ":" gap value gap
array ::= "[" gap (value gap ("," gap value gap)*)? "]"
` + jsonRules

// schemaGrammar turns a JSON schema into a GBNF grammar.
func schemaGrammar(source json.RawMessage) (string, error) {
	var s schema
	if err := decodeSchema(source, &s); err != nil {
		return "", err
	}
	w := &grammarWriter{}
	root, err := w.value(&s, "schema", 0)
	if err != nil {
		return "", err
	}
	return "root ::= " + root + "\n" + w.rules.String() + jsonRules, nil
}

// grammarWriter names one rule per nested object or array.
type grammarWriter struct {
	rules strings.Builder
	count int
}

func (w *grammarWriter) rule(body string) string {
	w.count++
	name := "r" + strconv.Itoa(w.count)
	fmt.Fprintf(&w.rules, "%s ::= %s\n", name, body)
	return name
}

// value returns the GBNF expression of a schema found at the place named where.
func (w *grammarWriter) value(s *schema, where string, depth int) (string, error) {
	if depth > deepest {
		return "", fmt.Errorf("%s: nested deeper than %d", where, deepest)
	}
	switch {
	case s.Const != nil:
		return quoteGBNF(compactJSON(s.Const)), nil
	case len(s.Enum) > 0:
		choices := make([]string, len(s.Enum))
		for i, e := range s.Enum {
			choices[i] = quoteGBNF(compactJSON(e))
		}
		return "(" + strings.Join(choices, " | ") + ")", nil
	}
	switch s.Type {
	case "object":
		return w.object(s, where, depth)
	case "array":
		return w.array(s, where, depth)
	case "string":
		if s.MinLength == nil && s.MaxLength == nil {
			return "string", nil
		}
		times, err := repetition(s.MinLength, s.MaxLength, where)
		return `"\"" char` + times + ` "\""`, err
	case "integer":
		return integerRange(s, where)
	case "number", "boolean":
		return s.Type, nil
	case "null":
		return `"null"`, nil
	}
	return "", fmt.Errorf("%s: want type object, array, string, integer, number, boolean or null, got %q", where, s.Type)
}

func (w *grammarWriter) object(s *schema, where string, depth int) (string, error) {
	for _, name := range s.Required {
		if !slices.ContainsFunc(s.Properties, func(p property) bool { return p.name == name }) {
			return "", fmt.Errorf("%s: required property %q is not among properties", where, name)
		}
	}
	var members []string
	for _, p := range s.Properties {
		v, err := w.value(p.schema, where+"."+p.name, depth+1)
		if err != nil {
			return "", err
		}
		members = append(members, quoteGBNF(compactJSON(p.name))+` ":" gap `+v)
	}
	return w.rule(`"{" gap ` + strings.Join(members, ` "," gap `) + ` gap "}"`), nil
}

func (w *grammarWriter) array(s *schema, where string, depth int) (string, error) {
	if s.Items == nil {
		return "", fmt.Errorf("%s: want items for type array", where)
	}
	item, err := w.value(s.Items, where+"[]", depth+1)
	if err != nil {
		return "", err
	}
	low, high := 0, -1
	if s.MinItems != nil {
		low = *s.MinItems
	}
	if s.MaxItems != nil {
		high = *s.MaxItems
	}
	if low < 0 || low > mostRepeated || high > mostRepeated || high >= 0 && high < low {
		return "", fmt.Errorf("%s: want 0 ≤ minItems ≤ maxItems ≤ %d", where, mostRepeated)
	}
	item = w.rule(item)
	if high == 0 {
		return `"[]"`, nil
	}
	rest := fmt.Sprintf(`("," gap %s){%d,}`, item, max(low-1, 0))
	if high > 0 {
		rest = fmt.Sprintf(`("," gap %s){%d,%d}`, item, max(low-1, 0), high-1)
	}
	body := item + " " + rest
	if low == 0 {
		body = "(" + body + ")?"
	}
	return w.rule(`"[" gap ` + body + ` gap "]"`), nil
}

// integerRange writes a bounded integer as the choice of its values.
func integerRange(s *schema, where string) (string, error) {
	if s.Minimum == nil && s.Maximum == nil {
		return "integer", nil
	}
	if s.Minimum == nil || s.Maximum == nil || *s.Maximum < *s.Minimum || *s.Maximum-*s.Minimum > mostIntegers {
		return "", fmt.Errorf("%s: want both minimum and maximum, at most %d apart", where, mostIntegers)
	}
	var choices []string
	for i := *s.Minimum; i <= *s.Maximum; i++ {
		choices = append(choices, quoteGBNF(strconv.Itoa(i)))
	}
	return "(" + strings.Join(choices, " | ") + ")", nil
}

func repetition(low, high *int, where string) (string, error) {
	least := 0
	if low != nil {
		least = *low
	}
	if high == nil {
		if least < 0 || least > mostRepeated {
			return "", fmt.Errorf("%s: want minLength from 0 to %d, got %d", where, mostRepeated, least)
		}
		return fmt.Sprintf("{%d,}", least), nil
	}
	if least < 0 || *high < least || *high > mostRepeated {
		return "", fmt.Errorf("%s: want 0 ≤ minLength ≤ maxLength ≤ %d, got %d and %d", where, mostRepeated, least, *high)
	}
	return fmt.Sprintf("{%d,%d}", least, *high), nil
}

// quoteGBNF writes s as a GBNF literal.
func quoteGBNF(s string) string {
	r := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`)
	return `"` + r.Replace(s) + `"`
}
