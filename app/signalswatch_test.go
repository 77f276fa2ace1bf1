package app_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/app"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// oracle is a remote source whose answers are in a test's hand.
type oracle struct {
	Grade float64 `toml:"grade" doc:"what it says"`
	From  string  `toml:"from" doc:"the source of what it says"`

	answer func() error
}

func (o *oracle) Kinds() []market.SignalKind { return []market.SignalKind{"trader_grade"} }

func (o *oracle) Fetch(context.Context, signals.Query) iter.Seq2[signals.Batch, error] {
	return func(yield func(signals.Batch, error) bool) {
		if err := o.answer(); err != nil {
			yield(signals.Batch{}, err)
			return
		}
		day := market.TimeOf(time.Now()) / market.Day * market.Day
		yield(signals.Batch{Raw: []byte(`{"grade":80}`), Signals: []market.Signal{{Source: cmp.Or(o.From, "delphi"), Kind: "trader_grade", Subject: "BTC", Effective: day, Value: o.Grade}}}, nil)
	}
}

// herald is a remote source that pushes one row and then waits.
type herald struct{}

func (herald) Kinds() []market.SignalKind { return []market.SignalKind{"alert"} }

func (herald) Run(ctx context.Context, emit func(signals.Batch) error) error {
	err := emit(signals.Batch{Signals: []market.Signal{{Source: "olympia", Kind: "alert", Subject: "BTC", Effective: market.TimeOf(time.Now()), Value: 1}}})
	<-ctx.Done()
	return errors.Join(err, ctx.Err())
}

// watching is a directory with a configuration, and the sources that it may name.
type watching struct {
	t       *testing.T
	dir     string
	plugins app.Plugins
	answer  func() error
}

