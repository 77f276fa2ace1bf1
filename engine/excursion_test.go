package engine_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// TestExcursionsOfRealTrades looks at every bar of the market for each trade of monkeys:
// which were open while it was, and what prices they had (M8).
func TestExcursionsOfRealTrades(t *testing.T) {
	trades, atOpen := 0, 0
	for seed := range seeds(200) {
		a := audit(t, seed)
		for _, tr := range a.engine.Result().Trades {
			trades++
			if a.checkExcursions(seed, tr) {
				atOpen++
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if trades > 100 && (atOpen == 0 || atOpen == trades) {
		t.Errorf("%d of %d trades ended at an open", atOpen, trades)
	}
	t.Logf("%d trades, %d of them ended at an open", trades, atOpen)
}

// checkExcursions reports whether the trade ended at the open of its last bar. A fill
// belongs to the bar at whose close it was known.
func (a *auditor) checkExcursions(seed uint64, tr *engine.Trade) (atOpen bool) {
	c := a.j.history.Series[tr.Instrument].Columns
	first, last := a.known[tr.Entries[0]], a.known[tr.Exits[len(tr.Exits)-1]]
	notional, quantity := decimal.Zero, decimal.Zero
	for _, f := range tr.Entries {
		notional, quantity = notional.Add(f.Price.Mul(f.Quantity)), quantity.Add(f.Quantity)
	}
	entry := market.Float(notional) / market.Float(quantity)
	low, high, bars := entry, entry, 0
	see := func(from, to float64) { low, high = math.Min(low, from), math.Max(high, to) }
	for _, f := range tr.Exits {
		see(market.Float(f.Price), market.Float(f.Price))
	}
	for k := range c.Len() {
		closed := c.OpenTime[k] + market.Time(market.Minute)
		if closed < first || closed > last {
			continue
		}
		if closed > first {
			bars++
		}
		if atOpen = closed == last && c.OpenTime[k] == tr.ExitTime(); !atOpen {
			see(c.Low[k], c.High[k])
		}
	}
	mae, mfe := tr.Excursions()
	if math.Abs(mae-(low/entry-1)) > 1e-9 || math.Abs(mfe-(high/entry-1)) > 1e-9 || tr.Bars() != bars {
		a.t.Errorf("seed %d: the trade from %s to %s has mae %v, mfe %v, %d bars; want %v, %v, %d",
			seed, tr.EntryTime(), tr.ExitTime(), mae, mfe, tr.Bars(), low/entry-1, high/entry-1, bars)
	}
	return atOpen
}

// forgetful is a market whose series go on in new columns every few bars, as a session's do.
type forgetful struct {
	sim.Source
	columns map[market.InstrumentID]*market.Columns
	after   int // so many bars
}

// forgetting makes the market of every second seed forgetful.
func forgetting(s sim.Source, seed uint64) sim.Source {
	if seed%2 == 0 {
		return s
	}
	return &forgetful{s, map[market.InstrumentID]*market.Columns{}, int(1 + seed%7)}
}

// Next hands out the bars of the market as rows of columns that are short.
func (f *forgetful) Next(ctx context.Context, limit market.Time) ([]market.Event, error) {
	const kept = 21 // what slippage looks back at, and the bar at hand
	events, err := f.Source.Next(ctx, limit)
	events = slices.Clone(events)
	for i := range events {
		e := &events[i]
		if e.Kind != market.KindBar {
			continue
		}
		bar, c := e.Bar(), f.columns[e.Instrument]
		if c == nil || c.Len() == kept+f.after {
			fresh := market.MakeColumns(e.Interval, 0)
			fresh.PriceScale, fresh.VolumeScale = e.Bars.PriceScale, e.Bars.VolumeScale
			for row := 0; c != nil && row < kept; row++ {
				fresh.Append(c.Bar(c.Len() - kept + row))
			}
			c, f.columns[e.Instrument] = fresh, fresh
		}
		c.Append(bar)
		e.Bars, e.Row, e.More = c, int32(c.Len()-1), 0
	}
	return events, err
}
