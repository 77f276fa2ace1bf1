package limit

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// notional is what the limits of a notional differ in. The instrument of is that of the
// order at hand.
type notional interface {
	// limit returns how much is allowed, in quote; false is that there is no limit.
	limit(v *risk.View, of market.InstrumentID) (decimal.Decimal, bool)
	// what says what is measured.
	what(v *risk.View, of market.InstrumentID) string
}

// meter measures for a limit of a notional: positions and working orders at the worst
// price of the collar before an order, positions alone after a fill.
type meter struct {
	notional
	rule    string
	account bool           // over all strategies, rather than one
	net     bool           // long less short, rather than both
	group   []int          // by instrument: those of one number count together; nil: all do
	noted   market.OrderID // the last order that a note was about
}

// grouped numbers the instruments of a run by a key, so that those of one key count
// together.
func grouped(s *risk.Setup, key func(*market.Instrument) string) []int {
	var group []int
	numbers := map[string]int{}
	for _, in := range s.Instruments() {
		k := key(&in)
		if _, ok := numbers[k]; !ok {
			numbers[k] = len(numbers)
		}
		group = append(group, numbers[k])
	}
	return group
}

func (m *meter) covers(of, i market.InstrumentID) bool {
	return m.group == nil || m.group[of] == m.group[i]
}

// review lets an order pass where the limit leaves room for it, or else cuts it to the
// room, or refuses it where nothing is left that the venue would take.
func (m *meter) review(v *risk.View, o market.Order) (market.Order, error) {
	if err := priced(v, m.rule, &o); err != nil {
		return o, err
	}
	limit, is := m.limit(v, o.Instrument)
	if !is {
		v.Measured(decimal.Zero, decimal.Zero, "in no group")
		return o, nil
	}
	held, adds, quote := m.exposure(v, &o), v.Notional(&o), v.Instrument(o.Instrument).Quote
	sum := held.Plus(market.SumOf(adds)).Decimal()
	v.Measured(sum, limit, quote)
	if !sum.GreaterThan(limit) {
		return o, nil
	}
	if cut, ok := fit(v, o, market.SumOf(limit).Minus(held).Decimal()); ok {
		return cut, nil
	}
	return o, &market.Refusal{
		Rule:     m.rule,
		Measured: fmt.Sprintf("%s of %s %s, and the order %s", m.what(v, o.Instrument), Shown(v, o.Instrument, held.Decimal()), quote, Shown(v, o.Instrument, adds)),
		Limit:    Shown(v, o.Instrument, limit).String() + " " + quote,
	}
}

// exposure returns what the limit finds before an order, in quote: of the order's
// instrument the order's side, of others the larger side, or net what is against it.
func (m *meter) exposure(v *risk.View, o *market.Order) market.Sum {
	own := market.SumOf(m.own(v, o.Instrument))
	list, gross := v.Stakes(m.account)
	all := !m.net && m.group == nil
	if all {
		own = own.Plus(gross)
	}
	for k := range list {
		switch x := &list[k]; {
		case all && x.Instrument == o.Instrument:
			return own.Minus(x.Gross)
		case all || x.Instrument == o.Instrument || !m.covers(o.Instrument, x.Instrument):
		case m.net:
			own = own.Plus(against(v, x, o.Side))
		default:
			own = own.Plus(x.Gross)
		}
	}
	return own
}

// against returns what an instrument adds to one side of the market: that side, or less
// than nothing where there is only a position on the other, which is worth so much at
// the lower end of the collar at least.
func against(v *risk.View, x *risk.Stake, side market.Side) market.Sum {
	adds := x.Long
	if side == market.Sell {
		adds = x.Short
	}
	if adds.IsZero() {
		return x.Held.Abs().Times(v.LastSum(x.Instrument)).Times(bottom).Neg()
	}
	return adds
}

// bottom is the lower end of the collar, as a share of the last close.
var bottom = market.SumOf(decimal.New(98, -2))

// own returns what there is of the order's instrument on the order's side.
func (m *meter) own(v *risk.View, i market.InstrumentID) decimal.Decimal {
	if m.account {
		return v.AccountExposure(i)
	}
	return v.Exposure(i)
}

// watch notes excesses after fills.
func (m *meter) watch(s *risk.Setup) { s.Fills(m.filled) }

// filled notes once that a fill beyond the price at which its order was counted brought
// the positions above the limit (semantics D2). What is above it leaves no room, so new
// risk is refused until it is within the limit again.
func (m *meter) filled(d *risk.Desk, u market.OrderUpdate) {
	f := u.Fill
	if !beyond(d, &u) || m.noted == u.ID {
		return
	}
	o, _, _ := d.Order(u.ID)
	limit, is := m.limit(&d.View, o.Instrument)
	held := m.standing(&d.View, o.Instrument, f.Price)
	if !is || !held.GreaterThan(limit) {
		return
	}
	m.noted = u.ID
	quote := d.Instrument(o.Instrument).Quote
	d.Note(fmt.Sprintf("%s: %s %s since %s filled at %s, beyond the collar; limit %s %s; nothing is added until it is within it again",
		m.what(&d.View, o.Instrument), Shown(&d.View, o.Instrument, held), quote, u.ID, f.Price, Shown(&d.View, o.Instrument, limit), quote))
}

// beyond reports whether a fill of an order that added risk cost more than limits had
// counted.
func beyond(d *risk.Desk, u *market.OrderUpdate) bool {
	counted := d.CountedAt(u.ID)
	return counted.IsPositive() && u.Fill.Price.GreaterThan(counted)
}

// standing returns what positions are worth at the last closes, and on one instrument at
// the price of a fill, in quote.
func (m *meter) standing(v *risk.View, of market.InstrumentID, price decimal.Decimal) decimal.Decimal {
	var total market.Sum
	list, _ := v.Stakes(m.account)
	for _, x := range list {
		if !m.covers(of, x.Instrument) {
			continue
		}
		q, at := x.Held, market.SumOf(price)
		if x.Instrument != of {
			at = v.LastSum(x.Instrument)
		}
		if !m.net {
			q = q.Abs()
		}
		total = total.Plus(q.Times(at))
	}
	return total.Abs().Decimal()
}
