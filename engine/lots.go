package engine

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Lot is the part of an entry that part of an exit closed.
type Lot struct {
	EntryTime  market.Time // of the entry's fill
	EntryPrice decimal.Decimal
	ExitTime   market.Time
	ExitPrice  decimal.Decimal
	Quantity   decimal.Decimal // in base
	PnL        decimal.Decimal // in quote: what the exit brought less what the entry cost, fees and funding in proportion
	Dust       bool            // left over by earlier trades: EntryPrice is what it had cost, EntryTime that of the trade
}

// Lots matches the entries of a closed trade with its exits, first in, first out. The
// ledger goes by average cost (semantics M3); this is how tax offices and traders who
// think in lots look at the same fills. Parts are rounded half-even to 12 decimals, and
// the last lot takes what is left, so that the profits add up to Profit to the last
// digit; it also bears the difference between what the trade's dust cost first in, first
// out, and what the ledger moved to dust.
func (t *Trade) Lots(in *market.Instrument) []Lot {
	if !t.Closed {
		return nil
	}
	enter, leave := market.Buy, market.Sell
	if t.Short {
		enter, leave = leave, enter
	}
	entries, exits := lotParts(t.Entries, enter, in), lotParts(t.Exits, leave, in)
	funding := lotPart{base: baseOf(exits), quote: t.Funding.Sub(t.Third.value())} // and fees in a third asset
	if q := joinedQuantity(funding.base.Sub(baseOf(entries)), in.Step); q.IsPositive() {
		dust := lotPart{time: t.EntryTime(), price: market.Divide(t.Joined, q, 12), base: q, quote: t.Joined, dust: true}
		entries = append([]lotPart{dust}, entries...)
	}
	var lots []Lot
	rest, at := t.Profit(in), 0
	for k := range exits {
		for x := &exits[k]; x.base.IsPositive() && at < len(entries); {
			e := &entries[at]
			l := Lot{EntryTime: e.time, EntryPrice: e.price, ExitTime: x.time, ExitPrice: x.price, Quantity: decimal.Min(e.base, x.base), Dust: e.dust}
			l.PnL = x.take(l.Quantity).Sub(e.take(l.Quantity))
			if t.Short {
				l.PnL = l.PnL.Neg()
			}
			l.PnL = l.PnL.Add(funding.take(l.Quantity))
			rest = rest.Sub(l.PnL)
			lots = append(lots, l)
			if e.base.IsZero() {
				at++
			}
		}
	}
	if n := len(lots); n > 0 {
		lots[n-1].PnL = lots[n-1].PnL.Add(rest)
	}
	return lots
}

// lotPart is what is left of a fill: base, and the quote that goes with it, the fee included.
type lotPart struct {
	time        market.Time
	price       decimal.Decimal
	base, quote decimal.Decimal
	dust        bool
}

// take removes a quantity, and returns its share of the quote.
func (p *lotPart) take(q decimal.Decimal) decimal.Decimal {
	quote := share(p.quote, q, p.base)
	p.base, p.quote = p.base.Sub(q), p.quote.Sub(quote)
	return quote
}

func lotParts(fills []*market.Fill, side market.Side, in *market.Instrument) []lotPart {
	parts := make([]lotPart, len(fills))
	for k, f := range fills {
		fl := flowOf(f, side, in)
		parts[k] = lotPart{time: f.Time, price: f.Price, base: fl.base, quote: fl.quote.Decimal()}
	}
	return parts
}

func baseOf(parts []lotPart) (sum decimal.Decimal) {
	for k := range parts {
		sum = sum.Add(parts[k].base)
	}
	return sum
}

// joinedQuantity returns how much dust joined a trade that closed more than it opened:
// whole steps did, and less than a step of the trade became dust again (semantics M4).
func joinedQuantity(missing, step decimal.Decimal) decimal.Decimal {
	if !missing.IsPositive() {
		return decimal.Zero
	}
	if q := market.Floor(missing, step); q.Equal(missing) {
		return q
	}
	return market.Floor(missing, step).Add(step)
}
