package embedded

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestSchemaGrammar(t *testing.T) {
	for _, test := range []struct{ schema, want string }{
		{`{"type":"string"}`, `root ::= string`},
		{`{"type":"string","minLength":2,"maxLength":9}`, `root ::= "\"" char{2,9} "\""`},
		{`{"enum":["a\"b",3,null]}`, `root ::= ("\"a\\\"b\"" | "3" | "null")`},
		{`{"const":{"a":1}}`, `root ::= "{\"a\":1}"`},
		{`{"type":"integer","minimum":-1,"maximum":1}`, `root ::= ("-1" | "0" | "1")`},
		// Properties in the order written, not the alphabet's.
		{`{"type":"object","title":"t","required":["b"],"properties":{"b":{"type":"boolean"},"a":{"type":"null"}}}`,
			"root ::= r1\n" + `r1 ::= "{" gap "\"b\"" ":" gap boolean "," gap "\"a\"" ":" gap "null" gap "}"`},
		{`{"type":"array","items":{"type":"number"},"minItems":2,"maxItems":3}`,
			"root ::= r2\nr1 ::= number\n" + `r2 ::= "[" gap r1 ("," gap r1){1,2} gap "]"`},
		{`{"type":"array","items":{"type":"number"},"maxItems":0}`, `root ::= "[]"`},
	} {
		got, err := schemaGrammar(json.RawMessage(test.schema))
		if err != nil || !strings.HasPrefix(got, test.want+"\n") {
			t.Errorf("%s: want %s, got %s, %v", test.schema, test.want, got, err)
		}
	}
}

func TestSchemaErrors(t *testing.T) {
	for _, test := range []struct{ schema, want string }{
		{`[]`, "want a schema, an object"},
		{`{}`, `schema: want type object, array`},
		{`{"type":"date"}`, `got "date"`},
		{`{"type":"string","pattern":"a+"}`, `unknown field "pattern"`},
		{`{"anyOf":[]}`, `unknown field "anyOf"`},
		{`{"type":"string","maxLength":5000}`, "schema: want 0 ≤ minLength ≤ maxLength ≤ 2000, got 0 and 5000"},
		{`{"type":"string","minLength":3,"maxLength":2}`, "got 3 and 2"},
		{`{"type":"integer","minimum":0}`, "want both minimum and maximum"},
		{`{"type":"array"}`, "want items"},
		{`{"type":"object","required":["x"],"properties":{}}`, `required property "x" is not among properties`},
		{`{"type":"object","properties":{"a":{"type":"object","properties":{"b":{"type":"x"}}}}}`, `schema.a.b: want type`},
		{strings.Repeat(`{"type":"array","items":`, 10) + `{"type":"null"}` + strings.Repeat("}", 10), "nested deeper than 8"},
	} {
		if _, err := schemaGrammar(json.RawMessage(test.schema)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: want %q, got %v", test.schema, test.want, err)
		}
	}
}

// A grammar has one rule a line, whatever the schema's names are: a name that
// could end its literal could write rules of its own.
func FuzzSchemaGrammar(f *testing.F) {
	f.Add(`{"type":"object","properties":{"a\n::=\"":{"enum":["x\ny","\\"]}}}`)
	f.Add(`{"type":"array","items":{"type":"string","maxLength":3},"minItems":1}`)
	f.Add(`{"const":"\u2028\u0000"}`)
	f.Fuzz(func(t *testing.T, source string) {
		got, err := schemaGrammar(json.RawMessage(source))
		if err != nil {
			return
		}
		for line := range strings.Lines(strings.TrimSuffix(got, "\n")) {
			name, _, found := strings.Cut(line, " ::= ")
			if line != "\n" && (!found || strings.ContainsAny(name, ` "`)) {
				t.Fatalf("%s\nwant one rule a line, got %q in\n%s", source, line, got)
			}
		}
	})
}
