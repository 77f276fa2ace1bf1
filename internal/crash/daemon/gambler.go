package main

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// gambler is a strategy that asks for all that a venue can do, until a time. What it draws
// depends on the run's seed and its own name alone, so that a journal can be replayed.
type gambler struct {
	Until string `toml:"until" doc:"when it stops to ask, RFC 3339"`
	Eager int    `toml:"eager" param:"min=0,max=20" doc:"of 20 bars, at how many it acts"`

	until market.Time
	count int // of the instruments
}

func newGambler() strategy.Strategy { return &gambler{Eager: 14} }

// Init subscribes to every bar, and to the orders.
func (g *gambler) Init(s *strategy.Setup) (err error) {
	if g.until, err = market.ParseTime(g.Until); err != nil {
		return err
	}
	g.count = len(s.Instruments())
	s.Bars(strategy.BarQuery{Warmup: 2, Lookback: 2}, func(c *strategy.Context, s *strategy.Series) {
		if c.Warm() {
			g.act(c, s.Instrument(), 20)
		}
	})
	s.Orders(func(c *strategy.Context, _ market.OrderUpdate) {
		if c.Rand().IntN(8) == 0 {
			g.act(c, market.InstrumentID(c.Rand().IntN(g.count)), 20)
		}
	})
	return nil
}

// act ignores the errors of what cannot be: that is part of the game.
func (g *gambler) act(c *strategy.Context, i market.InstrumentID, of int) {
	if c.Now() >= g.until {
		return
	}
	r, open := c.Rand(), c.OpenOrders(i)
	switch n := r.IntN(of) + 14 - g.Eager; {
	case n < 0: // eager beyond the games
		g.order(c, i)
	case n < 5 && len(open) < 12:
		g.order(c, i)
	case n < 7 && len(open) > 0:
		_ = c.Cancel(open[r.IntN(len(open))].ID)
	case n < 10:
		g.amend(c, open)
	case n == 10 && len(open) < 12:
		g.linked(c, i)
	case n < 13 && len(open) > 0:
		old := open[r.IntN(len(open))]
		_, _ = c.Replace(old.ID, market.Order{Instrument: i, Side: old.Side, Quantity: old.Quantity, Type: market.Limit, Price: g.near(c, i)})
	case n == 13:
		_ = c.Target(i, float64(r.IntN(3))/8)
	}
}

func (g *gambler) amend(c *strategy.Context, open []market.Order) {
	r := c.Rand()
	for _, o := range open {
		if o.Type == market.Limit && o.Profile == market.Unlinked && r.IntN(2) == 0 {
			_ = c.Amend(o.ID, o.Quantity.Mul(decimal.New(50+r.Int64N(100), -2)).Truncate(3), o.Price.Mul(decimal.New(97+r.Int64N(6), -2)).Truncate(2))
			return
		}
	}
}

// order submits an order of any kind.
func (g *gambler) order(c *strategy.Context, i market.InstrumentID) {
	r, in := c.Rand(), c.Instrument(i)
	o := market.Order{Instrument: i, Side: market.Buy, Quantity: decimal.New(1+r.Int64N(900), -3)}
	if r.IntN(2) == 0 {
		o.Side = market.Sell
		if !in.Perpetual() {
			o.Quantity = c.Position(i).Mul(decimal.New(1+r.Int64N(100), -2)).Truncate(3)
		}
	}
	types := market.Types()
	switch o.Type = types[r.IntN(len(types))]; o.Type {
	case market.Limit:
		g.limit(c, &o)
	case market.Market:
		if o.Side == market.Buy && !in.Perpetual() && r.IntN(3) == 0 {
			o.Quote, o.Quantity = o.Quantity.Mul(decimal.New(1000, 0)), decimal.Zero
		}
	case market.TrailingStop:
		o.Trail = market.Trail{By: decimal.New(2+r.Int64N(20), -1), Unit: market.TrailPercent}
	default:
		o.Stop = g.near(c, i)
		if o.Priced() {
			o.Price = g.near(c, i)
		}
	}
	_, _ = c.Submit(o)
}

func (g *gambler) limit(c *strategy.Context, o *market.Order) {
	switch o.Price = g.near(c, o.Instrument); c.Rand().IntN(6) {
	case 0:
		o.PostOnly = true
	case 1:
		o.TIF = market.IOC
	case 2:
		o.TIF = market.FOK
	case 3:
		o.TIF, o.Expire = market.GTD, c.Now()+market.Time(11+c.Rand().IntN(20))*market.Time(market.Minute)
	}
}

// linked submits an entry with its exits, or two exits of what is held, kept by the venue.
func (g *gambler) linked(c *strategy.Context, i market.InstrumentID) {
	r, price := c.Rand(), c.Price(i)
	stop := market.Order{Instrument: i, Side: market.Sell, Type: market.Stop, Stop: market.Price(price*(0.99+0.008*r.Float64()), 2)}
	goal := market.Order{Instrument: i, Side: market.Sell, Type: market.Limit, Price: market.Price(price*(1.002+0.01*r.Float64()), 2)}
	l := market.Linked{Profile: market.ByVenue, Exits: []market.Order{stop, goal}}
	if held := c.Position(i).Truncate(3); r.IntN(2) == 0 && held.IsPositive() {
		l.Exits[0].Quantity, l.Exits[1].Quantity = held, held
	} else {
		l.Entry = market.Order{Instrument: i, Side: market.Buy, Type: market.Limit, Price: g.near(c, i), Quantity: decimal.New(20+r.Int64N(500), -3)}
		l.Exits = l.Exits[r.IntN(2):]
	}
	_, _ = c.SubmitLinked(l)
}

// near draws a price within 1 % of the last one.
func (g *gambler) near(c *strategy.Context, i market.InstrumentID) decimal.Decimal {
	return market.Price(c.Price(i)*(0.99+0.02*c.Rand().Float64()), 2)
}
