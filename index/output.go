package index

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"os"
)

// output is a file that is hashed while it is written.
type output struct {
	io.Writer
	file   *os.File
	buffer *bufio.Writer
	hash   hash.Hash
}

func create(path string) (*output, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	out := &output{file: file, hash: sha256.New()}
	out.buffer = bufio.NewWriterSize(io.MultiWriter(file, out.hash), 1<<20)
	out.Writer = out.buffer
	return out, nil
}

// sum flushes and returns the hex SHA-256 of all that was written; a failed
// flush shows again in close.
func (o *output) sum() string {
	o.buffer.Flush()
	return hex.EncodeToString(o.hash.Sum(nil))
}

func (o *output) close() error {
	if o == nil {
		return nil
	}
	err := o.buffer.Flush()
	if failed := o.file.Close(); err == nil {
		err = failed
	}
	return err
}
