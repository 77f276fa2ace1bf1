package parity

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Class is what a difference is.
type Class string

// The classes.
const (
	Latency     Class = "latency"     // at another time
	LateBar     Class = "late bar"    // at another time, or another decision, for a bar came late
	Slippage    Class = "slippage"    // at another price
	Quantity    Class = "quantity"    // another quantity, or only part of it
	Reject      Class = "reject"      // one side took the order, and the other did not
	Missing     Class = "missing"     // only one side has the order, for what was before
	Fee         Class = "fee"         // another fee
	Consequence Class = "consequence" // another decision, for what was before
	Downtime    Class = "downtime"    // another decision, after no process ran
	End         Class = "end"         // the record ends before the backtest can fill the order
	Unexplained Class = "unexplained" // another decision, and nothing before it differs
	Record      Class = "record"      // something else that the records say
)

// A Difference is one thing that a session and its backtest do not have in common.
type Difference struct {
	Class    Class           `json:"class"`
	Time     market.Time     `json:"time"`
	Order    string          `json:"order,omitempty"`          // of the session
	Other    string          `json:"backtest_order,omitempty"` // of the backtest, where it has another number or the session has none
	Symbol   string          `json:"symbol,omitempty"`
	What     string          `json:"what"`     // the field, or "order"
	Session  string          `json:"session"`  // "" is nothing
	Backtest string          `json:"backtest"` // "" is nothing
	Money    decimal.Decimal `json:"money"`    // by which the session is worse off, in quote
}

// Total is what the differences of a class come to.
type Total struct {
	Class Class           `json:"class"`
	N     int             `json:"n"`
	Money decimal.Decimal `json:"money"`
}

// Report is what came of comparing two sides.
type Report struct {
	Differences []Difference
	Totals      []Total // of the classes that there are, by name
	Money       decimal.Decimal
	Unpriced    []string // assets of fees that nothing prices, sorted
}

// Options say how to compare.
type Options struct {
	// Exact compares everything that the records say: when an outcome was known, the numbers
	// of orders and trades, what rules measured. It is for a session whose venue was simulated.
	Exact bool
	// Simulated is for two sides that both traded at a simulated venue, on the same inputs at
	// the same times: when something came explains nothing.
	Simulated bool
	// Window is how far two decisions may be apart to be one that came later; 0: an hour.
	Window market.Time
}

// places is how exactly fees in quote are told apart where the quantities differ, which were
// rounded each by itself.
const places = 6

// prompt is how soon an outcome is known at a venue that the simulated one knows at once: a
// decision that answers it needs no other reason to come later.
const prompt = market.Time(10 * time.Second)

// Compare pairs what two sides did, and returns the differences in the order of time.
func Compare(session, backtest *Book, o Options) *Report {
	if o.Window == 0 {
		o.Window = market.Time(time.Hour)
	}
	c := &comparison{Options: o, session: session, backtest: backtest, purse: purse{session.instruments, session.marks, map[string]bool{}}}
	for _, p := range c.pairs() {
		c.compare(p[0], p[1])
	}
	c.haltsOf()
	return c.report()
}

// comparison is one at work.
type comparison struct {
	Options
	session, backtest *Book
	purse             purse
	list              []Difference
	doubts            []int        // differences in list that need one before them to explain them
	told              []Difference // outcomes that were known at another time
}

// key is what two orders have in common that are one.
type key struct {
	strategy   string
	instrument market.InstrumentID
	side       market.Side
	kind       market.Type
	decided    market.Time
}

func (o *order) key(timed bool) key {
	k := key{o.Order.ID.Strategy, o.Order.Instrument, o.Order.Side, o.Order.Type, 0}
	if timed {
		k.decided = o.Decided
	}
	return k
}

// pairs joins the orders of both sides, those of the session first; nil stands for none.
func (c *comparison) pairs() (list [][2]*order) {
	at := map[key][]*order{}
	for _, o := range c.backtest.orders {
		at[o.key(true)] = append(at[o.key(true)], o)
	}
	taken := map[*order]bool{}
	var alone []*order
	for _, o := range c.session.orders {
		k := o.key(true)
		if len(at[k]) == 0 {
			alone = append(alone, o)
			continue
		}
		taken[at[k][0]] = true
		list = append(list, [2]*order{o, at[k][0]})
		at[k] = at[k][1:]
	}
	left := map[key][]*order{}
	for _, o := range c.backtest.orders {
		if !taken[o] {
			left[o.key(false)] = append(left[o.key(false)], o)
		}
	}
	for _, o := range alone {
		var near *order
		for _, x := range left[o.key(false)] {
			if gap := apart(o, x); !taken[x] && gap <= c.Window && (near == nil || gap < apart(o, near)) {
				near = x
			}
		}
		if near != nil {
			taken[near] = true
		}
		list = append(list, [2]*order{o, near})
	}
	for _, o := range c.backtest.orders {
		if !taken[o] {
			list = append(list, [2]*order{nil, o})
		}
	}
	return list
}

