package engine

import (
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/market"
)

// killRule is the name of the halt that the kill command makes.
const killRule = "kill"

// Halt stops new risk for a rule.
func (b *book) Halt(h desk.Halt) {
	if b.Halted(h.Owner, h.Account) {
		return
	}
	scope := b.in.Name
	if h.Account {
		scope = ""
	}
	b.engine.halt(Halt{Halt: h, Strategy: scope, Time: b.engine.market.Now})
}

// Lift ends a rule's own halt.
func (b *book) Lift(owner any, account bool) {
	b.engine.lift(func(h *Halt) bool { return h.Owner == owner && b.covered(h) && h.Account == account })
}

// Halted reports whether a rule's own halt stands.
func (b *book) Halted(owner any, account bool) bool {
	return slices.ContainsFunc(b.engine.halts, func(h Halt) bool {
		return h.Owner == owner && h.Account == account && b.covered(&h)
	})
}

// covered reports whether a halt is about this strategy.
func (b *book) covered(h *Halt) bool { return h.Strategy == "" || h.Strategy == b.in.Name }

// halted returns a halt that covers the strategy, or nil.
func (b *book) halted() *Halt {
	for k := range b.engine.halts {
		if b.covered(&b.engine.halts[k]) {
			return &b.engine.halts[k]
		}
	}
	return nil
}

func (e *Engine) halt(h Halt) {
	e.halts = append(e.halts, h)
	e.note(h.Strategy, h.Rule+": "+h.Text)
	for _, b := range e.books {
		if b.covered(&h) {
			b.cancelBuys()
			if h.Flatten {
				b.flatten, e.flattens = h.Rule, true
			}
		}
	}
}

func (e *Engine) lift(which func(*Halt) bool) {
	kept := e.halts[:0]
	for i := range e.halts {
		if which(&e.halts[i]) {
			e.note(e.halts[i].Strategy, "lifted "+e.halts[i].Rule)
			e.unflatten(&e.halts[i])
			continue
		}
		kept = append(kept, e.halts[i])
	}
	e.halts = kept
}

// unflatten ends the closing of positions that a halt began.
func (e *Engine) unflatten(h *Halt) {
	for _, b := range e.books {
		if b.covered(h) && b.flatten == h.Rule {
			b.flatten = ""
		}
	}
}

// command obeys an operator's word.
func (e *Engine) command(ev *market.Event) {
	switch ev.Command {
	case market.Kill:
		e.halt(Halt{Halt: desk.Halt{Rule: killRule, Text: "new risk stopped by the operator until resume", Account: true}, Time: e.market.Now})
	case market.Resume:
		e.lift(func(h *Halt) bool { return !e.overdrawn(h) })
	case market.Transfer:
		e.transfer(ev.Flow)
	}
}

// note journals a halt, its end, or the stop of a strategy.
func (e *Engine) note(strategy, text string) {
	scope := strategy
	if scope == "" {
		scope = "account"
	}
	e.notices = append(e.notices, Notice{e.market.Now, scope, text})
	if e.cfg.Journal == nil {
		return
	}
	err := e.cfg.Journal.Append(market.Record{Kind: market.RecordHalt, Time: e.market.Now, Scope: scope, Text: text})
	if err != nil && e.failure == nil {
		e.failure = err
	}
}

// Notice tells of a halt, its end, or a strategy that stopped.
type Notice struct {
	Time  market.Time
	Scope string // "account", or a strategy's name
	Text  string
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
