//go:build !unix

package lexical

import "os"

// mapFile reads the file where the system cannot map it.
func mapFile(file *os.File, size int) ([]byte, error) {
	data := make([]byte, size)
	_, err := file.ReadAt(data, 0)
	return data, err
}

func unmapFile([]byte) error { return nil }
