package embedded

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// property is a member of an object's schema.
type property struct {
	name   string
	schema *schema
}

// orderedProperties keeps the order in which properties are written: the
// answer has it too, so that a model can be asked to reason before it judges.
type orderedProperties []property

func (o *orderedProperties) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("properties: want an object")
	}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return err
		}
		name := t.(string) // an object's key is always a string
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return err
		}
		s := new(schema)
		if err := decodeSchema(raw, s); err != nil {
			return fmt.Errorf("property %q: %w", name, err)
		}
		*o = append(*o, property{name, s})
	}
	return nil
}

// annotations are keywords that say nothing about which answers are valid, or
// what our grammars enforce anyway.
var annotations = []string{"title", "description", "default", "examples", "$schema", "$id", "$comment", "additionalProperties"}

func (s *schema) UnmarshalJSON(data []byte) error { return decodeSchema(data, s) }

func decodeSchema(data []byte, s *schema) error {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(data, &keys); err != nil || keys == nil {
		return fmt.Errorf("want a schema, an object")
	}
	for _, k := range annotations {
		delete(keys, k)
	}
	kept, err := json.Marshal(keys) // the values stay as written, properties in order
	if err != nil {
		return err
	}
	type plain schema // without UnmarshalJSON
	dec := json.NewDecoder(bytes.NewReader(kept))
	dec.DisallowUnknownFields()
	if err := dec.Decode((*plain)(s)); err != nil {
		return fmt.Errorf("unsupported schema: %w", err)
	}
	return nil
}

// compactJSON writes a value without spaces and without HTML's escapes, as a
// model would.
func compactJSON(value any) string {
	if raw, ok := value.(json.RawMessage); ok {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		if dec.Decode(&value) != nil {
			return string(raw)
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.Encode(value) // what was decoded from JSON, or a string: it cannot fail
	return string(bytes.TrimSpace(b.Bytes()))
}
