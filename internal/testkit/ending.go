package testkit

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// Transcript returns the lines of a run that ended with an outcome or an error: the
// events, and what the script wants shown of the result.
func (p *Play) Transcript(out *backtest.Outcome, err error) []string {
	if err != nil {
		return append(p.lines, "error: "+err.Error())
	}
	for _, f := range out.Faults {
		p.add("stopped %s: %v", f.Strategy, f.Err)
	}
	for _, a := range p.actors {
		for _, left := range a.acts {
			p.add("error: %s:%d: no callback of strategy %s came at %s", p.script.Path, left.line, a.part.name, formatClock(left.at))
		}
	}
	for _, what := range p.script.shows {
		p.show(what, out)
	}
	return p.lines
}

func (p *Play) add(format string, args ...any) {
	p.lines = append(p.lines, fmt.Sprintf(format, args...))
}

func (p *Play) show(what string, out *backtest.Outcome) {
	r := out.Result
	switch what {
	case "trades", "excursions":
		for _, t := range r.Trades {
			p.trade(t, what == "excursions")
		}
	case "open":
		for i := range r.Open {
			p.open(&r.Open[i])
		}
	case "flows":
		for _, f := range r.Flows {
			p.add("flow %s %s", formatClock(f.Time), moved(&f.Flow))
		}
	case "unallocated":
		p.add("unallocated %s", out.Engine.Unallocated())
	case "dust":
		for _, d := range r.Dust {
			p.add("dust %s %s", d.Asset, d.Quantity)
		}
	case "fee-balance":
		p.add("fee-balance %s %s", r.FeeBalance.Quantity, r.FeeBalance.Asset)
	case "final":
		p.add("final %s", r.Final)
	case "equity":
		p.samples(r.Curve.Daily)
	case "instants":
		p.samples(r.Curve.Instants)
	case "refusals":
		for _, c := range r.Refusals {
			p.add("refusals %s %d", c.Rule, c.N)
		}
	case "read":
		p.add("read %d observed %d assumed", r.Observed, r.Assumed)
	case "notes":
		locked := ""
		if r.Locked > 0 {
			locked = fmt.Sprintf(" locked %d", r.Locked)
		}
		p.add("notes waited %d overflow %d no-volume %d skipped %d%s", out.Notes.Waited, out.Notes.Overflow, out.Notes.NoVolume, r.Skipped, locked)
	case "silent":
		p.add("silent %v", r.Silent)
	case "metrics", "hash":
		p.report(what, out)
	case "bars", "signals", "inputs":
	default:
		p.add("error: %s: cannot show %q", p.script.Path, what)
	}
}

func (p *Play) samples(list []engine.Sample) {
	for _, s := range list {
		p.add("equity %s %s", formatClock(s.Time), strconv.FormatFloat(s.Equity, 'g', 12, 64))
	}
}

func (p *Play) trade(t *engine.Trade, excursions bool) {
	in := &p.Config.Instruments[t.Instrument]
	entry, _ := engine.Average(t.Entries)
	exit, q := engine.Average(t.Exits)
	_, _, fees := t.Fees(in)
	short, funding := "", ""
	if t.Short {
		short = "short "
	}
	if !t.Funding.IsZero() {
		funding = ", funding " + t.Funding.String()
	}
	text := fmt.Sprintf("trade %s %s %s%s: %s at %s to %s at %s, fees %s%s, pnl %s",
		t.Strategy, in.Base, short, q, entry, formatClock(t.EntryTime()), exit, formatClock(t.ExitTime()), fees, funding, t.Profit(in))
	if excursions {
		mae, mfe := t.Excursions()
		text += fmt.Sprintf(", mae %.6g, mfe %.6g, bars %d", mae, mfe, t.Bars())
	}
	p.add("%s", text)
}

func (p *Play) open(h *engine.Holding) {
	text := fmt.Sprintf("open %s %s %s cost %s at %s", h.Trade.Strategy, p.Config.Instruments[h.Trade.Instrument].Base, h.Quantity, h.Cost, h.Price)
	if !h.Realised.IsZero() {
		text += " realised " + h.Realised.String()
	}
	if h.Unsellable {
		text += " unsellable"
	}
	p.add("%s", text)
}

// report shows what the published form of the result has: metrics, or its hash.
func (p *Play) report(what string, out *backtest.Outcome) {
	from, to := p.script.History.Span()
	r, err := backtest.NewReport(backtest.Identity{Seed: p.Config.Seed, From: from, To: to}, out.Result, 0, backtest.EquityNone)
	switch {
	case err != nil:
		p.add("error: %v", err)
	case what == "hash":
		p.add("hash %.16s", r.ResultHash)
	default:
		m := &r.Metrics
		p.add("metrics return %s cagr %s sharpe %s sortino %s calmar %s drawdown %s",
			figure(m.TotalReturn), figure(m.CAGR), figure(m.Sharpe), figure(m.Sortino), figure(m.Calmar), figure(m.MaxDrawdown))
	}
}

func figure(x *float64) string {
	if x == nil {
		return "null"
	}
	return strconv.FormatFloat(*x, 'g', 6, 64)
}

// price returns the last close of an instrument's execution series.
func (s *Script) price(i int, d market.Interval) (price float64, scale int32) {
	for _, series := range s.History.Series {
		if c := series.Columns; int(series.Instrument) == i && c.Interval == d && c.Len() > 0 {
			return c.Close[c.Len()-1], c.PriceScale
		}
	}
	return 0, 0
}

// moved writes a flow with its sign.
func moved(f *market.Flow) string {
	if f.Amount.IsNegative() {
		return "-" + strings.TrimSpace(flow(f))
	}
	return strings.TrimSpace(flow(f))
}
