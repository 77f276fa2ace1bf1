package limit_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

// TestNoExposureIsExceeded puts random orders of two strategies on spot, and of one on
// perpetuals that goes long and short, through limits of exposure, and adds up what they
// come to at each fill by itself.
func TestNoExposureIsExceeded(t *testing.T) {
	fills, beyond, stopped := 0, 0, 0
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 3))
		perpetual := seed%2 == 1
		var series []*market.Columns
		for k := range uint64(instruments) {
			series = append(series, risktest.Walk(100*seed+k, market.Hour, bars))
		}
		h := risktest.History(series...)
		h.Instruments[1].Base = h.Instruments[0].Base
		strategies := []strategy.Strategy{randomly(r, perpetual)}
		if perpetual {
			perpetuals(h)
		} else {
			strategies = append(strategies, randomly(r, false))
		}
		one, asset, gross := dec("2500"), dec("3500"), dec("5000")
		trial := risktest.Trial{History: h, Strategies: strategies, Rules: []risk.Named{
			{Name: "gross", Rule: &limit.MaxExposure{Amount: gross, Scope: "account"}},
			{Name: "asset", Rule: &limit.MaxAsset{Amount: asset, Scope: "account"}},
			{Name: "one", Rule: &limit.MaxPosition{Amount: one, Scope: "account"}},
		}}
		if r.IntN(2) == 0 {
			trial.Sim = sim.DefaultOptions()
		}
		if r.IntN(3) == 0 {
			trial.Sim.Latency = market.Time(r.IntN(90)) * market.Time(market.Minute)
		}
		l, trace := follow(one, asset, gross), trial.Run(t)
		for k := range trace.Records {
			if err := l.take(&trace.Records[k]); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		fills, beyond, stopped = fills+l.fills, beyond+l.beyond, stopped+l.stopped
	}
	if fills < 200 || beyond == 0 || stopped < 100 {
		t.Errorf("the runs proved little: %d fills, %d beyond the collar, %d orders cut or refused", fills, beyond, stopped)
	}
}

// randomly makes a strategy of random orders; where it may, it sells short, too.
func randomly(r *rand.Rand, short bool) strategy.Strategy {
	var steps []risktest.Step
	for range 60 {
		i := market.InstrumentID(r.IntN(instruments))
		o := market.Order{Instrument: i, Side: market.Buy, Type: market.Market, Quantity: decimal.New(r.Int64N(2000)+1, -2)}
		if short && r.IntN(2) == 0 {
			o.Side = market.Sell
		}
		price := func(from, to int64) decimal.Decimal { return decimal.New(2*(from+r.Int64N(to-from)), 0) }
		switch n := r.IntN(10); {
		case n < 2 && o.Side == market.Buy:
			o.Quote, o.Quantity = o.Quantity.Mul(decimal.New(100, 0)), decimal.Zero
		case n < 5:
			o.Type, o.Price = market.Limit, price(85, 115)
		case n < 6:
			o.Type, o.Stop = market.Stop, price(85, 115)
		case n < 7:
			o.Type, o.Stop, o.Price = market.StopLimit, price(85, 115), price(85, 115)
		case n < 8:
			o = risktest.SellAll(i)
		}
		step := risktest.At(r.IntN(bars-1)+1, o)
		if r.IntN(12) == 0 {
			step = risktest.Step{Bar: step.Bar, Do: func(c *strategy.Context) { risktest.CancelAll(c, i) }}
		}
		steps = append(steps, step)
	}
	return risktest.Play(steps...)
}

// limits follow a run from its records alone.
type limits struct {
	last                   [instruments]decimal.Decimal // close
	held                   [instruments]decimal.Decimal // base, signed, of all strategies
	bounds                 []*bounded
	orders                 map[market.OrderID]counted
	fills, beyond, stopped int
}

// counted is an order, and the price at which a limit has to count it.
type counted struct {
	market.Order
	price decimal.Decimal
}

// bounded are instruments that one limit bounds together, and what it comes to.
type bounded struct {
	what   string
	limit  decimal.Decimal
	in     [instruments]bool
	single bool                         // it is one instrument
	sure   bool                         // it let an order through, and no fill went beyond a collar since
	base   [instruments]decimal.Decimal // what was held then, at the close then
	collar [instruments]decimal.Decimal // then
	spent  [instruments]decimal.Decimal // on what was added since
}

