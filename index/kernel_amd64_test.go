package index

import "golang.org/x/sys/cpu"

// slowerTiles are those that this processor has and does not use.
func slowerTiles() []tile {
	if !cpu.X86.HasAVX2 || !cpu.X86.HasFMA {
		return nil
	}
	return []tile{{rows: 6, width: 16, run: tile6x16}}
}
