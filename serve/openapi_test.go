package serve

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// schema is the part of a JSON schema that is held against our types.
type schema struct {
	Properties map[string]json.RawMessage
	Required   []string
}

type described struct {
	Paths      map[string]map[string]json.RawMessage
	Components struct{ Schemas map[string]schema }
}

// The file describes the routes that there are, each with its method, and no others.
func TestOpenAPIHasTheRoutes(t *testing.T) {
	var file described
	check(t, json.Unmarshal(openAPI, &file))
	var want, got []string
	s, err := New(newWorld(t, nil).Options)
	check(t, err)
	for _, r := range s.table() {
		want = append(want, r.method+" "+strings.NewReplacer("{$}", "", "...", "").Replace(r.path))
	}
	for path, methods := range file.Paths {
		for method := range methods {
			got = append(got, strings.ToUpper(method)+" "+path)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("want %q, got %q", want, got)
	}
}

// The file's schemas have the fields of our types, and demand those that are always there.
func TestOpenAPIHasTheFields(t *testing.T) {
	var file described
	check(t, json.Unmarshal(openAPI, &file))
	for name, value := range map[string]any{
		"EmbeddingsRequest": embeddingsRequest{}, "Embeddings": embeddingsAnswer{}, "Embedding": embedding{}, "Usage": usage{},
		"Models": modelList{}, "Model": model{}, "SearchRequest": searchRequest{}, "SearchAnswer": searchAnswer{}, "Hit": hit{}, "Place": place{},
		"ExplainRequest": explainRequest{}, "Explanation": explanation{}, "DenseParts": denseWhy{}, "WordShare": wordShare{}, "WordParts": wordsWhy{},
		"TermShare": termShare{}, "Collection": collectionAnswer{}, "Encoder": encoderInfo{}, "Queries": queriesAnswer{}, "Query": queryInfo{},
		"Graded": gradedAnswer{}, "GradedDocument": gradedDocument{}, "Document": documentAnswer{}, "Status": status{},
	} {
		s, ok := file.Components.Schemas[name]
		if !ok {
			t.Errorf("want a schema %s", name)
			continue
		}
		always := fields(reflect.TypeOf(value))
		if got, want := slices.Sorted(maps.Keys(s.Properties)), slices.Sorted(maps.Keys(always)); !slices.Equal(got, want) {
			t.Errorf("%s: want the fields %q, got %q", name, want, got)
		}
		for _, field := range s.Required {
			if !strings.HasSuffix(name, "Request") && !always[field] {
				t.Errorf("%s: %s is demanded, but may be absent", name, field)
			}
		}
	}
	if n := len(file.Components.Schemas); n != 24+2 { // and Error, SessionRequest
		t.Errorf("want each schema to be of a type above, got %d", n)
	}
}

// fields are the names of a type's fields in JSON; true where they are always there.
func fields(of reflect.Type) map[string]bool {
	names := make(map[string]bool)
	for field := range of.Fields() {
		if field.Anonymous {
			maps.Copy(names, fields(field.Type))
			continue
		}
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		names[name] = options != "omitempty"
	}
	return names
}
