package risktest

import (
	"fmt"
	"strings"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// Trace is what a trial left. It is the engine's journal while the trial runs.
type Trace struct {
	*engine.Result
	Records  []market.Record // events, decisions and halts in order
	interval market.Interval
	commits  []int // records at the end of each instant
}

// Append keeps a record, and a copy of the update it points to, which is valid until
// Commit only.
func (t *Trace) Append(r market.Record) error {
	if u := r.Event.Update; u != nil {
		kept := *u
		r.Event.Update = &kept
	}
	t.Records = append(t.Records, r)
	return nil
}

// Commit notes the end of an instant.
func (t *Trace) Commit() error {
	t.commits = append(t.commits, len(t.Records))
	return nil
}

// Bar returns how many bars have closed at a time.
func (t *Trace) Bar(at market.Time) int { return int((at - Start) / market.Time(t.interval)) }

// Log tells of decisions, fills and halts, a line each, headed by the number of bars
// that have closed:
//
//	3 a/1 buy market A0USDT quote 500
//	4 a/1 filled 5 at 100
//	6 a/2 sell market A0USDT 4.995 (stop_loss)
//	7 a/3 buy limit A0USDT 1 at 90: refused by max_open: …
//	8 a/4 cancel
//	9 account: kill: new risk stopped by the operator until resume
func (t *Trace) Log() []string { return t.lines(market.MaxTime) }

// lines returns the log of what happened up to a time.
func (t *Trace) lines(until market.Time) []string {
	var lines []string
	for i := range t.Records {
		if s := t.line(&t.Records[i]); s != "" && t.Records[i].Time <= until {
			lines = append(lines, fmt.Sprintf("%d %s", t.Bar(t.Records[i].Time), s))
		}
	}
	return lines
}

func (t *Trace) line(r *market.Record) string {
	switch r.Kind {
	case market.RecordDecision:
		return t.decision(r.Decision)
	case market.RecordHalt:
		return r.Scope + ": " + r.Text
	}
	if u := r.Event.Update; u != nil && u.Fill != nil {
		return fmt.Sprintf("%s %s %s at %s", u.ID, u.State, u.Fill.Quantity, u.Fill.Price)
	}
	return ""
}

func (t *Trace) decision(d *market.Decision) string {
	if d.Action != market.Submit {
		return d.Order.ID.String() + " " + d.Action.String()
	}
	o := &d.Order
	words := []string{o.ID.String(), o.Side.String(), o.Type.String(), t.Instruments[o.Instrument].Symbol}
	for _, amount := range []struct {
		word  string
		value fmt.Stringer
		shown bool
	}{
		{"quote", o.Quote, o.Quote.IsPositive()}, {"", o.Quantity, o.Quantity.IsPositive()},
		{"at", o.Price, o.Priced()}, {"stop", o.Stop, o.Triggered()},
	} {
		if amount.shown {
			words = append(words, strings.TrimSpace(amount.word+" "+amount.value.String()))
		}
	}
	if o.Reason != "" {
		words = append(words, "("+o.Reason+")")
	}
	line := strings.Join(words, " ")
	if d.Refused != nil {
		line += ": refused by " + d.Refused.Error()
	}
	return line
}
