package main

import (
	"bufio"
	"os"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/cpu"

	"github.com/gradus-ir/gradus/internal/durable"
)

type machineFacts struct {
	Gradus          string   `json:"gradus"`
	Go              string   `json:"go"`
	Platform        string   `json:"platform"`
	CPU             string   `json:"cpu"`
	Cores           int      `json:"cores"`
	CoresUsed       int      `json:"cores_used"` // GOMAXPROCS, which heeds a container's limit
	Features        []string `json:"cpu_features"`
	Memory          int64    `json:"memory_bytes,omitempty"` // 0: the system does not tell
	MemoryAvailable int64    `json:"memory_available_bytes,omitempty"`
}

func lookAtMachine() machineFacts {
	memory := procFields("/proc/meminfo")
	return machineFacts{
		Gradus: durable.Version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		CPU: procFields("/proc/cpuinfo")["model name"], Cores: runtime.NumCPU(), CoresUsed: runtime.GOMAXPROCS(0), Features: cpuFeatures(),
		Memory: kilobytes(memory["MemTotal"]), MemoryAvailable: kilobytes(memory["MemAvailable"]),
	}
}

// cpuFeatures are those that decide how fast matrices multiply here.
func cpuFeatures() []string {
	features := []string{}
	for _, feature := range []struct {
		name string
		has  bool
	}{
		{"avx", cpu.X86.HasAVX}, {"avx2", cpu.X86.HasAVX2}, {"fma", cpu.X86.HasFMA}, {"avx-vnni", cpu.X86.HasAVXVNNI},
		{"avx512f", cpu.X86.HasAVX512F}, {"avx512-vnni", cpu.X86.HasAVX512VNNI}, {"avx512-bf16", cpu.X86.HasAVX512BF16},
		{"amx-bf16", cpu.X86.HasAMXBF16}, {"neon", cpu.ARM64.HasASIMD}, {"sve", cpu.ARM64.HasSVE},
	} {
		if feature.has {
			features = append(features, feature.name)
		}
	}
	return features
}

// procFields reads "name: value" lines, the first of each name; none where the system has no such file.
func procFields(path string) map[string]string {
	fields := map[string]string{}
	file, err := os.Open(path)
	if err != nil {
		return fields
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), ":")
		if _, seen := fields[strings.TrimSpace(name)]; ok && !seen {
			fields[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return fields
}

// kilobytes reads "16384 kB"; 0 where it is nothing of the kind.
func kilobytes(text string) int64 {
	n, err := strconv.ParseInt(strings.TrimSuffix(text, " kB"), 10, 64)
	if err != nil {
		return 0
	}
	return n * 1024
}
