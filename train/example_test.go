package train_test

import (
	"fmt"
	"log"

	"github.com/gradus-ir/gradus/train"
)

func ExampleParseSource() {
	source, err := train.ParseSource("dir=scifact,split=bm25,grade=1,sample=2")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(source.Dir, source.Split, *source.Grade, source.Sample)
	_, err = train.ParseSource("dir=scifact,splt=bm25")
	fmt.Println(err)
	// Output:
	// scifact bm25 1 2
	// source "dir=scifact,splt=bm25": unknown key "splt"; want dir, split, min-grade, max-grade, grade, sample or weight
}
