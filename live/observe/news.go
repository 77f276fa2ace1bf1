package observe

import (
	"cmp"
	"fmt"
	"log/slog"
	"strings"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// The events of News that others look for.
const (
	Halted = "halt" // new risk is stopped
	Lifted = "lift" // and allowed again
	Fault  = "fault"
	Filled = "fill"
	Reject = "reject" // the venue refused an order
	Flow   = "flow"   // money moved, or did not
	Quit   = "stop"
	Wake   = "downtime"
	Plain  = "" // for the log alone
)

// News is what a record of a session means to people.
type News struct {
	Event string     // what kind it is; Plain is of no interest to a telephone
	Level slog.Level //
	Text  string     // one line that stands by itself
	Rule  string     // of a halt and its end
	Attrs []slog.Attr
}

// A Reporter makes News of the records of a session, in their order. It is not safe for
// concurrent use.
type Reporter struct {
	instruments []market.Instrument
	decided     map[market.OrderID]market.Time // of orders that may still fill
	moving      *market.Flow                   // of the record before, whose outcome the next one may tell
}

// NewReporter returns a reporter of a session on these instruments.
func NewReporter(instruments []market.Instrument) *Reporter {
	return &Reporter{instruments: instruments, decided: map[market.OrderID]market.Time{}}
}

// Report says what a record means; false is nothing.
func (p *Reporter) Report(r *market.Record) (News, bool) {
	moving := p.moving
	p.moving = nil
	n := News{}
	switch {
	case r.Kind == market.RecordDecision && r.Decision != nil:
		n = p.decision(r.Decision)
	case r.Kind == market.RecordHalt && moving != nil && refused(moving, r):
		n = News{Event: Flow, Level: slog.LevelWarn, Text: r.Text}
	case r.Kind == market.RecordHalt:
		n = notice(r)
	case r.Kind != market.RecordEvent:
	case r.Event.Kind == market.KindCommand && r.Event.Command == market.Adopt: // nothing moved: who compares the account has said what is there
	case r.Event.Flow != nil:
		p.moving = r.Event.Flow
		n = News{Event: Flow, Text: "money moves: " + engine.DescribeFlow(p.moving)}
	case r.Event.Update != nil:
		n = p.update(r.Event.Update)
	case r.Event.Kind == market.KindCommand:
		n = command(&r.Event)
	}
	if n.Text == "" {
		return n, false
	}
	n.Attrs = append(n.Attrs, slog.String("at", r.Time.String()))
	return n, true
}

func refused(f *market.Flow, r *market.Record) bool {
	_, no := engine.FlowOutcome(f, r)
	return no
}

// notice explains a halt, its end, or a strategy that stopped: what it means and what to do.
func notice(r *market.Record) News {
	scope, resume := "the account", "'signalman resume'"
	if r.Scope != "account" {
		scope, resume = "strategy "+r.Scope, "'signalman resume "+r.Scope+"'"
	}
	attrs := []slog.Attr{slog.String("scope", r.Scope)}
	if name, ok := strings.CutPrefix(r.Text, "lifted "); ok {
		rule, symbol, _ := strings.Cut(name, " on ")
		return News{Event: Lifted, Rule: rule, Text: fmt.Sprintf("the halt of %s by %s is over: new risk is allowed", scope, name), Attrs: about(attrs, rule, symbol)}
	}
	if why, ok := strings.CutPrefix(r.Text, "stopped: "); ok && r.Scope != "account" {
		return News{Event: Fault, Level: slog.LevelError, Attrs: attrs,
			Text: fmt.Sprintf("%s stopped with an error and decides nothing more; its position stays: %s; close it with 'signalman close-all %s', or mend the strategy and run again", scope, why, r.Scope)}
	}
	name, why, ok := strings.Cut(r.Text, ": ")
	rule, symbol, _ := strings.Cut(name, " on ")
	if !ok || strings.Contains(rule, " ") { // other words of the engine, and notes of rules
		return News{Event: Plain, Level: slog.LevelWarn, Text: scope + ": " + r.Text, Attrs: attrs}
	}
	level, end := slog.LevelWarn, "once you know why, "+resume+" ends it"
	if strings.Contains(why, "lifts ") || strings.Contains(why, "waits until ") {
		end = "it ends by itself"
	}
	if r.Scope == "account" && symbol == "" {
		level = slog.LevelError
	}
	return News{Event: Halted, Level: level, Rule: rule, Attrs: about(attrs, rule, symbol),
		Text: fmt.Sprintf("HALT of %s by %s: %s; new risk is refused, positions may be closed; %s", scope, name, why, end)}
}

// about adds which rule it was and, where it was about one, the symbol.
func about(attrs []slog.Attr, rule, symbol string) []slog.Attr {
	attrs = append(attrs, slog.String("rule", rule))
	if symbol != "" {
		attrs = append(attrs, slog.String("symbol", symbol))
	}
	return attrs
}

// decision is for the log alone: what comes of it is news.
func (p *Reporter) decision(d *market.Decision) News {
	o := &d.Order
	attrs := []slog.Attr{slog.String("order", o.ID.String()), slog.String("decided", d.Time.String())}
	if d.Refused != nil {
		return News{Text: fmt.Sprintf("%s: %s %s was refused by %s", o.ID, o.Side, p.symbol(o.Instrument), d.Refused), Attrs: append(attrs, slog.String("rule", d.Refused.Rule))}
	}
	if d.Action != market.Submit {
		return News{Text: fmt.Sprintf("%s: %s was decided", o.ID, d.Action), Attrs: attrs}
	}
	p.decided[o.ID] = d.Time
	return News{Text: fmt.Sprintf("%s: %s %s %s was decided", o.ID, o.Side, p.symbol(o.Instrument), o.Type), Attrs: attrs}
}

func (p *Reporter) symbol(i market.InstrumentID) string {
	if i < 0 || int(i) >= len(p.instruments) {
		return fmt.Sprint("instrument ", i)
	}
	return p.instruments[i].Symbol
}

// update tells fills, and orders that ended otherwise.
func (p *Reporter) update(u *market.OrderUpdate) News {
	name := cmp.Or(u.ID.String(), u.Reason) // a liquidation is no order's
	attrs := []slog.Attr{slog.String("order", name), slog.String("symbol", u.Symbol)}
	if t, ok := p.decided[u.ID]; ok {
		attrs = append(attrs, slog.String("decided", t.String()))
	}
	if u.State.Final() {
		delete(p.decided, u.ID)
	}
	switch f := u.Fill; {
	case f != nil && u.Reason == market.Liquidation:
		return News{Event: Fault, Level: slog.LevelError, Attrs: attrs, Text: fmt.Sprintf("LIQUIDATION: the venue closed %s %s at %s", f.Quantity, u.Symbol, f.Price)}
	case f != nil:
		return News{Event: Filled, Attrs: attrs, Text: fmt.Sprintf("%s: filled %s %s at %s, fee %s %s", name, f.Quantity, u.Symbol, f.Price, f.Fee, f.FeeAsset)}
	case u.State == market.Rejected:
		return News{Event: Reject, Level: slog.LevelWarn, Attrs: attrs, Text: fmt.Sprintf("%s: the venue rejected the order for %s: %s", name, u.Symbol, u.Reason)}
	case u.State.Final() && u.State != market.Filled && u.State != market.Refused:
		return News{Attrs: attrs, Text: fmt.Sprintf("%s: %s: %s", name, u.State, u.Reason)}
	}
	return News{}
}

// command tells what the session itself says; an operator's words show as halts.
func command(e *market.Event) News {
	w := e.Word
	switch {
	case w == nil:
	case e.Command == market.Quit:
		return News{Text: "the session ends: " + cmp.Or(w.Text, "it was told to")}
	case e.Command == market.Downtime:
		return News{Event: Wake, Level: slog.LevelWarn, Text: fmt.Sprintf("no process ran since %s: bars that were missed are asked for, and schedules that were due did not run", w.Since)}
	}
	return News{}
}
