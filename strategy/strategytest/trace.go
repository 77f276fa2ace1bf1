package strategytest

import (
	"fmt"
	"strings"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// entry is one thing that a strategy did: a decision, or that it stopped.
type entry struct {
	time     market.Time
	decision *market.Decision // nil where it stopped
	stopped  string
}

// trace is what a strategy did in one run, as the engine journals it.
type trace struct {
	scope   string // the instance that is traced
	entries []entry
	watch   *watch // of the columns, or nil
}

var _ engine.Journal = (*trace)(nil)

// Append keeps the decisions of the instance.
func (t *trace) Append(r market.Record) error {
	switch r.Kind {
	case market.RecordEvent:
		if t.watch != nil && r.Event.Kind == market.KindBar {
			t.watch.see(&r.Event)
		}
	case market.RecordDecision:
		if r.Decision.Order.Strategy == t.scope {
			t.entries = append(t.entries, entry{time: r.Time, decision: r.Decision})
		}
	case market.RecordHalt:
		if r.Scope == t.scope {
			t.entries = append(t.entries, entry{time: r.Time, stopped: r.Text})
		}
	}
	return nil
}

// Commit comes after the callbacks of an instant.
func (t *trace) Commit() error {
	if t.watch != nil {
		t.watch.commit()
	}
	return nil
}

// orders counts the orders that the strategy asked for.
func (t *trace) orders() (n int) {
	for _, e := range t.entries {
		if e.decision != nil && e.decision.Action == market.Submit {
			n++
		}
	}
	return n
}

// until returns the entries up to a time.
func (t *trace) until(end market.Time) []entry {
	n := len(t.entries)
	for n > 0 && t.entries[n-1].time > end {
		n--
	}
	return t.entries[:n]
}

// same reports whether two entries agree in what semantics D3 lists.
func (e *entry) same(o *entry) bool {
	if e.time != o.time || e.stopped != o.stopped || (e.decision == nil) != (o.decision == nil) {
		return false
	}
	if e.decision == nil {
		return true
	}
	a, b := &e.decision.Order, &o.decision.Order
	return e.decision.Action == o.decision.Action && (e.decision.Refused == nil) == (o.decision.Refused == nil) &&
		a.Instrument == b.Instrument && a.Side == b.Side && a.Type == b.Type && a.Reason == b.Reason &&
		a.Quantity.Equal(b.Quantity) && a.Quote.Equal(b.Quote) && a.Price.Equal(b.Price) && a.Stop.Equal(b.Stop)
}

// difference is the first place where two runs disagree.
type difference struct {
	at   int // number of the decision, from 0
	a, b *entry
}

// differ compares two lists of entries; nil says that they are the same.
func differ(a, b []entry) *difference {
	for i := range max(len(a), len(b)) {
		d := &difference{at: i}
		if i < len(a) {
			d.a = &a[i]
		}
		if i < len(b) {
			d.b = &b[i]
		}
		if d.a == nil || d.b == nil || !d.a.same(d.b) {
			return d
		}
	}
	return nil
}

// time returns when the disagreement shows: the earlier of the two.
func (d *difference) time() market.Time {
	switch {
	case d.a == nil:
		return d.b.time
	case d.b == nil:
		return d.a.time
	}
	return min(d.a.time, d.b.time)
}

// print says which decision it is and what either run did.
func (d *difference) print(nameA, nameB string, instruments []market.Instrument) string {
	width := max(len(nameA), len(nameB)) + 1
	return fmt.Sprintf("decision %d, at %s, changed:\n\t%-*s %s\n\t%-*s %s", d.at+1, d.time(),
		width, nameA+":", d.a.print(instruments), width, nameB+":", d.b.print(instruments))
}

// print says what an entry is, in one line.
func (e *entry) print(instruments []market.Instrument) string {
	if e == nil {
		return "no decision"
	}
	if e.decision == nil {
		return e.time.String() + " " + e.stopped
	}
	o := &e.decision.Order
	words := []string{e.time.String(), e.decision.Action.String(), o.Side.String(), o.Type.String(), instruments[o.Instrument].Symbol}
	switch {
	case o.Quote.IsPositive():
		words = append(words, "quote "+o.Quote.String())
	case o.Quantity.IsPositive():
		words = append(words, "quantity "+o.Quantity.String())
	}
	return strings.Join(append(words, e.terms()...), " ")
}

// terms say at what prices an order is, why it was made, and who refused it.
func (e *entry) terms() (words []string) {
	o := &e.decision.Order
	if o.Priced() {
		words = append(words, "at "+o.Price.String())
	}
	if o.Triggered() {
		words = append(words, "stop "+o.Stop.String())
	}
	if o.Reason != "" {
		words = append(words, fmt.Sprintf("(%s)", o.Reason))
	}
	if e.decision.Refused != nil {
		words = append(words, "refused by "+e.decision.Refused.Error())
	}
	return words
}
