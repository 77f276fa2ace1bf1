package engine

import (
	"cmp"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// The names of the halts that operators make.
const killRule, pauseRule, closeAllRule = "kill", "pause", "close-all"

// Halt stops new risk for a rule. One that stands is changed where the rule lets it last
// longer, or makes it stricter.
func (b *book) Halt(h desk.Halt) {
	scope := b.in.Name
	if h.Account {
		scope = ""
	}
	e := b.engine
	for k := range e.halts {
		if old := &e.halts[k]; b.owned(old, h.Owner, h.Account, h.Instrument) {
			if later(old.Until, h.Until) == old.Until && h.Action == old.Action {
				return
			}
			e.halts = slices.Delete(e.halts, k, k+1)
			break
		}
	}
	e.halt(Halt{Halt: h, Strategy: scope, Time: e.market.Now})
}

// later returns the later end of a halt: 0 is never.
func later(a, b market.Time) market.Time {
	if a == 0 || b == 0 {
		return 0
	}
	return max(a, b)
}

// owned reports whether a halt is the one that an owner made in a scope.
func (b *book) owned(h *Halt, owner any, account bool, i market.InstrumentID) bool {
	return h.Owner == owner && h.Account == account && h.Instrument == i && b.covered(h)
}

// Lift ends a rule's own halt.
func (b *book) Lift(owner any, account bool, i market.InstrumentID) {
	b.engine.lift(func(h *Halt) bool { return b.owned(h, owner, account, i) })
}

// Halted reports whether a rule's own halt stands.
func (b *book) Halted(owner any, account bool, i market.InstrumentID) bool {
	return slices.ContainsFunc(b.engine.halts, func(h Halt) bool { return b.owned(&h, owner, account, i) })
}

// Note journals what a rule has to say. It is no halt, and its words do not begin as one's do.
func (b *book) Note(rule, text string) { b.engine.note(b.in.Name, rule+" notes: "+text) }

// named returns a halt's name in the journal: "rule", "rule on BTCUSDT", "rule on BTCUSDT long",
// "rule on all long".
func (e *Engine) named(h *Halt) string {
	name := h.Rule
	switch {
	case h.Instrument != market.NoInstrument:
		name += " on " + e.cfg.Instruments[h.Instrument].Symbol
	case h.Side != 0:
		name += " on all"
	}
	switch h.Side {
	case market.Buy:
		return name + " long"
	case market.Sell:
		return name + " short"
	}
	return name
}

// covered reports whether a halt is about this strategy.
func (b *book) covered(h *Halt) bool { return h.Strategy == "" || h.Strategy == b.in.Name }

// halted returns a halt that covers the whole strategy, or nil.
func (b *book) halted() *Halt {
	for k := range b.engine.halts {
		if h := &b.engine.halts[k]; b.covered(h) && h.Instrument == market.NoInstrument && h.Side == 0 {
			return h
		}
	}
	return nil
}

// haltedOn returns a halt that does not let an order add risk, or nil.
func (b *book) haltedOn(o *Order) *Halt {
	for k := range b.engine.halts {
		if h := &b.engine.halts[k]; b.stops(h, o) {
			return h
		}
	}
	return nil
}

// stops reports whether a halt does not let an order of the strategy add risk.
func (b *book) stops(h *Halt, o *Order) bool {
	return b.covered(h) && h.Covers(o.Instrument) && h.Stops(o.Side) && (h.Action != desk.Lock || b.positions[o.Instrument].quantity.IsZero())
}

func (e *Engine) halt(h Halt) {
	e.halts = append(e.halts, h)
	e.expect(h.Until)
	e.note(h.Strategy, e.named(&h)+": "+h.Text)
	e.told(&h, false)
	for _, b := range e.books {
		if b.covered(&h) {
			b.cancelAdding(func(o *Order) bool { return b.stops(&h, o) })
			if h.Action == desk.Flatten {
				b.flattenFor(&h)
			}
		}
	}
}

// expect has a halt lifted when its time comes.
func (e *Engine) expect(until market.Time) {
	if until > 0 {
		e.liftAt = min(e.liftAt, until)
	}
}

// expire lifts the halts whose time has come: at the first instant that is not before it.
func (e *Engine) expire() {
	now := e.market.Now
	e.liftAt = market.MaxTime
	e.lift(func(h *Halt) bool { return h.Until > 0 && h.Until <= now })
	for k := range e.halts {
		e.expect(e.halts[k].Until)
	}
}

func (e *Engine) lift(which func(*Halt) bool) {
	var lifted []Halt
	kept := e.halts[:0]
	for _, h := range e.halts {
		if which(&h) {
			lifted = append(lifted, h)
			continue
		}
		kept = append(kept, h)
	}
	e.halts = kept
	for k := range lifted {
		e.note(lifted[k].Strategy, "lifted "+e.named(&lifted[k]))
		e.told(&lifted[k], true)
		e.unflatten(&lifted[k])
	}
}

// flattenFor begins to close the positions that a halt covers.
func (b *book) flattenFor(h *Halt) {
	if b.flatten == nil {
		b.flatten = make([]string, len(b.positions))
	}
	for i := range b.flatten {
		if h.Covers(market.InstrumentID(i)) {
			b.flatten[i] = h.Rule
		}
	}
	b.flattens, b.engine.flattens = true, true
}

// unflatten ends the closing of positions that a halt began.
func (e *Engine) unflatten(h *Halt) {
	for _, b := range e.books {
		if !b.covered(h) {
			continue
		}
		for i := range b.flatten {
			if h.Covers(market.InstrumentID(i)) && b.flatten[i] == h.Rule {
				b.flatten[i] = ""
				b.disturb(market.InstrumentID(i))
			}
		}
	}
}

// command obeys an operator's word, or the session's.
func (e *Engine) command(ev *market.Event) {
	w := ev.Word
	if w == nil {
		w = &market.Word{}
	}
	h := Halt{Halt: desk.Halt{Rule: w.Rule, Text: w.Text, Account: w.Scope == "", Instrument: market.NoInstrument}, Strategy: w.Scope, Time: e.market.Now}
	switch ev.Command {
	case market.Kill:
		h.Strategy, h.Account = "", true
		e.order(h, killRule, "new risk stopped by the operator until resume")
	case market.Pause:
		e.order(h, pauseRule, "new risk paused by the operator until resume")
	case market.CloseAll:
		h.Action = desk.Flatten
		e.order(h, closeAllRule, "positions closed and new risk stopped by the operator until resume")
	case market.HaltRisk:
		e.narrow(&h, w)
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
	case market.Trouble:
		e.trouble(w)
	}
}

// narrow gives a halt of the session what its word says beside its scope. What makes no sense
// there is left out, which is the safer side.
func (e *Engine) narrow(h *Halt, w *market.Word) {
	h.Side, h.Until = w.Side, w.Until
	if w.Action != "" {
		h.Action, _ = desk.ParseAction(w.Action)
	}
	for i := range e.cfg.Instruments {
		if e.cfg.Instruments[i].Symbol == w.Symbol {
			h.Instrument = market.InstrumentID(i)
		}
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
	same := func(o Halt) bool {
		return o.Owner == nil && o.Rule == h.Rule && o.Strategy == h.Strategy && o.Instrument == h.Instrument && o.Side == h.Side
	}
	if k := slices.IndexFunc(e.halts, same); k >= 0 && h.Action != desk.Flatten && (e.halts[k].Text == h.Text || e.HaltedBy(&h) == "operator") {
		return // what an operator said first is why it stands
	}
	e.halts = slices.DeleteFunc(e.halts, same) // said anew
	e.halt(h)
}

// quit cancels what works where the word says so.
func (e *Engine) quit(w *market.Word) {
	e.quitAt = e.market.Now
	if !w.Cancel {
		return
	}
	for _, b := range e.books {
		for _, o := range b.working {
			if !o.idle() {
				b.drop(o)
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

// trouble tells the rules that listen what the session says of the venue.
func (e *Engine) trouble(w *market.Word) {
	e.queued = true
	for _, h := range e.rules {
		h.Tell(desk.Trouble{Kind: w.Rule, Scope: w.Scope, Text: w.Text})
	}
}

// HearsTrouble reports whether a rule listens to market.Trouble: without one a session need
// not tell of it.
func (e *Engine) HearsTrouble() bool {
	return slices.ContainsFunc(e.rules, (*risk.Host).HearsTrouble)
}

// note journals a halt, its end, or the stop of a strategy.
func (e *Engine) note(strategy, text string) {
	scope := strategy
	if scope == "" {
		scope = "account"
	}
	e.notices = append(e.notices, Notice{Time: e.market.Now, Scope: scope, Text: text})
	if e.cfg.Journal == nil {
		return
	}
	err := e.cfg.Journal.Append(market.Record{Kind: market.RecordHalt, Time: e.market.Now, Scope: scope, Text: text})
	if err != nil && e.failure == nil {
		e.failure = err
	}
}

// told says which halt the last notice is about.
func (e *Engine) told(h *Halt, lifted bool) {
	about := *h
	about.Owner = nil // a pointer, other in every run
	n := &e.notices[len(e.notices)-1]
	n.Halt, n.Lifted = &about, lifted
}

// Notice tells of a halt, its end, or a strategy that stopped.
type Notice struct {
	Time   market.Time
	Scope  string // "account", or a strategy's name
	Text   string
	Halt   *Halt // that begins here, or ends; nil of other notices
	Lifted bool  // it ends
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