func apart(a, b *order) market.Time { return max(a.Decided-b.Decided, b.Decided-a.Decided) }

// add notes a difference in the list. One in doubt needs another before it, which led to it.
func (c *comparison) add(d Difference, s, b *order, doubt bool) {
	if doubt {
		c.doubts = append(c.doubts, len(c.list))
	}
	c.list = append(c.list, c.named(d, s, b))
}

// named says which order a difference is of.
func (c *comparison) named(d Difference, s, b *order) Difference {
	one := s
	if one == nil {
		one = b
	}
	if i := one.Order.Instrument; i >= 0 {
		d.Symbol = c.session.instruments[i].Symbol
	}
	if s != nil {
		d.Order = s.Order.ID.String()
	}
	if b != nil && b.Order.ID.String() != d.Order {
		d.Other = b.Order.ID.String()
	}
	if d.Time == 0 {
		d.Time = one.Decided
	}
	return d
}

// compare finds the differences of two orders that are one.
func (c *comparison) compare(s, b *order) {
	if s == nil || b == nil {
		c.missing(s, b)
		return
	}
	before := len(c.list)
	if s.Decided != b.Decided {
		c.add(Difference{Class: Latency, Time: min(s.Decided, b.Decided), What: "decided", Session: s.Decided.String(), Backtest: b.Decided.String()}, s, b, apart(s, b) > prompt)
	}
	c.terms(s, b)
	c.outcome(s, b)
	c.knowledge(s, b)
	if c.Exact && len(c.list) == before && !bytes.Equal(text(s), text(b)) {
		c.records(s, b)
	}
}

// missing notes an order that only one side has.
func (c *comparison) missing(s, b *order) {
	_, money, _ := c.purse.costs(s, b)
	d := Difference{Class: Missing, What: "order", Money: money}
	if s != nil {
		d.Session = s.String()
	} else {
		d.Backtest = b.String()
	}
	c.add(d, s, b, true)
}

// terms compares what two orders ask for, and what was asked of them later.
func (c *comparison) terms(s, b *order) {
	for _, f := range [...]struct {
		name     string
		was, now string
	}{
		{"quantity", amount(s.Order.Quantity), amount(b.Order.Quantity)}, {"quote", amount(s.Order.Quote), amount(b.Order.Quote)},
		{"limit", amount(s.Order.Price), amount(b.Order.Price)}, {"stop", amount(s.Order.Stop), amount(b.Order.Stop)},
		{"reason", s.Order.Reason, b.Order.Reason},
	} {
		if f.was != f.now {
			c.add(Difference{Class: Consequence, What: f.name, Session: f.was, Backtest: f.now}, s, b, true)
		}
	}
	if was, now := asked(s.Asked), asked(b.Asked); was != now {
		c.add(Difference{Class: Consequence, Time: parting(s.Asked, b.Asked), What: "asked", Session: was, Backtest: now}, s, b, true)
	}
}

// parting returns when two lists of what was asked of an order begin to differ.
func parting(a, b []market.Decision) market.Time {
	k := 0
	for k < min(len(a), len(b)) && asked(a[k:k+1]) == asked(b[k:k+1]) {
		k++
	}
	at := market.MaxTime
	if k < len(a) {
		at = a[k].Time
	}
	if k < len(b) {
		at = min(at, b[k].Time)
	}
	return at
}

// knowledge notes where two orders that asked for the same were answered at another time. It
// is no difference by itself, and why a strategy that answers decides another time or another
// thing. What follows from a decision does not explain it: the orders must be the same.
func (c *comparison) knowledge(s, b *order) {
	if c.Exact || c.Simulated || s.Decided != b.Decided || !s.Order.Quantity.Equal(b.Order.Quantity) || !s.Order.Quote.Equal(b.Order.Quote) ||
		!s.Order.Price.Equal(b.Order.Price) || !s.Order.Stop.Equal(b.Order.Stop) {
		return
	}
	was, now := s.answers(), b.answers()
	for k, name := range answered {
		at := max(was[k], now[k])
		if was[k] == now[k] {
			continue
		}
		if was[k] > 0 && now[k] > 0 {
			at = min(was[k], now[k])
		}
		d := Difference{Class: Latency, Time: at, What: name, Session: when(was[k]), Backtest: when(now[k])}
		c.told = append(c.told, c.named(d, s, b))
	}
}

