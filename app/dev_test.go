package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
)

// What is seen at each look, a second apart, and at which second it acts: at once, and when
// a change has stood for two looks.
func TestWatch(t *testing.T) {
	gone := errors.New("gone")
	for name, c := range map[string]struct {
		seen string // at each look; x is an error
		want []int  // seconds
		err  error
	}{
		"no change":                 {"aaaa", []int{0}, nil},
		"a change":                  {"aabbb", []int{0, 3}, nil},
		"several files, one by one": {"aabcdd", []int{0, 5}, nil},
		"two changes":               {"abbbccc", []int{0, 2, 5}, nil},
		"changed and changed back":  {"abaaa", []int{0}, nil},
		"the directory is gone":     {"aax", []int{0}, gone},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancel(context.Background())
				start, looks, acted := time.Now(), 0, []int(nil)
				err := watch(ctx, time.Second, func() (uint64, error) {
					now := c.seen[min(looks, len(c.seen)-1)]
					if looks++; looks > len(c.seen)+1 {
						stop()
					}
					if now == 'x' {
						return 0, gone
					}
					return uint64(now), nil
				}, func(ctx context.Context) {
					acted = append(acted, int(time.Since(start)/time.Second))
					<-ctx.Done() // it takes longer than a change needs
				})
				if diff := cmp.Diff(c.want, acted); diff != "" || !errors.Is(err, c.err) {
					t.Errorf("%v (-want +got)\n%s", err, diff)
				}
			})
		})
	}
}

func TestLookAt(t *testing.T) {
	dir := t.TempDir()
	look := func() uint64 {
		t.Helper()
		n, err := lookAt(dir)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) func() error {
		return func() error { return os.WriteFile(at(name), []byte(text), 0o600) }
	}
	for _, c := range []struct {
		name   string
		do     func() error
		counts bool
	}{
		{"a new file", write("a.go", "package a"), true},
		{"nothing", func() error { return nil }, false},
		{"another text", write("a.go", "package abc"), true},
		{"a new time", func() error { return os.Chtimes(at("a.go"), time.Time{}, time.Unix(1, 0)) }, true},
		{"a file of an editor", write(".a.go.swp", "x"), false},
		{"a copy of an editor", write("a.go~", "x"), false},
		{"what a run writes", func() error { return errors.Join(os.Mkdir(at("out"), 0o700), write("out/result.json", "{}")()) }, false},
		{"a configuration", write("out/strategies.toml", "x"), true},
		{"a hidden directory", func() error { return errors.Join(os.Mkdir(at(".git"), 0o700), write(".git/index", "x")()) }, false},
		{"a directory", func() error { return errors.Join(os.Mkdir(at("b"), 0o700), write("b/b.go", "x")()) }, true},
		{"another name", func() error { return os.Rename(at("a.go"), at("c.go")) }, true},
		{"a file less", func() error { return os.Remove(at("c.go")) }, true},
	} {
		before := look()
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		if after := look(); (before != after) != c.counts {
			t.Errorf("%s: is a change: %v, want %v", c.name, before != after, c.counts)
		}
	}
	if _, err := lookAt(at("none")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// report makes a result of orders on successive days.
func reported(hash string, total float64, sides ...string) *backtest.Report {
	p := &backtest.Report{ResultHash: hash, Metrics: backtest.Metrics{TotalReturn: &total}}
	for k, side := range sides {
		id := market.OrderID{Strategy: "mine", Sequence: uint32(k + 1)}
		p.Orders = append(p.Orders, backtest.OrderLine{
			ID: id.String(), Time: market.Time(k) * market.Day, Side: side, Symbol: "BTCUSDT", Type: "market", Quote: decimal.New(100, 0), Reason: "target",
		})
		p.Trades = append(p.Trades, backtest.TradeLine{FeesQuote: decimal.New(15, -1)})
	}
	return p
}

func TestPrintChange(t *testing.T) {
	first := reported("aaaa", 0.1, "buy", "sell")
	for name, c := range map[string]struct {
		was, is *backtest.Report
		want    []string
	}{
		"the first run": {nil, first, []string{"  trades       2", "  return       +10.00 %"}},
		"alike":         {first, first, []string{"  nothing changed: the same decisions"}},
		"other outcome": {first, reported("bbbb", 0.2, "buy", "sell"), []string{"  return       +10.00 %  → +20.00 %  +10.00 points", "  the decisions are the same; what came of them is not"}},
		"another decision": {first, reported("bbbb", 0, "buy", "buy", "sell"), []string{
			"  trades       2         → 3        +1", "  fees         3.00      → 4.50     +1.50",
			"  after 1 decision alike, the first that differs:",
			"    before  1970-01-02T00:00:00Z  mine sell BTCUSDT market for 100 in quote (target)",
			"    now     1970-01-02T00:00:00Z  mine buy BTCUSDT market for 100 in quote (target)",
		}},
		"fewer decisions": {first, reported("bbbb", 0, "buy"), []string{"    now     no more"}},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if err := printChange(&out, c.was, c.is); err != nil {
				t.Fatal(err)
			}
			for _, line := range c.want {
				if !strings.Contains(out.String(), line) {
					t.Errorf("there is no %q in\n%s", line, &out)
				}
			}
		})
	}
}
