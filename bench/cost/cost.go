// Package cost is what a benchmark's work costs the machine.
package cost

import (
	"io/fs"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// Spent is what a piece of work took, in seconds.
type Spent struct {
	Wall      float64 `json:"wall"`
	Processor float64 `json:"processor"`
}

// Of does a piece of work and says what it took.
func Of(work func() error) (Spent, error) {
	start, used := time.Now(), Processor()
	if err := work(); err != nil {
		return Spent{}, err
	}
	return Spent{time.Since(start).Seconds(), Processor() - used}, nil
}

// Processor is the seconds that this process has had on processors.
func Processor() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // it has no argument that could be wrong
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

// OwnMemory is what Go took from the system at most, in bytes, mapped files left out.
func OwnMemory() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.Sys
}

// Disk is the bytes of the files below a folder.
func Disk(dir string) (size int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		size += info.Size()
		return nil
	})
	return size, err
}