// when is a time, or nothing.
func when(t market.Time) string {
	if t == 0 {
		return ""
	}
	return t.String()
}

// outcome compares what became of two orders.
func (c *comparison) outcome(s, b *order) {
	prices, quantity, fees := c.purse.costs(s, b)
	if !s.filled.Equal(b.filled) && fees.Round(places).IsZero() {
		quantity, fees = quantity.Add(fees), decimal.Zero
	}
	sf, sKnown := s.first()
	bf, bKnown := b.first()
	at := max(sKnown, bKnown)
	if sKnown > 0 && bKnown > 0 {
		at = min(sKnown, bKnown)
	}
	if sf != nil && bf != nil && sf.Time != bf.Time {
		class := Latency
		if c.session.late[lateBar{s.Order.Instrument, bKnown}] {
			class = LateBar
		}
		c.add(Difference{Class: class, Time: at, What: "fill", Session: sf.Time.String(), Backtest: bf.Time.String()}, s, b, false)
	}
	sState, sWhy := s.state()
	bState, bWhy := b.state()
	switch was, now := describe(s.filled, sState, sWhy), describe(b.filled, bState, bWhy); {
	case !s.filled.Equal(b.filled) || sState.Final() && bState.Final() && sState != bState:
		class := Quantity
		switch {
		case refused(sState) != refused(bState):
			class = Reject
		case c.unfinished(b):
			class = End
		}
		c.add(Difference{Class: class, Time: at, What: "filled", Session: was, Backtest: now, Money: quantity}, s, b, sState == market.Refused || bState == market.Refused)
	case sState.Final() && bState.Final() && refused(sState) && sWhy != bWhy:
		c.add(Difference{Class: Reject, What: "reason", Session: sWhy, Backtest: bWhy}, s, b, sState == market.Refused)
	}
	if !s.value.Equal(b.value) && !s.filled.IsZero() && !b.filled.IsZero() {
		was, now := average(s), average(b)
		if s.filled.Equal(b.filled) || was != now {
			c.add(Difference{Class: Slippage, Time: at, What: "price", Session: was, Backtest: now, Money: prices}, s, b, false)
		}
	}
	if !fees.IsZero() {
		c.add(Difference{Class: Fee, Time: at, What: "fee", Session: charged(s), Backtest: charged(b), Money: fees}, s, b, false)
	}
}

// unfinished reports whether the record ends before an order of the backtest could fill.
func (c *comparison) unfinished(b *order) bool {
	state, _ := b.state()
	return !state.Final() && b.Order.Instrument >= 0 && c.session.opens[b.Order.Instrument] < b.Decided
}

func refused(s market.State) bool { return s == market.Rejected || s == market.Refused }

// records notes what else two orders differ in, field by field of their JSON.
func (c *comparison) records(s, b *order) {
	was, now := string(text(s)), string(text(b))
	k := 0
	for k < min(len(was), len(now)) && was[k] == now[k] {
		k++
	}
	from := max(k-40, 0)
	cut := func(x string) string { return x[from:min(len(x), k+60)] }
	c.add(Difference{Class: Record, What: "record", Session: cut(was), Backtest: cut(now)}, s, b, false)
}

func text(o *order) []byte {
	b, err := json.Marshal(o)
	if err != nil {
		panic(err) // plain structs
	}
	return b
}

// haltsOf compares the halts, in order.
func (c *comparison) haltsOf() {
	a, b := c.session.halts, c.backtest.halts
	for k := range max(len(a), len(b)) {
		var was, now halt
		if k < len(a) {
			was = a[k]
		}
		if k < len(b) {
			now = b[k]
		}
		if was == now {
			continue
		}
		d := Difference{Class: Consequence, What: "halt", Session: was.String(), Backtest: now.String(), Time: cmp.Or(was.Time, now.Time)}
		c.doubts = append(c.doubts, len(c.list))
		c.list = append(c.list, d)
	}
}

