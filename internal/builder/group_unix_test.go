//go:build unix

package builder

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A command that is interrupted has started another one, as Go does with tests. What a shell
// runs behind & takes no notice of an interrupt, and would go on.
func TestNothingIsLeftRunning(t *testing.T) {
	dir := t.TempDir()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() {
		defer stop()
		for ; ctx.Err() == nil; time.Sleep(time.Millisecond) {
			if text, _ := os.ReadFile(filepath.Join(dir, "pid")); bytes.HasSuffix(text, []byte("\n")) {
				return
			}
		}
	}()
	if err := Run(ctx, Command(ctx, dir, "sh", "-c", "sleep 60 & echo $! > pid; wait")); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	for k := 0; running(pid); k++ {
		if k > 5000 {
			t.Fatalf("process %d is left running", pid)
		}
		time.Sleep(time.Millisecond) // until the system has taken it away
	}
}

// running reports whether there is a process that is not dead already, waiting for its parent
// to ask for its end.
func running(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err == nil && bytes.Contains(stat, []byte(") Z ")) {
		return false
	}
	return syscall.Kill(pid, 0) == nil
}
