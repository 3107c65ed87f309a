package recipe

import (
	"bufio"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// peakMemory is how many bytes of memory the process has held at most, 0 where
// the system does not say.
func peakMemory() int64 {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) == 3 && fields[0] == "VmHWM:" {
			kilobytes, _ := strconv.ParseInt(fields[1], 10, 64)
			return kilobytes << 10
		}
	}
	return 0
}

// collectOften has garbage collected at a quarter of what is live, not at as
// much again, until the returned function is called: a large step's matrices
// would lie there twice, and beside XLA's work collecting them costs nothing.
// A user's own GOGC stays.
func collectOften() (restore func()) {
	if _, set := os.LookupEnv("GOGC"); set {
		return func() {}
	}
	before := debug.SetGCPercent(25)
	return func() { debug.SetGCPercent(before) }
}
