package app

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal opens a pseudo-terminal: who types at it, and who reads what was typed.
func terminal(t *testing.T) (types, reads *os.File) {
	t.Helper()
	types, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	fd := int(types.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	reads, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = types.Close(), reads.Close() })
	return types, reads
}

// typing types once it is asked to.
type typing struct {
	strings.Builder
	types *os.File
}

func (w *typing) Write(p []byte) (int, error) {
	_, _ = w.types.WriteString("A=made-up\n\x04")
	return w.Builder.Write(p)
}

// TestKeysThatAreTypedAreNotShown, and what is typed after them is.
func TestKeysThatAreTypedAreNotShown(t *testing.T) {
	types, reads := terminal(t)
	asked := &typing{types: types}
	text, err := (&command{err: asked}).silently(t.Context(), reads)
	if err != nil || text != "A=made-up\n" || !strings.Contains(asked.String(), "which are not shown") {
		t.Fatalf("it read %q, %v after %q", text, err, asked)
	}
	if _, err := types.WriteString("shown\n"); err != nil {
		t.Fatal(err)
	}
	seen := make([]byte, 100)
	n, err := types.Read(seen)
	if got := string(seen[:n]); err != nil || strings.Contains(got, "made-up") || !strings.Contains(got, "shown") {
		t.Errorf("it shows %q, %v", got, err)
	}
}

// TestLeaveOnATerminal: the name of the account, typed.
func TestLeaveOnATerminal(t *testing.T) {
	types, reads := terminal(t)
	if !onTerminal(reads) {
		t.Fatal("it is none")
	}
	if _, err := types.WriteString("main\n"); err != nil {
		t.Fatal(err)
	}
	if err := (&command{err: &strings.Builder{}}).leave(t.Context(), "main", reads); err != nil {
		t.Error(err)
	}
}
