//go:build !unix

package builder

import (
	"os/exec"
	"strconv"
)

// group does nothing: a process knows here which ones it started.
func group(*exec.Cmd) {}

// interrupt ends a command and all that it started: it cannot be asked to end here.
func interrupt(c *exec.Cmd) error {
	if exec.Command("taskkill", "/t", "/f", "/pid", strconv.Itoa(c.Process.Pid)).Run() == nil {
		return nil
	}
	return c.Process.Kill()
}

// kill does nothing: interrupt did it.
func kill(*exec.Cmd) {}
