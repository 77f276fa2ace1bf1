package app_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestKilledExport: what a killed export has left is gone after the next.
func TestKilledExport(t *testing.T) {
	needSignals(t)
	t.Setenv("GORACE", hasty)
	dir := t.TempDir()
	for symbol, rows := range map[string]int{"AAAUSDT": 10, "BBBUSDT": 200_000} {
		var b strings.Builder
		for i := range rows {
			fmt.Fprintf(&b, "%d,10,12,9,11,1\n", 1_609_459_200_000+60_000*i)
		}
		path := filepath.Join(dir, symbol+"-1m.csv")
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		within(t, "data", "import", path, "--venue", "v", "--data", dir)
	}
	export := []string{"data", "export", "--all", filepath.Join(dir, "out"), "--data", dir}
	left := func() []string {
		list, err := filepath.Glob(filepath.Join(dir, "out", "v", ".*.tmp"))
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	for try := 0; len(left()) == 0; try++ {
		if _, err := signalled(exec.Command("signalman", export...), syscall.SIGKILL, 1); err != nil {
			t.Fatal(err)
		}
		if try == 20 {
			t.Skip("no export was killed while it wrote")
		}
	}
	within(t, export...)
	if list := left(); len(list) > 0 {
		t.Error(list)
	}
}
