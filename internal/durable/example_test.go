package durable

import (
	"fmt"
	"os"
	"path/filepath"
)

// A run that was interrupted finds what it had finished.
func ExampleOpenLog() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	for run := range 2 {
		finished := 0
		log, err := OpenLog(filepath.Join(dir, "ledger.log"), func(record []byte) error {
			finished++
			return nil
		})
		if err != nil {
			panic(err)
		}
		fmt.Printf("run %d finds %d\n", run, finished)
		if err := log.Append([]byte(`{"query":"q1"}`)); err != nil {
			panic(err)
		}
		log.Close()
	}
	// Output:
	// run 0 finds 0
	// run 1 finds 1
}
