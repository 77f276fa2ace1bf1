package exit

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// The values of at.
const (
	atVenue = "venue" // rests at the venue, where it takes stops
	atClose = "close" // the rule looks at closes
)

// keeper is what all exit rules do: it follows the positions of each strategy that the
// rule watches, and closes what is due until it is closed.
type keeper struct {
	at     string
	levels func(v *risk.View, h *hold)      // sets the levels of a position after its fills; nil sets none
	moves  func(d *risk.Desk, h *hold) bool // after each bar: moves the levels, or says that it is due; nil does neither

	name    string   // of the rule
	names   []string // of the strategies
	watched []watch  // by strategy
}

// watch is what a keeper knows of one strategy.
type watch struct {
	fills int // counts its fills, from 1
	holds []hold
}

// start subscribes for a rule.
func (k *keeper) start(s *risk.Setup) {
	k.name, k.names = s.Name(), s.Scope()
	k.watched = make([]watch, len(k.names))
	for n := range k.watched {
		k.watched[n].fills = 1
	}
	s.Orders(k.update)
	s.Trades(k.traded)
	s.Bars(risk.BarQuery{Lookback: 1}, k.bar)
}

// checkAt reports a value of at that makes no sense. An empty one is the venue.
func checkAt(at string) error {
	if at != "" && at != atVenue && at != atClose {
		return fmt.Errorf("at = %q must be %q or %q", at, atVenue, atClose)
	}
	return nil
}

// checkShare reports a share that is not above 0 and below 1.
func checkShare(key string, x decimal.Decimal) error {
	if !x.IsPositive() || x.GreaterThanOrEqual(decimal.New(1, 0)) {
		return risk.OutOfBounds(key, x, "a share of a price above 0 and below 1: 0.05 is 5 %")
	}
	return nil
}

func (k *keeper) index(strategy string) int { return slices.Index(k.names, strategy) }

func (k *keeper) watch(strategy string) *watch { return &k.watched[k.index(strategy)] }

func (w *watch) hold(i market.InstrumentID) *hold {
	for int(i) >= len(w.holds) {
		w.holds = append(w.holds, hold{id: market.InstrumentID(len(w.holds))})
	}
	return &w.holds[i]
}

// update notes a fill. Once an order that was in the way is cancelled, what it held is
// closed: at most once at a time, so that two who cancel each other's orders do not go
// in a circle.
func (k *keeper) update(d *risk.Desk, u market.OrderUpdate) {
	w, now := k.watch(d.Strategy()), d.Now()
	if u.Fill != nil {
		w.fills++
		k.filled(d, w, &u)
	}
	if u.State != market.Cancelled {
		return
	}
	for i := range w.holds {
		if h := &w.holds[i]; h.closing && h.retried != now {
			h.retried = now
			if k.refresh(d, w, h); h.closing {
				k.close(d, h)
			}
		}
	}
}

// filled notes when a fill came that may have opened the position.
func (k *keeper) filled(d *risk.Desk, w *watch, u *market.OrderUpdate) {
	o, _, _ := d.Order(u.ID)
	h := w.hold(o.Instrument)
	if held := d.Position(o.Instrument); o.Side == market.Buy && held.IsPositive() || o.Side == market.Sell && held.IsNegative() {
		h.added = u.Fill.Time
	}
	k.refresh(d, w, h)
}

// traded notes that a position ended, although another one may have begun since.
func (k *keeper) traded(d *risk.Desk, t risk.Trade) {
	w := k.watch(d.Strategy())
	h := w.hold(t.Instrument)
	w.fills++
	h.over = true
	k.refresh(d, w, h)
}

// bar moves the levels of a position, and compares the close with them.
func (k *keeper) bar(d *risk.Desk, s *risk.Series) {
	w := k.watch(d.Strategy())
	h := w.hold(s.Instrument())
	if k.refresh(d, w, h); h.entry == 0 {
		return
	}
	h.grow(s)
	due := k.moves != nil && k.moves(d, h)
	if h.closing = h.closing || due || k.at == atClose && h.reached(s.LastClose()); h.closing {
		k.close(d, h)
		return
	}
	k.rest(d, h)
}

// rest has the engine keep orders at the venue where the levels lie now.
func (k *keeper) rest(d *risk.Desk, h *hold) {
	if k.at == atClose || h.closing {
		return
	}
	stop, target := h.onTick(h.stop, false), h.onTick(h.target, true)
	if h.resting == [2]int64{stop, target} {
		return
	}
	h.resting = [2]int64{stop, target}
	tick := d.Instrument(h.id).Tick
	d.Protect(h.id, risk.Protection{
		Stop: decimal.NewFromInt(stop).Mul(tick), Target: decimal.NewFromInt(target).Mul(tick), Reason: k.name,
	})
}

// refresh computes a position anew after fills, which alone change it.
func (k *keeper) refresh(d *risk.Desk, w *watch, h *hold) {
	if h.fills == w.fills {
		return
	}
	h.fills = w.fills
	entry, short := market.Float(d.Entry(h.id)), d.Position(h.id).IsNegative()
	if entry == 0 || h.over || short != h.short {
		h.position, h.over = position{short: short}, false
	}
	switch {
	case entry == 0:
		h.added = 0
		return
	case h.entry > 0:
	case h.added == 0: // it was there before the rule
		h.since, h.peak = d.Now(), entry
	default:
		h.since, h.peak = h.added, entry
	}
	h.value(entry, d.Instrument(h.id))
	if k.levels != nil {
		k.levels(&d.View, h)
		k.rest(d, h)
	}
}

// draft returns the position as it is now, or the one that an order at the last close
// would make.
func (k *keeper) draft(v *risk.View, o *market.Order) hold {
	h := *k.watch(v.Strategy()).hold(o.Instrument)
	if h.entry > 0 {
		return h
	}
	h.position = position{short: o.Side == market.Sell, since: v.Now(), peak: v.Price(o.Instrument)}
	if h.value(h.peak, v.Instrument(o.Instrument)); h.entry > 0 && k.levels != nil {
		k.levels(v, &h)
	}
	return h
}

// review lets every order pass. It says the last close, and the level at which the
// position is closed as things stand.
func (k *keeper) review(v *risk.View, o market.Order) (market.Order, error) {
	h := k.draft(v, &o)
	return h.measured(v, o)
}

// close cancels what is in the way and closes what no order holds.
func (k *keeper) close(d *risk.Desk, h *hold) {
	d.Protect(h.id, risk.Protection{}) // it would close what is closed now
	free, side := d.Position(h.id).Abs(), market.Sell
	if h.short {
		side = market.Buy
	}
	for _, o := range d.OpenOrders(h.id) {
		if o.Side == side {
			free = free.Sub(o.Quantity)
		}
		if o.Side != side || o.Type != market.Market { // a market order of that side closes already
			_ = d.Cancel(o.ID) // it works, so it can be cancelled
		}
	}
	q := closable(d.Instrument(h.id), free, d.LastPrice(h.id))
	if q.IsPositive() {
		_, _ = d.Submit(market.Order{Instrument: h.id, Side: side, Type: market.Market, Quantity: q, Reason: k.name}) // free, so it can be closed
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
