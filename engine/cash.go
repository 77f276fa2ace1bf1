package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/market"
)

// overdrawnRule is the name of the halt that stands while more was withdrawn than no
// strategy had.
const overdrawnRule = "unallocated"

// Flowed is money that moved without an order: a deposit, a withdrawal (negative) or a
// transfer.
type Flowed struct {
	Time market.Time
	market.Flow
}

// FlowRefused is money that was to move, and why it did not.
type FlowRefused struct {
	Flowed
	What string // in words
	Why  string
}

// becauseRefused leads to the reason, in the notice of a flow that is not made.
const becauseRefused = " refused: "

// refuseFlow notes a flow that is not made.
func (e *Engine) refuseFlow(f *market.Flow, what, why string) {
	e.note("", what+becauseRefused+why)
	e.flowsRefused = append(e.flowsRefused, FlowRefused{Flowed{e.market.Now, *f}, what, why})
}

// Unallocated returns the cash of the account that no strategy has, in quote. It is
// negative while withdrawals took more than that.
func (e *Engine) Unallocated() decimal.Decimal { return e.unallocated }

// account takes a balance that changed for no order of ours: a deposit, or a withdrawal.
func (e *Engine) account(f *market.Flow) error {
	quote := e.quote()
	switch {
	case f == nil || f.Amount.IsZero() || f.From != "" || f.To != "":
		return fmt.Errorf("an account event at %s says not how much came or went", e.market.Now)
	case f.Asset != quote:
		return fmt.Errorf("%s %s at %s: an account takes in and gives out %s alone, the quote asset of its instruments", f.Amount, f.Asset, e.market.Now, quote)
	}
	if has := e.cash(); has.Add(f.Amount).IsNegative() {
		e.refuseFlow(f, DescribeFlow(f), fmt.Sprintf("the account has %s of cash", has))
		return nil
	}
	before, after := e.equityF(), 0.0
	e.unallocated = e.unallocated.Add(f.Amount)
	e.moved = e.moved.Add(f.Amount)
	if e.flowed(f); e.Equity().IsPositive() { // exactly: floats may leave a trace of nothing
		after = e.equityF()
	}
	e.curve.flow(e.market.Now, before, after)
	return nil
}

// transfer moves cash between strategies, "" being what none of them has. What cannot
// move whole does not move.
func (e *Engine) transfer(f *market.Flow) {
	if f == nil {
		f = &market.Flow{}
	}
	if why := e.cannot(f); why != "" {
		e.refuseFlow(f, fmt.Sprintf("transfer of %s %s from %s to %s", f.Amount, f.Asset, party(f.From), party(f.To)), why)
		return
	}
	e.move(f.From, f.Amount.Neg())
	e.move(f.To, f.Amount)
	e.flowed(f)
}

// cannot says why a transfer cannot be made, or "".
func (e *Engine) cannot(f *market.Flow) string {
	free := e.unallocated
	for _, name := range [2]string{f.From, f.To} {
		if name != "" && e.bookOf(name) == nil {
			return "no strategy is named " + name
		}
	}
	if b := e.bookOf(f.From); b != nil {
		free = b.Cash()
	}
	switch {
	case f.From == f.To:
		return "it leads nowhere"
	case f.Asset != e.quote():
		return "only " + e.quote() + " can be moved"
	case !f.Amount.IsPositive():
		return "the amount must be above 0"
	case f.Amount.GreaterThan(free):
		return free.String() + " is free there"
	}
	return ""
}

// DescribeFlow says what moves, or was to move.
func DescribeFlow(f *market.Flow) string {
	switch {
	case f.From != "" || f.To != "":
		return fmt.Sprintf("transfer of %s %s from %s to %s", f.Amount, f.Asset, party(f.From), party(f.To))
	case f.Amount.IsNegative():
		return fmt.Sprintf("withdrawal of %s %s", f.Amount.Neg(), f.Asset)
	}
	return fmt.Sprintf("deposit of %s %s", f.Amount, f.Asset)
}

// FlowOutcome says why a flow was refused, by the record of a journal that follows the
// flow's own, or that it was not.
func FlowOutcome(f *market.Flow, next *market.Record) (why string, refused bool) {
	if next.Kind != market.RecordHalt {
		return "", false
	}
	return strings.CutPrefix(next.Text, DescribeFlow(f)+becauseRefused)
}

func party(name string) string {
	if name == "" {
		return "what no strategy has"
	}
	return name
}

// move adds cash to a strategy, or to what none has.
func (e *Engine) move(name string, amount decimal.Decimal) {
	b := e.bookOf(name)
	if b == nil {
		e.unallocated = e.unallocated.Add(amount)
		return
	}
	b.total = b.total.Plus(market.SumOf(amount))
	b.cashF, b.stale = b.total.Float(), true
	b.movedF += market.Float(amount)
}

// flowed notes what moved, and halts new risk while withdrawals took more than no
// strategy had.
func (e *Engine) flowed(f *market.Flow) {
	e.flows = append(e.flows, Flowed{e.market.Now, *f})
	e.movedF, e.idleF = market.Float(e.moved), market.Float(e.unallocated)
	e.watchLoss()
	e.sum()
	k := slices.IndexFunc(e.halts, func(h Halt) bool { return e.overdrawn(&h) })
	short := e.unallocated.Neg()
	text := fmt.Sprintf("%s %s more was withdrawn than no strategy had: transfer it from a strategy or deposit it; lifts then", short, f.Asset)
	switch standing := k >= 0; {
	case short.IsPositive() && standing:
		e.halts[k].Text = text // of what is missing by now
	case short.IsPositive():
		e.halt(Halt{Halt: desk.Halt{Rule: overdrawnRule, Owner: e, Text: text, Account: true, Instrument: market.NoInstrument}, Time: e.market.Now})
	case standing:
		e.lift(e.overdrawn)
	}
}

// overdrawn reports whether a halt is that of withdrawals.
func (e *Engine) overdrawn(h *Halt) bool { return h.Owner == any(e) }

// cash returns the cash of the account, its equity where it trades perpetuals.
func (e *Engine) cash() decimal.Decimal {
	if len(e.cfg.Instruments) > 0 && e.cfg.Instruments[0].Perpetual() {
		return e.Equity()
	}
	total := e.unallocated
	for _, b := range e.books {
		total = total.Add(b.money())
	}
	return total
}

// quote returns the asset that the account is kept in.
func (e *Engine) quote() string {
	if len(e.cfg.Instruments) == 0 {
		return ""
	}
	return e.cfg.Instruments[0].Quote
}
