package backtest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// listedHistory draws minutes of two instruments whose tick and step change now and then,
// at the close of a bar or inside one.
func listedHistory(r *rand.Rand) *backtest.History {
	h := &backtest.History{}
	for i, asset := range []string{"AAA", "BBB"} {
		in := market.Bare(asset+"USDT", asset, "USDT")
		in.ID = market.InstrumentID(i)
		in.Tick, in.Step = anyGrid(r), anyGrid(r)
		h.Instruments = append(h.Instruments, in)
		h.Series = append(h.Series, backtest.Series{Instrument: in.ID, Columns: randomWalk(r, 120)})
		for range 6 {
			in.Tick, in.Step = anyGrid(r), anyGrid(r)
			at := market.Time(r.IntN(130*60))*market.Time(market.Minute)/60 - 5*market.Time(market.Minute)
			if r.IntN(2) == 0 {
				at -= at % market.Time(market.Minute)
			}
			h.Listings = append(h.Listings, backtest.Listing{Time: at, Instrument: in.ID, Filters: in})
		}
	}
	h.Sort()
	return h.Between(0, 0)
}

func anyGrid(r *rand.Rand) decimal.Decimal {
	return decimal.New([]int64{1, 2, 5, 25}[r.IntN(4)], int32(-1-r.IntN(3)))
}

func randomWalk(r *rand.Rand, n int) *market.Columns {
	c := market.MakeColumns(market.Minute, n)
	c.PriceScale, c.VolumeScale = 2, 0
	price := 10_000
	for k := range n {
		open := price
		price += r.IntN(101) - 50
		c.Append(market.Bar{
			OpenTime: market.Time(k) * market.Time(market.Minute), Open: float64(open) / 100, High: float64(max(open, price)+r.IntN(60)) / 100,
			Low: float64(min(open, price)-r.IntN(60)) / 100, Close: float64(price) / 100, Volume: float64(r.IntN(30)),
		})
	}
	return c
}

// scatter asks for orders of any kind, off every grid, and notes which filters it saw.
type scatter struct {
	seen map[market.Time][2]string
}

func (s *scatter) Init(setup *strategy.Setup) error {
	instruments := setup.Instruments()
	setup.Instant(strategy.BarQuery{Interval: market.Minute}, func(c *strategy.Context) {
		for _, in := range instruments {
			listed := c.Instrument(in.ID)
			seen := s.seen[c.Now()]
			seen[in.ID] = listed.Filters()
			s.seen[c.Now()] = seen
			s.ask(c, in.ID)
		}
	})
	return nil
}

func (s *scatter) ask(c *strategy.Context, i market.InstrumentID) {
	r := c.Rand()
	around := decimal.NewFromFloat(c.Price(i)).Mul(decimal.New(98_000+int64(r.IntN(4000)), -5))
	o := market.Order{Instrument: i, Side: market.Buy, Quantity: decimal.New(int64(r.IntN(4000)), -3)}
	switch r.IntN(5) {
	case 0:
		o.Type, o.Quote, o.Quantity = market.Market, decimal.New(int64(1+r.IntN(30_000)), -2), decimal.Zero
	case 1:
		o.Type, o.Side = market.Market, market.Sell
	case 2:
		o.Type, o.Price = market.Limit, around
	case 3:
		o.Type, o.Side, o.Price = market.Limit, market.Sell, around
	default:
		o.Type, o.Stop = market.Stop, around
	}
	c.Submit(o) // some make no sense
	for _, o := range c.OpenOrders(i) {
		if r.IntN(4) == 0 {
			c.Amend(o.ID, o.Quantity.Mul(decimal.New(7, -1)), o.Price.Mul(decimal.New(99, -2)))
		}
	}
}

