//go:build linux || darwin

package assets

import "golang.org/x/sys/unix"

// FreeBytes is how much a user may still write on the disk that holds dir, false where the system does not tell.
func FreeBytes(dir string) (int64, bool) {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return 0, false
	}
	return int64(stat.Bavail) * int64(stat.Bsize), true
}
