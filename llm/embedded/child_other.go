//go:build !linux

package embedded

import "syscall"

// childAttributes are nothing special here: the child ends when its standard
// input does, which is when its parent dies.
func childAttributes() *syscall.SysProcAttr { return nil }
