package app

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// yearly is how long a run lasts at least whose growth is told as that of a year: a
// good hour, repeated for a year, is a number without sense.
const yearly = 7 * market.Day

// reportWidth is how wide a line of a report gets, where what it says allows.
const reportWidth = 100

// printReport prints a result for a reader, who learns where the rates of fundings are from.
func printReport(out io.Writer, p *backtest.Report, r *engine.Result, rates string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	quote := r.Instruments[0].Quote
	fmt.Fprintf(w, "\nperiod\t%s to %s\n", p.From, p.To)
	fmt.Fprintf(w, "bars\t%d (%s)\n", p.Bars, executions(p))
	for _, line := range oddities(p.Data) {
		fmt.Fprintf(w, "data\t%s\n", line)
	}
	fmt.Fprintf(w, "equity\t%s → %s %s\n", p.StartEquity.StringFixed(2), p.FinalEquity.StringFixed(2), quote)
	printFlows(w, r, quote)
	printFunding(w, r, quote, rates)
	cagr, calmar := p.Metrics.CAGR, p.Metrics.Calmar
	if p.To-p.From < yearly {
		cagr, calmar = nil, nil
	}
	fmt.Fprintf(w, "return\t%s, %s a year%s\n", percent(p.Metrics.TotalReturn), percent(cagr), weighted(r))
	fmt.Fprintf(w, "drawdown\t%s at worst\n", percent(p.Metrics.MaxDrawdown))
	fmt.Fprintf(w, "ratios\tSharpe %s, Sortino %s, Calmar %s\n", ratio(p.Metrics.Sharpe), ratio(p.Metrics.Sortino), ratio(calmar))
	fmt.Fprintf(w, "orders\t%d, %d refused%s%s\n", len(p.Orders), sum(p.Refusals), byRule(p.Refusals), cutBy(p.Cuts))
	printRefused(w, p.Orders)
	printHalts(w, p.Halts)
	for _, n := range p.Notices[:min(len(p.Notices), shownHalts)] {
		fmt.Fprintf(w, "notice\t%s  %s: %s\n", n.Time, n.Scope, n.Text)
	}
	if more := len(p.Notices) - shownHalts; more > 0 {
		fmt.Fprintf(w, "\t%s; --format json lists them\n", plural(more, "more notice"))
	}
	fmt.Fprintf(w, "signals read\t%d observed, %d assumed\n", p.Signals.Observed, p.Signals.Assumed)
	if len(p.Synthetic) > 0 {
		fmt.Fprintf(w, "MADE UP\tsignals of %s: this result says nothing about the provider\n", strings.Join(p.Synthetic, ", "))
	}
	if *p.BarsPerSecond > 0 {
		fmt.Fprintf(w, "speed\t%.1f million bars a second\n", *p.BarsPerSecond/1e6)
	}
	fmt.Fprintf(w, "result hash\t%s\n", p.ResultHash)
	printStrategies(w, p, r, quote)
	printLots(w, p, quote)
	if err := w.Flush(); err != nil {
		return err
	}
	return printBuyAndHold(out, r)
}

// shownHalts is how many halts and notices a report shows.
const shownHalts = 3

// printHalts says how often new risk was stopped, and shows the first of each rule's halts.
func printHalts(w io.Writer, list []backtest.HaltLine) {
	if len(list) == 0 {
		return
	}
	by := map[string]int{}
	for i := range list {
		by[list[i].Rule]++
	}
	fmt.Fprintf(w, "halts\t%d%s\n", len(list), byRule(by))
	shown, of := 0, map[string]int{}
	for i := range list {
		if of[list[i].Rule]++; of[list[i].Rule] <= max(1, shownHalts/len(by)) {
			shown++
			fmt.Fprintf(w, "\t%s  %s: %s\n", list[i].From, list[i].Rule, haltText(&list[i]))
		}
	}
	if more := len(list) - shown; more > 0 {
		fmt.Fprintf(w, "\tand %d more; --format json lists them\n", more)
	}
}

// printFlows says what moved in and out, and what is left of the change of equity then.
func printFlows(w io.Writer, r *engine.Result, quote string) {
	if len(r.Flows) == 0 {
		return
	}
	var in, out decimal.Decimal
	transfers := 0
	for _, f := range r.Flows {
		switch {
		case f.From != "" || f.To != "":
			transfers++
		case f.Amount.IsPositive():
			in = in.Add(f.Amount)
		default:
			out = out.Sub(f.Amount)
		}
	}
	fmt.Fprintf(w, "flows\t%s in, %s out, %s; profit %s %s\n", in.StringFixed(2), out.StringFixed(2), plural(transfers, "transfer"), r.Profit().StringFixed(2), quote)
}

// weighted says how returns count where money moved in or out (semantics M7).
func weighted(r *engine.Result) string {
	if slices.ContainsFunc(r.Flows, func(f engine.Flowed) bool { return f.From == "" && f.To == "" }) {
		return ", weighted by time"
	}
	return ""
}