// follow makes the books of the limits: each instrument, the asset of the first two, all.
func follow(one, asset, gross decimal.Decimal) *limits {
	return &limits{orders: map[market.OrderID]counted{}, bounds: []*bounded{
		{what: "the first", limit: one, in: [instruments]bool{true}, single: true},
		{what: "the second", limit: one, in: [instruments]bool{false, true}, single: true},
		{what: "the third", limit: one, in: [instruments]bool{false, false, true}, single: true},
		{what: "the asset", limit: asset, in: [instruments]bool{true, true}},
		{what: "all", limit: gross, in: [instruments]bool{true, true, true}},
	}}
}

func (l *limits) take(r *market.Record) error {
	switch d := r.Decision; {
	case d != nil && d.Action == market.Submit:
		l.decided(d)
	case r.Event.Bars != nil:
		l.last[r.Event.Instrument] = market.Price(r.Event.Bar().Close, 2)
	case r.Event.Update != nil && r.Event.Update.Fill != nil:
		return l.filled(r.Event.Update)
	}
	return nil
}

func (l *limits) decided(d *market.Decision) {
	for _, c := range d.Checks {
		if c.Cut {
			l.stopped++
		}
	}
	if d.Refused != nil {
		l.stopped++
		return
	}
	o := counted{d.Order, collarOf(l.last[d.Order.Instrument])}
	if o.Triggered() {
		o.price = collarOf(o.Stop)
	}
	if o.Priced() && o.Side == market.Buy {
		o.price = o.Price
	} else if o.Priced() {
		o.price = decimal.Max(o.Price, o.price)
	}
	l.orders[o.ID] = o
	for _, b := range l.bounds {
		if b.in[o.Instrument] && len(d.Checks) == 3 && !onlyCloses(d) {
			b.begin(l, &o)
		}
	}
}

// onlyCloses reports whether a rule left of an order what closes a position alone.
func onlyCloses(d *market.Decision) bool {
	return strings.Contains(d.Checks[2].Measured+d.Checks[1].Measured+d.Checks[0].Measured, "order")
}

// begin notes what there is when a limit lets an order through. One against the position
// says nothing of the position's side, which may have grown with its price.
func (b *bounded) begin(l *limits, o *counted) {
	if held := l.held[o.Instrument]; held.IsPositive() && o.Side == market.Sell || held.IsNegative() && o.Side == market.Buy {
		b.sure = b.sure && b.single
		return
	}
	b.sure = true
	for i := range b.base {
		b.base[i], b.spent[i], b.collar[i] = l.held[i].Abs().Mul(l.last[i]), decimal.Zero, collarOf(l.last[i])
	}
}

func collarOf(price decimal.Decimal) decimal.Decimal { return price.Mul(dec("1.02")) }

func (l *limits) filled(u *market.OrderUpdate) error {
	o, f := l.orders[u.ID], u.Fill
	i, q, before := o.Instrument, f.Quantity, l.held[o.Instrument]
	if o.Side == market.Sell {
		q = q.Neg()
	} else if f.FeeAsset != "USDT" {
		q = q.Sub(f.Fee)
	}
	l.fills++
	l.held[i] = before.Add(q)
	gap := f.Price.GreaterThan(o.price)
	if gap {
		l.beyond++
	}
	for _, b := range l.bounds {
		if !b.in[i] {
			continue
		}
		b.sure = b.sure && !gap && (o.Type != market.Market || !f.Price.GreaterThan(b.collar[i]))
		b.fill(i, before, l.held[i], f.Price)
		if total := b.total(); b.sure && l.held[i].Abs().GreaterThan(before.Abs()) && total.GreaterThan(b.limit) {
			return fmt.Errorf("%s: after %s at %s %s is worth %s, more than %s", u.Time, u.ID, f.Price, b.what, total, b.limit)
		}
	}
	return nil
}

// fill takes what became of a position.
func (b *bounded) fill(i market.InstrumentID, before, after, price decimal.Decimal) {
	switch {
	case before.Mul(after).IsNegative(): // turned
		b.base[i], b.spent[i] = decimal.Zero, after.Abs().Mul(price)
	case after.IsZero():
		b.base[i], b.spent[i] = decimal.Zero, decimal.Zero
	case after.Abs().LessThan(before.Abs()): // less of all of it
		b.base[i] = market.Divide(b.base[i].Mul(after), before, 12)
		b.spent[i] = market.Divide(b.spent[i].Mul(after), before, 12)
	default:
		b.spent[i] = b.spent[i].Add(after.Sub(before).Abs().Mul(price))
	}
}

func (b *bounded) total() (total decimal.Decimal) {
	for i := range b.in {
		if b.in[i] {
			total = total.Add(b.base[i]).Add(b.spent[i])
		}
	}
	return total
}
