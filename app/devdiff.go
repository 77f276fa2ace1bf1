package app

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
)

// printChange prints what a run came to, beside the one before it, which is nil the first
// time, and the first decision that differs.
func printChange(out io.Writer, was, is *backtest.Report) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, before, now, change string) {
		if was == nil {
			fmt.Fprintf(w, "  %s\t%s\n", name, now)
			return
		}
		fmt.Fprintf(w, "  %s\t%s\t→ %s\t%s\n", name, before, now, change)
	}
	before := was
	if was == nil {
		before = is
	}
	row("trades", fmt.Sprint(len(before.Trades)), fmt.Sprint(len(is.Trades)), fmt.Sprintf("%+d", len(is.Trades)-len(before.Trades)))
	a, b := before.Metrics, is.Metrics
	row("return", percent(a.TotalReturn), percent(b.TotalReturn), points(a.TotalReturn, b.TotalReturn))
	row("drawdown", percent(a.MaxDrawdown), percent(b.MaxDrawdown), points(a.MaxDrawdown, b.MaxDrawdown))
	row("fees", paid(before).StringFixed(2), paid(is).StringFixed(2), signed(paid(is).Sub(paid(before))))
	row("result hash", fmt.Sprintf("%.12s", before.ResultHash), fmt.Sprintf("%.12s", is.ResultHash), "")
	if err := w.Flush(); err != nil || was == nil {
		return err
	}
	_, err := fmt.Fprint(out, otherDecision(was, is))
	return err
}

// otherDecision says what the first decision is that two runs do not share.
func otherDecision(was, is *backtest.Report) string {
	switch a, b := decided(was), decided(is); {
	case was.ResultHash == is.ResultHash:
		return "  nothing changed: the same decisions, with the same outcome\n"
	case slices.Equal(a, b):
		return "  the decisions are the same; what came of them is not\n"
	default:
		n := 0
		for n < len(a) && n < len(b) && a[n] == b[n] {
			n++
		}
		note := ""
		if was.InputsHash != is.InputsHash {
			note = "  the history is another than before\n"
		}
		return fmt.Sprintf("%s  after %s alike, the first that differs:\n    before  %s\n    now     %s\n", note, plural(n, "decision"), decision(a, n), decision(b, n))
	}
}

// decided lists the orders of a run as they were decided, in order of time.
func decided(p *backtest.Report) []string {
	orders := slices.Clone(p.Orders)
	slices.SortStableFunc(orders, func(a, b backtest.OrderLine) int { return cmp.Compare(a.Time, b.Time) })
	list := make([]string, len(orders))
	for k := range orders {
		o := orderOfLine(&orders[k])
		name := o.ID
		if id, err := market.ParseOrderID(o.ID); err == nil {
			name = id.Strategy
		}
		list[k] = fmt.Sprintf("%s  %s %s%s", o.Time, name, o.describe(), bracketed(o.Reason))
	}
	return list
}

func bracketed(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

func decision(list []string, n int) string {
	if n >= len(list) {
		return "no more"
	}
	return list[n]
}

// paid is the sum of the fees of all closed trades, in quote.
func paid(p *backtest.Report) (sum decimal.Decimal) {
	for i := range p.Trades {
		sum = sum.Add(p.Trades[i].FeesQuote)
	}
	return sum
}

func signed(d decimal.Decimal) string {
	if d.IsNegative() {
		return d.StringFixed(2)
	}
	return "+" + d.StringFixed(2)
}

// points says by how many points of a hundred a share changed.
func points(a, b *float64) string {
	if a == nil || b == nil {
		return ""
	}
	return fmt.Sprintf("%+.2f points", (*b-*a)*100)
}
