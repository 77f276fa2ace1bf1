package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/app"
	"github.com/signalman-trading/signalman/store"
)

// shipped is the configuration at the root of the repository.
var shipped = filepath.Join("..", "strategies.toml")

// kills returns how many times a process is killed.
func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv("SIGNALMAN_KILLS")
	if text == "" {
		return 8
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("SIGNALMAN_KILLS = %q is not a number above 0", text)
	}
	return n
}

// within runs the program in this process and returns what it printed.
func within(t *testing.T, args ...string) []byte {
	t.Helper()
	var out, errors bytes.Buffer
	if code := app.Run(context.Background(), app.Default(), args, &out, &errors); code != 0 {
		t.Fatalf("%v: exit code %d\n%s", args, code, &errors)
	}
	return out.Bytes()
}

// unhurried returns a report without what depends on the machine's speed.
func unhurried(t *testing.T, report []byte) string {
	t.Helper()
	lines := bytes.Split(bytes.TrimSpace(report), []byte("\n"))
	var o object
	if err := json.Unmarshal(lines[len(lines)-1], &o); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, key := range o.keys {
		if key != "bars_per_second" {
			out.WriteString(key + " " + string(o.values[key]) + "\n")
		}
	}
	return out.String()
}

// TestRunIsBacktest compares the two commands over the shipped configuration: each
// order, each fill and the hash of the result.
func TestRunIsBacktest(t *testing.T) {
	dir := t.TempDir()
	want := unhurried(t, within(t, "backtest", "--config", shipped, "--format", "json", "--data", dir))
	got := unhurried(t, within(t, "run", "--speed", "max", "--quiet", "--config", shipped, "--format", "json", "--data", dir))
	if want != got {
		t.Errorf("backtest (-), run (+):\n%.2000s", cmp.Diff(want, got))
	}
}

// TestEventsOfARun reads what a run prints in JSON: an object a line, each order decided
// once and each fill told once, and the report at the end.
func TestEventsOfARun(t *testing.T) {
	out := within(t, "run", "--speed", "max", "--config", shipped, "--set", `account.main.to="2021-09-01"`, "--format", "json", "--data", t.TempDir())
	seen := map[string]int{}
	var report struct {
		Schema string
		Orders []struct{ Fills []struct{} }
	}
	for line := range bytes.Lines(out) {
		var event struct {
			Event    string
			Decision struct{ Action string }
			Update   struct{ Fill *struct{} }
		}
		if err := json.Unmarshal(line, &event); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		switch {
		case event.Event == "":
			if err := json.Unmarshal(line, &report); err != nil || report.Schema != "signalman.backtest/1" || seen["report"] > 0 {
				t.Fatalf("%.200s: %v", line, err)
			}
			seen["report"]++
		case seen["report"] > 0:
			t.Errorf("after the report: %s", line)
		case event.Event == "decision" && event.Decision.Action == "submit":
			seen["order"]++
		case event.Update.Fill != nil:
			seen["fill"]++
		}
	}
	fills := 0
	for _, o := range report.Orders {
		fills += len(o.Fills)
	}
	if len(report.Orders) < 20 || seen["order"] != len(report.Orders) || seen["fill"] != fills {
		t.Errorf("%v were printed; the report has %d orders and %d fills", seen, len(report.Orders), fills)
	}
}

// TestKilledRunIsBacktest kills a session over the shipped configuration at random
// moments, and lets it end then: its report is the backtest's, to the byte. Some runs
// are killed at once, some on their way through the past, most while they trade.
func TestKilledRunIsBacktest(t *testing.T) {
	needSignals(t)
	t.Setenv("GORACE", hasty)
	dir, seed := t.TempDir(), rand.Uint64()
	chance := rand.New(rand.NewPCG(seed, 0))
	t.Logf("seed %d", seed)
	want := unhurried(t, within(t, "backtest", "--config", shipped, "--format", "json", "--data", dir))
	args := []string{"run", "--config", shipped, "--format", "json", "--data", dir, "--speed", "2e8"}
	n, most := kills(t), 0
	for k := range n {
		lines := 0
		if k%4 != 3 {
			lines = 1 + chance.IntN(max(2, 2*600/n))
		}
		p, err := signalled(exec.Command("signalman", args...), syscall.SIGKILL, lines)
		if err != nil {
			t.Fatal(err)
		}
		if p.ended && p.code != 0 {
			t.Fatalf("kill %d of %d: exit code %d\n%s", k+1, n, p.code, &p.stderr)
		}
		most = max(most, instants(t, dir))
	}
	last, err := exec.Command("signalman", append(args, "--speed", "max")...).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := unhurried(t, last); got != want {
		t.Errorf("backtest (-), a session killed %d times (+):\n%.2000s", n, cmp.Diff(want, got))
	}
	if most == 0 {
		t.Error("no session had got anywhere when it was killed")
	}
}

// instants returns how far the newest session came: the only one, unless a session was
// faster than its kill. The older ones are finished, and what a kill leaves is whole.
func instants(t *testing.T, dir string) int {
	t.Helper()
	list, err := store.Sessions(filepath.Join(dir, "sessions"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for k, s := range list {
		if s.Err != nil || k < len(list)-1 && !s.Finished {
			t.Fatalf("session %d of %d: %+v", k+1, len(list), s)
		}
		n = s.Instants
	}
	return n
}
