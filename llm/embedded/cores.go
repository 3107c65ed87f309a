package embedded

import (
	"bufio"
	"os"
	"runtime"
	"strings"
)

// physicalCores is how many threads compute best: those that share a core
// share its arithmetic units too. It respects the processors and the share of
// them that this process may use.
func physicalCores() int {
	allowed := runtime.GOMAXPROCS(0)
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return allowed
	}
	defer file.Close()
	cores := map[string]bool{}
	socket := ""
	for lines := bufio.NewScanner(file); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), ":")
		switch strings.TrimSpace(key) {
		case "physical id":
			socket = value
		case "core id":
			cores[socket+value] = true
		}
	}
	if len(cores) == 0 {
		return allowed
	}
	return min(allowed, len(cores))
}
