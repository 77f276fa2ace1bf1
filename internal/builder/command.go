package builder

import (
	"context"
	"os/exec"
	"time"
)

// grace is how long a command that was interrupted has to end in good order.
const grace = 5 * time.Second

// Command returns a command that runs in a directory, with all that it starts in a group of
// its own: a Ctrl-C of the terminal is left to us. See Run.
func Command(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir, c.WaitDelay = dir, grace
	c.Cancel = func() error { return interrupt(c) }
	group(c)
	return c
}

// Run runs a command until it ends. When ctx ends, which is that of Command, it is
// interrupted, and nothing that it started is left running: Go does not wait for a test that
// never ends. The error is then that of ctx.
func Run(ctx context.Context, c *exec.Cmd) error {
	err := c.Run()
	if ctx.Err() == nil {
		return err
	}
	if c.Process != nil {
		kill(c)
	}
	return ctx.Err()
}
