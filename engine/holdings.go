package engine

import (
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Holdings are what the account has by the engine's books, for who compares them with what
// a venue says.
type Holdings struct {
	// Assets are what there is of each asset, sorted: cash and coins of all strategies and
	// of none. Of an account of perpetuals the quote is what a venue calls the wallet, less
	// what the positions cost: that does not depend on the order of the fills.
	Assets    []Amount
	Positions []Amount         // of perpetuals, by symbol, negative where short; flat ones are left out
	Working   []Working        // orders, by strategy and in order of decision
	Decided   []market.OrderID // the last order of each strategy
	Surplus   []Amount         // what was adopted last of each asset, sorted; see market.Adopt
	Cash      decimal.Decimal  // in quote: what could be withdrawn
	Adopted   bool             // something was: without it nothing is known of a surplus
	Halts     []Halt           // that stand
}

// Working is an order that has not ended.
type Working struct {
	market.Order
	Filled decimal.Decimal // in base
	State  market.State
	Idle   bool // it is an exit that the engine has not sent
	Amends bool // a change of it has no outcome yet
}

// Holdings returns what the account has by the books.
func (e *Engine) Holdings() Holdings {
	h := Holdings{Surplus: slices.Clone(e.surplus), Adopted: e.surplus != nil, Cash: e.cash(), Halts: slices.Clone(e.halts)}
	for _, asset := range e.assets() {
		total := e.holds(asset)
		h.Assets = append(h.Assets, Amount{asset, total.Decimal()})
	}
	for i := range e.cfg.Instruments {
		if in := &e.cfg.Instruments[i]; in.Perpetual() {
			h.position(in.Symbol, e.net(market.InstrumentID(i)))
		}
	}
	for _, b := range e.books {
		for _, o := range b.working {
			h.Working = append(h.Working, Working{o.Order, o.Filled, o.State, o.idle() || o.waits, len(o.pending) > 0})
		}
		h.Decided = append(h.Decided, market.OrderID{Strategy: b.in.Name, Sequence: uint32(len(b.orders))})
	}
	return h
}

func (h *Holdings) position(symbol string, q decimal.Decimal) {
	if !q.IsZero() {
		h.Positions = append(h.Positions, Amount{symbol, q})
	}
}

// assets lists what a venue keeps a balance of, sorted.
func (e *Engine) assets() (list []string) {
	for i := range e.cfg.Instruments {
		in := &e.cfg.Instruments[i]
		if list = append(list, in.Quote); !in.Perpetual() {
			list = append(list, in.Base)
		}
	}
	if e.discount.On() {
		list = append(list, e.discount.Asset)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// net returns what all strategies hold of an instrument.
func (e *Engine) net(i market.InstrumentID) (total decimal.Decimal) {
	for _, b := range e.books {
		total = total.Add(b.positions[i].total())
	}
	return total
}

// Position returns what a strategy's open trade holds of an instrument, dust left out.
func (e *Engine) Position(strategy string, i market.InstrumentID) decimal.Decimal {
	if b := e.bookOf(strategy); b != nil && i >= 0 && int(i) < len(b.positions) {
		return b.positions[i].quantity
	}
	return decimal.Zero
}

// adopt notes what the account has beyond the books.
func (e *Engine) adopt(f *market.Flow) {
	if f == nil {
		return
	}
	k, found := slices.BinarySearchFunc(e.surplus, f.Asset, func(a Amount, asset string) int { return strings.Compare(a.Asset, asset) })
	if !found {
		e.surplus = slices.Insert(e.surplus, k, Amount{Asset: f.Asset})
	}
	e.surplus[k].Quantity = f.Amount
}
