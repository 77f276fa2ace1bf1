package backtest_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/smacross"
)

// reloaded runs sma_cross over a random walk of minutes, and makes the changes of a reload
// before bar at; at 0 makes none. It returns each decision, and the result.
func reloaded(t *testing.T, at int, changes func() []engine.Change) (decisions []string, r *engine.Result, err error) {
	t.Helper()
	c := market.MakeColumns(market.Minute, 400)
	c.PriceScale, c.VolumeScale = 2, 2
	walk, price := rand.New(rand.NewPCG(1, 2)), 100.0
	for i := range 400 {
		open := price
		price += float64(walk.IntN(401)-200) / 100
		c.Append(market.Bar{OpenTime: market.Time(i) * market.Time(market.Minute), Open: open, High: max(open, price), Low: min(open, price), Close: price, Volume: 1e6})
	}
	h := &backtest.History{Instruments: []market.Instrument{market.Bare("BTCUSDT", "BTC", "USDT")}, Series: []backtest.Series{{Columns: c}}}
	if at > 0 {
		h.Events = []market.Event{{
			Time: market.Time(at) * market.Time(market.Minute), Kind: market.KindCommand, Command: market.Reload,
			Instrument: market.NoInstrument, Word: &market.Word{Text: "the changes"},
		}}
	}
	seen := &noted{}
	out, err := backtest.Run(context.Background(), engine.Config{
		Cash: decimal.New(1000, 0), Journal: seen, TargetBand: engine.DefaultTargetBand(),
		Instances: []engine.Instance{crosser("cross", 5, 20)},
		Rebuild:   func(string) ([]engine.Change, error) { return changes(), nil },
	}, h, backtest.Options{Sim: sim.Options{Participation: decimal.New(1, 0)}})
	if out != nil {
		r = out.Result
	}
	return seen.lines, r, err
}

// crosser is sma_cross under a name, on the one instrument there is.
func crosser(name string, fast, slow int) engine.Instance {
	return engine.Instance{
		Name: name, Strategy: &smacross.Config{Fast: fast, Slow: slow}, Instruments: []market.InstrumentID{0},
		Interval: market.Minute, Weight: decimal.New(1, 0),
	}
}

// noted keeps the decisions of a run.
type noted struct{ lines []string }

func (d *noted) Append(r market.Record) error {
	if r.Kind == market.RecordDecision {
		d.lines = append(d.lines, r.Time.String()+" "+r.Decision.Order.Side.String()+" "+r.Decision.Order.Quantity.String()+" "+r.Decision.Order.Quote.String())
	}
	return nil
}

func (d *noted) Commit() error { return nil }

// TestReloadChangesNothing: a strategy whose code is made anew, with the same parameters,
// decides what it would have decided: it has seen the bars that it warms up on, and goes on
// with what it holds.
func TestReloadChangesNothing(t *testing.T) {
	want, _, err := reloaded(t, 0, nil)
	if err != nil || len(want) < 20 {
		t.Fatalf("%d decisions, %v", len(want), err)
	}
	same := func() []engine.Change { return []engine.Change{{Instance: crosser("cross", 5, 20), Code: true}} }
	tried := 0
	for at := 40; at < 400; at++ {
		if minute := (market.Time(at-1) * market.Time(market.Minute)).String(); strings.Contains(strings.Join(want, "\n"), minute) {
			continue // an order works, and is cancelled
		}
		tried++
		got, _, err := reloaded(t, at, same)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("reloaded at minute %d: as it was (-), reloaded (+):\n%s", at, diff)
		}
	}
	if tried < 300 {
		t.Errorf("tried at %d minutes only", tried)
	}
}

// TestReloadToOthers: other parameters decide otherwise, from the reload on.
func TestReloadToOthers(t *testing.T) {
	was, _, _ := reloaded(t, 0, nil)
	is, r, err := reloaded(t, 200, func() []engine.Change { return []engine.Change{{Instance: crosser("cross", 3, 8), Code: true}} })
	if err != nil {
		t.Fatal(err)
	}
	from := market.Time(200 * market.Minute).String()
	if before, after := until200(was, from), until200(is, from); !cmp.Equal(before, after) || len(is) <= len(was) {
		t.Errorf("before it: %d decisions and %d; in all %d and %d", len(before), len(after), len(was), len(is))
	}
	if n := len(r.Notices); n == 0 || !strings.Contains(r.Notices[0].Text, "its code or parameters are new; it goes on with what it holds") {
		t.Errorf("notices: %v", r.Notices)
	}
}

func until200(lines []string, from string) (before []string) {
	for _, l := range lines {
		if l < from {
			before = append(before, l)
		}
	}
	return before
}

// TestReloadThatLosesSomething is refused, and says why.
func TestReloadThatLosesSomething(t *testing.T) {
	was, _, _ := reloaded(t, 0, nil)
	held := 0 // a minute at which there is a position: after a buy
	for at := 60; held == 0; at++ {
		if before := until200(was, (market.Time(at-2) * market.Time(market.Minute)).String()); len(before) > 0 && len(before) == len(until200(was, (market.Time(at)*market.Time(market.Minute)).String())) && strings.Contains(before[len(before)-1], " buy ") {
			held = at
		}
	}
	other := crosser("other", 5, 20)
	other.Interval = market.Hour
	for _, x := range []struct {
		change engine.Change
		says   string
	}{
		{engine.Change{Instance: engine.Instance{Name: "cross"}, Removed: true}, "which nobody would look after: close it first"},
		{engine.Change{Instance: engine.Instance{Name: "nobody"}, Removed: true}, "no strategy is named nobody"},
		{engine.Change{Instance: crosser("other", 5, 20), Code: true}, "begin with"},
	} {
		_, _, err := reloaded(t, held, func() []engine.Change { return []engine.Change{x.change} })
		if err == nil || !strings.Contains(err.Error(), x.says) || errors.Is(err, context.Canceled) {
			t.Errorf("%+v: %v", x.change, err)
		}
	}
}
