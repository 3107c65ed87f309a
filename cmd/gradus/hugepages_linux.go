package main

import (
	"os"
	"strings"
	"syscall"
)

const tunables = "GLIBC_TUNABLES"

// keepMemory has all blocks, large ones too, come from one arena, which grows a
// gigabyte of addresses at a time and gives nothing back: a block that XLA frees
// is taken again for the next batch, without the kernel zeroing it.
const keepMemory = "glibc.malloc.arena_max=1:glibc.malloc.mmap_max=0:glibc.malloc.top_pad=1073741824:glibc.malloc.trim_threshold=17179869184"

// useHugePages starts the program over, in the same process, with glibc told
// to keep memory and to ask for huge pages: XLA takes and returns gigabytes a
// step, and the kernel zeroing them in small pages costs a fifth of a training
// step. glibc reads the settings before main, so there is no other moment. A
// user's own setting stays as it is, and where anything is amiss so does the program.
func useHugePages() {
	if _, set := os.LookupEnv(tunables); set {
		return
	}
	self, err := os.Executable()
	if err != nil {
		return
	}
	settings := keepMemory
	if mode, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/enabled"); err == nil && strings.Contains(string(mode), "[madvise]") {
		settings += ":glibc.malloc.hugetlb=1" // else off, or on for everything already
	}
	syscall.Exec(self, os.Args, append(os.Environ(), tunables+"="+settings))
}
