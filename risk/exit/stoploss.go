package exit

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

const stopLoss = "stop_loss"

const stopLossSample = `[risk.main]
rules = ["stop_loss"]
  [risk.main.stop_loss]
  percent = "0.05"
`

// StopLossPlugin describes the rule stop_loss.
func StopLossPlugin() risk.Plugin {
	return risk.Plugin{
		Name:   stopLoss,
		Doc:    "closes a position at the market once a bar closes too far on the wrong side of its average entry price",
		Sample: stopLossSample,
		New:    func() risk.Rule { return &StopLoss{} },
	}
}

// StopLoss sells the whole of a position once a bar of the strategy closes at or below
// its average entry price, fees included, less Percent of it; a short position it buys
// back at or above that price and Percent of it. On perpetuals the entry price is without
// fees. Once triggered it goes on until the position is closed, whatever the price does. What the venue's filters
// would not let be sold stays.
type StopLoss struct {
	Percent decimal.Decimal `toml:"percent" param:"min=0,max=1" doc:"how far below the entry price, as a share of it: 0.05 is 5 %; above 0 and below 1"`

	names   []string // of the strategies
	watched []watch  // by strategy
}

// watch is what the rule knows of one strategy.
type watch struct {
	fills  int // counts its fills, from 1
	places []place
}

// place is one instrument of a strategy.
type place struct {
	fills   int     // of the strategy, when level was computed
	level   float64 // in quote; 0 without a position
	short   bool    // the position
	closing bool
	retried market.Time // when the end of an order last let it sell more
}

// Init checks the settings and subscribes to bars and orders.
func (r *StopLoss) Init(s *risk.Setup) error {
	if !r.Percent.IsPositive() || r.Percent.GreaterThanOrEqual(decimal.New(1, 0)) {
		return fmt.Errorf("percent = %s must be a share of the entry price above 0 and below 1: 0.05 is 5 %%", r.Percent)
	}
	r.names = s.Scope()
	r.watched = make([]watch, len(r.names))
	for k := range r.watched {
		r.watched[k].fills = 1
	}
	s.Orders(r.update)
	s.Bars(risk.BarQuery{Lookback: 1}, r.bar)
	return nil
}

// Review lets every order pass. It says the last close, and the one at which the
// position is sold as it is now: from the last close where there is none yet.
func (r *StopLoss) Review(v *risk.View, o market.Order) (market.Order, error) {
	last, entry := v.LastPrice(o.Instrument), v.Entry(o.Instrument)
	if entry.IsZero() {
		entry = last
	}
	v.Measured(last, entry.Sub(entry.Mul(r.Percent)), v.Instrument(o.Instrument).Quote)
	return o, nil
}

func (r *StopLoss) watch(d *risk.Desk) *watch { return &r.watched[slices.Index(r.names, d.Strategy())] }

func (w *watch) place(i market.InstrumentID) *place {
	for int(i) >= len(w.places) {
		w.places = append(w.places, place{})
	}
	return &w.places[i]
}

// update notes a fill. Once an order that was in the way is cancelled, what it held is
// sold: at most once at a time, so that two who cancel each other's orders do not go
// in a circle.
func (r *StopLoss) update(d *risk.Desk, u market.OrderUpdate) {
	w, now := r.watch(d), d.Now()
	if u.Fill != nil {
		w.fills++
	}
	if u.State != market.Cancelled {
		return
	}
	for i := range w.places {
		if p := &w.places[i]; p.closing && p.retried != now {
			p.retried = now
			r.refresh(d, w, market.InstrumentID(i))
			p.close(d, market.InstrumentID(i))
		}
	}
}

// bar compares the close with the level.
func (r *StopLoss) bar(d *risk.Desk, s *risk.Series) {
	i := s.Instrument()
	p := r.refresh(d, r.watch(d), i)
	if p.level > 0 && p.reached(s.LastClose()) {
		p.closing = true
	}
	if p.closing {
		p.close(d, i)
	}
}

// refresh computes the level anew after fills, which alone change it.
func (r *StopLoss) refresh(d *risk.Desk, w *watch, i market.InstrumentID) *place {
	p := w.place(i)
	if p.fills != w.fills {
		was := p.short
		p.fills, p.short = w.fills, d.Position(i).IsNegative()
		p.level = r.level(d, i, p.short)
		p.closing = p.closing && p.level > 0 && p.short == was
	}
	return p
}

// level returns the close at which the position is closed, or 0 without one.
func (r *StopLoss) level(d *risk.Desk, i market.InstrumentID, short bool) float64 {
	entry := d.Entry(i)
	move := entry.Mul(r.Percent)
	if short {
		move = move.Neg()
	}
	return market.Float(entry.Sub(move))
}

// reached reports whether a close is as bad as the level.
func (p *place) reached(price float64) bool {
	if p.short {
		return price >= p.level
	}
	return price <= p.level
}

// close cancels what is in the way and closes what no order holds.
func (p *place) close(d *risk.Desk, i market.InstrumentID) {
	free, side := d.Position(i).Abs(), market.Sell
	if p.short {
		side = market.Buy
	}
	for _, o := range d.OpenOrders(i) {
		if o.Side == side {
			free = free.Sub(o.Quantity)
		}
		if o.Side != side || o.Type != market.Market { // a market order of that side closes already
			_ = d.Cancel(o.ID) // it works, so it can be cancelled
		}
	}
	q := closable(d.Instrument(i), free, d.LastPrice(i))
	if q.IsPositive() {
		_, _ = d.Submit(market.Order{Instrument: i, Side: side, Type: market.Market, Quantity: q, Reason: stopLoss}) // free, so it can be closed
	}
}

// closable returns how much of a quantity a venue's filters let one order close. On
// perpetuals orders that only reduce know no minimum notional.
func closable(in *market.Instrument, free, price decimal.Decimal) decimal.Decimal {
	q := market.Floor(free, in.Step)
	if in.MaxQuantity.IsPositive() {
		q = decimal.Min(q, in.MaxQuantity)
	}
	if q.LessThan(in.MinQuantity) || !in.Perpetual() && q.Mul(price).LessThan(in.MinNotional) {
		return decimal.Zero
	}
	return q
}
