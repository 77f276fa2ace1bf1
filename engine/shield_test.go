package engine_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/strategy"
)

// trader is a strategy that enters and leaves in every way.
type trader struct{ r *rand.Rand }

func (s *trader) Init(setup *strategy.Setup) error {
	setup.Bars(strategy.BarQuery{}, s.bar)
	setup.Orders(func(c *strategy.Context, _ market.OrderUpdate) {
		if s.r.IntN(25) == 0 {
			s.sell(c)
		}
	})
	return nil
}

func (s *trader) part(of decimal.Decimal) decimal.Decimal {
	return of.Abs().Mul(decimal.New(s.r.Int64N(100)+1, -2)).Truncate(2)
}

func (s *trader) bar(c *strategy.Context, _ *strategy.Series) {
	open := c.OpenOrders(0)
	switch n := s.r.IntN(12); {
	case n < 3:
		side := market.Buy
		if in := c.Instrument(0); in.Perpetual() && s.r.IntN(2) == 0 {
			side = market.Sell
		}
		_, _ = c.Submit(market.Order{Side: side, Type: market.Market, Quantity: decimal.New(s.r.Int64N(300)+1, -2)})
	case n < 5:
		s.sell(c)
	case n == 5:
		_ = c.Target(0, float64(s.r.IntN(3))/2)
	case n < 8 && len(open) > 0:
		_ = c.Cancel(open[s.r.IntN(len(open))].ID)
	case n == 8 && len(open) > 0:
		o := open[s.r.IntN(len(open))]
		_, _ = c.Replace(o.ID, market.Order{Side: o.Side, Type: market.Limit, Quantity: s.part(o.Quantity), Price: decimal.NewFromFloat(c.Price(0) + 3)})
	}
}

// sell closes by the market or by orders that rest.
func (s *trader) sell(c *strategy.Context) {
	held := c.Position(0)
	o := market.Order{Side: market.Sell, Type: market.Market, Quantity: s.part(held), ReduceOnly: s.r.IntN(2) == 0}
	up := int64(1)
	if held.IsNegative() {
		o.Side, up = market.Buy, -1
	}
	if s.r.IntN(6) == 0 {
		o.Quantity = held.Abs()
	}
	price := decimal.NewFromFloat(c.Price(0))
	at := func(n int64) decimal.Decimal { return price.Add(decimal.New(up*n, 0)) }
	switch s.r.IntN(4) {
	case 0:
		o.Type, o.Price = market.Limit, at(1+s.r.Int64N(4))
	case 1:
		stop := o
		o.Type, o.Price, stop.Type, stop.Stop = market.Limit, at(3), market.Stop, at(-3)
		_, _ = c.SubmitLinked(market.OCO(stop, o))
		return
	}
	_, _ = c.Submit(o)
}

// keeper is a rule that has positions protected, at levels of its own choice.
type keeper struct {
	r    *rand.Rand
	asks int // how it asks: 0 a stop, 1 a target too, 2 both, and at times nothing
}

func (k *keeper) Init(s *risk.Setup) error {
	s.Bars(risk.BarQuery{}, k.bar)
	return nil
}

func (k *keeper) Review(_ *risk.View, o market.Order) (market.Order, error) { return o, nil }

func (k *keeper) bar(d *risk.Desk, _ *risk.Series) {
	held := d.Position(0)
	if held.IsZero() || k.r.IntN(3) > 0 {
		return
	}
	up := int64(1)
	if held.IsNegative() {
		up = -1
	}
	last := d.LastPrice(0)
	p := risk.Protection{Stop: last.Sub(decimal.New(up*(1+k.r.Int64N(8)), 0)), Reason: "kept"}
	if k.asks > 0 && k.r.IntN(3) > 0 {
		p.Target = last.Add(decimal.New(up*(1+k.r.Int64N(8)), 0))
	}
	if k.asks > 1 && k.r.IntN(8) == 0 {
		p = risk.Protection{}
	}
	d.Protect(0, p)
	switch k.r.IntN(30) {
	case 0:
		d.Halt(risk.Halt{Text: "now and then", Action: risk.Flatten, Until: d.Now() + 3*market.Time(market.Minute)})
	case 1:
		side := market.Sell
		if held.IsNegative() {
			side = market.Buy
		}
		_, _ = d.Submit(market.Order{Side: side, Type: market.Market, Reason: "a rule's own", Quantity: held.Abs()})
	}
}

// scribe keeps the decisions.
type scribe struct {
	lines   []string
	refused []market.Decision
	venue   *moody
}

func (s *scribe) Append(r market.Record) error {
	if d := r.Decision; d != nil {
		s.lines = append(s.lines, fmt.Sprintf("%s %s %s %s %s %s at %s/%s for %s, %v", d.Time, d.Action, d.Order.ID, d.Order.Side, d.Order.Type, d.Order.Quantity, d.Order.Price, d.Order.Stop, d.Order.Replaces, d.Refused))
		if d.Refused != nil {
			s.refused = append(s.refused, *d)
			s.blocked(d)
		}
	}
	return nil
}

func (s *scribe) Commit() error { return nil }

