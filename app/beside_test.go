package app_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

var tailed = store.Series{Venue: "binance", Symbol: "ETHUSDT", Interval: market.Minute}

// hours makes the bars of BTCUSDT that the backtests are over.
func hours(n int) *market.Columns {
	r, price := rand.New(rand.NewPCG(1, 1)), 10_000.0
	c := market.MakeColumns(market.Hour, n)
	for i := range n {
		open := price
		price += float64(r.IntN(201)) - 100 + float64(int(10_000-price)/100)
		c.Append(market.Bar{OpenTime: market.Millis(1_609_459_200_000 + int64(i)*3_600_000), Open: open, Close: price,
			High: max(open, price) + 10, Low: min(open, price) - 10, Volume: float64(100 + i%7)})
	}
	return c
}

func tailBar(i int) *market.Columns {
	c := market.MakeColumns(market.Minute, 1)
	c.Append(market.Bar{OpenTime: market.Millis(1_609_459_200_000 + int64(i)*60_000), Open: 1, High: 1, Low: 1, Close: 1, Volume: float64(i)})
	return c
}

// TestBacktestBesideDaemon runs backtests in processes of their own while a session
// trades and writes its journal, and while live.db is held open, appended to and folded
// into the history: each of them ends, and with the same result.
func TestBacktestBesideDaemon(t *testing.T) {
	dir := t.TempDir()
	settings := filepath.Join(dir, "strategies.toml")
	const text = "[data]\nhistory = \"store\"\n[account.main]\n[strategy.sma_cross]\nsymbols = [\"BTCUSDT\"]\ninterval = \"1h\"\nweight = \"1\"\n"
	history := reopen(t, dir, "history.db")
	_, err := history.PutBars(store.Series{Venue: "binance", Symbol: "BTCUSDT", Interval: market.Hour}, hours(2000))
	if err := errors.Join(err, history.Close(), os.WriteFile(settings, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
	want, _ := resultHash(t, settings, dir)

	session := exec.Command("signalman", "run", "--config", settings, "--data", dir, "--speed", "36000", "--format", "json")
	events, err := session.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := session.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := events.Read(make([]byte, 1)); err != nil {
		t.Fatalf("the session has ended: %v", err)
	}
	d := &daemon{stop: make(chan struct{}), folded: make(chan struct{}, 1000), done: make(chan error, 1)}
	go func() { d.done <- d.run(dir) }()
	runs, leftOut := 0, 0
	for runs < 100 && (runs < 8 || len(d.folded) < 3 || leftOut == 0) {
		got, said := resultHash(t, settings, dir)
		if got != want {
			t.Errorf("beside a session the result is %s, alone %s", got, want)
		}
		if strings.Contains(said, "live.db is in use") {
			leftOut++
		}
		runs++
	}
	close(d.stop)
	if err := <-d.done; err != nil || len(d.folded) < 3 || leftOut == 0 {
		t.Errorf("the daemon folded %d times: %v; %d backtests left live.db out", len(d.folded), err, leftOut)
	}
	t.Logf("%d backtests, of which %d left live.db out, beside %d appended bars and %d folds", runs, leftOut, d.bars, len(d.folded))
	if err := session.Process.Signal(syscall.SIGTERM); err != nil {
		t.Errorf("the session did not last: %v", err)
	}
	_, err = io.Copy(io.Discard, events)
	if err := errors.Join(err, session.Wait()); err != nil {
		t.Errorf("the session: %v", err)
	}
	c, err := store.Join(reopen(t, dir, "history.db"), reopen(t, dir, "live.db")).Bars(tailed, 0, 0)
	if err != nil || c.Len() != d.bars {
		t.Errorf("%d bars appended; read: %v, %v", d.bars, c, err)
	}
}

func reopen(t *testing.T, dir, name string) *store.DB {
	t.Helper()
	db, err := store.Open(filepath.Join(dir, name), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// resultHash runs a backtest as a process.
func resultHash(t *testing.T, settings, dir string) (hash, stderr string) {
	t.Helper()
	cmd := exec.Command("signalman", "backtest", "--config", settings, "--data", dir, "--format", "json")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("backtest: %v\n%s", err, &errs)
	}
	var report struct {
		Hash   string     `json:"result_hash"`
		Trades []struct{} `json:"trades"`
	}
	if err := json.Unmarshal(out, &report); err != nil || report.Hash == "" || len(report.Trades) == 0 {
		t.Fatalf("report of %d bytes, %v", len(out), err)
	}
	return report.Hash, errs.String()
}

// A daemon does to the files what a session does that receives bars: it holds live.db,
// puts each bar at once, and folds them into history.db now and then.
type daemon struct {
	bars   int
	stop   chan struct{}
	folded chan struct{} // gets one for each fold
	done   chan error
}

func (d *daemon) run(dir string) (err error) {
	live, err := store.Open(filepath.Join(dir, "live.db"), store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, live.Close()) }()
	for {
		select {
		case <-d.stop:
			return nil
		default:
		}
		for range 5 {
			if _, err := live.PutBars(tailed, tailBar(d.bars)); err != nil {
				return err
			}
			d.bars++
		}
		if err := foldOnce(dir, live); err != nil {
			return err
		}
		select {
		case d.folded <- struct{}{}:
		default:
		}
	}
}

func foldOnce(dir string, live *store.DB) error {
	history, err := store.Open(filepath.Join(dir, "history.db"), store.Options{Timeout: 30 * time.Second})
	if err != nil {
		return fmt.Errorf("fold: %w", err)
	}
	_, err = store.Fold(history, live)
	return errors.Join(err, history.Close())
}
