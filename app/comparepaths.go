package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// comparePaths runs the account on each path inside the bars, and on finer bars where
// there are any.
func (c *command) comparePaths(ctx context.Context, a *account, f *backtestFlags) error {
	x := &comparison{command: c, account: a, flags: f}
	trial, err := x.fresh()
	if err != nil {
		return err
	}
	e, err := engine.New(trial.engine)
	if err != nil {
		return x.located(&market.Error{Class: market.Usage, Err: err})
	}
	pair, detail, err := a.history.Paired(e.Subscriptions())
	if err != nil {
		return x.located(err)
	}
	p, first := &backtest.Paths{Schema: backtest.PathsSchema}, (*engine.Result)(nil)
	add := func(name string, change func(*account)) error {
		r, err := x.run(ctx, "path "+name, func(a *account) error {
			a.history = pair
			change(a)
			return nil
		})
		if err != nil {
			return err
		}
		if first == nil {
			r.id.Inputs = pair.InputsHash(nil)
			p.Compared, first = backtest.NewCompared(r.id, r.result), r.result
		}
		p.Add(name, r.Headline, first, r.result)
		return nil
	}
	for _, path := range [...]sim.Path{sim.Pessimistic, sim.Optimistic, sim.OHLC} {
		if err := add(path.String(), func(a *account) { a.sim.Path = path }); err != nil {
			return err
		}
	}
	if detail > 0 {
		c.note("note: all runs see bars made of those of the detailed run, over its time")
		if err := add(backtest.Detailed, func(a *account) { a.history = pair.WithDetail(detail) }); err != nil {
			return err
		}
	} else {
		c.note("note: nothing finer is stored than what filled the orders: name a file with --detail-csv, or import finer bars")
	}
	return cmp.Or(c.showPaths(p, first), x.failed)
}

func (c *command) showPaths(p *backtest.Paths, r *engine.Result) error {
	if c.format == "json" {
		return c.json(p)
	}
	fmt.Fprintf(c.out, "\nperiod  %s to %s\nstart   %s %s\n\n", p.From, p.To, p.StartEquity.StringFixed(2), r.Instruments[0].Quote)
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PATH\tFILLED ON\tEQUITY\tRETURN\tDRAWDOWN\tFEES\tTRADES\tOTHER FILLS\tFROM\tRESULT HASH")
	for i := range p.Runs {
		run := &p.Runs[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d of %d\t%s\t%.12s\n", run.Path, filledOn(run.Exec), run.FinalEquity.StringFixed(2),
			percent(run.TotalReturn), percent(run.MaxDrawdown), run.FeesQuote.StringFixed(2), run.Trades, run.OtherFills, run.ComparedFills, since(run.OtherFrom), run.ResultHash)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	text := "pessimistic … optimistic is what the inside of the bars can make of it; no bound is promised for a whole run"
	traded := slices.ContainsFunc(p.Runs, func(r backtest.PathRun) bool { return r.Fills > 0 })
	alike := !slices.ContainsFunc(p.Runs, func(r backtest.PathRun) bool { return r.OtherFills > 0 })
	switch b := p.DetailBetween; {
	case !traded:
		text = "nothing was traded"
	case alike:
		text = "the way inside the bars makes no difference: all fills are alike"
	case b == nil:
	case *b:
		text = "the detailed run ends between pessimistic and optimistic; no bound is promised for a whole run"
	default:
		text = "the detailed run ends OUTSIDE pessimistic … optimistic: a jump across a stop, a cap on a smaller volume, or decisions that changed with a fill can do that"
	}
	_, err := fmt.Fprintf(c.out, "\n%s\n", text)
	return err
}

func since(t *market.Time) string {
	if t == nil {
		return ""
	}
	return t.String()
}

// filledOn lists the execution intervals: "1h" where all are alike.
func filledOn(exec map[string]string) string {
	var list []string
	for symbol, d := range exec {
		list = append(list, symbol+" "+d)
	}
	slices.Sort(list)
	same := slices.ContainsFunc(list, func(s string) bool { return s[strings.Index(s, " "):] != list[0][strings.Index(list[0], " "):] })
	if !same && len(list) > 0 {
		return list[0][strings.Index(list[0], " ")+1:]
	}
	return strings.Join(list, ", ")
}
