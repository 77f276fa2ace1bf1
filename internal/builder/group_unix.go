//go:build unix

package builder

import (
	"os/exec"
	"syscall"
)

// group puts a command into a process group of its own, whose number is that of its process.
func group(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// interrupt asks all of the group to end.
func interrupt(c *exec.Cmd) error { return syscall.Kill(-c.Process.Pid, syscall.SIGINT) }

// kill ends what is left of the group. Nothing else has its number while there is any.
func kill(c *exec.Cmd) { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
