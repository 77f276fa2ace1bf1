package parity

import (
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// A Book is what one side decided, and what came of it.
type Book struct {
	instruments []market.Instrument
	opening     market.Time
	orders      []*order
	byID        map[market.OrderID]*order
	halts       []halt
	marks       []decimal.Decimal // last close by instrument; zero before there is one
	opens       []market.Time     // of the last execution bar, by instrument
	finest      []market.Interval
	late        map[lateBar]bool
	outages     []outage // in the order of time
	fills       int
}

// outage is an instant of a session that no backtest of undisturbed inputs has.
type outage struct {
	at    market.Time
	class Class // LateBar or Downtime
}

// order is an order with all that was asked of it and became of it.
type order struct {
	Order   market.Order         `json:"order"`
	Decided market.Time          `json:"decided"`
	Checks  []market.Check       `json:"checks,omitempty"`
	Inputs  []market.SignalRef   `json:"inputs,omitempty"`
	Refused *market.Refusal      `json:"refused,omitempty"`
	Asked   []market.Decision    `json:"asked,omitempty"` // cancels and amendments
	Updates []market.OrderUpdate `json:"updates,omitempty"`
	known   []market.Time        // when each update came
	filled  decimal.Decimal
	value   decimal.Decimal // notional of the fills
}

type halt struct {
	Time  market.Time `json:"time"`
	Scope string      `json:"scope"`
	Text  string      `json:"text"`
}

// lateBar is a bar that came after its close.
type lateBar struct {
	instrument market.InstrumentID
	at         market.Time
}

// NewBook makes an empty book of instruments, indexed by their ids. No bar that closed before
// opening is late: it warms up.
func NewBook(instruments []market.Instrument, opening market.Time) *Book {
	n := len(instruments)
	return &Book{
		instruments: instruments, opening: opening, byID: map[market.OrderID]*order{}, late: map[lateBar]bool{},
		marks: make([]decimal.Decimal, n), opens: make([]market.Time, n), finest: make([]market.Interval, n),
	}
}

// Record takes a record. What it points to is kept no longer than the call.
func (b *Book) Record(r market.Record) {
	switch {
	case r.Kind == market.RecordDecision:
		b.decide(r.Decision)
	case r.Kind == market.RecordHalt:
		b.halts = append(b.halts, halt{r.Time, r.Scope, r.Text})
	case r.Kind == market.RecordEvent && r.Event.Kind == market.KindBar:
		b.bar(&r.Event)
	case r.Kind == market.RecordEvent && r.Event.Kind == market.KindCommand && r.Event.Command == market.Downtime:
		b.outages = append(b.outages, outage{r.Event.Time, Downtime})
	case r.Kind == market.RecordEvent && r.Event.Update != nil:
		b.update(r.Event.Time, r.Event.Update)
	}
}

func (b *Book) decide(d *market.Decision) {
	if d.Action == market.Submit {
		o := &order{Order: d.Order, Decided: d.Time, Checks: d.Checks, Inputs: d.Inputs, Refused: d.Refused}
		b.orders = append(b.orders, o)
		b.byID[d.Order.ID] = o
		return
	}
	if o := b.byID[d.Order.ID]; o != nil {
		o.Asked = append(o.Asked, *d)
	}
}

func (b *Book) bar(e *market.Event) {
	i := int(e.Instrument)
	if i < 0 || i >= len(b.finest) || b.finest[i] > 0 && e.Interval > b.finest[i] {
		return
	}
	bar := e.Bar()
	b.finest[i], b.opens[i], b.marks[i] = e.Interval, bar.OpenTime, decimal.NewFromFloat(bar.Close)
	if closed := bar.OpenTime + market.Time(e.Interval); e.Time > closed && closed > b.opening {
		b.late[lateBar{e.Instrument, e.Time}] = true
		b.outages = append(b.outages, outage{e.Time, LateBar})
	}
}

// update takes what became of an order. A liquidation, which is no order's, is one of its own.
func (b *Book) update(at market.Time, u *market.OrderUpdate) {
	o := b.byID[u.ID]
	if o == nil {
		o = &order{Order: market.Order{ID: u.ID, Instrument: market.NoInstrument, Reason: u.Reason}, Decided: u.Time}
		for i := range b.instruments {
			if b.instruments[i].Symbol == u.Symbol {
				o.Order.Instrument = b.instruments[i].ID
			}
		}
		b.orders = append(b.orders, o)
		if u.ID.Sequence > 0 {
			b.byID[u.ID] = o
		}
	}
	kept := *u
	if u.Fill != nil {
		f := *u.Fill
		kept.Fill = &f
		b.fills++
		o.filled = o.filled.Add(f.Quantity)
		o.value = o.value.Add(f.Quantity.Mul(f.Price))
	}
	o.Updates = append(o.Updates, kept)
	o.known = append(o.known, at)
}

// Orders returns how many orders the book has, refused ones included.
func (b *Book) Orders() int { return len(b.orders) }

// Fills returns how many fills the book has.
func (b *Book) Fills() int { return b.fills }

// Halts returns how many halts the book has.
func (b *Book) Halts() (n int) {
	for _, h := range b.halts {
		if (&market.Record{Kind: market.RecordHalt, Text: h.Text}).Halts() {
			n++
		}
	}
	return n
}

// Lates returns how many bars that fill orders came after their close.
func (b *Book) Lates() int { return len(b.late) }

// state returns where an order stands, and why where it ended otherwise than filled.
func (o *order) state() (market.State, string) {
	if o.Refused != nil {
		return market.Refused, o.Refused.Error()
	}
	if n := len(o.Updates); n > 0 {
		return o.Updates[n-1].State, o.Updates[n-1].Reason
	}
	return market.Pending, ""
}

// first returns the first fill and when it was known, or nil.
func (o *order) first() (f *market.Fill, known market.Time) {
	for i := range o.Updates {
		if f := o.Updates[i].Fill; f != nil {
			return f, o.Updates[i].Time
		}
	}
	return nil, 0
}

// answered names the outcomes that a strategy can wait for.
var answered = [...]string{"acknowledged", "fill known", "last fill known", "end known"}

// answers returns when each of them was known; 0 is never.
func (o *order) answers() (at [len(answered)]market.Time) {
	for i := range o.Updates {
		u, known := &o.Updates[i], o.known[i]
		if at[0] == 0 {
			at[0] = known
		}
		if u.Fill != nil {
			at[2] = known
			if at[1] == 0 {
				at[1] = known
			}
		}
		if u.State.Final() && at[3] == 0 {
			at[3] = known
		}
	}
	return at
}
