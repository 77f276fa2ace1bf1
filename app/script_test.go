package app_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/app"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// TestMain lets the test binary stand in for the program: scripts and tests run it as
// a process of its own by the name signalman. It has a few more strategies than what
// ships, which misbehave.
func TestMain(m *testing.M) {
	if os.Getenv(callerFile) != "" {
		keepCalling()
		return
	}
	testscript.Main(m, map[string]func(){"signalman": func() {
		p := app.Default()
		p.Strategies = append(p.Strategies, misbehaving()...)
		p.Sources = append(p.Sources, metered())
		os.Exit(app.Main(p))
	}})
}

// hasty is a setting of the race detector, which lets each process wait for a second
// at its end otherwise.
const hasty = "atexit_sleep_ms=0"

// TestScripts runs the scripts of testdata/script. Beside the commands of testscript
// they have:
//
//	exits CODE PROGRAM ARG...    runs a program that must exit with the code
//	candles FILE ROWS [SEED]     writes hourly candles from 2021-01-01 on
//	coarser FILE N TO            writes candles N times as long
//	trades FILE TO               writes four trades for each candle: open, low, high, close
//	listed SYMBOL FROM TICK STEP stores filters of a symbol of binance from a time on
//	published DIR MARKET WHAT SYMBOL FROM TO  writes the files that Binance would publish
//	serve DIR                    serves a directory at the address $SERVER
//	shape FILE                   prints the keys of a JSON document with their types
//	field FILE KEY               prints a value of a JSON object, a string without its quotes
//	differ FILE FILE KEY...      fails unless two JSON objects differ in just these keys
//	interrupt SIGNAL LINES ARG... runs signalman, signals it after so many lines, and
//	                             keeps its error output in the file stopped
//	damage FILE AT               flips a bit at an offset; a negative one counts from the end
//	shorten FILE N               cuts bytes off the end
//	copy FILE TO                 copies the one file that fits a pattern
//	hold FILE                    holds the lock of a store or a journal to the script's end
//	venue ...                    starts and changes a stand-in for Binance: see venue_test.go
//	disk SIZE COMMAND            runs a shell command with a small disk mounted at ./disk
func TestScripts(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("REPO", root)
			e.Values[venueKey{}] = &scriptVenue{restate: map[int]bool{}}
			e.Setenv("GORACE", hasty)
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("XDG_STATE_HOME", filepath.Join(e.WorkDir, "state"))
			return goEnv(e)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "candles": candles, "coarser": coarser, "trades": trades, "listed": listed, "shape": shape, "field": field, "differ": differ,
			"interrupt": interrupt, "damage": damage, "shorten": shorten, "copy": duplicate, "hold": hold, "disk": disk, "venue": venue,
			"published": publish, "serve": serve,
		},
		Condition: condition,
	})
}

// goEnv lets scripts build with the caches of this test, and without the network.
func goEnv(e *testscript.Env) error {
	out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		return nil // a script that needs Go says so
	}
	list := strings.Fields(string(out))
	e.Setenv("GOCACHE", list[0])
	e.Setenv("GOMODCACHE", list[1])
	e.Setenv("GOPROXY", "off")
	e.Setenv("GOFLAGS", "-mod=mod")
	return nil
}

// condition answers [tmpfs]: may this user mount a small disk?
func condition(name string) (bool, error) {
	if name != "tmpfs" {
		return false, fmt.Errorf("unknown condition %s", name)
	}
	if runtime.GOOS != "linux" {
		return false, nil
	}
	dir, err := os.MkdirTemp("", "disk")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	return exec.Command("unshare", "-rm", "mount", "-t", "tmpfs", "none", dir).Run() == nil, nil
}

// need ends the script unless it gave n arguments, and says how the command is used.
func need(ts *testscript.TestScript, neg bool, args []string, n int, usage string) {
	if neg || len(args) < n {
		ts.Fatalf("usage: %s", usage)
	}
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "exits CODE PROGRAM ARG...")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Check(err)
		}
		code = exit.ExitCode()
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

