package live_test

import (
	"math/rand/v2"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// dayGambler is a strategy that asks for all that a venue can do, until a time.
type dayGambler struct {
	r     *rand.Rand
	until market.Time
	tried map[string]int
}

// Init subscribes to every bar, and to the orders.
func (g *dayGambler) Init(s *strategy.Setup) error {
	s.Bars(strategy.BarQuery{}, g.bar)
	s.Orders(func(c *strategy.Context, u market.OrderUpdate) {
		if g.r.IntN(8) == 0 && c.Now() < g.until {
			g.act(c, market.InstrumentID(g.r.IntN(2)))
		}
	})
	return nil
}

func (g *dayGambler) bar(c *strategy.Context, s *strategy.Series) {
	if c.Now() < g.until && c.Warm() {
		g.act(c, s.Instrument())
	}
}

// act ignores the errors of what cannot be: that is part of the game.
func (g *dayGambler) act(c *strategy.Context, i market.InstrumentID) {
	open := c.OpenOrders(i)
	switch n := g.r.IntN(20); {
	case n < 5 && len(open) < 12:
		g.order(c, i)
	case n < 8 && len(open) > 0:
		g.did("cancel", c.Cancel(open[g.r.IntN(len(open))].ID))
	case n < 11:
		for _, o := range open {
			if o.Type == market.Limit && o.Profile == market.Unlinked && g.r.IntN(2) == 0 {
				g.did("amend", c.Amend(o.ID, o.Quantity.Mul(decimal.New(50+g.r.Int64N(100), -2)).Truncate(3), o.Price.Mul(decimal.New(97+g.r.Int64N(6), -2)).Truncate(2)))
				break
			}
		}
	case n == 11 && len(open) < 12:
		g.linked(c, i)
	case n == 12 && len(open) > 0:
		old := open[g.r.IntN(len(open))]
		o := market.Order{Instrument: i, Side: old.Side, Quantity: old.Quantity, Type: market.Limit, Price: g.near(c.Price(i))}
		_, err := c.Replace(old.ID, o)
		g.did("replace", err)
	}
}

func (g *dayGambler) did(what string, err error) {
	if err != nil {
		what += ": " + err.Error()
	}
	g.tried[what]++
}

// order submits an order of any kind.
func (g *dayGambler) order(c *strategy.Context, i market.InstrumentID) {
	in := c.Instrument(i)
	price, held := c.Price(i), c.Position(i)
	o := market.Order{Instrument: i, Side: market.Buy, Quantity: decimal.New(1+g.r.Int64N(900), -3)}
	if g.r.IntN(2) == 0 {
		o.Side = market.Sell
		if !in.Perpetual() {
			o.Quantity = held.Mul(decimal.New(1+g.r.Int64N(100), -2)).Truncate(3)
		}
	}
	types := market.Types()
	switch o.Type = types[g.r.IntN(len(types))]; o.Type {
	case market.Limit:
		switch o.Price = g.near(price); g.r.IntN(6) {
		case 0:
			o.PostOnly = true
		case 1:
			o.TIF = market.IOC
		case 2:
			o.TIF = market.FOK
		case 3:
			o.TIF, o.Expire = market.GTD, c.Now()+market.Time(11+g.r.IntN(60))*market.Time(market.Minute)
		}
	case market.Market:
		if o.Side == market.Buy && !in.Perpetual() && g.r.IntN(3) == 0 {
			o.Quote, o.Quantity = o.Quantity.Mul(decimal.New(1000, 0)), decimal.Zero
		}
	case market.TrailingStop:
		o.Trail = market.Trail{By: decimal.New(2+g.r.Int64N(20), -1), Unit: market.TrailPercent}
	default:
		o.Stop = g.near(price)
		if o.Priced() {
			o.Price = g.near(price)
		}
	}
	_, err := c.Submit(o)
	g.did(o.Type.String(), err)
}

// linked submits an entry with its exits, or two exits of what is held, kept by the venue.
func (g *dayGambler) linked(c *strategy.Context, i market.InstrumentID) {
	price := c.Price(i)
	stop := market.Order{Instrument: i, Side: market.Sell, Type: market.Stop, Stop: market.Price(price*(0.99+0.008*g.r.Float64()), 2)}
	goal := market.Order{Instrument: i, Side: market.Sell, Type: market.Limit, Price: market.Price(price*(1.002+0.01*g.r.Float64()), 2)}
	l := market.Linked{Profile: market.ByVenue, Exits: []market.Order{stop, goal}}
	if held := c.Position(i).Truncate(3); g.r.IntN(2) == 0 && held.IsPositive() {
		l.Exits[0].Quantity, l.Exits[1].Quantity = held, held
	} else {
		l.Entry = market.Order{Instrument: i, Side: market.Buy, Type: market.Limit, Price: g.near(price), Quantity: decimal.New(20+g.r.Int64N(500), -3)}
		l.Exits = l.Exits[g.r.IntN(2):]
	}
	_, err := c.SubmitLinked(l)
	g.did("linked", err)
}

func (g *dayGambler) near(price float64) decimal.Decimal {
	return market.Price(price*(0.99+0.02*g.r.Float64()), 2)
}
