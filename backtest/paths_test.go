package backtest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// flat returns n bars of an interval from 1970-01-02 on.
func flat(d market.Interval, n int) *market.Columns {
	c := market.MakeColumns(d, n)
	for k := range n {
		c.Append(market.Bar{OpenTime: market.Day + market.Time(k)*market.Time(d), Open: 1, High: 1, Low: 1, Close: 1, Volume: 1})
	}
	return c
}

// TestPaired: which series are compared, for what is stored, watched and asked for.
func TestPaired(t *testing.T) {
	hour, minute := market.Hour, market.Minute
	for name, c := range map[string]struct {
		stored [2][]market.Interval // of each instrument
		detail market.Interval
		want   [2][]market.Interval // finest first; the watched interval is 4h
		err    bool
	}{
		"nothing finer":         {stored: [2][]market.Interval{{4 * hour}, {4 * hour}}, want: [2][]market.Interval{{4 * hour}, {4 * hour}}},
		"finer for both":        {stored: [2][]market.Interval{{4 * hour, minute, hour}, {4 * hour, hour, minute}}, want: [2][]market.Interval{{minute, 4 * hour}, {minute, 4 * hour}}},
		"finer for one alone":   {stored: [2][]market.Interval{{4 * hour, minute}, {4 * hour}}, want: [2][]market.Interval{{4 * hour, minute}, {4 * hour}}},
		"asked for":             {stored: [2][]market.Interval{{4 * hour, minute, hour}, {4 * hour, hour}}, detail: hour, want: [2][]market.Interval{{hour, 4 * hour}, {hour, 4 * hour}}},
		"asked for, and absent": {stored: [2][]market.Interval{{4 * hour, hour}, {4 * hour}}, detail: hour, err: true},
		"trades alone":          {stored: [2][]market.Interval{{market.Trades}, {market.Trades}}, detail: market.Trades, want: [2][]market.Interval{{market.Trades, 4 * hour}, {market.Trades, 4 * hour}}},
	} {
		t.Run(name, func(t *testing.T) {
			h := &backtest.History{Detail: c.detail}
			subs := []engine.Subscription{}
			for i, list := range c.stored {
				h.Instruments = append(h.Instruments, market.Instrument{ID: market.InstrumentID(i), Symbol: string(rune('A' + i))})
				subs = append(subs, engine.Subscription{Instrument: market.InstrumentID(i), Interval: 4 * hour})
				for _, d := range list {
					h.Series = append(h.Series, backtest.Series{Instrument: market.InstrumentID(i), Columns: flat(d, 8)})
				}
			}
			pair, _, err := h.Paired(subs)
			if c.err {
				if err == nil {
					t.Error("no error")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got [2][]market.Interval
			for _, s := range pair.Series {
				got[s.Instrument] = append(got[s.Instrument], s.Columns.Interval)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestOtherFills: fills are held against those of the first run by order and place.
func TestOtherFills(t *testing.T) {
	order := func(n uint32, prices ...int64) *engine.Order {
		o := &engine.Order{}
		o.ID = market.OrderID{Strategy: "a", Sequence: n}
		for k, p := range prices {
			o.Fills = append(o.Fills, &market.Fill{Time: market.Time(n)*10 + market.Time(k), Price: decimal.New(p, 0), Quantity: decimal.New(1, 0)})
		}
		return o
	}
	first := &engine.Result{Orders: []*engine.Order{order(1, 100), order(2, 101, 102), order(3)}}
	for name, c := range map[string]struct {
		orders []*engine.Order
		n      int
		from   market.Time
	}{
		"the same":           {first.Orders, 0, 0},
		"another price":      {[]*engine.Order{order(1, 100), order(2, 101, 103)}, 1, 21},
		"fewer fills":        {[]*engine.Order{order(1, 100), order(2, 101)}, 1, 21},
		"more fills":         {[]*engine.Order{order(1, 100, 100), order(2, 101, 102), order(4, 1)}, 2, 11},
		"an order is absent": {[]*engine.Order{order(2, 101, 102)}, 1, 10},
	} {
		p := backtest.Paths{}
		p.Add("ohlc", backtest.Headline{}, first, &engine.Result{Orders: c.orders})
		run := p.Runs[0]
		if run.OtherFills > run.ComparedFills {
			t.Errorf("%s: %d other fills of %d", name, run.OtherFills, run.ComparedFills)
		}
		if run.OtherFills != c.n || (run.OtherFrom == nil) != (c.n == 0) || c.n > 0 && *run.OtherFrom != c.from {
			t.Errorf("%s: %d from %v, want %d from %d", name, run.OtherFills, run.OtherFrom, c.n, c.from)
		}
	}
}

// TestDetailBetween: no bound is promised for a whole run, so that it is said.
func TestDetailBetween(t *testing.T) {
	for equity, want := range map[int64]bool{89: false, 90: true, 95: true, 110: true, 111: false} {
		p, r := backtest.Paths{}, &engine.Result{}
		for path, final := range map[string]int64{"pessimistic": 110, "optimistic": 90} {
			p.Add(path, backtest.Headline{FinalEquity: decimal.New(final, 0)}, r, r)
		}
		if p.DetailBetween != nil {
			t.Error("said without a detailed run")
		}
		p.Add(backtest.Detailed, backtest.Headline{FinalEquity: decimal.New(equity, 0)}, r, r)
		if *p.DetailBetween != want {
			t.Errorf("%d is between 90 and 110: %v", equity, *p.DetailBetween)
		}
	}
}
