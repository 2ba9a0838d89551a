//go:build unix

package doctor

import "syscall"

// Space is what an ordinary user may still write on the disk of a folder, and the size of that disk, in bytes.
func Space(dir string) (free, total uint64, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), s.Blocks * uint64(s.Bsize), nil
}
