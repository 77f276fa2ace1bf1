package testkit

import (
	"fmt"
	"strings"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// Play is one run of a script. Its Config lacks a feed and a router, which a [Driver]
// adds; its journal is the Play itself, which writes the transcript.
type Play struct {
	Config    engine.Config
	Decisions []Decision // that were made, in order

	script *Script
	actors []*actor
	lines  []string
}

// Decision is one decision, as the transcript prints it.
type Decision struct {
	Time market.Time
	Text string
}

func (p *Play) print(t market.Time, text string) {
	p.lines = append(p.lines, formatClock(t)+" "+text)
}

// Append writes what a record says to the transcript.
func (p *Play) Append(r market.Record) error {
	switch r.Kind {
	case market.RecordEvent:
		p.event(&r.Event)
	case market.RecordDecision:
		text := p.decision(r.Decision)
		if p.script.shown("inputs") {
			text += inputs(r.Decision)
		}
		p.Decisions = append(p.Decisions, Decision{r.Time, text})
		p.print(r.Time, text)
	case market.RecordHalt:
		p.print(r.Time, r.Scope+": "+r.Text)
	}
	return nil
}

// Commit does nothing: a transcript need not last.
func (p *Play) Commit() error { return nil }

func (p *Play) event(e *market.Event) {
	switch e.Kind {
	case market.KindUpdate:
		p.print(e.Time, update(e.Update))
	case market.KindCommand:
		p.print(e.Time, e.Command.String()+flow(e.Flow))
	case market.KindAccount:
		word := "deposit"
		if e.Flow.Amount.IsNegative() {
			word = "withdraw"
		}
		p.print(e.Time, word+flow(e.Flow))
	case market.KindListing:
		p.print(e.Time, "listing "+p.script.History.Instruments[e.Instrument].Base+" "+e.Listing.Filters())
	case market.KindFunding:
		p.print(e.Time, fmt.Sprintf("funding %s at %s rate %s mark %s", p.script.History.Instruments[e.Instrument].Base, formatClock(e.Funding.Time), e.Funding.Rate, e.Funding.Mark))
	case market.KindBar:
		if p.script.shown("bars") {
			p.print(e.Time, fmt.Sprintf("bar %s %s %v", p.script.History.Instruments[e.Instrument].Base, e.Interval, e.Bar().Close))
		}
	case market.KindSignal:
		if p.script.shown("signals") {
			p.print(e.Time, fmt.Sprintf("signal %s %s %s", e.Signal.Kind, e.Signal.Subject, value(e.Signal)))
		}
	}
}

// flow writes what moved, with a space before it; "" where nothing did.
func flow(f *market.Flow) string {
	if f == nil {
		return ""
	}
	text := " " + f.Amount.Abs().String() + " " + f.Asset
	if f.From != "" {
		text += " from " + f.From
	}
	if f.To != "" {
		text += " to " + f.To
	}
	return text
}

// update writes an order update. The time of a fill is its Fill.Time.
func update(u *market.OrderUpdate) string {
	text := u.ID.String() + " " + u.State.String()
	if u.ID.Sequence == 0 { // of no order of ours: a liquidation
		text = u.Symbol + text
	}
	if f := u.Fill; f != nil {
		role := "taker"
		if f.Maker {
			role = "maker"
		}
		text += fmt.Sprintf(" %s @ %s at %s %s", f.Quantity, f.Price, formatClock(f.Time), role)
		if !f.Fee.IsZero() {
			text += " fee " + f.Fee.String() + " " + f.FeeAsset
		}
	}
	if u.Reason != "" {
		text += " (" + u.Reason + ")"
	}
	return text
}

func (p *Play) decision(d *market.Decision) string {
	text := d.Order.ID.String() + " " + d.Action.String()
	switch {
	case d.Refused != nil:
		return d.Order.ID.String() + " refused " + p.order(&d.Order) + ": " + d.Refused.Error()
	case d.Action == market.Submit:
		text += " " + p.order(&d.Order)
	case d.Action == market.Amend:
		text += " " + d.Order.Quantity.String() + " @ " + d.Order.Price.String()
	}
	for _, c := range d.Checks {
		if c.Cut {
			text += " [" + c.Rule + " cut " + c.Measured + " to " + c.Limit + "]"
		}
	}
	return text
}

// inputs writes the signal rows that a decision was made on.
func inputs(d *market.Decision) (text string) {
	for _, in := range d.Inputs {
		absent := ""
		if in.Absent {
			absent = " absent"
		}
		text += fmt.Sprintf(" <%s %s of %s%s>", in.Kind, in.Subject, formatClock(in.Effective), absent)
	}
	return text
}

// order writes an order as a script does.
func (p *Play) order(o *market.Order) string {
	words := []string{o.Side.String(), o.Type.String()}
	switch {
	case o.Quote.IsPositive():
		words = append(words, "quote", o.Quote.String())
	case o.Quantity.IsPositive():
		words = append(words, o.Quantity.String())
	}
	words = append(words, p.script.History.Instruments[o.Instrument].Base)
	if o.Triggered() {
		words = append(words, "stop", o.Stop.String())
	}
	if o.Priced() {
		words = append(words, "@", o.Price.String())
	}
	if o.Type == market.TrailingStop {
		words = append(words, "trail", o.Trail.By.String()+trailSuffix[o.Trail.Unit])
		if o.Trail.Activate.IsPositive() {
			words = append(words, "activate", o.Trail.Activate.String())
		}
	}
	words = append(words, terms(o)...)
	if o.Reason != "" {
		words = append(words, "("+o.Reason+")")
	}
	return strings.Join(words, " ")
}

// terms writes how long an order stays, what it must not do, and its ties to others.
func terms(o *market.Order) (words []string) {
	if o.TIF != market.GTC {
		words = append(words, o.TIF.String())
	}
	if o.TIF == market.GTD {
		words = append(words, formatClock(o.Expire))
	}
	if o.PostOnly {
		words = append(words, "post-only")
	}
	if o.ReduceOnly {
		words = append(words, "reduce-only")
	}
	if o.Profile != market.Unlinked {
		words = append(words, "linked", o.Profile.String())
	}
	if o.Parent.Sequence > 0 {
		words = append(words, "parent", o.Parent.String())
	}
	if o.Group != "" {
		words = append(words, "group", o.Group)
	}
	if o.Replaces.Sequence > 0 {
		words = append(words, "replaces", o.Replaces.String())
	}
	return words
}
