package engine

import (
	"math"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Trade is a position of one strategy from flat to flat (semantics M4).
type Trade struct {
	Strategy   string
	Instrument market.InstrumentID
	Entries    []*market.Fill
	Exits      []*market.Fill
	Orders     []*Order        // that filled in it, in the order of their first fill; the first one opened it
	Funding    decimal.Decimal // received from the other side of a perpetual, less what was paid, in quote
	Joined     decimal.Decimal // cost of earlier dust that joined it, in quote
	ToDust     decimal.Decimal // cost of what was left below one step, in quote
	Reason     string          // of the order that closed it
	Third      *ThirdFees      // nil where no third asset paid a fee
	Short      bool            // it sold first
	Closed     bool

	room     [2]*market.Fill // for the usual entry and exit
	orders   [2]*Order       // and their orders
	columns  *market.Columns // of the execution series; nil where seen knows all
	firstRow int             // the bar of the first fill
	lastRow  int             // the bar of the last fill
	seen     *seen           // what it saw in columns that the series has left; nil: none
}

// seen is what a trade saw in the rows before one.
type seen struct {
	low, high float64
	before    int
}

// EntryTime returns the time of the first fill.
func (t *Trade) EntryTime() market.Time { return t.Entries[0].Time }

// ExitTime returns the time of the last fill of a closed trade.
func (t *Trade) ExitTime() market.Time { return t.Exits[len(t.Exits)-1].Time }

// Bars returns how many execution bars lie between the first and the last fill.
func (t *Trade) Bars() int { return t.lastRow - t.firstRow }

// Average returns the quantity-weighted price of fills, half-even to 12 decimals,
// and their quantity.
func Average(fills []*market.Fill) (price, quantity decimal.Decimal) {
	notional := decimal.Zero
	for _, f := range fills {
		notional = notional.Add(f.Price.Mul(f.Quantity))
		quantity = quantity.Add(f.Quantity)
	}
	if quantity.IsZero() {
		return decimal.Zero, quantity
	}
	return market.Divide(notional, quantity, 12), quantity
}

// Profit returns what a closed trade earned in quote: received − paid + the cost of
// what moved to dust, fees and funding included. Of an open one it is what has come in
// so far, less what has gone out.
func (t *Trade) Profit(in *market.Instrument) decimal.Decimal {
	bought, sold := t.Entries, t.Exits
	if t.Short {
		bought, sold = sold, bought
	}
	total := t.ToDust.Sub(t.Joined).Add(t.Funding).Sub(t.Third.value())
	for _, f := range bought {
		total = total.Sub(flowOf(f, market.Buy, in).quote.Decimal())
	}
	for _, f := range sold {
		total = total.Add(flowOf(f, market.Sell, in).quote.Decimal())
	}
	return total
}

// Side returns "long" or "short".
func (t *Trade) Side() string {
	if t.Short {
		return "short"
	}
	return "long"
}

// pay adds a fee that a third asset paid.
func (t *Trade) pay(fee third) {
	if fee.Quantity.IsZero() {
		return
	}
	if t.Third == nil {
		t.Third = &ThirdFees{Amount: Amount{Asset: fee.Asset}}
	}
	t.Third.Quantity, t.Third.Quote = t.Third.Quantity.Add(fee.Quantity), t.Third.Quote.Add(fee.value)
}

// ThirdFees are the fees of a trade that a third asset paid.
type ThirdFees struct {
	Amount
	Quote decimal.Decimal // their value, each at the last close at its fill
}

func (f *ThirdFees) value() decimal.Decimal {
	if f == nil {
		return decimal.Zero
	}
	return f.Quote
}

// Fees returns the fees in base and in quote, and the sum of all in quote, each fee
// valued at the price of its own fill, those of a third asset as its Third says.
func (t *Trade) Fees(in *market.Instrument) (base, quote, inQuote decimal.Decimal) {
	inQuote = t.Third.value()
	for k, fills := range [2][]*market.Fill{t.Entries, t.Exits} {
		for _, f := range fills {
			switch side := [2]market.Side{market.Buy, market.Sell}[k]; {
			case paysThird(f, side, in):
			case f.FeeAsset == in.Base:
				base = base.Add(f.Fee)
				inQuote = inQuote.Add(f.Fee.Mul(f.Price))
			default:
				quote = quote.Add(f.Fee)
				inQuote = inQuote.Add(f.Fee)
			}
		}
	}
	return base, quote, inQuote
}

// Excursions returns the worst and the best price that a trade saw while it was open, as
// fractions of its entry price: at most and at least 0. The bar of an exit at its open
// counts with that open only.
func (t *Trade) Excursions() (mae, mfe float64) {
	entry := market.Float(first(Average(t.Entries)))
	low, high := t.extremes(entry)
	if t.Closed {
		for _, f := range t.Exits {
			low, high = min(low, market.Float(f.Price)), max(high, market.Float(f.Price))
		}
	}
	if t.Short {
		return (entry - high) / entry, (entry - low) / entry
	}
	return (low - entry) / entry, (high - entry) / entry
}

// extremes returns the lowest and the highest price from the entry price on that the bars
// of the trade had.
func (t *Trade) extremes(entry float64) (low, high float64) {
	low, high = entry, entry
	from := t.firstRow
	if t.seen != nil {
		low, high, from = min(low, t.seen.low), max(high, t.seen.high), max(from, t.seen.before)
	}
	if t.columns == nil {
		return low, high
	}
	for row := from; row <= t.ends(t.columns, t.columns.Len()); row++ {
		low, high = min(low, t.columns.Low[row]), max(high, t.columns.High[row])
	}
	return low, high
}

// ends returns the last row of the trade among the first n of columns, without that of an
// exit at the open.
func (t *Trade) ends(c *market.Columns, n int) int {
	last := n - 1
	if !t.Closed && t.columns == nil { // its last row is not known yet
		return last
	}
	last = min(last, t.lastRow)
	if t.Closed && last >= 0 && c.OpenTime[last] == t.ExitTime() {
		last--
	}
	return last
}

// leave takes note of the first n rows of columns, before the series leaves them; its rows
// are counted down by shift from then on.
func (t *Trade) leave(c *market.Columns, n, shift int) {
	t.columns = nil
	if t.seen == nil {
		t.seen = &seen{low: math.Inf(1), high: math.Inf(-1), before: t.firstRow}
	}
	if t.Closed && t.seen.before > t.lastRow {
		return // all is seen
	}
	last := t.ends(c, n)
	for row := t.seen.before; row <= last; row++ {
		t.seen.low, t.seen.high = min(t.seen.low, c.Low[row]), max(t.seen.high, c.High[row])
	}
	t.seen.before, t.firstRow, t.lastRow = max(n, t.firstRow)-shift, t.firstRow-shift, t.lastRow-shift
}

func first(a, _ decimal.Decimal) decimal.Decimal { return a }
