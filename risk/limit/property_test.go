package limit_test

import (
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

const bars, instruments = 60, 3

// TestNoLimitIsExceeded puts random orders through the three limits together and
// checks every decision and every fill against a ledger of its own.
func TestNoLimitIsExceeded(t *testing.T) {
	var seen tally
	check := func(rt *rapid.T) {
		b := bounds{
			position: hundredths(rt, "max_position", 5, 60),
			order:    hundredths(rt, "max_order", 5, 40),
			open:     rapid.IntRange(1, instruments).Draw(rt, "max_open"),
		}
		var series []*market.Columns
		seed := rapid.Uint64().Draw(rt, "market")
		for k := range uint64(instruments) {
			series = append(series, risktest.Walk(seed+k, market.Hour, bars))
		}
		trial := risktest.Trial{
			History:    risktest.History(series...),
			Strategies: []strategy.Strategy{risktest.Play(rapid.SliceOfN(rapid.Custom(step), 0, 60).Draw(rt, "steps")...)},
			Rules: []risk.Named{
				{Name: "max_order", Rule: &limit.MaxOrder{Percent: b.order, Cut: true}},
				{Name: "max_position", Rule: &limit.MaxPosition{Percent: b.position}},
				{Name: "max_open", Rule: &limit.MaxOpen{Count: b.open}},
			},
		}
		if rapid.Bool().Draw(rt, "capped") {
			trial.Sim = sim.DefaultOptions()
		}
		trace := trial.Run(t)
		newLedger(b, &seen).check(rt, trace)
	}
	for range 20 { // what is rare may not happen in a hundred random runs
		if rapid.Check(t, check); seen.beyond > 0 {
			break
		}
	}
	if seen.fills == 0 || seen.cuts == 0 || seen.refused == 0 || seen.beyond == 0 {
		t.Errorf("the runs proved little: %+v", seen)
	}
}

// bounds are the settings of the three rules.
type bounds struct {
	position, order decimal.Decimal
	open            int
}

// tally counts what happened in all runs.
type tally struct{ fills, cuts, refused, beyond int }

func hundredths(rt *rapid.T, name string, lo, hi int64) decimal.Decimal {
	return decimal.New(rapid.Int64Range(lo, hi).Draw(rt, name), -2)
}

// step is a buy, or the sale or cancellation of everything, at some bar.
func step(rt *rapid.T) risktest.Step {
	i := market.InstrumentID(rapid.IntRange(0, instruments-1).Draw(rt, "instrument"))
	s := risktest.Step{Bar: rapid.IntRange(1, bars-1).Draw(rt, "bar")}
	o := market.Order{Instrument: i, Side: market.Buy, Type: market.Market, Quantity: hundredths(rt, "quantity", 1, 5000)}
	at := func(name string, lo, hi int64) decimal.Decimal {
		return decimal.New(200, 0).Mul(hundredths(rt, name, lo, hi))
	}
	switch rapid.IntRange(0, 9).Draw(rt, "kind") {
	case 0, 1, 2:
		o.Quote, o.Quantity = o.Quantity.Mul(decimal.New(100, 0)), decimal.Zero
	case 3, 4:
		o.Type, o.Price = market.Limit, at("price", 80, 120)
	case 5:
		o.Type, o.Stop = market.Stop, at("stop", 95, 130)
	case 6:
		o.Type, o.Stop, o.Price = market.StopLimit, at("stop", 95, 130), at("price", 90, 140)
	case 7:
		o = risktest.SellAll(i)
	case 8:
		s.Do = func(c *strategy.Context) { risktest.CancelAll(c, i) }
	}
	s.Order = o
	return s
}

// ledger follows a run from its records alone.
type ledger struct {
	bounds
	seen   *tally
	cash   decimal.Decimal
	places [instruments]place
	orders map[market.OrderID]market.Order
}

// place is one instrument: what is held, what works, and what the last accepted buy
// found and allows.
type place struct {
	last, held decimal.Decimal
	working    int
	limit      decimal.Decimal // of the last accepted buy; 0 while nothing is to be checked
	before     decimal.Decimal // held then
	spent      decimal.Decimal // since then
	collar     decimal.Decimal // then
}

func newLedger(b bounds, seen *tally) *ledger {
	return &ledger{bounds: b, seen: seen, cash: decimal.New(10_000, 0), orders: map[market.OrderID]market.Order{}}
}

func (l *ledger) check(rt *rapid.T, trace *risktest.Trace) {
	for k := range trace.Records {
		r := &trace.Records[k]
		switch {
		case r.Decision != nil:
			l.decision(rt, r.Decision)
		case r.Event.Update != nil:
			l.update(rt, r.Event.Update)
		case r.Event.Bars != nil:
			l.places[r.Event.Instrument].last = market.Price(r.Event.Bar().Close, 2)
		}
	}
}

func (l *ledger) equity() decimal.Decimal {
	total := l.cash
	for i := range l.places {
		total = total.Add(l.places[i].held.Mul(l.places[i].last))
	}
	return total
}

func (l *ledger) decision(rt *rapid.T, d *market.Decision) {
	for _, c := range d.Checks {
		if c.Cut {
			l.seen.cuts++
		}
	}
	switch {
	case d.Action != market.Submit:
		return
	case d.Refused != nil:
		l.seen.refused++
		return
	}
	o := d.Order
	l.orders[o.ID] = o
	if o.Side != market.Buy {
		return
	}
	p, equity := &l.places[o.Instrument], l.equity()
	p.working++
	p.limit, p.before, p.spent = l.position.Mul(equity), p.held, decimal.Zero
	p.collar = p.last.Mul(decimal.RequireFromString("1.02"))
	price := p.collar
	switch {
	case o.Priced():
		price = o.Price
	case o.Triggered():
		price = o.Stop.Mul(decimal.RequireFromString("1.02"))
	}
	if cost := decimal.Max(o.Quote, o.Quantity.Mul(price)); cost.GreaterThan(l.order.Mul(equity)) {
		rt.Fatalf("%s: order %s costs %s, more than %s", d.Time, o.ID, cost, l.order.Mul(equity))
	}
	l.checkOpen(rt, o.ID)
}

func (l *ledger) update(rt *rapid.T, u *market.OrderUpdate) {
	o := l.orders[u.ID]
	p := &l.places[o.Instrument]
	if u.State.Final() && o.Side == market.Buy {
		p.working--
	}
	f := u.Fill
	if f == nil {
		return
	}
	l.seen.fills++
	cost := f.Price.Mul(f.Quantity)
	if o.Side == market.Sell {
		l.cash, p.held = l.cash.Add(cost).Sub(f.Fee), p.held.Sub(f.Quantity)
		return
	}
	l.cash, p.held, p.spent = l.cash.Sub(cost), p.held.Add(f.Quantity).Sub(f.Fee), p.spent.Add(cost)
	if f.Price.GreaterThan(p.collar) {
		l.seen.beyond++
		p.limit = decimal.Zero
	}
	if total := p.before.Mul(f.Price).Add(p.spent); p.limit.IsPositive() && total.GreaterThan(p.limit) {
		rt.Fatalf("%s: after %s at %s the position is worth %s, more than %s", u.Time, u.ID, f.Price, total, p.limit)
	}
	l.checkOpen(rt, o.ID)
}

// checkOpen counts the instruments with a working buy or more than dust.
func (l *ledger) checkOpen(rt *rapid.T, id market.OrderID) {
	n := 0
	for i := range l.places {
		if p := &l.places[i]; p.working > 0 || p.held.GreaterThan(decimal.New(2, -4)) {
			n++
		}
	}
	if n > l.open {
		rt.Fatalf("with order %s %d instruments are open, more than %d", id, n, l.open)
	}
}