// report explains what can be explained, and sums up.
func (c *comparison) report() *Report {
	cause := market.MaxTime
	doubtful := map[int]bool{}
	for _, k := range c.doubts {
		doubtful[k] = true
	}
	for k := range c.list {
		if !doubtful[k] {
			cause = min(cause, c.list[k].Time)
		}
	}
	cause = c.answer(cause)
	for _, k := range c.doubts {
		if c.list[k].Time < cause {
			c.list[k].Class, _ = c.outage(c.list[k].Time)
		}
	}
	slices.SortStableFunc(c.list, func(a, b Difference) int { return cmp.Compare(a.Time, b.Time) })
	r := &Report{Differences: c.list, Totals: Totals(c.list)}
	for i := range r.Totals {
		r.Money = r.Money.Add(r.Totals[i].Money)
	}
	for asset := range c.purse.unpriced {
		r.Unpriced = append(r.Unpriced, asset)
	}
	slices.Sort(r.Unpriced)
	return r
}

// answer lists, where the first decision that differs has no cause before it, the last outcome
// before it that was known at another time, unless an outage came after that. It returns when
// that was: from then on each decision may follow from it.
func (c *comparison) answer(cause market.Time) market.Time {
	first := market.MaxTime
	for _, k := range c.doubts {
		first = min(first, c.list[k].Time)
	}
	if first >= cause {
		return cause
	}
	var last *Difference
	for k := range c.told {
		if d := &c.told[k]; d.Time <= first && (last == nil || d.Time >= last.Time) {
			last = d
		}
	}
	if _, at := c.outage(first); last == nil || at > last.Time {
		return cause
	}
	c.list = append(c.list, *last)
	return last.Time
}

// outage returns the class of a decision at a time that no difference explains: that of the
// last instant before it in which the session got a bar late, or went on after a downtime.
func (c *comparison) outage(before market.Time) (class Class, at market.Time) {
	class = Unexplained
	if c.Exact || c.Simulated {
		return class, 0
	}
	for _, o := range c.session.outages {
		if o.at > before {
			break
		}
		class, at = o.class, o.at
	}
	return class, at
}

// Totals sums differences up by class, in the order of their names.
func Totals(list []Difference) []Total {
	totals := []Total{}
	for i := range list {
		d := &list[i]
		k := slices.IndexFunc(totals, func(t Total) bool { return t.Class == d.Class })
		if k < 0 {
			k = len(totals)
			totals = append(totals, Total{Class: d.Class})
		}
		totals[k].N++
		totals[k].Money = totals[k].Money.Add(d.Money)
	}
	slices.SortFunc(totals, func(a, b Total) int { return cmp.Compare(a.Class, b.Class) })
	return totals
}

// String says what an order asks for, and where it stands.
func (o *order) String() string {
	want := amount(o.Order.Quantity)
	if o.Order.Quote.IsPositive() {
		want = "for " + o.Order.Quote.String()
	}
	state, why := o.state()
	return fmt.Sprintf("%s %s %s, %s", o.Order.Side, o.Order.Type, want, describe(o.filled, state, why))
}

func (h *halt) String() string {
	if h.Time == 0 {
		return ""
	}
	return h.Time.String() + " " + h.Scope + ": " + h.Text
}

func describe(filled decimal.Decimal, s market.State, why string) string {
	text := filled.String() + " " + s.String()
	if why != "" && s != market.Filled {
		text += ": " + why
	}
	return text
}

func amount(d decimal.Decimal) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// asked says what was asked of an order later.
func asked(list []market.Decision) string {
	text := ""
	for i := range list {
		d := &list[i]
		text += d.Time.String() + " " + d.Action.String()
		if d.Action == market.Amend {
			text += " to " + d.Order.Quantity.String() + " at " + d.Order.Price.String()
		}
		text += "; "
	}
	return text
}

func average(o *order) string { return market.Divide(o.value, o.filled, 12).String() }

// charged lists the fees of an order.
func charged(o *order) string {
	var assets []string
	sums := map[string]decimal.Decimal{}
	for i := range o.Updates {
		if f := o.Updates[i].Fill; f != nil {
			if _, seen := sums[f.FeeAsset]; !seen {
				assets = append(assets, f.FeeAsset)
			}
			sums[f.FeeAsset] = sums[f.FeeAsset].Add(f.Fee)
		}
	}
	text := ""
	for i, a := range assets {
		if i > 0 {
			text += ", "
		}
		text += sums[a].String() + " " + a
	}
	return text
}