// TestDecisionsAreOnTheGrid runs a strategy that knows no grid over filters that change.
// Whatever leaves for the venue is on the grid in force at its decision, and what a quote
// amount buys on that in force until the bar's close; without latency the venue finds nothing off its grid. Strategies see
// the filters of the time, and whoever made the history keeps the instruments it began with.
func TestDecisionsAreOnTheGrid(t *testing.T) {
	checked := 0
	for seed := range seeds(30) {
		h := listedHistory(rand.New(rand.NewPCG(seed, 11)))
		began := h.Instruments[0].Filters() + h.Instruments[1].Filters()
		kept, s := &records{}, &scatter{seen: map[market.Time][2]string{}}
		cfg := engine.Config{Seed: seed, Cash: decimal.New(5000, 0), Journal: kept, Instances: []engine.Instance{
			{Name: "a", Strategy: s, Instruments: []market.InstrumentID{0, 1}, Weight: decimal.New(1, 0)},
		}}
		o := sim.DefaultOptions()
		o.SlippageBps = decimal.New(7, 0)
		out, err := backtest.Run(context.Background(), cfg, h, backtest.Options{Sim: o})
		if err != nil {
			t.Fatal(err)
		}
		spent := map[market.OrderID]market.InstrumentID{}
		for _, r := range kept.list {
			if d := r.Decision; d != nil && d.Refused == nil && d.Action != market.Cancel {
				in := listedAt(h, d.Order.Instrument, d.Time)
				checked++
				if d.Order.Quote.IsPositive() {
					spent[d.Order.ID] = d.Order.Instrument
				}
				if !market.OnGrid(d.Order.Quantity, in.Step) || !market.OnGrid(d.Order.Price, in.Tick) || !market.OnGrid(d.Order.Stop, in.Tick) {
					t.Errorf("seed %d: %s %s is off the grid %s", seed, d.Time, printedOrder(&d.Order), in.Filters())
				}
			}
			u := r.Event.Update
			if u == nil {
				continue
			}
			if i, ok := spent[u.ID]; ok && u.Fill != nil && !market.OnGrid(u.Fill.Quantity, listedAt(h, i, u.Time-1).Step) {
				t.Errorf("seed %d: %s %s bought %s", seed, u.Time, u.ID, u.Fill.Quantity)
			}
			if u.State == market.Rejected && u.Reason[:5] != "quote" && u.Reason[:5] != "would" && u.Reason[:5] != "insuf" {
				t.Errorf("seed %d: %s %s rejected: %s", seed, u.Time, u.ID, u.Reason)
			}
		}
		for at, seen := range s.seen {
			for i := range seen {
				if in := listedAt(h, market.InstrumentID(i), at); in.Filters() != seen[i] {
					t.Errorf("seed %d: at %s the strategy sees %s of instrument %d, want %s", seed, at, seen[i], i, in.Filters())
				}
			}
		}
		if diff := cmp.Diff(began, out.Instruments[0].Filters()+out.Instruments[1].Filters()); diff != "" {
			t.Errorf("seed %d: instruments of the caller (-before +after):\n%s", seed, diff)
		}
	}
	if checked < 1000 {
		t.Errorf("only %d decisions checked", checked)
	}
}

func printedOrder(o *market.Order) string {
	return fmt.Sprintf("%s %s %s @ %s stop %s", o.ID, o.Type, o.Quantity, o.Price, o.Stop)
}

// listedAt finds the filters of a time the slow way.
func listedAt(h *backtest.History, i market.InstrumentID, at market.Time) market.Instrument {
	in := h.Instruments[i]
	for _, l := range h.Listings {
		if l.Instrument == i && l.Time <= at {
			in.Relist(&l.Filters)
		}
	}
	return in
}

// TestBetweenListings cuts a history of a bar a minute, from 00:02 to 00:06, whose tick at
// minute m is m from then on.
func TestBetweenListings(t *testing.T) {
	in := market.Bare("AAAUSDT", "AAA", "USDT")
	in.Assumed = true
	h := &backtest.History{Instruments: []market.Instrument{in}}
	c := market.MakeColumns(market.Minute, 4)
	for m := 2; m < 6; m++ {
		c.Append(market.Bar{OpenTime: market.Time(m) * market.Time(market.Minute), Open: 1, High: 1, Low: 1, Close: 1})
	}
	h.Series = []backtest.Series{{Columns: c}}
	for m := int64(9); m > 0; m-- {
		l := backtest.Listing{Time: market.Time(m) * market.Time(market.Minute), Filters: in}
		l.Filters.Tick, l.Filters.Assumed = decimal.New(m, 0), false
		h.Listings = append(h.Listings, l)
	}
	h.Sort()
	for name, test := range map[string]struct {
		from, to market.Time // minutes
		want     string
	}{
		"all of it":        {0, 0, "2: 3 4 5 6"},
		"to the middle":    {0, 4, "2: 3 4"},
		"from the middle":  {4, 0, "4: 5 6"},
		"between two":      {3, 5, "3: 4 5"},
		"before its start": {1, 3, "2: 3"},
	} {
		cut := h.Between(test.from*market.Time(market.Minute), test.to*market.Time(market.Minute))
		got := cut.Instruments[0].Tick.String() + ":"
		for _, l := range cut.Listings {
			got += " " + l.Filters.Tick.String()
		}
		if got != test.want || cut.Instruments[0].Assumed {
			t.Errorf("%s: tick and later ticks %s, want %s", name, got, test.want)
		}
	}
	if h.Instruments[0].Assumed != true || len(h.Listings) != 9 {
		t.Error("the history itself changed")
	}
}

// TestInputsHashSeesListings: other filters, or the same at another time, are other inputs.
func TestInputsHashSeesListings(t *testing.T) {
	h := listedHistory(rand.New(rand.NewPCG(1, 11)))
	seen := map[market.Hash]string{h.InputsHash(nil): "as it was"}
	for name, change := range map[string]func(h *backtest.History){
		"no listings":    func(h *backtest.History) { h.Listings = nil },
		"another time":   func(h *backtest.History) { h.Listings[2].Time++ },
		"another limit":  func(h *backtest.History) { h.Listings[2].Filters.MaxOrders++ },
		"a start limit":  func(h *backtest.History) { h.Instruments[0].MaxNotional = decimal.New(1, 0) },
		"another assets": func(h *backtest.History) { h.Listings[2].Instrument = 1 - h.Listings[2].Instrument },
	} {
		changed := listedHistory(rand.New(rand.NewPCG(1, 11)))
		change(changed)
		hash := changed.InputsHash(nil)
		if was, ok := seen[hash]; ok {
			t.Errorf("%s: the hash is that of %s", name, was)
		}
		seen[hash] = name
	}
}
