package sim_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// guarded is a position with one fixed stop and one fixed target inside one bar, and a
// path without jumps through that bar.
type guarded struct {
	path         *market.Columns // of 5 seconds
	stop, target market.Order
	fees         market.Fees
	touch        bool
}

const fiveSeconds = market.Interval(5 * time.Second)

// randomGuarded draws a minute at 100.00, in which the position is bought, and a minute
// in which each 5 seconds open where those before closed.
func randomGuarded(r *rand.Rand) guarded {
	cents := func(n int) decimal.Decimal { return decimal.New(int64(n), -2) }
	g := guarded{path: market.MakeColumns(fiveSeconds, 24), touch: r.IntN(2) == 0}
	g.path.PriceScale, g.path.VolumeScale = 2, 0
	at, reach := 10_000, 1+r.IntN(30)
	for row := range 24 {
		open, end, high, low := at, at, at, at
		if row >= 12 {
			end = at + r.IntN(2*reach+1) - reach
			high, low = max(open, end)+r.IntN(reach), min(open, end)-r.IntN(reach)
		}
		price := func(n int) float64 { return float64(n) / 100 }
		g.path.Append(market.Bar{
			OpenTime: start + market.Time(row)*market.Time(fiveSeconds),
			Open:     price(open), High: price(high), Low: price(low), Close: price(end), Volume: 1000,
		})
		at = end
	}
	g.fees = market.Fees{Maker: decimal.New(int64(r.IntN(3)), -4), Taker: decimal.New(int64(r.IntN(5)), -4), InQuote: true}
	g.stop = stop(market.Sell, "1", cents(10_000-1-r.IntN(60)).String())
	g.target = limit(market.Sell, "1", cents(10_000+1+r.IntN(60)).String())
	if r.IntN(3) == 0 {
		g.target = order(market.Sell, market.TakeProfit, "1")
		g.target.Stop = cents(10_000 + 1 + r.IntN(60))
	}
	g.stop.Group, g.target.Group = "exits", "exits"
	g.stop.Profile, g.target.Profile = market.ByVenue, market.ByVenue
	return g
}

// equity returns what the account is worth at the end of the bars.
func (g *guarded) equity(t *testing.T, c *market.Columns, path sim.Path) decimal.Decimal {
	in, o := coin(), off()
	in.Fees, o.Path, o.Touch = g.fees, path, g.touch
	p := newPlay(t, in, o, c)
	p.submit(start, order(market.Buy, market.Market, "1"))
	p.submit(start+minute, g.stop)
	p.submit(start+minute, g.target)
	p.run()
	return p.venue.Balance("USDT").Add(p.venue.Balance("AAA").Mul(market.Price(c.Close[c.Len()-1], c.PriceScale)))
}

// TestDetailBetweenThePaths: without jumps and slippage, whatever the finer bars are,
// the result lies between pessimistic and optimistic (semantics X8), whichever path is
// assumed inside the finer bars.
func TestDetailBetweenThePaths(t *testing.T) {
	apart, inside := 0, 0
	for seed := range seeds(2000) {
		g := randomGuarded(rand.New(rand.NewPCG(seed, 8)))
		bar := market.Resample(g.path, market.Minute, market.MaxTime)
		low, high := g.equity(t, bar, sim.Pessimistic), g.equity(t, bar, sim.Optimistic)
		if low.LessThan(high) {
			apart++
		}
		for _, path := range [...]sim.Path{sim.Pessimistic, sim.Optimistic, sim.OHLC} {
			got := g.equity(t, g.path, path)
			if got.LessThan(low) || got.GreaterThan(high) {
				t.Fatalf("seed %d (SIGNALMAN_SEEDS=%d): %s on 5 seconds gives %s, which is not between %s and %s\nbar %+v\nstop %s, target %s %s, touch %v",
					seed, seed+1, path, got, low, high, bar.Bar(1), g.stop.Stop, g.target.Price, g.target.Stop, g.touch)
			}
			if got.GreaterThan(low) && path == sim.Pessimistic {
				inside++
			}
		}
	}
	if apart < 10 || inside == 0 {
		t.Errorf("the paths differ in %d bars, and the detail is better than the worst in %d: too few to show anything", apart, inside)
	}
}