// printFunding says what the positions of perpetuals paid for being held, or received.
func printFunding(w io.Writer, r *engine.Result, quote, rates string) {
	var total decimal.Decimal
	for _, t := range r.Trades {
		total = total.Add(t.Funding)
	}
	for i := range r.Open {
		total = total.Add(r.Open[i].Trade.Funding)
	}
	way := "received"
	if total.IsNegative() {
		way = "paid"
	}
	if !total.IsZero() {
		fmt.Fprintf(w, "funding\t%s %s %s in all, part of the profit; rates of %s\n", total.Abs().StringFixed(2), quote, way, rates)
	}
}

func executions(p *backtest.Report) string {
	var list []string
	for symbol, d := range p.Exec {
		list = append(list, symbol+" "+d)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func sum(counts map[string]int) (n int) {
	for _, k := range counts {
		n += k
	}
	return n
}

// cutBy says how many orders rules made smaller, and which rules.
func cutBy(counts map[string]int) string {
	if len(counts) == 0 {
		return ""
	}
	return fmt.Sprintf(", %d cut%s", sum(counts), byRule(counts))
}

// byRule says which rules did something how often: " (max_open 3, kill 1)".
func byRule(counts map[string]int) string {
	var list []string
	for rule, n := range counts {
		list = append(list, fmt.Sprintf("%s %d", rule, n))
	}
	if len(list) == 0 {
		return ""
	}
	slices.Sort(list)
	return " (" + strings.Join(list, ", ") + ")"
}

// plural returns a number with its noun: "1 strategy", "3 strategies".
func plural(n int, noun string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(noun, "y"):
		noun = noun[:len(noun)-1] + "ies"
	default:
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// either returns the word that goes with one thing, or that for any other number.
func either(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// wrapped joins a list to a text of lines that are at most width runes long, where its items
// allow. What parts the items ends the lines.
func wrapped(list []string, part string, width int) (lines []string) {
	line := ""
	for i, item := range list {
		if i < len(list)-1 {
			item += part
		}
		if line != "" && utf8.RuneCountInString(line)+utf8.RuneCountInString(strings.TrimRight(item, " ")) > width {
			lines, line = append(lines, strings.TrimRight(line, " ")), ""
		}
		line += item
	}
	return append(lines, line)
}

func percent(x *float64) string {
	if x == nil {
		return "n/a"
	}
	return fmt.Sprintf("%+.2f %%", *x*100)
}

func ratio(x *float64) string {
	if x == nil {
		return "n/a"
	}
	return fmt.Sprintf("%.2f", *x)
}

// line sums the trades of one strategy on one symbol.
type line struct {
	strategy, symbol string
	trades, won      int
	pnl, fees        decimal.Decimal
	bars             int
	mae, mfe         float64
}

// printStrategies prints a table whose column of profits adds up to the change of equity,
// flows aside.
func printStrategies(w io.Writer, p *backtest.Report, r *engine.Result, quote string) {
	var lines []line
	for _, t := range p.Trades {
		k := slices.IndexFunc(lines, func(l line) bool { return l.strategy == t.Strategy && l.symbol == t.Symbol })
		if k < 0 {
			k = len(lines)
			lines = append(lines, line{strategy: t.Strategy, symbol: t.Symbol})
		}
		l := &lines[k]
		l.trades++
		if t.PnL.IsPositive() {
			l.won++
		}
		l.pnl, l.fees = l.pnl.Add(t.PnL), l.fees.Add(t.FeesQuote)
		l.bars, l.mae, l.mfe = l.bars+t.Bars, l.mae+t.MAE, l.mfe+t.MFE
	}
	slices.SortFunc(lines, func(a, b line) int { return strings.Compare(a.strategy+"/"+a.symbol, b.strategy+"/"+b.symbol) })
	fmt.Fprintf(w, "\nSTRATEGY\tSYMBOL\tTRADES\tWON\tP&L %s\tFEES %s\tBARS\tWORST\tBEST\n", quote, quote)
	for _, l := range lines {
		n := float64(l.trades) // the last three columns are averages of a trade
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%s\t%.1f\t%+.2f %%\t%+.2f %%\n",
			l.strategy, l.symbol, l.trades, l.won, l.pnl.StringFixed(2), l.fees.StringFixed(2), float64(l.bars)/n, l.mae/n*100, l.mfe/n*100)
	}
	for _, o := range p.OpenPositions {
		fmt.Fprintf(w, "%s\t%s\topen\t\t%s\t\n", o.Strategy, o.Symbol, o.Realised.Add(o.Unrealised).StringFixed(2))
	}
	if len(r.Dust) > 0 {
		fmt.Fprintf(w, "dust\t\t\t\t%s\t\n", r.DustGain.StringFixed(2))
	}
	if !r.FeeGain.IsZero() {
		fmt.Fprintf(w, "fee balance\t%s\t\t\t%s\t\n", r.FeeBalance.Asset, r.FeeGain.StringFixed(2))
	}
}

// printLots prints the lots of the trades, where they were asked for.
func printLots(w io.Writer, p *backtest.Report, quote string) {
	if !slices.ContainsFunc(p.Trades, func(t backtest.TradeLine) bool { return len(t.Lots) > 0 }) {
		return
	}
	fmt.Fprintf(w, "\nLOTS OF\tSYMBOL\tSIDE\tENTRY\tPRICE\tEXIT\tPRICE\tQUANTITY\tP&L %s\n", quote)
	for i := range p.Trades {
		t := &p.Trades[i]
		for _, l := range t.Lots {
			entry := l.EntryTime.String()
			if l.Dust {
				entry = "dust"
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", t.Strategy, t.Symbol, t.Side, entry, l.EntryPrice, l.ExitTime, l.ExitPrice, l.Quantity, l.PnL.StringFixed(2))
		}
	}
}

// printBuyAndHold prints what holding each traded instrument would have earned, the
// yardstick of every strategy.
func printBuyAndHold(out io.Writer, r *engine.Result) error {
	var list []string
	for i := range r.Instruments {
		if first, last := r.Span(i); first > 0 {
			list = append(list, fmt.Sprintf("%s %+.2f %%", r.Instruments[i].Symbol, (last/first-1)*100))
		}
	}
	const lead = "buy and hold, without costs: "
	_, err := fmt.Fprintf(out, "\n%s%s\n", lead, strings.Join(wrapped(list, ", ", reportWidth-len(lead)), "\n"+strings.Repeat(" ", len(lead))))
	return err
}

// caveats returns what a reader of a result should know, a line each.
func caveats(r *engine.Result, n sim.Notes) []string {
	var list []string
	add := func(when bool, format string, args ...any) {
		if when {
			list = append(list, fmt.Sprintf(format, args...))
		}
	}
	assumed := slices.ContainsFunc(r.Instruments, func(in market.Instrument) bool { return in.Assumed })
	add(assumed, "the filters of the instruments (tick, lot, minimum) were recorded after the period began and are assumed until then")
	for i := range r.Instruments {
		in := &r.Instruments[i]
		bare := in.Tick.Equal(decimal.New(1, -8)) && in.Step.Equal(in.Tick) && in.MinNotional.IsZero()
		add(bare, "the filters of %s are not known: a tick and step of 0.00000001 and no minimum were assumed", in.Symbol)
	}
	add(r.Assumed > 0, "when %s became known was assumed: the source does not record it", plural(r.Assumed, "signal row"))
	onTrades := slices.Contains(r.Execution, market.Trades)
	add(onTrades, "orders were filled at single trades, and neither limited nor worsened by their share of one: it does not show what the book held")
	add(n.NoVolume > 0 && !onTrades, "no volume for %s: fills were neither limited nor worsened by their share of it", plural(n.NoVolume, "instrument"))
	add(n.Unmarked > 0, "no mark prices for %s: liquidations went by execution prices, and so did fundings without a recorded mark", plural(n.Unmarked, "perpetual"))
	add(r.Instruments[0].Perpetual() && n.Funded == 0, "no funding: none was recorded for the period; name files with funding = [] in the account")
	add(n.Liquidated > 0, "the venue liquidated %s", plural(n.Liquidated, "position"))
	add(n.Waited > 0, "%s waited longer than one interval for a bar", plural(n.Waited, "fill"))
	add(n.Overflow > 0, "%s took more than the allowed share of a bar's volume, worse by overflow_bps or at their limit", plural(n.Overflow, "closing fill"))
	add(r.Skipped > 0, "too small to trade: %s of a target", plural(r.Skipped, "change"))
	add(r.Unfunded > 0, "not made, since the cash was in other positions: %s of a target", plural(r.Unfunded, "increase"))
	add(r.Locked > 0, "not made, since working exits lock the position: %s of a target", plural(r.Locked, "decrease"))
	list = append(list, notMoved(r.NotMoved)...)
	add(len(r.Silent) > 0, "no bars for 3 days or more before the end: %s", strings.Join(r.Silent, ", "))
	for _, h := range r.Halts {
		on := ""
		if h.Instrument != market.NoInstrument {
			on = " on " + r.Instruments[h.Instrument].Symbol
		}
		add(true, "still halted since %s: %s%s: %s", h.Time, h.Rule, on, h.Text)
	}
	open := 0
	for _, o := range r.Orders {
		if !o.State.Final() {
			open++
		}
	}
	add(open > 0, "%s still open at the end, not filled", plural(open, "order"))
	return list
}

// notMoved says which flows were refused, the first few of them in words.
func notMoved(list []engine.FlowRefused) (lines []string) {
	const shown = 3
	for i := range list[:min(len(list), shown)] {
		f := &list[i]
		lines = append(lines, fmt.Sprintf("refused at %s: %s: %s", f.Time, f.What, f.Why))
	}
	if more := len(list) - shown; more > 0 {
		lines = append(lines, plural(more, "more flow")+" refused; --format json lists them")
	}
	return lines
}

// writeReport prints a result as one line of JSON.
func writeReport(out io.Writer, p *backtest.Report) error {
	b, err := p.JSON()
	if err == nil {
		_, err = out.Write(append(b, '\n'))
	}
	return err
}
