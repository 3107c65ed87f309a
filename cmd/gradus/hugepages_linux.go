package main

import (
	"os"
	"strings"
	"syscall"
)

const tunables = "GLIBC_TUNABLES"

// useHugePages starts the program over, in the same process, with glibc told
// to ask for huge pages: XLA takes and returns gigabytes a step, and the kernel
// zeroing them in small pages costs a fifth of a training step. glibc reads
// the setting before main, so there is no other moment. A user's own setting
// stays as it is, and where anything is amiss so does the program.
func useHugePages() {
	if _, set := os.LookupEnv(tunables); set {
		return
	}
	mode, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/enabled")
	if err != nil || !strings.Contains(string(mode), "[madvise]") {
		return // off, or on for everything already
	}
	self, err := os.Executable()
	if err != nil {
		return
	}
	syscall.Exec(self, os.Args, append(os.Environ(), tunables+"=glibc.malloc.hugetlb=1"))
}
