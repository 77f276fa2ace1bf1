package app

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/internal/datacheck"
	"github.com/signalman-trading/signalman/market"
)

// reportedFindings is how many findings of a kind a report lists.
const reportedFindings = 100

// looked is what a look at one series of a history found.
type looked struct {
	series  backtest.Series
	report  *datacheck.Report
	leftOut int // rows that were errors
}

// checkHistory looks at every series of the account's history. Errors end the run, unless
// bad rows are to be left out.
func (c *command) checkHistory(a *account) error {
	now := market.TimeOf(time.Now())
	a.looked = make([]looked, len(a.history.Series))
	for k := range a.history.Series {
		s := &a.history.Series[k]
		in := &a.history.Instruments[s.Instrument]
		o := datacheck.Options{Venue: in.Venue, Now: now, Limit: reportedFindings}
		l := looked{series: *s, report: datacheck.Check(s.Columns, o), leftOut: c.leftOut[s.Columns.Interval]}
		if n := l.report.Errors(); n > 0 {
			name := strings.TrimSpace(in.Venue + " " + in.Symbol + " " + s.Columns.Interval.String())
			if !c.skipBad {
				return badHistory(name, l.report)
			}
			c.note("%s: %s left out, the first: %s", name, plural(n, "bad row"), l.report.Findings[0].Text)
			l.leftOut += n
			s.Columns = datacheck.Sound(s.Columns)
			l.report = datacheck.Check(s.Columns, o)
		}
		a.looked[k] = l
	}
	return nil
}

// badHistory says why a series is refused.
func badHistory(name string, r *datacheck.Report) error {
	return &market.Error{
		Class: market.Data, Where: name, Err: fmt.Errorf("%s, the first: %s", plural(r.Errors(), "bad row"), r.Findings[0].Text),
		Hint: "see 'signalman data check'; repair it, or leave bad rows out with 'signalman backtest --skip-bad'",
	}
}

// dataLines returns what was found in the series that filled orders.
func (a *account) dataLines(execution []market.Interval) []backtest.DataLine {
	var lines []backtest.DataLine
	for _, found := range a.looked {
		r, c := found.report, found.series.Columns
		if execution[found.series.Instrument] != c.Interval {
			continue
		}
		in := &a.history.Instruments[found.series.Instrument]
		gaps := r.Of(datacheck.Gap)
		l := backtest.DataLine{
			Venue: in.Venue, Symbol: in.Symbol, Interval: c.Interval.String(), Bars: r.Bars, LeftOut: found.leftOut,
			Gaps: gaps.Count, Missing: gaps.Bars, Known: gaps.Known,
			Jumps:      r.Of(datacheck.Jump).Count + r.Of(datacheck.Spike).Count + r.Of(datacheck.Scale).Count,
			ZeroVolume: r.Of(datacheck.ZeroVolume).Count, Stale: r.Of(datacheck.Stale).Count, Unfinished: int(r.Of(datacheck.Unfinished).Bars),
			Findings: []backtest.DataFinding{},
		}
		for _, f := range r.Findings {
			l.Findings = append(l.Findings, backtest.DataFinding{Kind: string(f.Kind), From: f.From, To: f.To, Bars: f.Bars, Outage: f.Outage, Text: f.Text})
		}
		lines = append(lines, l)
	}
	return lines
}

// oddities says what was found, a line for all series of which the same is to be said.
func oddities(lines []backtest.DataLine) []string {
	var order []string
	symbols := map[string][]string{}
	for i := range lines {
		text := oddity(&lines[i])
		if text == "" {
			continue
		}
		if !slices.Contains(order, text) {
			order = append(order, text)
		}
		symbols[text] = append(symbols[text], lines[i].Symbol)
	}
	for i, text := range order {
		order[i] = strings.Join(symbols[text], ", ") + ": " + text
		if len(symbols[text]) > 1 {
			order[i] = "each of " + order[i]
		}
	}
	return order
}

// oddity says what was found in one series.
func oddity(l *backtest.DataLine) string {
	var parts []string
	add := func(n int, text string) {
		if n > 0 {
			parts = append(parts, text)
		}
	}
	add(l.LeftOut, plural(l.LeftOut, "bad row")+" left out")
	add(l.Gaps, plural(l.Gaps, "gap")+" with "+plural(int(l.Missing), "bar")+" missing, "+known(datacheck.Tally{Count: l.Gaps, Known: l.Known}))
	add(l.Jumps, plural(l.Jumps, "jump"))
	add(l.ZeroVolume, plural(l.ZeroVolume, "run")+" without volume")
	add(l.Stale, plural(l.Stale, "run")+" of bars that are alike")
	add(l.Unfinished, plural(l.Unfinished, "bar")+" at the end not finished")
	return strings.Join(parts, "; ")
}
