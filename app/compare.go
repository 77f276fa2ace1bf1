package app

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
)

// allPaths is what --path says where all are compared.
const allPaths = "all"

// applyCompare refuses flags that have no say beside a comparison of runs.
func (f *backtestFlags) applyCompare(equity bool) error {
	if path := f.sim["path"]; *path == allPaths {
		f.paths, *path = true, ""
	}
	if path := *f.sim["path"]; path != "" {
		if _, err := sim.ParsePath(path); err != nil {
			return usageError("use pessimistic, optimistic, ohlc, or all of them to compare", "--path %q is not a path", path)
		}
	}
	var chosen []string
	for _, c := range []struct {
		flag string
		on   bool
	}{{"--path all", f.paths}, {"--costs", f.costs}, {"--rules", f.rules}} {
		if c.on {
			chosen = append(chosen, c.flag)
		}
	}
	if len(chosen) == 0 {
		return nil
	}
	name := chosen[0]
	switch {
	case len(chosen) > 1:
		return usageError("run one after the other", "%s are comparisons of their own", strings.Join(chosen, " and "))
	case f.out != "":
		return usageError("leave one of them away; --format json prints the comparison", "--out writes the result of one run, and %s makes several", name)
	case f.lots:
		return usageError("leave one of them away", "--lots shows the trades of one run, and %s makes several", name)
	case equity:
		return usageError("leave one of them away", "--equity is about the result of one run, and %s makes several", name)
	}
	return nil
}

// comparison runs an account several times over one history.
type comparison struct {
	command *command
	account *account
	flags   *backtestFlags
	seen    []string // notes that were printed, without their numbers
	failed  error    // of the first strategy that stopped
}

// fresh returns the account with strategies and rules that have not run yet.
func (x *comparison) fresh() (*account, error) {
	cfg, err := x.flags.load()
	if err != nil {
		return nil, err
	}
	a := *x.account
	a.config = &cfg.Accounts[0]
	return &a, a.build()
}

// ran is what one run of a comparison left.
type ran struct {
	backtest.Headline
	result *engine.Result
	report *backtest.Report
	id     backtest.Identity
}

// run runs the account once, as change makes it.
func (x *comparison) run(ctx context.Context, name string, change func(*account) error) (*ran, error) {
	a, err := x.fresh()
	if err == nil {
		err = change(a)
	}
	if err != nil {
		return nil, err
	}
	if onTerminal(x.command.err) {
		x.command.note("running %s", name)
	}
	out, err := backtest.Run(ctx, a.engine, a.history, backtest.Options{Sim: a.sim})
	if err != nil {
		return nil, x.located(err)
	}
	id := backtest.Identity{Binary: binary(), Config: x.account.hash, Seed: a.engine.Seed}
	id.From, id.To = a.history.ExecutionSpan(out.Execution)
	report, err := backtest.NewReport(id, out.Result, 0, backtest.EquityNone)
	if err != nil {
		return nil, err
	}
	report.Synthetic = a.madeUp(out.Engine)
	x.note(slices.Concat(a.remarks(out.Engine), a.signalNotes(out.Engine, out.Result), caveats(out.Result, out.Notes)))
	x.note(oddities(a.dataLines(out.Execution)))
	if x.failed == nil {
		x.failed = faulted(out.Result)
	}
	return &ran{backtest.NewHeadline(report, out.Result), out.Result, report, id}, nil
}

// located says which configuration an error is about, unless there is none.
func (x *comparison) located(err error) error {
	if x.flags.strategy != "" {
		return defect(err)
	}
	return x.account.located(err)
}

// note prints what was not printed yet; lines that differ in a number are alike.
func (x *comparison) note(list []string) {
	for _, line := range list {
		words := strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) {
				return -1
			}
			return r
		}, line)
		if !slices.Contains(x.seen, words) {
			x.seen = append(x.seen, words)
			x.command.note("note: %s", line)
		}
	}
}
