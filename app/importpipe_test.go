//go:build !windows

package app

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// fifo makes a named pipe.
func fifo(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "PIPEUSDT-1h.csv")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skipf("no named pipes here: %v", err)
	}
	return path
}

const pipeRows = "1609459200000,10,12,9,11,1\n1609462800000,10,12,9,11,1\n"

// TestSignalEndsWaiting: one Ctrl-C ends an import that waits for more of a pipe, and
// nothing of it is stored.
func TestSignalEndsWaiting(t *testing.T) {
	for kind, row := range map[string]string{"bars": "1609459200000,10,12,9,11,1\n", "trades": "1,10,1,1,1,1609459200000,true\n", "funding": "1609459200000,0.0001\n"} {
		dir := t.TempDir()
		path := fifo(t, dir)
		var said bytes.Buffer
		cmd := exec.Command("signalman", "data", "import", path, "--kind", kind, "--data", filepath.Join(dir, "data"))
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		w, err := os.OpenFile(path, os.O_WRONLY, 0) // waits until it reads
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		if _, err := w.WriteString(row); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil || said.String() != "signalman: interrupted\n" {
			t.Errorf("%s: %v\n%s", kind, err, &said)
		}
	}
}

// TestNobodyWrites: nor does opening a pipe that nobody writes to outlast its context.
func TestNobodyWrites(t *testing.T) {
	path := fifo(t, t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if f, err := openPipe(ctx, path); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", f, err)
	}
	w, err := os.OpenFile(path, os.O_WRONLY, 0) // lets the open end that was begun
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
}

// TestPipesOfDirectory: a directory's pipes are passed over, which would keep it waiting;
// what a pipe gives that is named is stored.
func TestPipesOfDirectory(t *testing.T) {
	dir, data := t.TempDir(), t.TempDir()
	path := fifo(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "FILEUSDT-1h.csv"), []byte(pipeRows), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := Run(t.Context(), Default(), []string{"data", "import", dir, "--data", data}, &out, &errs); code != 0 {
		t.Fatalf("code %d: %s", code, &errs)
	}
	if !strings.Contains(errs.String(), "PIPEUSDT-1h.csv: it is not an ordinary file\n") || !strings.Contains(out.String(), "FILEUSDT 1h, 2 bars: 2 new") {
		t.Errorf("%s%s", &out, &errs)
	}
	done := make(chan error, 1)
	go func() { done <- os.WriteFile(path, []byte(pipeRows), 0o600) }()
	out.Reset()
	if code := Run(t.Context(), Default(), []string{"data", "import", path, "--data", data}, &out, &errs); code != 0 || !strings.Contains(out.String(), "PIPEUSDT 1h, 2 bars: 2 new") {
		t.Errorf("code %d: %s%s", code, &out, &errs)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
