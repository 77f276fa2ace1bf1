package limit_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

func windows(t testing.TB, texts ...string) []limit.Window {
	t.Helper()
	list := make([]limit.Window, len(texts))
	for k, s := range texts {
		if err := list[k].UnmarshalText([]byte(s)); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// TestWindowsMinuteByMinute asks for a quarter of the minutes of a leap year, in random order, and
// compares with a mark on each minute that a window covers.
func TestWindowsMinuteByMinute(t *testing.T) {
	start := market.TimeOf(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
	const minute = market.Time(time.Minute)
	const minutes = 366 * 24 * 60
	at := func(k int) time.Time { return (start + market.Time(k)*minute).UTC() }
	for _, x := range []struct {
		text   string
		begins func(time.Time) bool // whether a window that comes again begins at a minute
		lasts  int                  // minutes
	}{
		{"0 12 * * 3 for 2h", func(u time.Time) bool { return u.Weekday() == time.Wednesday && u.Hour() == 12 && u.Minute() == 0 }, 120},
		{"0 6 * * 1-5 for 14h", func(u time.Time) bool {
			return u.Weekday() >= 1 && u.Weekday() <= 5 && u.Hour() == 6 && u.Minute() == 0
		}, 14 * 60},
		{"30 22 * * 5 for 2d", func(u time.Time) bool { return u.Weekday() == time.Friday && u.Hour() == 22 && u.Minute() == 30 }, 2 * 24 * 60},
		{"*/20 * * * * for 5m", func(u time.Time) bool { return u.Minute()%20 == 0 }, 5},
		{"0 * * * * for 90m", func(u time.Time) bool { return u.Minute() == 0 }, 90}, // they overlap
		{"0 0 29 2 * for 1d", func(u time.Time) bool { return u.Month() == 2 && u.Day() == 29 && u.Hour()+u.Minute() == 0 }, 24 * 60},
		{"@monthly for 36h", func(u time.Time) bool { return u.Day() == 1 && u.Hour()+u.Minute() == 0 }, 36 * 60},
		{"2024-12-24 to 2024-12-27", func(u time.Time) bool { return u.Month() == 12 && u.Day() == 24 && u.Hour()+u.Minute() == 0 }, 3 * 24 * 60},
		{"2024-03-18T17:30:00Z to 2024-03-18T20:00:00Z", func(u time.Time) bool {
			return u.Month() == 3 && u.Day() == 18 && u.Hour() == 17 && u.Minute() == 30
		}, 150},
	} {
		covered := make([]bool, minutes)
		for k := -60 * 24 * 3; k < minutes; k++ { // what began the year before may go on
			if x.begins(at(k)) {
				for m := max(k, 0); m < min(k+x.lasts, minutes); m++ {
					covered[m] = true
				}
			}
		}
		w := &windows(t, x.text)[0]
		r := rand.New(rand.NewPCG(1, 2))
		for _, k := range r.Perm(minutes)[:minutes/4] {
			off := []market.Time{0, 1, minute - 1}[r.IntN(3)]
			if got := limit.Covers(w, market.TimeOf(at(k))+off); got != covered[k] {
				t.Fatalf("%s: %s + %d ns is covered: %t, not %t", x.text, at(k), off, got, covered[k])
			}
		}
	}
}

func TestWindowsThatMakeNoSense(t *testing.T) {
	for _, text := range []string{
		"", "always", "for 2h", "0 12 * * 3", "0 12 * * 3 for", "0 12 * * 3 for ever", "0 12 * * 3 for 0h", "0 12 * * 3 for -2h", "0 12 * * 3 for 400d",
		"0 12 30 2 * for 2h", "@every 1h for 2h", "TZ=Asia/Tokyo 0 12 * * 3 for 2h", "2026-12-27 to 2026-12-24", "2026-12-24 to 2026-12-24",
		"2026-12-24 to", "24.12.2026 to 27.12.2026", "2026-12-24 until 2026-12-27",
	} {
		var w limit.Window
		if err := w.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for a window", text)
		}
	}
}

func FuzzWindow(f *testing.F) {
	for _, s := range []string{"0 12 * * 3 for 2h", "2026-12-24 to 2026-12-27", "@daily for 366d", "*/7 1-3,9 1 jan mon for 90s", "x to y for 2h"} {
		f.Add(s, int64(1_700_000_000))
	}
	f.Fuzz(func(t *testing.T, text string, seconds int64) {
		var w, again limit.Window
		if w.UnmarshalText([]byte(text)) != nil {
			return
		}
		written, _ := w.MarshalText()
		if err := again.UnmarshalText(written); err != nil {
			t.Fatalf("%q is written as %q, which is none: %v", text, written, err)
		}
		at := market.Time(seconds%(1<<32)) * market.Time(time.Second)
		if limit.Covers(&w, at); limit.Covers(&w, at+1) != limit.Covers(&again, at+1) {
			t.Errorf("%q: what it covers depends on what was asked before", text)
		}
	})
}

func TestTradingHours(t *testing.T) {
	// Bar n closes at n:00 of Monday, 1 January 2024.
	buy := func(bar int) risktest.Step { return risktest.At(bar, risktest.BuyLimit(0, "1", "50")) }
	all := []risktest.Step{buy(1), buy(2), buy(3), buy(4), buy(5), buy(6)}
	for _, s := range []script{{
		name: "a window begins at its time and ends before its end", rule: &limit.TradingHours{Allow: windows(t, "0 3 * * 1 for 2h")}, steps: all,
		want: []string{
			"1 a/1 buy limit A0USDT 1 at 50: refused by trading_hours: 2024-01-01T01:00:00Z is outside the trading hours, the next begins at 2024-01-01T03:00:00Z, limit 0 3 * * 1 for 2h",
			"2 a/2 buy limit A0USDT 1 at 50: refused by trading_hours: 2024-01-01T02:00:00Z is outside the trading hours, the next begins at 2024-01-01T03:00:00Z, limit 0 3 * * 1 for 2h",
			"3 a/3 buy limit A0USDT 1 at 50", "4 a/4 buy limit A0USDT 1 at 50",
			"5 a/5 buy limit A0USDT 1 at 50: refused by trading_hours: 2024-01-01T05:00:00Z is outside the trading hours, the next begins at 2024-01-08T03:00:00Z, limit 0 3 * * 1 for 2h",
			"6 a/6 buy limit A0USDT 1 at 50: refused by trading_hours: 2024-01-01T06:00:00Z is outside the trading hours, the next begins at 2024-01-08T03:00:00Z, limit 0 3 * * 1 for 2h",
		},
	}, {
		name:  "a blackout goes before what is allowed",
		rule:  &limit.TradingHours{Allow: windows(t, "2024-01-01 to 2024-01-01T04:00:00Z"), Blackout: windows(t, "0 2 * * * for 1h", "2024-01-01T00:30:00Z to 2024-01-01T02:00:00Z")},
		steps: all[:4],
		want: []string{
			"1 a/1 buy limit A0USDT 1 at 50: refused by trading_hours: 2024-01-01T01:00:00Z is in a blackout that began at 2024-01-01T00:30:00Z, limit 2024-01-01T00:30:00Z to 2024-01-01T02:00:00Z",
			"2 a/2 buy limit A0USDT 1 at 50: refused by trading_hours: 2024-01-01T02:00:00Z is in a blackout that began at 2024-01-01T02:00:00Z, limit 0 2 * * * for 1h",
			"3 a/3 buy limit A0USDT 1 at 50",
			"4 a/4 buy limit A0USDT 1 at 50: refused by trading_hours: 2024-01-01T04:00:00Z is outside the trading hours, and none comes again, limit 2024-01-01 to 2024-01-01T04:00:00Z",
		},
	}, {
		name: "closing knows no hours", rule: &limit.TradingHours{Blackout: windows(t, "0 2 * * * for 5h")},
		steps: []risktest.Step{risktest.At(1, risktest.Buy(0, "1")), risktest.At(3, risktest.SellAll(0))},
		want:  []string{"1 a/1 buy market A0USDT 1", "2 a/1 filled 1 at 100", "3 a/2 sell market A0USDT 0.999", "4 a/2 filled 0.999 at 100"},
	}} {
		t.Run(s.name, func(t *testing.T) { s.run(t, "trading_hours") })
	}
}

// TestOrderThatPassesSaysInWhichWindow: the trace has the time and the window.
func TestOrderThatPassesSaysInWhichWindow(t *testing.T) {
	trace := risktest.Trial{
		History: risktest.History(flat()...), Strategies: []strategy.Strategy{risktest.Play(risktest.At(2, risktest.Buy(0, "1")))},
		Rules: []risk.Named{{Name: "hours", Rule: &limit.TradingHours{Allow: windows(t, "@daily for 3h")}}},
	}.Run(t)
	for _, r := range trace.Records {
		if r.Decision == nil {
			continue
		}
		if c := r.Decision.Checks[0]; c.Measured != "2024-01-01T02:00:00Z" || c.Limit != "@daily for 3h" {
			t.Errorf("the check says %+v", c)
		}
	}
}
