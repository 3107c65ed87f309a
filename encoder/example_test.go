package encoder_test

import (
	"context"
	"fmt"
	"log"

	"github.com/gradus-ir/gradus/encoder"
)

// A model's folder turns texts into vectors, under the prompts that it names for queries and documents.
func ExampleModel_Encode() {
	ctx := context.Background()
	model, err := encoder.Load(ctx, "my-model", encoder.Options{})
	if err != nil {
		log.Fatal(err)
	}
	vectors, err := model.Encode(ctx, []string{"lift of a wing"}, encoder.EncodeOptions{Prompt: model.PromptFor("query")})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(vectors[0]) == model.Dimensions())
}
