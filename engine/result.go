package engine

import (
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Result is what a run left.
type Result struct {
	Instruments []market.Instrument
	Execution   []market.Interval // by instrument
	Bars        int               // execution bars
	Start       decimal.Decimal   // equity of the account, in quote
	Final       decimal.Decimal   // cash + positions and dust at the last close
	Orders      []*Order          // in order of decision
	Trades      []*Trade          // closed, in order of exit
	Open        []Holding
	Dust        []Amount        // by asset
	DustGain    decimal.Decimal // worth of the dust at the last close less what it cost, in quote
	FeeBalance  Amount          // what is left of the asset that pays fees, if there is one
	FeeGain     decimal.Decimal // worth of FeeBalance and of the fees that it paid, less its worth at the start, in quote
	Flows       []Flowed        // deposits, withdrawals and transfers that were made, in order
	NotMoved    []FlowRefused   // flows that were refused, in order
	Moved       decimal.Decimal // deposits less withdrawals, in quote
	Refusals    []Count         // by rule
	Cuts        []Count         // by rule: of orders that it made smaller
	Skipped     int             // changes of targets that were too small
	Locked      int             // changes of targets that working exits left nothing for
	Unfunded    int             // increases of targets that there was no free cash or margin for
	Observed    int             // signal rows that decisions read, by how Known was known
	Assumed     int
	Notices     []Notice
	Halts       []Halt // that stand
	Faults      []Fault
	Silent      []string // instruments that stopped trading 3 days before the others
	Curve       *Curve

	spans [][2]float64 // first open and last close of each execution series
}

// Profit returns what the run earned, in quote: the change of equity without the money
// that moved in or out. It is, to the last digit, the profit of the closed trades, the
// realised and unrealised profit of the open ones, DustGain and FeeGain.
func (r *Result) Profit() decimal.Decimal { return r.Final.Sub(r.Start).Sub(r.Moved) }

// Holding is an open position at the end.
type Holding struct {
	Trade      *Trade
	Quantity   decimal.Decimal // negative where it is short, and Cost with it
	Cost       decimal.Decimal
	Price      decimal.Decimal // last close
	Realised   decimal.Decimal // in quote: received less released cost, with funding and the fees that are in no cost
	Unsellable bool            // under one step, or under the minimum notional
}

// Unrealised returns what the position is worth at the last close more than it cost, in
// quote.
func (h *Holding) Unrealised() decimal.Decimal { return h.Price.Mul(h.Quantity).Sub(h.Cost) }

// Amount is some quantity of an asset.
type Amount struct {
	Asset    string
	Quantity decimal.Decimal
}

// Fault is a strategy that stopped with an error.
type Fault struct {
	Strategy string
	Err      error
}

// sorted returns a copy of counts, by rule.
func sorted(list []Count) []Count {
	return slices.SortedFunc(slices.Values(list), func(a, b Count) int { return strings.Compare(a.Rule, b.Rule) })
}

// Result returns what the run left so far.
func (e *Engine) Result() *Result {
	r := &Result{
		Instruments: e.listed, Execution: e.exec, Bars: e.bars, Start: e.cfg.Cash.Add(e.discount.start), Final: e.Equity(), Orders: e.orders,
		Trades: e.trades, Refusals: sorted(e.refusals), Cuts: sorted(e.cuts), Skipped: e.skipped, Notices: e.notices, Curve: e.curve.finished(),
		NotMoved: e.flowsRefused, Locked: e.locked, Unfunded: e.unfunded, Flows: e.flows, Moved: e.moved, FeeBalance: Amount{e.discount.Asset, e.discount.held},
	}
	r.Halts = slices.Clone(e.halts)
	for i := range r.Halts {
		r.Halts[i].Owner = nil // a pointer, other in every run
	}
	r.Observed, r.Assumed = e.used.observed, e.used.assumed
	for i, open := range e.opens {
		r.spans = append(r.spans, [2]float64{open, e.market.Price[i]})
	}
	for _, t := range e.trades {
		t.columns = e.market.Execution[t.Instrument].Columns
	}
	for _, b := range e.books {
		if b.fault != nil {
			r.Faults = append(r.Faults, Fault{b.in.Name, b.fault})
		}
		e.holdings(r, b)
	}
	r.Silent = e.silent()
	r.FeeGain = e.feeGain(r)
	return r
}

func (e *Engine) holdings(r *Result, b *book) {
	for i := range b.positions {
		p, id := &b.positions[i], market.InstrumentID(i)
		if p.dust.IsPositive() {
			r.addDust(e.cfg.Instruments[i].Base, p.dust)
			r.DustGain = r.DustGain.Add(p.dust.Mul(e.market.LastPrice(id))).Sub(p.dustCost)
		}
		if p.trade == nil {
			continue
		}
		tape := e.market.Execution[i]
		p.trade.columns, p.trade.lastRow = tape.Columns, tape.N-1
		price := e.market.LastPrice(id)
		in := &e.cfg.Instruments[i]
		sellable := market.Floor(p.quantity.Abs(), in.Step)
		under := !in.Perpetual() && sellable.Mul(price).LessThan(in.MinNotional) // reduce-only orders on perpetuals know no minimum
		cost := p.cost.Decimal()
		r.Open = append(r.Open, Holding{p.trade, p.quantity, cost, price, p.trade.Profit(in).Add(cost), sellable.IsZero() || under})
	}
}

func (r *Result) addDust(asset string, q decimal.Decimal) {
	for i := range r.Dust {
		if r.Dust[i].Asset == asset {
			r.Dust[i].Quantity = r.Dust[i].Quantity.Add(q)
			return
		}
	}
	r.Dust = append(r.Dust, Amount{asset, q})
	slices.SortFunc(r.Dust, func(a, b Amount) int { return strings.Compare(a.Asset, b.Asset) })
}

// silent lists the instruments that have not traded for 3 days while others have (M7).
func (e *Engine) silent() (symbols []string) {
	for i, t := range e.market.Execution {
		if t != nil && t.N > 0 && e.market.Now-t.Columns.Time(t.N-1) >= 3*market.Day {
			symbols = append(symbols, e.cfg.Instruments[i].Symbol)
		}
	}
	return symbols
}

// Equity returns the equity of the account, exactly.
func (e *Engine) Equity() decimal.Decimal {
	return e.worth.at(e, func() decimal.Decimal {
		total := e.unallocated.Add(e.feeAssetValue())
		for _, b := range e.books {
			total = total.Add(b.Equity())
		}
		return total
	})
}

// worth keeps an equity that was asked for: once the events of an instant are applied,
// nothing changes it until the next.
type worth struct {
	amount decimal.Decimal
	stamp  uint64
}

// at returns what f says, asking once an instant.
func (w *worth) at(e *Engine, f func() decimal.Decimal) decimal.Decimal {
	if e.phase == between {
		return f()
	}
	if w.stamp != e.market.Stamp {
		w.amount, w.stamp = f(), e.market.Stamp
	}
	return w.amount
}

// equityF returns Equity as a float64, from the cash and holdings of all strategies as
// the last fill left them.
func (e *Engine) equityF() float64 {
	total := e.cashF
	for i := range e.holdingsF {
		h := &e.holdingsF[i]
		total += float64(h.quantity * e.market.Price[h.instrument])
	}
	return total
}

// sum renews what equityF adds up.
func (e *Engine) sum() {
	e.cashF, e.holdingsF = e.idleF, e.holdingsF[:0]
	if e.discount.heldF != 0 {
		e.holdingsF = append(e.holdingsF, holdingF{e.discount.instrument, e.discount.heldF})
	}
	for _, b := range e.books {
		e.cashF += b.cashF
		for _, i := range b.held {
			e.holdingsF = append(e.holdingsF, holdingF{i, b.positions[i].heldF})
		}
	}
}

// holdingF is a holding of one strategy, for equityF.
type holdingF struct {
	instrument market.InstrumentID
	quantity   float64
}

// usedSignals counts the distinct signal rows that decisions read.
type usedSignals struct {
	seen              map[market.SignalRef]bool
	observed, assumed int
}

func (u *usedSignals) add(refs []market.SignalRef) {
	if u.seen == nil {
		u.seen = map[market.SignalRef]bool{}
	}
	for _, r := range refs {
		switch {
		case r.Absent || u.seen[r]:
			continue
		case r.Assumed:
			u.assumed++
		default:
			u.observed++
		}
		u.seen[r] = true
	}
}

// Span returns the first open and the last close of an instrument's execution series,
// or zeros where there was no bar.
func (r *Result) Span(instrument int) (first, last float64) {
	return r.spans[instrument][0], r.spans[instrument][1]
}
