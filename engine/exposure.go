package engine

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/market"
)

// exposures keeps what was found when somebody asked last: the rules of a chain ask for one
// order, one after another, and nothing changes between them.
type exposures struct {
	books   []*book // whose they are
	sums    []sides // by instrument
	list    []desk.Exposure
	stamp   uint64 // of the instant
	changes int    // Engine.changes then
}

// sides is what one instrument comes to.
type sides struct {
	long, short market.Sum      // notional in quote
	held        decimal.Decimal // base, negative where short
	exposed     bool            // there is more than dust
}

func newExposures(e *Engine, books []*book) exposures {
	return exposures{books: books, sums: make([]sides, len(e.cfg.Instruments))}
}

// Exposures returns what each exposed instrument comes to, of the strategy or of the whole
// account, until somebody asks again.
func (b *book) Exposures(account bool) []desk.Exposure { return b.renewed(account).list }

// Exposure returns what one instrument comes to: the side of the order under review, or the
// larger of the two. Dust alone counts, too.
func (b *book) Exposure(i market.InstrumentID, account bool) decimal.Decimal {
	s := &b.renewed(account).sums[i]
	long, short := s.long.Decimal(), s.short.Decimal()
	switch b.side {
	case market.Buy:
		return long
	case market.Sell:
		return short
	}
	return decimal.Max(long, short)
}

// renewed returns the exposures of the strategy or of the whole account as they are now.
func (b *book) renewed(account bool) *exposures {
	x := &b.exposures
	if account {
		x = &b.engine.exposures
		x.books = b.engine.books
	}
	x.renew(b.engine)
	return x
}

// renew finds anew what may have changed.
func (x *exposures) renew(e *Engine) {
	if x.stamp == e.market.Stamp && x.changes == e.changes {
		return
	}
	x.stamp, x.changes = e.market.Stamp, e.changes
	clear(x.sums)
	for _, b := range x.books {
		b.expose(x.sums)
	}
	x.list = x.list[:0]
	for i := range x.sums {
		if s := &x.sums[i]; s.exposed {
			x.list = append(x.list, desk.Exposure{Instrument: market.InstrumentID(i), Long: s.long.Decimal(), Short: s.short.Decimal(), Held: s.held})
		}
	}
}

// expose adds what the strategy holds, at the worst price of the collar, and its working
// orders that add to it.
func (b *book) expose(sums []sides) {
	for _, i := range b.held {
		p, s := &b.positions[i], &sums[i]
		q := p.total()
		s.held, s.exposed = market.Plus(s.held, q), s.exposed || !p.quantity.IsZero()
		s.add(closer(q.Neg()), market.Product(q.Abs(), market.CollarPrice(b.engine.market.LastPrice(i))))
	}
	for _, o := range b.working {
		if !b.adds(o) || o == b.replacing {
			continue
		}
		s := &sums[o.Instrument]
		s.exposed = true
		if b.perpetual {
			s.add(o.Side, market.Product(o.opens, b.worstPrice(&o.Order)))
		} else {
			s.add(o.Side, market.SumOf(o.reserved))
		}
	}
}

func (s *sides) add(side market.Side, notional market.Sum) {
	if side == market.Buy {
		s.long = s.long.Plus(notional)
	} else {
		s.short = s.short.Plus(notional)
	}
}

// CountedAt returns the price at which an order was counted when the rules saw it.
func (b *book) CountedAt(id market.OrderID) decimal.Decimal {
	if o := b.find(id); o != nil {
		return o.counted
	}
	return decimal.Zero
}
