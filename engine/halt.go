package engine

import (
	"cmp"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/market"
)

// The names of the halts that operators make.
const killRule, pauseRule, closeAllRule = "kill", "pause", "close-all"

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

// command obeys an operator's word, or the session's.
func (e *Engine) command(ev *market.Event) {
	w := ev.Word
	if w == nil {
		w = &market.Word{}
	}
	h := Halt{Halt: desk.Halt{Rule: w.Rule, Text: w.Text, Account: w.Scope == ""}, Strategy: w.Scope, Time: e.market.Now}
	switch ev.Command {
	case market.Kill:
		h.Strategy, h.Account = "", true
		e.order(h, killRule, "new risk stopped by the operator until resume")
	case market.Pause:
		e.order(h, pauseRule, "new risk paused by the operator until resume")
	case market.CloseAll:
		h.Flatten = true
		e.order(h, closeAllRule, "positions closed and new risk stopped by the operator until resume")
	case market.HaltRisk:
		e.order(h, w.Rule, w.Text)
	case market.LiftHalt:
		e.lift(func(h *Halt) bool { return h.Owner == nil && h.Rule == w.Rule && h.Strategy == w.Scope })
	case market.Resume:
		e.resume(w)
	case market.Transfer:
		e.transfer(ev.Flow)
	case market.Quit:
		e.quit(w)
	case market.Downtime:
		e.skip()
	case market.Adopt:
		e.adopt(ev.Flow)
	}
}

// order makes a halt that a command asks for, once: a rule's name and a text stand in where
// it has none. A scope that names no strategy halts the account, which is the safer side.
func (e *Engine) order(h Halt, rule, text string) {
	h.Rule = rule
	h.Text = cmp.Or(h.Text, text)
	if e.bookOf(h.Strategy) == nil {
		h.Strategy, h.Account = "", true
	}
	same := func(o Halt) bool { return o.Owner == nil && o.Rule == h.Rule && o.Strategy == h.Strategy }
	if k := slices.IndexFunc(e.halts, same); k >= 0 && !h.Flatten && (e.halts[k].Text == h.Text || e.HaltedBy(&h) == "operator") {
		return // what an operator said first is why it stands
	}
	e.halts = slices.DeleteFunc(e.halts, same) // said anew
	e.halt(h)
}

// quit cancels what works where the word says so.
func (e *Engine) quit(w *market.Word) {
	if !w.Cancel {
		return
	}
	for _, b := range e.books {
		for _, o := range b.working {
			if !o.idle() {
				b.Cancel(o.ID) // working, so it cannot fail
			}
		}
	}
}

// skip lets the timers that are due by now pass unfired.
func (e *Engine) skip() {
	if !e.started {
		return
	}
	for _, b := range e.books {
		b.host.Hub().Start(e.market.Now)
	}
	for _, h := range e.rules {
		h.Start(e.market.Now)
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
