package builder

import (
	"context"
	"os"
	"os/exec"
	"time"
)

// grace is how long a command that was interrupted has to end in good order.
const grace = 5 * time.Second

// Command returns a command that runs in a directory, and is interrupted when ctx ends, as
// by Ctrl-C: Go takes the programs along that it runs.
func Command(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir, c.WaitDelay = dir, grace
	c.Cancel = func() error {
		if c.Process.Signal(os.Interrupt) != nil { // some systems cannot
			return c.Process.Kill()
		}
		return nil
	}
	return c
}