// blocked fails the test where an exit is refused of what no other exit closes.
func (s *scribe) blocked(d *market.Decision) {
	if s.venue == nil || d.Order.Replaces.Sequence > 0 {
		return
	}
	e, side := s.venue.engine, market.Sell
	held := e.Position("a", 0)
	if held.IsNegative() {
		side = market.Buy
	}
	if d.Order.Side != side || held.IsZero() {
		return
	}
	free, groups := held.Abs(), map[string]decimal.Decimal{}
	for _, o := range e.Working("a") {
		if o.Rests() || o.Side != side || o.State.Final() {
			continue
		}
		if rest := o.Quantity.Sub(o.Filled); o.Group == "" {
			free = free.Sub(rest)
		} else {
			groups[o.Group] = decimal.Max(groups[o.Group], rest)
		}
	}
	for _, q := range groups {
		free = free.Sub(q)
	}
	if left := d.Order.Quantity; left.IsPositive() && !left.GreaterThan(free) && d.Refused.Measured != "cancelled before it left" {
		s.venue.t.Errorf("%s: an exit of %s was refused while %s is held and %s free: %v", d.Time, left, held, free, d.Refused)
	}
}

// check holds what rests against the position, once nothing is under way.
func (m *moody) check() {
	if m.bars.Len() == 0 || len(m.requests) > 0 || len(m.news) > 0 || m.refused >= m.bars.Len()-1 {
		return
	}
	halted, closes := m.engine.Holdings().Halts, decimal.Zero
	stop, most := (*engine.Order)(nil), decimal.Zero
	groups := map[string]decimal.Decimal{}
	for _, o := range m.engine.Working("a") {
		if v := m.find(o.ID); v != nil && v.fires || o.Waits() {
			return // something is on its way out
		}
		rest := o.Quantity.Sub(o.Filled)
		switch {
		case o.Rests():
			if most = decimal.Max(most, rest); o.Protects() {
				stop = o
			}
		case o.Side == market.Sell && o.Group == "":
			closes = closes.Add(rest)
		case o.Side == market.Sell:
			groups[o.Group] = decimal.Max(groups[o.Group], rest)
		}
	}
	for _, q := range groups {
		closes = closes.Add(q)
	}
	ask, held := m.engine.Asked("a", 0), m.held.Abs()
	want := held
	if !m.in.Perpetual() {
		want = market.Floor(held.Sub(closes), m.in.Step)
	}
	switch {
	case len(halted) > 0:
	case most.GreaterThan(want):
		m.t.Errorf("bar %d: %s rests for %s", m.bars.Len(), most, want)
	case ask.IsZero() || want.IsZero() || m.met(&market.Order{Type: market.Stop, Stop: ask, Side: map[bool]market.Side{true: market.Sell, false: market.Buy}[m.held.IsPositive()]}):
	case stop == nil:
		m.t.Errorf("bar %d: no stop rests for %s at %s, though one at %s was asked for", m.bars.Len(), want, m.last(), ask)
	case !stop.Quantity.Sub(stop.Filled).Equal(want):
		m.t.Errorf("bar %d: a stop of %s rests for %s", m.bars.Len(), stop.Quantity.Sub(stop.Filled), want)
	default:
		m.protected++
	}
}

// refed hands out what a venue told, once more.
type refed struct {
	instants [][]market.Event
}

func (f *refed) Next(context.Context, market.Time) ([]market.Event, error) {
	if len(f.instants) == 0 {
		return nil, io.EOF
	}
	events := f.instants[0]
	f.instants = f.instants[1:]
	return events, nil
}
func (f *refed) Submit(market.Time, market.Order)   {}
func (f *refed) Cancel(market.Time, market.OrderID) {}
func (f *refed) Amend(market.Time, market.Order)    {}

func shielded(t *testing.T, seed uint64, in market.Instrument, j engine.Journal) *engine.Engine {
	e, err := engine.New(engine.Config{
		Cash: dec("1000"), TargetBand: engine.DefaultTargetBand(), Instruments: []market.Instrument{in}, Journal: j, Audit: true,
		Instances: []engine.Instance{{
			Name: "a", Strategy: &trader{rand.New(rand.NewPCG(seed, 1))}, Instruments: []market.InstrumentID{0}, Interval: market.Minute, Weight: dec("1"),
			Rules: []risk.Named{{Name: "k", Rule: &keeper{rand.New(rand.NewPCG(seed, 2)), int(seed % 3)}}, {Name: "l", Rule: &keeper{rand.New(rand.NewPCG(seed, 3)), 0}}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestProtectionProperties lets strategies and rules act at random at a venue that is as
// nasty as venues may be. An exit is never refused because of protection, nothing is asked
// for that the position does not have, a position without an exit under way has its stop,
// and all of it comes about again where the same events are fed once more.
func TestProtectionProperties(t *testing.T) {
	protected := 0
	for seed := range seeds(150) {
		in := market.Bare("BTCUSDT", "BTC", "USDT")
		if in.Step, in.Tick = dec("0.01"), dec("1"); seed%2 == 1 {
			in = perpetual("5")
			in.Step, in.Tick, in.MinNotional, in.MinQuantity = dec("0.01"), dec("1"), decimal.Zero, decimal.Zero
		}
		m := &moody{t: t, seed: seed, r: rand.New(rand.NewPCG(seed, 9)), in: in, bars: market.MakeColumns(market.Minute, 200), left: 200, price: 100, refused: -1}
		s := &scribe{venue: m}
		m.engine = shielded(t, seed, in, s)
		m.engine.Connect(m, m, []market.Interval{market.Minute})
		if err := m.engine.Run(context.Background()); err != nil {
			t.Fatal(seed, err)
		}
		again := &scribe{}
		e, f := shielded(t, seed, in, again), &refed{m.instants}
		e.Connect(f, f, []market.Interval{market.Minute})
		if err := e.Run(context.Background()); err != nil {
			t.Fatal(seed, err)
		}
		if diff := cmp.Diff(s.lines, again.lines); diff != "" {
			t.Errorf("decided (-) and decided again (+):\n%s", diff)
		}
		if protected += m.protected; t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%d times a whole position was protected", protected)
}
