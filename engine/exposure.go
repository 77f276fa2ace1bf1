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
	list    []desk.Stake
	gross   market.Sum      // of list
	decimal []desk.Exposure // list, once somebody asked for it
	stamp   uint64          // of the instant
	changes int             // Engine.changes then
}

// sides is what one instrument comes to.
type sides struct {
	long, short market.Sum // notional in quote
	held        market.Sum // base, negative where short
	exposed     bool       // there is more than dust
}

func newExposures(e *Engine, books []*book) exposures {
	return exposures{books: books, sums: make([]sides, len(e.cfg.Instruments))}
}

// Stakes returns what each exposed instrument comes to, of the strategy or of the whole
// account, until somebody asks again.
func (b *book) Stakes(account bool) (list []desk.Stake, gross market.Sum) {
	x := b.exposed(account)
	return x.list, x.gross
}

// Exposures returns Stakes in decimals.
func (b *book) Exposures(account bool) []desk.Exposure {
	x := b.exposed(account)
	if len(x.decimal) < len(x.list) {
		for _, s := range x.list {
			x.decimal = append(x.decimal, desk.Exposure{Instrument: s.Instrument, Long: s.Long.Decimal(), Short: s.Short.Decimal(), Held: s.Held.Decimal()})
		}
	}
	return x.decimal
}

// Exposure returns what one instrument comes to: the side of the order under review, or the
// larger of the two. Dust alone counts, too.
func (b *book) Exposure(i market.InstrumentID, account bool) decimal.Decimal {
	s := &b.exposed(account).sums[i]
	switch b.side {
	case market.Buy:
		return s.long.Decimal()
	case market.Sell:
		return s.short.Decimal()
	}
	return s.long.Max(s.short).Decimal()
}

// exposed returns the exposures of the strategy or of the whole account as they are now.
func (b *book) exposed(account bool) *exposures {
	x := &b.exposures
	if account && len(b.engine.books) > 1 {
		x = &b.engine.exposures
		x.books = b.engine.books
	}
	if e := b.engine; x.stamp != e.market.Stamp || x.changes != e.changes {
		x.stamp, x.changes = e.market.Stamp, e.changes
		x.renew()
	}
	return x
}

func (x *exposures) renew() {
	clear(x.sums)
	for _, b := range x.books {
		b.expose(x.sums)
	}
	x.list, x.decimal, x.gross = x.list[:0], x.decimal[:0], market.Sum{}
	for i := range x.sums {
		s := &x.sums[i]
		if !s.exposed {
			continue
		}
		larger := s.long
		if !s.short.IsZero() {
			larger = larger.Max(s.short)
		}
		x.gross = x.gross.Plus(larger)
		x.list = append(x.list, desk.Stake{Instrument: market.InstrumentID(i), Long: s.long, Short: s.short, Held: s.held, Gross: larger})
	}
}

// expose adds what the strategy holds, at the worst price of the collar, and its working
// orders that add to it.
func (b *book) expose(sums []sides) {
	for _, i := range b.held {
		p, s := &b.positions[i], &sums[i]
		worth := p.heldSum.Times(market.CollarSum(b.engine.market.LastSum(i)))
		s.exposed = s.exposed || !p.quantity.IsZero()
		switch {
		case worth.Sign() > 0 && s.long.IsZero() && s.held.IsZero(): // as nearly always
			s.held, s.long = p.heldSum, worth
		case worth.Sign() > 0:
			s.held, s.long = s.held.Plus(p.heldSum), s.long.Plus(worth)
		default:
			s.held, s.short = s.held.Plus(p.heldSum), s.short.Minus(worth)
		}
	}
	for _, o := range b.working {
		if !b.adds(o) || o == b.replacing {
			continue
		}
		s := &sums[o.Instrument]
		s.exposed = true
		switch {
		case !b.perpetual:
			s.long = s.long.Plus(market.SumOf(o.reserved))
		case o.Side == market.Buy:
			s.long = s.long.Plus(market.Product(o.opens, b.CountedPrice(&o.Order)))
		default:
			s.short = s.short.Plus(market.Product(o.opens, b.CountedPrice(&o.Order)))
		}
	}
}

// CountedAt returns the price at which an order was counted when the rules saw it.
func (b *book) CountedAt(id market.OrderID) decimal.Decimal {
	if o := b.find(id); o != nil {
		return o.counted
	}
	return decimal.Zero
}
