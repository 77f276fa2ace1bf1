package app

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"
)

// print prints the answer for a reader.
func (w *why) print(out io.Writer) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	o := &w.Order
	row(t, "order\t%s  %s\n", o.ID, o.describe())
	row(t, "decided\t%s%s\n", o.Time, prefixed("  ", o.Reason))
	if o.Rule != "" {
		row(t, "made by\trule %s\n", o.Rule)
	}
	row(t, "status\t%s%s\n", o.Status, prefixed(": ", o.Ended))
	for _, l := range w.Linked {
		row(t, "%s\t%s  %s %s, %s\n", l.Relation, l.ID, l.Side, l.Type, l.Status)
	}
	row(t, "read in\t%s\n", w.Source)
	w.printInputs(t)
	w.printChecks(t)
	w.printEvents(t)
	if w.trades {
		w.printTrades(t)
	} else {
		row(t, "\na journal has no trades; --result reads those of a backtest\n")
	}
	return t.Flush()
}

// row prints one line, whatever control characters its texts have.
func row(t io.Writer, format string, args ...any) {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = printable(s)
		}
	}
	fmt.Fprintf(t, format, args...)
}

// describe says what an order asks for: "buy BTCUSDT limit 0.5 at 100".
func (o *whyOrder) describe() string {
	text := o.Side + " " + o.Symbol + " " + o.Type
	switch {
	case o.Quantity.IsPositive():
		text += " " + o.Quantity.String()
	case o.Quote.IsPositive():
		text += " for " + o.Quote.String() + " in quote"
	case o.Parent != "":
		text += " of what its entry brings"
	}
	if !o.Stop.IsZero() {
		text += " at " + o.Stop.String()
	}
	switch {
	case o.Price.IsZero():
	case o.Stop.IsZero():
		text += " at " + o.Price.String()
	default:
		text += " limit " + o.Price.String()
	}
	text += prefixed(" by ", o.Trail)
	if !o.Activate.IsZero() {
		text += " from " + o.Activate.String()
	}
	if o.PostOnly {
		text += ", post-only"
	}
	if o.ReduceOnly {
		text += ", reduce-only"
	}
	text += prefixed(", ", o.TIF)
	if o.Expire != 0 {
		text += " until " + o.Expire.String()
	}
	return text
}

func (w *why) printInputs(t io.Writer) {
	if len(w.Inputs) == 0 {
		row(t, "\nno signal was read for it\n")
		return
	}
	row(t, "\nSIGNAL\tSUBJECT\tVALUE\tABOUT\tKNOWN\tAGE\n")
	for _, in := range w.Inputs {
		value := "absent"
		if !in.Absent {
			value = strconv.FormatFloat(in.Value, 'g', -1, 64)
		}
		row(t, "%s %s\t%s\t%s\t%s\t%s\t%s\n", in.Source, in.Kind, in.Subject, value, in.Effective, knownOf(in.Known, in.Assumed, in.Revision), in.Age)
	}
}

func (w *why) printChecks(t io.Writer) {
	if len(w.Checks) == 0 {
		text := "it only reduces, or the strategy names no rules" // a source does not know the chain
		switch {
		case w.Refused != nil && strings.HasPrefix(w.Refused.Measured, "halted: "):
			text = "a halt of " + w.Refused.Rule + " stood"
		case w.Refused != nil:
			text = "refused by " + w.Refused.Error()
		case w.Order.ReduceOnly:
			text = "rules see what adds risk only"
		}
		row(t, "\nno rule looked at it: %s\n", text)
		return
	}
	row(t, "\nRULE\tMEASURED\tLIMIT\n")
	for _, c := range w.Checks {
		row(t, "%s\t%s\t%s\t%s\n", c.Rule, dash(c.Measured), dash(c.Limit), c.Outcome)
	}
	if r := w.Refused; r != nil && w.Checks[len(w.Checks)-1].Outcome != "refused" {
		row(t, "%s\t%s\t%s\trefused\n", r.Rule, dash(r.Measured), dash(r.Limit))
	}
}

func (w *why) printEvents(t io.Writer) {
	switch {
	case w.Refused != nil:
		return // the venue never heard of it
	case len(w.Events) == 0:
		row(t, "\nnothing came of it yet\n")
		return
	}
	row(t, "\nTIME\tWHAT\n")
	for i := range w.Events {
		e := &w.Events[i]
		at, detail := "time not kept", e.Reason // of a result
		if e.Time != 0 {
			at = e.Time.String()
		}
		if f := e.Fill; f != nil {
			detail = fmt.Sprintf("%s at %s, fee %s %s, %s%s", f.Quantity, f.Price, f.Fee, f.FeeAsset, liquidity(f.Maker), prefixed(", ", e.Reason))
			if e.Time != 0 && e.Time != f.Time {
				detail += ", known " + at
			}
			at = f.Time.String()
		}
		row(t, "%s\t%s%s\n", at, e.What, prefixed("  ", detail))
	}
}

func (w *why) printTrades(t io.Writer) {
	for i := range w.Trades {
		l := &w.Trades[i]
		row(t, "\ntrade\t%s %s %s\n", l.Side, l.Quantity, l.Symbol)
		row(t, "entry\t%s at %s%s  %s\n", l.EntryTime, l.EntryPrice, prefixed(", ", l.EntryReason), named(l.EntryOrders))
		row(t, "exit\t%s at %s%s  %s\n", l.ExitTime, l.ExitPrice, prefixed(", ", l.Reason), named(l.ExitOrders))
		row(t, "held\t%s; %+.2f %% at worst, %+.2f %% at best\n", plural(l.Bars, "bar"), l.MAE*100, l.MFE*100)
		funding := ""
		if !l.Funding.IsZero() {
			funding = " and funding of " + l.Funding.StringFixed(2)
		}
		row(t, "profit\t%s in quote, fees of %s%s included\n", l.PnL.StringFixed(2), l.FeesQuote.StringFixed(2), funding)
	}
	for i := range w.Positions {
		p := &w.Positions[i]
		row(t, "\nopen\t%s %s %s at the end\n", p.Side, p.Quantity, p.Symbol)
		row(t, "entry\t%s at %s%s  %s\n", p.EntryTime, p.EntryPrice, prefixed(", ", p.EntryReason), named(p.EntryOrders))
		realised := ""
		if !p.Realised.IsZero() {
			realised = ", and " + p.Realised.StringFixed(2) + " realised"
		}
		row(t, "profit\t%s in quote at the last close of %s%s\n", p.Unrealised.StringFixed(2), p.Price, realised)
	}
}

// named lists the ids of orders, or how many there are.
func named(ids []string) string {
	const shown = 5
	if len(ids) > shown {
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:shown], ", "), len(ids)-shown)
	}
	return strings.Join(ids, ", ")
}

func liquidity(maker bool) string {
	if maker {
		return "maker"
	}
	return "taker"
}

// prefixed returns a text after what leads to it, or nothing.
func prefixed(lead, s string) string {
	if s == "" {
		return ""
	}
	return lead + s
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// printable replaces what a terminal would obey rather than show.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}
