package backtest_test

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// bracketeer opens a bracket every five minutes while it has the cash, or on perpetuals
// while it holds nothing, for 300000 in quote: in turn by a limit order 0.2 % under the
// close, a stop order 0.2 % over it, a market order and a stop-limit order 0.2 and 0.3 %
// over it. The target stands 1.5 % over the close, the stop 1 % under it; with the stop
// order the target is a take-profit order, with the market order the stop trails by 1 %.
// Entries live for half an hour. Of perpetuals it goes short every other hour. On request
// the brackets of limit orders are lists of the venue.
type bracketeer struct{ venue bool }

// Init subscribes to the bars.
func (b *bracketeer) Init(s *strategy.Setup) error {
	s.Bars(strategy.BarQuery{}, b.bar)
	return nil
}

const (
	every = market.Time(5 * market.Minute)
	lot   = 300_000
)

func (b *bracketeer) bar(c *strategy.Context, s *strategy.Series) {
	i, turn := s.Instrument(), int64(c.Now()/every)
	in, cash := c.Instrument(i), decimal.New(lot*11/10, 0)
	switch {
	case c.Now()%every != 0, c.Cash().LessThan(cash), in.Perpetual() && (len(c.OpenOrders(i)) > 0 || !c.Position(i).IsZero()):
		return
	}
	side, exit, up := market.Buy, market.Sell, int64(1)
	if in.Perpetual() && turn/12%2 == 1 {
		side, exit, up = market.Sell, market.Buy, -1
	}
	last := market.Price(c.Price(i), 8)
	at := func(permille int64) decimal.Decimal {
		return market.ToTick(last.Mul(decimal.New(1000+up*permille, -3)), in.Tick, market.Against(side))
	}
	entry := market.Order{Instrument: i, Side: side, Quantity: market.Affordable(decimal.New(lot, 0), last, in.Step)}
	stop := market.Order{Instrument: i, Side: exit, Type: market.Stop, Stop: at(-10)}
	goal := market.Order{Instrument: i, Side: exit, Type: market.Limit, Price: at(15)}
	switch turn % 4 {
	case 0:
		entry.Type, entry.Price, entry.ExpireAfter = market.Limit, at(-2), market.Duration(30*market.Minute)
	case 1:
		entry.Type, entry.Stop, entry.ExpireAfter = market.Stop, at(2), market.Duration(30*market.Minute)
		goal.Type, goal.Stop, goal.Price = market.TakeProfit, goal.Price, decimal.Zero
	case 2:
		entry.Type = market.Market
		stop.Type, stop.Stop, stop.Trail = market.TrailingStop, decimal.Zero, market.Trail{By: decimal.New(1, 0), Unit: market.TrailPercent}
	case 3:
		entry.Type, entry.Stop, entry.Price, entry.ExpireAfter = market.StopLimit, at(2), at(3), market.Duration(30*market.Minute)
	}
	l := market.Bracket(entry, stop, goal)
	if b.venue && entry.Type == market.Limit {
		l.Profile = market.ByVenue
	}
	if _, err := c.SubmitLinked(l); err != nil {
		c.Fail(err)
	}
}
