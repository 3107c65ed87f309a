package embedded

import "syscall"

// childAttributes have the kernel kill the child when its parent dies, and
// keep the terminal's Ctrl-C from it: the parent ends it in good order.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
