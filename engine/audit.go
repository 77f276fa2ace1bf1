package engine

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// audit is a second set of books, kept from the events alone: what each asset of the
// account must come to (semantics M3). It shares no sum with the ledgers that it checks.
type audit struct {
	engine *Engine
	venue  balancer // nil where the router has no balances
	assets []string
	want   []decimal.Decimal // by asset
	flows  int               // of the engine, so far
	sums   []market.Sum      // want, for comparisons that allocate nothing
}

// balancer is a router that knows what the account has, as the simulated venue does.
type balancer interface {
	Balance(asset string) decimal.Decimal
}

// connect keeps a router with balances. Those of perpetuals are what fills moved, as on
// spot: the position, and the cash that paid for it.
func (a *audit) connect(r Router) { a.venue, _ = r.(balancer) }

func newAudit(e *Engine) *audit {
	a := &audit{engine: e}
	for i := range e.cfg.Instruments {
		a.index(e.cfg.Instruments[i].Quote)
		a.index(e.cfg.Instruments[i].Base)
	}
	a.add(e.quote(), e.cfg.Cash)
	if d := &e.cfg.Discount; d.On() {
		a.add(d.Asset, d.Balance)
	}
	return a
}

// index returns the place of an asset, which it makes.
func (a *audit) index(asset string) int {
	for k, name := range a.assets {
		if name == asset {
			return k
		}
	}
	a.assets, a.want, a.sums = append(a.assets, asset), append(a.want, decimal.Zero), append(a.sums, market.Sum{})
	return len(a.assets) - 1
}

func (a *audit) add(asset string, amount decimal.Decimal) {
	k := a.index(asset)
	a.want[k] = a.want[k].Add(amount)
	a.sums[k] = market.SumOf(a.want[k])
}

// take books what an event moves, and compares.
func (a *audit) take(ev *market.Event) error {
	switch ev.Kind {
	case market.KindUpdate:
		if f := ev.Update.Fill; f != nil {
			a.fill(ev.Update, f)
		}
	case market.KindFunding:
		in, f := &a.engine.cfg.Instruments[ev.Instrument], ev.Funding
		mark := f.Mark
		if mark.IsZero() {
			mark = a.engine.market.LastPrice(ev.Instrument)
		}
		a.add(in.Quote, a.want[a.index(in.Base)].Mul(mark).Mul(f.Rate).Neg())
	case market.KindAccount:
		if n := len(a.engine.flows); n > a.flows { // not refused
			a.flows = n
			a.add(ev.Flow.Asset, ev.Flow.Amount)
		}
	case market.KindCommand:
		a.flows = len(a.engine.flows)
	}
	return a.compare(ev, false)
}

// fill books both sides of a fill, and its fee.
func (a *audit) fill(u *market.OrderUpdate, f *market.Fill) {
	in, base := a.moves(u, f)
	quote := f.Price.Mul(base).Neg()
	a.add(in.Base, base)
	a.add(in.Quote, quote)
	if !f.Fee.IsZero() && a.pays(in, f, base.IsPositive()) {
		a.add(f.FeeAsset, f.Fee.Neg())
	}
}

// pays reports whether the account pays a fee of what the books hold.
func (a *audit) pays(in *market.Instrument, f *market.Fill, buys bool) bool {
	d := &a.engine.discount
	return f.FeeAsset == in.Quote || f.FeeAsset == in.Base && buys && !in.Perpetual() || d.On() && d.pays(f, a.want[a.index(d.Asset)])
}

// moves returns the instrument of a fill, and what it adds to the position. A
// liquidation is no order's: it closes all there is.
func (a *audit) moves(u *market.OrderUpdate, f *market.Fill) (*market.Instrument, decimal.Decimal) {
	for i := range a.engine.cfg.Instruments {
		in := &a.engine.cfg.Instruments[i]
		switch {
		case in.Symbol != u.Symbol:
		case u.ID.Sequence == 0:
			return in, a.want[a.index(in.Base)].Neg()
		default:
			return in, signed(f.Quantity, a.engine.bookOf(u.ID.Strategy).find(u.ID).Side)
		}
	}
	return &a.engine.cfg.Instruments[0], decimal.Zero // of no instrument: the ledgers will not agree
}

// instant compares after the last event of an instant, with the venue too.
func (a *audit) instant(events []market.Event) error {
	if len(events) == 0 {
		return nil // a timer, or nothing: see the instant before
	}
	return a.compare(&events[len(events)-1], true)
}

// compare holds the ledgers, and the venue's balances at the end of an instant, against
// the books of the audit.
func (a *audit) compare(after *market.Event, venue bool) error {
	for k, asset := range a.assets {
		if has := a.engine.holds(asset); !has.Minus(a.sums[k]).IsZero() {
			return a.imbalance(asset, "the ledgers", has.Decimal(), a.want[k], a.name(after))
		}
		if !venue || a.venue == nil {
			continue
		}
		if has := a.venue.Balance(asset); !has.Equal(a.want[k]) {
			return a.imbalance(asset, "the venue's account", has, a.want[k], a.name(after))
		}
	}
	return nil
}

func (a *audit) imbalance(asset, who string, has, want decimal.Decimal, after string) error {
	return &market.Error{
		Class: market.Mismatch, Where: a.engine.market.Now.String(),
		Err:  fmt.Errorf("the books do not balance after %s: %s is %s in %s, and %s by the events", after, asset, has, who, want),
		Hint: "this is a fault of the program, not of the strategy: please report it with the configuration and the seed",
	}
}

// name says which event it was.
func (a *audit) name(ev *market.Event) string {
	switch {
	case ev.Update != nil && ev.Update.Fill != nil:
		f := ev.Update.Fill
		return fmt.Sprintf("a fill of order %s: %s at %s, fee %s %s", ev.Update.ID, f.Quantity, f.Price, f.Fee, f.FeeAsset)
	case ev.Update != nil:
		return fmt.Sprintf("update %s of order %s", ev.Update.State, ev.Update.ID)
	case ev.Flow != nil && ev.Kind == market.KindCommand:
		return fmt.Sprintf("a transfer of %s %s", ev.Flow.Amount, ev.Flow.Asset)
	case ev.Flow != nil:
		return fmt.Sprintf("a deposit of %s %s", ev.Flow.Amount, ev.Flow.Asset)
	case ev.Kind == market.KindBar:
		return fmt.Sprintf("a bar of %s", a.engine.cfg.Instruments[ev.Instrument].Symbol)
	}
	return "a " + ev.Kind.String()
}

// holds returns what the account has of an asset: the cash and the coins of all
// strategies, and what none of them has.
func (e *Engine) holds(asset string) market.Sum {
	total := market.Sum{}
	if asset == e.discount.Asset {
		total = market.SumOf(e.discount.held)
	}
	if asset == e.quote() {
		total = total.Plus(market.SumOf(e.unallocated))
		for _, b := range e.books {
			total = total.Plus(b.total)
		}
	}
	for i := range e.cfg.Instruments {
		if e.cfg.Instruments[i].Base != asset {
			continue
		}
		for _, b := range e.books {
			p := &b.positions[i]
			total = total.Plus(market.SumOf(p.quantity)).Plus(market.SumOf(p.dust))
		}
	}
	return total
}
