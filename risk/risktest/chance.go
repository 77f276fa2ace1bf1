package risktest

import (
	"math/rand/v2"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// Chance is a strategy that makes orders of all kinds at random. Before the last bar
// it cancels its orders and closes its positions.
type Chance struct {
	Last int // bars of the run
	bar  int
	ids  []market.InstrumentID
}

// Init subscribes to all bars.
func (s *Chance) Init(setup *strategy.Setup) error {
	for _, in := range setup.Instruments() {
		s.ids = append(s.ids, in.ID)
	}
	setup.Instant(strategy.BarQuery{}, s.instant)
	return nil
}

func (s *Chance) instant(c *strategy.Context) {
	s.bar++
	for _, i := range s.ids {
		switch left := s.Last - s.bar; {
		case left > 16:
			s.act(c, i)
		case left == 16, left == 9: // with latency, a sell waits two bars for what rests to end, and fills two later
			CancelAll(c, i)
			c.Must(c.Target(i, 0))
		case left == 10, left == 3, left == 1:
			if c.Position(i).IsPositive() {
				submit(c, SellAll(i))
			}
		}
	}
}

// act makes at most one order on an instrument.
func (s *Chance) act(c *strategy.Context, i market.InstrumentID) {
	r := c.Rand()
	switch n := r.IntN(100); {
	case n < 22:
		submit(c, s.buy(c, i, n))
	case n < 32 && c.Position(i).IsPositive():
		submit(c, s.sell(c, i, n))
	case n < 36:
		CancelAll(c, i)
	case n < 40:
		c.Must(c.Target(i, float64(r.IntN(11))/10))
	}
}

func (s *Chance) buy(c *strategy.Context, i market.InstrumentID, n int) market.Order {
	r := c.Rand()
	last := hundredths(market.Ticks(c.Price(i), 100))
	o := market.Order{Instrument: i, Side: market.Buy, Type: market.Market, Quantity: tenThousandths(r, 200_000)}
	switch {
	case n < 6:
		o.Quantity, o.Quote = decimal.Zero, hundredths(r.Int64N(500_000)+1)
	case n < 10:
		o.Type, o.Price = market.Limit, last.Mul(hundredths(90+r.Int64N(15)))
	case n < 13:
		o.Type, o.Stop = market.Stop, last.Mul(hundredths(100+r.Int64N(10)))
	case n < 15:
		o.Type, o.Stop = market.StopLimit, last.Mul(hundredths(100+r.Int64N(10)))
		o.Price = last.Mul(hundredths(95 + r.Int64N(15)))
	case n < 17:
		o.Quantity = decimal.Zero // the sizer's business
	}
	return o
}

func (s *Chance) sell(c *strategy.Context, i market.InstrumentID, n int) market.Order {
	r, last := c.Rand(), hundredths(market.Ticks(c.Price(i), 100))
	o := market.Order{Instrument: i, Side: market.Sell, Type: market.Market, ReduceOnly: true}
	o.Quantity = c.Position(i).Mul(hundredths(1 + r.Int64N(100)))
	switch {
	case n < 26:
		o.Type, o.Price = market.Limit, last.Mul(hundredths(98+r.Int64N(10)))
	case n < 28:
		o.Type, o.Stop = market.Stop, last.Mul(hundredths(90+r.Int64N(10)))
	}
	return o
}

func hundredths(n int64) decimal.Decimal { return decimal.New(n, -2) }

func tenThousandths(r *rand.Rand, n int64) decimal.Decimal { return decimal.New(r.Int64N(n)+1, -4) }
