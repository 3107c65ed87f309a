package lexical_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gradus-ir/gradus/lexical"
)

func Example() {
	temp, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(temp)
	ctx, dir := context.Background(), filepath.Join(temp, "words")
	err = lexical.Create(ctx, dir, lexical.Options{}, func(w *lexical.Writer) error {
		if err := w.Append("wing", "Lift of a wing in a slipstream"); err != nil {
			return err
		}
		return w.Append("heat", "Heat transfer to a wing at re-entry")
	})
	if err != nil {
		log.Fatal(err)
	}
	index, err := lexical.Open(dir, lexical.Default)
	if err != nil {
		log.Fatal(err)
	}
	defer index.Close()
	hits, err := index.Search(ctx, []string{"lifting wings"}, 10)
	if err != nil {
		log.Fatal(err)
	}
	for _, hit := range hits[0] {
		fmt.Printf("%s %.3f\n", hit.DocID, hit.Score)
	}
	// Output:
	// wing 0.484
	// heat 0.092
}

func ExampleTokens() {
	fmt.Println(lexical.Tokens("The wings' lift, measured"))
	// Output: [wing lift measur]
}