func newWatching(t *testing.T, config string) *watching {
	t.Helper()
	w := &watching{t: t, dir: t.TempDir(), answer: func() error { return nil }, plugins: app.Default()}
	w.plugins.Sources = append(w.plugins.Sources,
		signals.Plugin{Name: "oracle", Remote: true, New: func(signals.Env) any { return &oracle{Grade: 80, answer: func() error { return w.answer() }} }},
		signals.Plugin{Name: "herald", Remote: true, New: func(signals.Env) any { return &herald{} }})
	if err := os.WriteFile(filepath.Join(w.dir, "strategies.toml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

const oracleTable = `
[signals.delphi]
type     = "oracle"
schedule = "5 0 * * *"
jitter   = "2m"
`

// run runs a command to its end.
func (w *watching) run(code int, args ...string) (out, errs string) {
	w.t.Helper()
	return w.runUntil(w.t.Context(), code, args...)
}

func (w *watching) runUntil(ctx context.Context, code int, args ...string) (string, string) {
	w.t.Helper()
	var out, errs bytes.Buffer
	args = append(args, "--data", w.dir)
	if args[1] == "watch" {
		args = append(args, "--config", filepath.Join(w.dir, "strategies.toml"))
	}
	if got := app.Run(ctx, w.plugins, args, &out, &errs); got != code {
		w.t.Errorf("%v: exit code %d, not %d\n%s%s", args, got, code, &out, &errs)
	}
	return out.String(), errs.String()
}

func (w *watching) contains(text string, parts ...string) {
	w.t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			w.t.Errorf("%q is not in:\n%s", p, text)
		}
	}
}

// What a source says is stored as observed, once; health says how it did.
func TestWatchOnce(t *testing.T) {
	w := newWatching(t, oracleTable)
	_, errs := w.run(3, "signals", "health")
	w.contains(errs, "no feed was ever asked here", "'signalman signals watch'")
	out, _ := w.run(0, "signals", "watch", "--once")
	w.contains(out, "delphi: 1 row, 1 new, next ")
	out, _ = w.run(0, "signals", "watch", "--once")
	w.contains(out, "delphi: 1 row, 0 new, next ")
	out, _ = w.run(0, "signals", "list")
	w.contains(out, "delphi  trader_grade  BTC      1     0     1         0")
	out, _ = w.run(0, "signals", "health")
	w.contains(out, "no watch runs: the last one ended ", "delphi  -         ok", "trader_grade, ")
	out, _ = w.run(0, "signals", "health", "--format", "json")
	var h struct {
		Running, Ended bool
		Feeds          []struct {
			State string
			Kinds []struct {
				Kind, Age string
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &h); err != nil || h.Running || !h.Ended || h.Feeds[0].State != "ok" || h.Feeds[0].Kinds[0].Age == "" {
		t.Errorf("%v: %+v", err, h)
	}
}

// Made-up rows are told, once, and in each pull as JSON.
func TestWatchOfMadeUp(t *testing.T) {
	w := newWatching(t, oracleTable+"from = \"delphi-synthetic\"\n")
	_, errs := w.run(0, "signals", "watch", "--once")
	w.contains(errs, "note: the signals of delphi-synthetic are made up")
	out, _ := w.run(0, "signals", "watch", "--once", "--format", "json")
	w.contains(out, `"synthetic":["delphi-synthetic"]`)
}

// A feed that fails is told, with what to do, and the exit codes say so.
func TestWatchOfWhatIsGone(t *testing.T) {
	w := newWatching(t, oracleTable)
	w.answer = func() error {
		return &signals.Fault{Kind: signals.ErrGone, Endpoint: "/v2/grades", Status: 404, Hint: "what it said before ages out"}
	}
	out, errs := w.run(4, "signals", "watch", "--once")
	w.contains(out, "delphi: 0 rows, 0 new, next ", "disabled: /v2/grades: the provider does not offer it: 404 Not Found; what it said before ages out")
	w.contains(errs, "1 feed did not answer all that was asked: delphi")
	out, errs = w.run(1, "signals", "health")
	w.contains(out, "disabled", "404 Not Found")
	w.contains(errs, "not well: 1 of 1 feed")
	w.answer = func() error { t.Error("asked although it is disabled"); return nil }
	out, errs = w.run(4, "signals", "watch", "--once")
	w.contains(out, "delphi: left alone, next ", "disabled: /v2/grades: the provider does not offer it")
	w.contains(errs, "1 feed did not answer")
	out, _ = w.run(4, "signals", "watch", "--once", "--format", "json")
	w.contains(out, `"event":"held"`, `"state":"disabled"`)
}

// lined hands over what is written to it, line by line.
type lined chan string

func (l lined) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// Beside a running watch others read and backtest, and no second one starts.
func TestWatchRuns(t *testing.T) {
	w := newWatching(t, oracleTable+"[signals.olympia]\ntype = \"herald\"\n")
	ctx, cancel := context.WithCancel(t.Context())
	out := make(lined, 100)
	var errs bytes.Buffer
	done := make(chan int, 1)
	go func() {
		done <- app.Run(ctx, w.plugins, []string{"signals", "watch", "--data", w.dir, "--config", filepath.Join(w.dir, "strategies.toml"), "--format", "json"}, out, &errs)
	}()
	var pulled struct {
		Event, Feed, State string
		Rows, News         int
	}
	for range 2 {
		line := <-out
		if err := json.Unmarshal([]byte(line), &pulled); err != nil || pulled.Event != "pull" || pulled.State != "ok" || pulled.News != 1 {
			t.Errorf("%v: %s", err, line)
		}
	}
	list, _ := w.run(0, "signals", "list")
	w.contains(list, "olympia", "delphi")
	health, _ := w.run(0, "signals", "health")
	w.contains(health, "a watch runs since ")
	_, second := w.run(1, "signals", "watch", "--once")
	w.contains(second, "another watch runs on this data directory", "end it first")
	cancel()
	if code := <-done; code != 0 {
		t.Errorf("exit code %d\n%s", code, &errs)
	}
	health, _ = w.run(1, "signals", "health") // nothing receives any more
	w.contains(health, "no watch runs: the last one ended ")
	w.run(0, "data", "fold")
	w.runUntil(canceled(t), 1, "signals", "watch", "--once") // interrupted before it began
}

func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// A watch that died long ago is told from one that runs, and its feeds are late.
func TestHealthAfterDeath(t *testing.T) {
	w := newWatching(t, oracleTable)
	past := time.Now().UTC().Add(-72 * time.Hour).Truncate(time.Second)
	report := fmt.Sprintf(`{"schema":"signalman.feeds/1","began":%[1]q,"written":%[1]q,"ended":false,"feeds":[{"feed":"delphi","state":"ok","success":%[1]q,"next":%[2]q}]}`,
		past.Format(time.RFC3339), past.Add(time.Hour).Format(time.RFC3339))
	if err := os.WriteFile(filepath.Join(w.dir, "feeds.json"), []byte(report), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := w.run(1, "signals", "health")
	w.contains(out, "no watch runs: the last one died, at most 72h", "down", "it was to be asked at")
	if err := os.WriteFile(filepath.Join(w.dir, "feeds.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, errs := w.run(3, "signals", "health")
	w.contains(errs, "no report of feeds")
}

func TestWatchOfNothing(t *testing.T) {
	_, errs := newWatching(t, "[data]\nhistory = \"sample\"\n").run(2, "signals", "watch")
	if !strings.Contains(errs, "no source of signals to watch") {
		t.Error(errs)
	}
	w := newWatching(t, "[signals.delphi]\ntype = \"oracle\"\n")
	_, errs = w.run(2, "signals", "watch")
	w.contains(errs, "signals.delphi has no schedule")
	w = newWatching(t, oracleTable+"jitter = \"-2m\"\n")
	w.run(2, "signals", "watch")
	w = newWatching(t, strings.Replace(oracleTable, "2m", "-2m", 1))
	_, errs = w.run(2, "signals", "watch")
	w.contains(errs, "jitter", "2m")
}

// A feed that pushes is down as soon as no watch runs, and --once leaves it out.
func TestOnceOfWhatPushes(t *testing.T) {
	w := newWatching(t, "[signals.olympia]\ntype = \"herald\"\n")
	_, errs := w.run(2, "signals", "watch", "--once")
	w.contains(errs, "signals.olympia pushes its rows: --once leaves it out", "no source that can be asked once")
	w = newWatching(t, oracleTable+"[signals.olympia]\ntype = \"herald\"\n")
	w.run(0, "signals", "watch", "--once")
	out, _ := w.run(1, "signals", "health")
	w.contains(out, "down", "no watch runs: nothing is received")
}

// Another key, or another set-up, is tried at once.
func TestWatchWithAnotherSetup(t *testing.T) {
	w := newWatching(t, oracleTable)
	w.answer = func() error { return &signals.Fault{Kind: signals.ErrDenied, Status: 401} }
	w.run(4, "signals", "watch", "--once")
	w.answer = func() error { return nil }
	w.run(4, "signals", "watch", "--once")
	if err := os.WriteFile(filepath.Join(w.dir, "strategies.toml"), []byte(oracleTable+"grade = 81\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := w.run(0, "signals", "watch", "--once")
	w.contains(out, "delphi: 1 row, 1 new")
}

// Nothing is asked where the schedules cannot fit what the key allows.
func TestWatchOfWhatDoesNotFit(t *testing.T) {
	w := newWatching(t, oracleTable+"[quota.oracle]\nmonth = 10\n")
	w.answer = func() error { t.Error("asked"); return nil }
	_, errs := w.run(2, "signals", "watch", "--once")
	w.contains(errs, "quota oracle: 31 calls are planned in the busiest month, and 10 allowed")
	_, errs = w.run(3, "signals", "health")
	w.contains(errs, "no feed was ever asked here")
	w = newWatching(t, oracleTable+"[quota.oracle]\nmonth = 100\n")
	out, _ := w.run(0, "signals", "watch", "--once")
	w.contains(out, "100 calls left")
}
