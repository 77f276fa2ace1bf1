package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/internal/desk"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// Change is what a reload makes of one strategy. A name that the run does not have is a new
// strategy, which begins with its weight of the account's equity, out of what no strategy has.
type Change struct {
	Instance      // its code, where Code is set; its sizer and rules, where Rules is
	Code     bool // instruments and interval too
	Rules    bool
	Removed  bool // it is flat, and stops; what it has goes to what no strategy has
}

// CheckReload says why changes cannot be made now, or nil. It changes nothing.
func (e *Engine) CheckReload(changes []Change) error {
	for i := range changes {
		if c := &changes[i]; !c.Removed && (c.Code || e.bookOf(c.Name) == nil) {
			if err := e.followable(c); err != nil {
				return err
			}
		}
	}
	return e.reloadable(changes)
}

// reloadable does what CheckReload does, without making anything.
func (e *Engine) reloadable(changes []Change) error {
	needs := decimal.Zero
	for i := range changes {
		c := &changes[i]
		b := e.bookOf(c.Name)
		switch {
		case c.Removed:
			if b == nil {
				return fmt.Errorf("no strategy is named %s", c.Name)
			}
			if b.removed {
				continue
			}
			if err := b.orphans(nil); err != nil {
				return err
			}
			continue
		case b != nil && b.removed:
			needs = needs.Add(c.Weight.Mul(e.Equity()))
		case b == nil && e.audit != nil:
			return fmt.Errorf("strategy %s is new, and the books are audited: begin a new session", c.Name)
		case b == nil:
			needs = needs.Add(c.Weight.Mul(e.Equity()))
		case c.Code:
			if err := b.orphans(c.Instruments); err != nil {
				return err
			}
		}
	}
	if needs.GreaterThan(e.unallocated) && needs.IsPositive() {
		return fmt.Errorf("the new strategies begin with %s %s, and only %s is unallocated: give them less weight, or move cash to what no strategy has", needs.Truncate(2), e.quote(), e.unallocated.Truncate(2))
	}
	return nil
}

// orphans says what a strategy has in instruments that it is not to trade any more.
func (b *book) orphans(trades []market.InstrumentID) error {
	for i := range b.positions {
		id := market.InstrumentID(i)
		if slices.Contains(trades, id) {
			continue
		}
		symbol := b.engine.cfg.Instruments[i].Symbol
		if q := b.positions[i].quantity; !q.IsZero() {
			return fmt.Errorf("strategy %s holds %s %s, which nobody would look after: close it first", b.in.Name, q, symbol)
		}
		if k := slices.IndexFunc(b.working, func(o *Order) bool { return o.Instrument == id }); k >= 0 {
			return fmt.Errorf("order %s of %s works, and nobody would look after it: cancel it first", b.working[k].ID, symbol)
		}
	}
	return nil
}

// followable says which series a strategy needs that the run does not have, on a desk of its
// own: its Init is called, and nothing else.
func (e *Engine) followable(c *Change) error {
	d := desk.Instance{Market: desk.NewMarket(e.cfg.Instruments), Name: c.Name, Instruments: c.Instruments, Interval: c.Interval, Log: e.logger().With("strategy", c.Name)}
	h, err := e.host(&d, c.Strategy)
	if err != nil {
		return err
	}
	for _, s := range h.Hub().Subscriptions() {
		if t := e.market.Find(s.Instrument, s.Interval); t == nil {
			return fmt.Errorf("strategy %s needs bars of %s at %s, which the session does not have: begin a new one with --fresh", c.Name, e.cfg.Instruments[s.Instrument].Symbol, s.Interval)
		}
	}
	return nil
}

// reload makes the changes that a word describes. That they cannot be made is no state a
// session may be in: whoever says the word has asked CheckReload before.
func (e *Engine) reload(w *market.Word) error {
	if e.cfg.Rebuild == nil {
		return fmt.Errorf("a reload at %s, and nobody to say what of", e.market.Now)
	}
	changes, err := e.cfg.Rebuild(w.Text)
	if err == nil {
		err = e.reloadable(changes)
	}
	if err != nil {
		return fmt.Errorf("reload at %s: %w", e.market.Now, err)
	}
	for i := range changes {
		if err := e.remake(&changes[i]); err != nil {
			return fmt.Errorf("reload at %s: %w", e.market.Now, err)
		}
	}
	e.timed = true
	if err := e.openRisk(); err != nil {
		return fmt.Errorf("reload at %s: %w", e.market.Now, err)
	}
	for _, b := range e.books {
		b.disown()
	}
	for i := range e.halts { // one that a rule made stands, until an operator lifts it
		if h, ok := e.halts[i].Owner.(*risk.Host); ok && !slices.ContainsFunc(e.hosted, func(o hosted) bool { return o.host == h }) {
			e.halts[i].Owner = nil
		}
	}
	return nil
}

