package engine

import (
	"fmt"
	"math"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/market"
)

// lossRule is the name of the halt that Config.MaxLoss makes.
const lossRule = "max_loss"

// lossOwner owns that halt.
type lossOwner struct{}

// floor returns the equity below which too much is lost. Money that came or went is no
// loss, and neither is what the asset that pays fees was worth at the start.
func (e *Engine) floor() decimal.Decimal {
	keeps := e.cfg.Cash.Mul(decimal.New(1, 0).Sub(e.cfg.MaxLoss))
	return keeps.Add(e.moved).Add(e.discount.start)
}

// watchLoss says from which equity on extend looks: one a little above the floor, since
// it is a float.
func (e *Engine) watchLoss() {
	near := math.Inf(-1)
	if e.cfg.MaxLoss.IsPositive() && e.loss() == nil {
		floor := market.Float(e.floor())
		near = floor + float64(1e-9*(math.Abs(floor)+market.Float(e.cfg.Cash)))
	}
	e.curve.watch(near)
}

// loss returns the halt that stands for what was lost, or nil.
func (e *Engine) loss() *Halt {
	for i := range e.halts {
		if e.halts[i].Owner == any(lossOwner{}) {
			return &e.halts[i]
		}
	}
	return nil
}

// lost says what is lost, or "" where that is not too much.
func (e *Engine) lost() string {
	equity, floor := e.Equity(), e.floor()
	if !equity.LessThan(floor) {
		return ""
	}
	allowed := e.cfg.Cash.Mul(e.cfg.MaxLoss)
	return fmt.Sprintf("%s %s of the cash of %s are lost, and max_loss = %s allows %s: no new risk until less is lost and you resume",
		floor.Sub(equity).Add(allowed).RoundUp(2), e.quote(), e.cfg.Cash, e.cfg.MaxLoss, allowed)
}

// extend takes an equity that is no matter of course, and halts new risk where too much is
// lost. A position that recovers does not lift that: it is for resume. Its frame would cost
// the instants that do not call it.
//
//go:noinline
func (e *Engine) extend(now market.Time, equity float64) {
	if e.curve.extend(now, equity); equity >= e.curve.guard {
		return
	}
	if text := e.lost(); text != "" {
		e.halt(Halt{Halt: desk.Halt{Rule: lossRule, Owner: lossOwner{}, Text: text, Account: true, Instrument: market.NoInstrument}, Time: e.market.Now})
		e.watchLoss()
	}
}

// resume lifts the halts that a word names, or all: but not those whose reason stands.
func (e *Engine) resume(w *market.Word) {
	named := func(h *Halt) bool {
		return (w.Scope == "" || h.Strategy == w.Scope) && (w.Rule == "" || h.Rule == w.Rule)
	}
	text := ""
	if h := e.loss(); h != nil && named(h) {
		if text = e.lost(); text != "" {
			h.Text = text
			e.note("", lossRule+" stays: "+text)
		}
	}
	e.lift(func(h *Halt) bool {
		return named(h) && !e.overdrawn(h) && (text == "" || h.Owner != any(lossOwner{}))
	})
	e.watchLoss()
}
