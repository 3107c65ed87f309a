package main

import (
	"fmt"
	"io"

	"github.com/gradus-ir/gradus/internal/assets"
)

// printFirstSteps is what gradus says when it is called without a verb: what to do first, here.
func printFirstSteps(w io.Writer) error {
	missing, err := bytesForDemo()
	if err != nil {
		return err
	}
	setup := "  gradus setup      nothing to do: what the demo needs is here\n"
	if missing > 0 {
		setup = fmt.Sprintf("  gradus setup      fetch what is missing, once: %s\n", megabytes(missing))
	}
	_, err = fmt.Fprint(w, `gradus trains dense retrievers on graded lists.

To see it work:
`+setup+`  gradus demo       the whole way on a small real collection, about 10 minutes

With your own queries, {"_id": "1", "text": "how do wings make lift"} a line:
  gradus generate --queries queries.jsonl --out graded
  gradus train --encoder minilm --source dir=graded --loss ws2 --out my-model

gradus doctor       says what is here, and what to do about what is not
gradus help         lists the verbs
gradus help VERB    shows one, with examples
`)
	return err
}

// bytesForDemo is what the demo would have to fetch, at most.
func bytesForDemo() (int64, error) {
	var missing int64
	for _, asset := range assets.List() {
		state, err := assets.Status(asset.Name)
		if err != nil {
			return 0, err
		}
		if asset.Default {
			missing += state.Download
		}
	}
	return missing, nil
}
