package recipe_test

import (
	"fmt"

	"github.com/gradus-ir/gradus/recipe"
)

// What is wrong in a recipe has its line, and the word that was meant.
func ExampleParse() {
	_, err := recipe.Parse("mine.yaml", []byte(`
collections:
  scifact: data/scifact
encoders:
  minilm: {model: minilm}
arms:
  base: {encoder: minilm}
  trained: {inherits: base, losss: ws2}
tests: [scifact/test]
`))
	fmt.Println(err)
	// Output: mine.yaml:8: unknown key "losss" of an arm (did you mean loss?)
}