// remake makes one change. The rules are initialised by rehost, when all strategies are there.
func (e *Engine) remake(c *Change) error {
	b := e.bookOf(c.Name)
	switch {
	case c.Removed && b.removed:
		return nil
	case c.Removed:
		b.stopped, b.removed, b.fault = true, true, nil
		e.give(c.Name, "", b.money())
		e.note(c.Name, "removed from the configuration")
		return nil
	case b == nil:
		return e.admit(c)
	case b.removed:
		b.removed = false
		e.give("", c.Name, c.Weight.Mul(e.Equity()))
	}
	if c.Rules {
		b.in.Rules, b.in.Sizer = c.Instance.Rules, c.Sizer
		e.note(c.Name, "its rules are new")
	}
	if !c.Code {
		return nil
	}
	b.cancelAdding(every)
	for i := range b.targets {
		b.targets[i].end()
	}
	if err := b.host.Close(); err != nil {
		e.note(c.Name, "its former code ended with: "+firstLine(err.Error()))
	}
	b.in.Strategy, b.in.Instruments, b.in.Interval, b.in.Flatten = c.Strategy, c.Instruments, c.Interval, c.Flatten
	b.stopped, b.fault = false, nil
	e.unflatten(&Halt{Halt: desk.Halt{Rule: failureRule, Instrument: market.NoInstrument}, Strategy: c.Name})
	if err := b.rehost(); err != nil {
		return err
	}
	e.note(c.Name, "its code or parameters are new; it goes on with what it holds")
	return nil
}

// give moves cash between two, "" being what no strategy has.
func (e *Engine) give(from, to string, amount decimal.Decimal) {
	if amount.IsZero() {
		return
	}
	e.move(from, amount.Neg())
	e.move(to, amount)
	e.flowed(&market.Flow{Asset: e.quote(), Amount: amount, From: from, To: to})
}

// admit takes in a strategy that the run did not have.
func (e *Engine) admit(c *Change) error {
	in := c.Instance
	in.Weight = decimal.Zero // its cash comes by a transfer
	b, err := e.open(in)
	if err != nil {
		return err
	}
	b.in.Weight = c.Weight
	k, _ := slices.BinarySearchFunc(e.books, c.Name, func(b *book, name string) int { return strings.Compare(b.in.Name, name) })
	e.books = slices.Insert(e.books, k, b)
	amount := c.Weight.Mul(e.Equity())
	e.give("", c.Name, amount)
	e.note(c.Name, fmt.Sprintf("new in the configuration, with %s %s", amount, e.quote()))
	return b.rehearse()
}

// rehost gives the code of a strategy a host of its own, and lets it see the past.
func (b *book) rehost() error {
	b.desk.Instruments, b.desk.Interval = b.in.Instruments, b.in.Interval
	var err error
	if b.host, err = b.engine.host(&b.desk, b.in.Strategy); err != nil {
		return err
	}
	return b.rehearse()
}

// rehearse calls a strategy back for the bars that it warms up on, as far as the series go
// back, as if each had just closed. Nothing is warm meanwhile, so that it can do nothing.
func (b *book) rehearse() error {
	m := b.engine.market
	now, opening := m.Now, m.Opening
	var all []*passed
	for _, s := range b.host.Hub().Subscriptions() {
		t := m.Find(s.Instrument, s.Interval)
		if t == nil || t.Columns == nil || slices.ContainsFunc(all, func(p *passed) bool { return p.tape == t }) {
			continue
		}
		all = append(all, &passed{tape: t, end: t.N, stamp: t.Stamp, next: max(0, t.N-max(s.Warmup, s.Lookback))})
	}
	m.Opening = market.MaxTime
	for _, p := range all {
		p.tape.N = p.next
	}
	for {
		m.Now = market.MaxTime
		for _, p := range all {
			m.Now = min(m.Now, p.closes())
		}
		if m.Now == market.MaxTime {
			break
		}
		m.Stamp++
		for _, p := range all {
			if p.closes() == m.Now {
				p.next++
				p.tape.N, p.tape.Stamp = p.next, m.Stamp
			}
		}
		b.host.Dispatch(m.Stamp)
	}
	for _, p := range all {
		p.tape.N, p.tape.Stamp = p.end, p.stamp
	}
	m.Now, m.Opening = now, opening
	m.Stamp++
	b.host.Hub().Start(now)
	return nil
}

// passed is a series whose last rows are shown once more.
type passed struct {
	tape      *market.Tape
	next, end int // rows: the one that closes next, and how many there are
	stamp     uint64
}

// closes returns when the next row closes, or MaxTime.
func (p *passed) closes() market.Time {
	if p.next >= p.end {
		return market.MaxTime
	}
	return p.tape.Columns.OpenTime[p.next] + market.Time(p.tape.Interval)
}