func candles(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "candles FILE ROWS [SEED]")
	rows, err := strconv.Atoi(args[1])
	ts.Check(err)
	state := uint32(1)
	if len(args) > 2 {
		seed, err := strconv.Atoi(args[2])
		ts.Check(err)
		state = uint32(seed)
	}
	var b strings.Builder
	b.WriteString("open_time_ms,open,high,low,close,volume\n")
	price := 10_000
	for k := range rows {
		state = state*1103515245 + 12345
		open := price
		price += int(state>>16%201) - 100 + (10_000-price)/100
		fmt.Fprintf(&b, "%d,%d.00,%d.50,%d.25,%d.00,%d.5\n",
			1_609_459_200_000+k*3_600_000, open, max(open, price)+10, min(open, price)-10, price, 100+state>>8%50)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(b.String()), 0o600))
}

func coarser(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 3, "coarser FILE N TO")
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	r, err := barfile.ReadFile(ts.MkAbs(args[0]), barfile.Options{})
	ts.Check(err)
	ts.Check(barfile.WriteFile(ts.MkAbs(args[2]), market.Resample(r.Columns, r.Columns.Interval*market.Interval(n), market.MaxTime)))
}

func trades(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "trades FILE TO")
	r, err := barfile.ReadFile(ts.MkAbs(args[0]), barfile.Options{})
	ts.Check(err)
	var out strings.Builder
	for row := range r.Columns.OpenTime {
		b := r.Columns.Bar(row)
		for k, price := range [...]float64{b.Open, b.Low, b.High, b.Close} {
			id := 4*row + k
			at := b.OpenTime + market.Time(r.Columns.Interval)*market.Time(k)/4
			fmt.Fprintf(&out, "%d,%v,%v,%d,%d,%d,true\n", id, price, b.Volume/4, id, id, at.Millis())
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(out.String()), 0o600))
}

func listed(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 4, "listed SYMBOL FROM TICK STEP")
	base, quote, err := market.SplitSymbol(args[0])
	ts.Check(err)
	from, err := market.ParseTime(args[1])
	ts.Check(err)
	in := market.Bare(args[0], base, quote)
	in.Venue, in.Tick, in.Step, in.MaxOrders = "binance", decimal.RequireFromString(args[2]), decimal.RequireFromString(args[3]), 200
	db, err := store.Open(filepath.Join(ts.Getenv("XDG_STATE_HOME"), "signalman", "history.db"), store.Options{})
	ts.Check(err)
	_, err = db.PutInstruments(from, []market.Instrument{in})
	ts.Check(errors.Join(err, db.Close()))
}

func damage(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "damage FILE AT")
	path := only(ts, args[0])
	b, err := os.ReadFile(path)
	ts.Check(err)
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	if at < 0 {
		at += len(b)
	}
	b[at] ^= 0x10
	ts.Check(os.WriteFile(path, b, 0o600))
}

func shorten(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "shorten FILE N")
	path := only(ts, args[0])
	info, err := os.Stat(path)
	ts.Check(err)
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.Truncate(path, info.Size()-int64(n)))
}

// only returns the one file that fits a pattern.
func only(ts *testscript.TestScript, pattern string) string {
	list, err := filepath.Glob(ts.MkAbs(pattern))
	ts.Check(err)
	if len(list) != 1 {
		ts.Fatalf("%d files fit %s", len(list), pattern)
	}
	return list[0]
}

func duplicate(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "copy FILE TO")
	b, err := os.ReadFile(only(ts, args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b, 0o600))
}

func hold(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, "hold FILE")
	path := only(ts, args[0])
	if strings.HasSuffix(path, store.JournalExt) {
		j, _, err := store.ResumeJournal(path)
		ts.Check(err)
		ts.Defer(func() { _ = j.Close() })
		return
	}
	db, err := store.Open(path, store.Options{})
	ts.Check(err)
	ts.Defer(func() { _ = db.Close() })
}

func disk(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, "disk SIZE COMMAND")
	ts.Check(os.MkdirAll(ts.MkAbs("disk"), 0o700))
	ts.Check(ts.Exec("unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size="+args[0]+" none disk && "+args[1]))
}
