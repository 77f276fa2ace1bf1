package app_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const thirtyDays = `[account.main]
from = "2021-01-01"
to = "2021-01-31"
[strategy.ema_cross]
symbols = ["BTCUSDT", "ETHUSDT", "BNBUSDT"]
interval = "1h"
weight = "1"
params.fast = 5
params.slow = 15
`

// brokenly is a build of the program in which, where BROKEN says so, the simulated venue
// fills buys a step short, or a strategy looks back a bar too far.
func brokenly(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command to build with")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	replace := map[string]string{}
	for k, x := range [][3]string{
		{"exchange/sim/fill.go", "return market.Affordable(quote, price, in.Step)\n", "if os.Getenv(\"BROKEN\") == \"venue\" {\nreturn market.Affordable(quote, price, in.Step).Sub(in.Step)\n}\nreturn market.Affordable(quote, price, in.Step)\n"},
		{"strategy/emacross/emacross.go", "indicator.NewEMA(c.Fast, s.PriceScale())", "indicator.NewEMA(c.Fast+len(os.Getenv(\"BROKEN\"))/len(\"strategy\"), s.PriceScale())"},
	} {
		file := filepath.Join(root, filepath.FromSlash(x[0]))
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(strings.Replace(string(text), x[1], x[2], 1), "import (\n", "import (\n\t\"os\"\n", 1)
		if !strings.Contains(changed, "BROKEN") || !strings.Contains(changed, "\"os\"\n") {
			t.Fatalf("%s is written otherwise now: break it in another place", file)
		}
		replace[file] = filepath.Join(dir, string(rune('a'+k))+".go")
		if err := os.WriteFile(replace[file], []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "broken.exe")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-ldflags=-s -w", "-overlay", filepath.Join(dir, "overlay.json"), "-o", program, "./cmd/signalman")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return program
}

// TestParityOfThirtyDays: a paper session that was killed and stopped on its way is its
// backtest, says this build; one in which a rule is another one says that it is not.
func TestParityOfThirtyDays(t *testing.T) {
	needSignals(t)
	if testing.Short() {
		t.Skip("it builds the program anew")
	}
	t.Setenv("GORACE", hasty)
	data, config := t.TempDir(), write(t, thirtyDays)
	run := []string{"run", "--config", config, "--data", data, "--speed"}
	stopped := 0
	for _, s := range []syscall.Signal{syscall.SIGKILL, syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
		p, err := signalled(exec.Command("signalman", append(run, "2e6")...), s, 6)
		if err != nil {
			t.Fatal(err)
		}
		if !p.ended {
			stopped++
		}
	}
	if out, err := exec.Command("signalman", append(run, "max")...).CombinedOutput(); err != nil || stopped < 3 || !strings.Contains(string(out), "resumed at 2021-01-") {
		t.Fatalf("%d stops: %v: %s", stopped, err, out)
	}
	began := time.Now()
	program := brokenly(t)
	t.Logf("built in %s", time.Since(began).Round(time.Millisecond))
	for _, x := range []struct {
		broken, command string
		code            int
		says            string
	}{
		{"", "replay", 0, "each decision and halt is the journal's"},
		{"", "parity", 0, "equal: each decision, order, fill and halt"},
		{"venue", "replay", 0, "each decision and halt is the journal's"}, // the fills are in the journal
		{"venue", "parity", 5, "quantity"},
		{"strategy", "replay", 5, "first difference at 2021-01-"},
		{"strategy", "parity", 5, "unexplained"},
	} {
		cmd := exec.CommandContext(t.Context(), program, x.command, "last", "--data", data)
		cmd.Env = append(os.Environ(), "BROKEN="+x.broken)
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != x.code || !strings.Contains(string(out), x.says) {
			t.Errorf("broken %q, %s ends with %d: %s", x.broken, x.command, code, out)
		}
	}
}
