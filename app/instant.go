package app

import (
	"fmt"
	"io"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// shownRecord is a record of a journal as it is printed: its kind, what it is about, and all
// that it holds.
type shownRecord struct {
	Time   market.Time `json:"time"`
	What   string      `json:"what"` // "bar", "signal", "update", "decision", "halt" and the other kinds of events
	Symbol string      `json:"symbol,omitempty"`
	Text   string      `json:"text"` // in one line
	Value  any         `json:"value"`
}

// shownInstant is an instant of a session, and what stood after it.
type shownInstant struct {
	Time    market.Time     `json:"time"`
	Records []shownRecord   `json:"records"`
	Equity  decimal.Decimal `json:"equity"` // exact, in quote
	Held    []shownHolding  `json:"positions"`
	Working []shownOrder    `json:"working"`
	Halts   []string        `json:"halts"`
}

// shownHolding is a position.
type shownHolding struct {
	Strategy string          `json:"strategy"`
	Symbol   string          `json:"symbol"`
	Quantity decimal.Decimal `json:"quantity"`
	Cost     decimal.Decimal `json:"cost"`
}

// shownOrder is an order that works.
type shownOrder struct {
	ID    string `json:"id"`
	Text  string `json:"text"`
	State string `json:"state"`
}

// instant describes an instant, and the state after it.
func (a *account) instant(e *engine.Engine, records []market.Record) *shownInstant {
	r := e.Result()
	one := &shownInstant{Time: records[0].Time, Equity: r.Final, Held: []shownHolding{}, Working: []shownOrder{}, Halts: []string{}}
	for i := range records {
		one.Records = append(one.Records, a.shown(&records[i]))
	}
	for i := range r.Open {
		h := &r.Open[i]
		one.Held = append(one.Held, shownHolding{h.Trade.Strategy, a.symbol(h.Trade.Instrument), h.Quantity, h.Cost})
	}
	for _, o := range r.Orders {
		if !o.State.Final() {
			one.Working = append(one.Working, shownOrder{o.ID.String(), a.printer(io.Discard).describe(&o.Order), o.State.String()})
		}
	}
	for _, h := range r.Halts {
		scope := h.Strategy
		if scope == "" {
			scope = "account"
		}
		one.Halts = append(one.Halts, scope+": "+h.Rule+": "+h.Text)
	}
	return one
}

// print prints the instant for a reader.
func (s *shownInstant) print(out io.Writer) error {
	fmt.Fprintf(out, "%s\n", s.Time)
	for _, r := range s.Records {
		fmt.Fprintf(out, "  %-9s %s\n", r.What, printable(r.Text))
	}
	_, err := fmt.Fprintf(out, "  equity    %s\n", s.Equity)
	for _, h := range s.Held {
		fmt.Fprintf(out, "  held      %s %s by %s, cost %s\n", h.Quantity, h.Symbol, h.Strategy, h.Cost)
	}
	for _, o := range s.Working {
		fmt.Fprintf(out, "  works     %s %s, %s\n", o.ID, printable(o.Text), o.State)
	}
	for _, h := range s.Halts {
		fmt.Fprintf(out, "  halted    %s\n", printable(h))
	}
	return err
}

// printer describes orders of the account.
func (a *account) printer(out io.Writer) *printer {
	return &printer{out: out, instruments: a.engine.Instruments}
}

func (a *account) symbol(i market.InstrumentID) string {
	if i < 0 || int(i) >= len(a.engine.Instruments) {
		return ""
	}
	return a.engine.Instruments[i].Symbol
}

// shown describes a record.
func (a *account) shown(r *market.Record) shownRecord {
	s := shownRecord{Time: r.Time}
	switch r.Kind {
	case market.RecordDecision:
		d := r.Decision
		s.What, s.Symbol, s.Value = "decision", a.symbol(d.Order.Instrument), d
		s.Text = fmt.Sprintf("%s %s %s", d.Order.ID, d.Action, s.Symbol)
		if d.Action == market.Submit && s.Symbol != "" {
			s.Text = fmt.Sprintf("%s %s", d.Order.ID, a.printer(io.Discard).describe(&d.Order))
		}
		s.Text += prefixed("  ", d.Order.Reason)
		if d.Refused != nil {
			s.Text += "  refused: " + d.Refused.Error()
		}
	case market.RecordHalt:
		s.What, s.Text, s.Value = "halt", r.Scope+": "+r.Text, map[string]string{"scope": r.Scope, "text": r.Text}
	default:
		a.shownEvent(&s, &r.Event)
	}
	return s
}

// shownEvent describes an event.
func (a *account) shownEvent(s *shownRecord, e *market.Event) {
	s.What, s.Symbol = e.Kind.String(), a.symbol(e.Instrument)
	switch {
	case e.Kind == market.KindBar:
		b := e.Bar()
		s.Value = map[string]any{"interval": e.Interval, "open_time": b.OpenTime, "open": b.Open, "high": b.High, "low": b.Low, "close": b.Close, "volume": b.Volume}
		s.Text = fmt.Sprintf("%s %s from %s: open %s high %s low %s close %s volume %s", s.Symbol, e.Interval, b.OpenTime, float(b.Open), float(b.High), float(b.Low), float(b.Close), float(b.Volume))
		closed := b.OpenTime + market.Time(e.Interval)
		if late := e.Time - closed; late > 0 && closed <= a.engine.Opening {
			s.Text += ", to warm up"
		} else if late > 0 {
			s.Text += fmt.Sprintf(", late by %s", market.Duration(late))
		}
	case e.Signal != nil:
		s.Value = e.Signal
		s.Text = fmt.Sprintf("%s %s of %s: %s, about %s", e.Signal.Kind, e.Signal.Subject, e.Signal.Source, e.Signal.ValueText(), e.Signal.Effective)
	case e.Update != nil:
		u := e.Update
		s.Value, s.Symbol = u, u.Symbol
		s.Text = fmt.Sprintf("%s %s%s", u.ID, u.State, prefixed(": ", u.Reason))
		if f := u.Fill; f != nil {
			s.Text += fmt.Sprintf(", fill %s at %s of %s, fee %s %s", f.Quantity, f.Price, f.Time, f.Fee, f.FeeAsset)
		}
	case e.Funding != nil:
		s.Value, s.Text = e.Funding, fmt.Sprintf("%s rate %s of %s", s.Symbol, e.Funding.Rate, e.Funding.Time)
	case e.Listing != nil:
		s.Value, s.Text = e.Listing, s.Symbol+" "+e.Listing.Filters()
	case e.Command != 0:
		s.Value = map[string]any{"command": e.Command.String(), "word": e.Word, "flow": e.Flow}
		s.Text = e.Command.String()
		if w := e.Word; w != nil {
			s.Text += prefixed(" ", w.Scope) + prefixed(" ", w.Rule) + prefixed(": ", w.Text)
		}
	case e.Flow != nil:
		s.Value, s.Text = e.Flow, engine.DescribeFlow(e.Flow)
	}
}

func float(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// firstChange is the first difference between a journal and a run of it, and what led to it.
type firstChange struct {
	Time    market.Time   `json:"time"`
	Journal *shownRecord  `json:"journal"` // null: nothing
	Run     *shownRecord  `json:"run"`
	Fields  []change      `json:"fields"` // where both are of one kind
	Given   []shownRecord `json:"given"`  // the events of that instant
}

// maxGiven bounds how many events are shown of an instant.
const maxGiven = 50

// firstChange describes a divergence.
func (c *command) firstChange(s *pastSession, a *account, d *live.Divergence) *firstChange {
	f := &firstChange{Time: d.Time, Fields: []change{}, Given: []shownRecord{}}
	if d.Was != nil {
		r := a.shown(d.Was)
		f.Journal = &r
	}
	if d.Is != nil {
		r := a.shown(d.Is)
		f.Run = &r
	}
	if f.Journal != nil && f.Run != nil && f.Journal.What == f.Run.What {
		f.Fields = changes(f.Journal, f.Run)
	}
	f.Given = a.given(s.journal, d.Time)
	return f
}

// given returns the events of a time, as a journal has them.
func (a *account) given(r *store.JournalReader, at market.Time) []shownRecord {
	list := []shownRecord{}
	for records, err := range r.Instants() {
		if err != nil || records[0].Time > at {
			break
		}
		for i := range records {
			if x := &records[i]; x.Kind == market.RecordEvent && x.Time == at && len(list) < maxGiven {
				list = append(list, a.shown(x))
			}
		}
	}
	return list
}

// print prints the difference for a reader.
func (f *firstChange) print(out io.Writer) error {
	fmt.Fprintf(out, "\nfirst difference at %s\n", f.Time)
	for _, side := range []struct {
		name   string
		record *shownRecord
	}{{"journal ", f.Journal}, {"this run", f.Run}} {
		text := "nothing"
		if r := side.record; r != nil {
			text = r.What + " " + r.Text
			if r.Time != f.Time {
				text += " (at " + r.Time.String() + ")"
			}
		}
		fmt.Fprintf(out, "  %s  %s\n", side.name, printable(text))
	}
	for _, x := range f.Fields {
		fmt.Fprintf(out, "  %s: %s, and not %s\n", x.Field, printable(x.Is), printable(x.Was))
	}
	if len(f.Given) == 0 {
		_, err := fmt.Fprintln(out, "nothing was given in that instant: a schedule fired")
		return err
	}
	_, err := fmt.Fprintln(out, "given in that instant:")
	for _, r := range f.Given {
		fmt.Fprintf(out, "  %-9s %s\n", r.What, printable(r.Text))
	}
	return err
}
