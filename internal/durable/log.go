package durable

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// Log is an append-only file of records, one a line:
//
//	<CRC-32C of the record, 8 hex digits> <record>
//
// so that it reads with grep and jq, and a crash costs at most the record being written.
// Its methods may be called concurrently.
type Log struct {
	mu   sync.Mutex
	file *os.File
	lock *FileLock
	size int64 // bytes known good: where the next record starts
	err  error // a failure after which the file's state is unknown; sticks
}

// MaxRecord is the longest record a log takes, in bytes. It bounds what
// opening a damaged log can ask of memory.
const MaxRecord = 64 << 20

const checksumWidth = len("00000000 ")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// OpenLog opens or makes the log at path, calls replay with each record in
// order (valid during the call only), and is then ready for Append.
// What follows the last newline is a torn write, of a record whose Append
// never returned: it is cut off. A whole line that fails its checksum is
// damage, and an error naming the line. A log open elsewhere wraps ErrLocked.
func OpenLog(path string, replay func(record []byte) error) (*Log, error) {
	lock, err := Lock(path + ".lock")
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		lock.Unlock()
		return nil, err
	}
	log := &Log{file: file, lock: lock}
	if err := log.recover(path, replay); err != nil {
		file.Close()
		lock.Unlock()
		return nil, err
	}
	return log, nil
}

func (l *Log) recover(path string, replay func(record []byte) error) error {
	good, torn, err := readRecords(l.file, replay)
	if err != nil {
		return fmt.Errorf("%s:%w", path, err)
	}
	if torn {
		if err := l.file.Truncate(good); err != nil {
			return err
		}
	}
	if _, err := l.file.Seek(good, io.SeekStart); err != nil {
		return err
	}
	if err := l.file.Sync(); err != nil {
		return err
	}
	l.size = good
	return syncFolder(filepath.Dir(path))
}

// readRecords returns how many bytes hold whole records and whether more follow. Its errors begin with the line.
func readRecords(r io.Reader, replay func(record []byte) error) (good int64, torn bool, err error) {
	lines := bufio.NewReaderSize(r, 1<<16)
	for number := 1; ; number++ {
		line, err := readLine(lines)
		if err == io.EOF {
			return good, len(line) > 0, nil
		}
		if err != nil {
			return good, false, fmt.Errorf("%d: %w", number, err)
		}
		record, err := checkRecord(line)
		if err != nil {
			return good, false, fmt.Errorf("%d: %w", number, err)
		}
		if err := replay(record); err != nil {
			return good, false, fmt.Errorf("%d: %w", number, err)
		}
		good += int64(len(line)) + 1
	}
}

// readLine returns the next line without its newline, or io.EOF with what follows the last one.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if err == nil && line == nil {
			return part[:len(part)-1], nil
		}
		line = append(line, part...)
		switch {
		case err == nil:
			return line[:len(line)-1], nil
		case len(line) > checksumWidth+MaxRecord:
			return nil, fmt.Errorf("want a record of at most %d bytes, got a longer line", MaxRecord)
		case err != bufio.ErrBufferFull:
			return line, err
		}
	}
}

func checkRecord(line []byte) ([]byte, error) {
	if len(line) < checksumWidth || line[checksumWidth-1] != ' ' {
		return nil, fmt.Errorf("want \"<checksum> <record>\", got %.40q; the log is damaged", line)
	}
	want, err := strconv.ParseUint(string(line[:checksumWidth-1]), 16, 32)
	if err != nil {
		return nil, fmt.Errorf("want 8 hex digits of checksum, got %q; the log is damaged", line[:checksumWidth-1])
	}
	record := line[checksumWidth:]
	if got := crc32.Checksum(record, castagnoli); got != uint32(want) {
		return nil, fmt.Errorf("want checksum %08x, got %08x; the log is damaged", want, got)
	}
	return record, nil
}

// Append writes one record and returns once it is on disk. A record is one
// line of any bytes but newline. After an error the log holds exactly what it held before,
// or, where that cannot be made sure of, every later Append fails too.
func (l *Log) Append(record []byte) error {
	if bytes.IndexByte(record, '\n') >= 0 {
		return errors.New("want a record without newlines, got one with")
	}
	if len(record) > MaxRecord {
		return fmt.Errorf("want a record of at most %d bytes, got %d", MaxRecord, len(record))
	}
	line := make([]byte, 0, checksumWidth+len(record)+1)
	line = fmt.Appendf(line, "%08x ", crc32.Checksum(record, castagnoli))
	line = append(append(line, record...), '\n')

	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	if _, err := l.file.Write(line); err != nil {
		l.err = l.rewind() // half a line would turn the next record into damage
		return err
	}
	if err := l.file.Sync(); err != nil {
		l.err = fmt.Errorf("an earlier record may be lost: %w", err) // the kernel reports it only once
		return err
	}
	l.size += int64(len(line))
	return nil
}

func (l *Log) rewind() error {
	if err := l.file.Truncate(l.size); err != nil {
		return err
	}
	_, err := l.file.Seek(l.size, io.SeekStart)
	return err
}

// Close releases the file and its lock. Append afterwards fails.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lock == nil {
		return nil
	}
	err := errors.Join(l.file.Close(), l.lock.Unlock())
	l.lock = nil
	l.err = os.ErrClosed
	return err
}
