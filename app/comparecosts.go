package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"text/tabwriter"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
)

// costLimit is the largest multiple of the costs that is tried; a lower one where fees
// or slippage would reach the whole price.
const costLimit = 10

// scale multiplies the costs of an account.
func (a *account) scale(multiple decimal.Decimal) error {
	a.sim = a.sim.Scaled(multiple)
	h := *a.history
	h.Instruments = slices.Clone(h.Instruments)
	for i := range h.Instruments {
		fees := &h.Instruments[i].Fees
		*fees = fees.Scaled(multiple)
		if err := fees.Validate(); err != nil {
			return err
		}
	}
	a.history = &h
	return a.sim.Validate()
}

// costLimit returns the largest multiple of the costs that is possible, in hundredths:
// fees and slippage stay below the whole price.
func (a *account) costLimit() (int64, error) {
	possible := func(n int64) error {
		trial := *a
		return trial.scale(decimal.New(n, -2))
	}
	low, high := int64(100), int64(costLimit*100)
	if err := possible(low); err != nil {
		return 0, usageError("lower them", "%w", err)
	}
	if possible(high) == nil {
		return high, nil
	}
	for high-low > 1 {
		if middle := (low + high) >> 1; possible(middle) == nil {
			low = middle
		} else {
			high = middle
		}
	}
	return low, nil
}

// compareCosts runs the account with other costs, and searches the break-even.
func (c *command) compareCosts(ctx context.Context, a *account, f *backtestFlags) error {
	limit, err := a.costLimit()
	if err != nil {
		return err
	}
	x := &comparison{command: c, account: a, flags: f}
	costs, first := &backtest.Costs{Schema: backtest.CostsSchema}, (*ran)(nil)
	err = costs.Fill(limit, func(multiple decimal.Decimal) (backtest.Headline, error) {
		r, err := x.run(ctx, "with costs ×"+multiple.String(), func(a *account) error { return a.scale(multiple) })
		if err != nil {
			return backtest.Headline{}, err
		}
		first = cmp.Or(first, r)
		return r.Headline, nil
	})
	if err != nil {
		return err
	}
	first.id.Inputs = a.history.InputsHash(first.result.Execution)
	costs.Compared = backtest.NewCompared(first.id, first.result)
	return cmp.Or(c.showCosts(costs, first.result.Instruments[0].Quote), x.failed)
}

func (c *command) showCosts(t *backtest.Costs, quote string) error {
	if c.format == "json" {
		return c.json(t)
	}
	fmt.Fprintf(c.out, "\nperiod  %s to %s\nstart   %s %s\n\n", t.From, t.To, t.StartEquity.StringFixed(2), quote)
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "COSTS\tEQUITY\tRETURN\tDRAWDOWN\tFEES\tTRADES\tRESULT HASH")
	for i := range t.Runs {
		r := &t.Runs[i]
		if r.Headline == nil {
			fmt.Fprintf(w, "×%s\tn/a — more than the price\n", r.Multiple)
			continue
		}
		fmt.Fprintf(w, "×%s\t%s\t%s\t%s\t%s\t%d\t%.12s\n", r.Multiple, r.FinalEquity.StringFixed(2), percent(r.TotalReturn),
			percent(r.MaxDrawdown), r.FeesQuote.StringFixed(2), r.Trades, r.ResultHash)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.out, "\nbreak-even: %s (%s)\n", breakEven(&t.BreakEven), plural(t.BreakEven.Runs, "run"))
	return err
}

// breakEven says what a search for the break-even found.
func breakEven(b *backtest.BreakEven) string {
	switch b.Outcome {
	case backtest.NothingWasTraded:
		return "nothing was traded"
	case backtest.NoCosts:
		return "there are no costs to multiply"
	case backtest.LosesAnyway:
		return "loses without any costs"
	case backtest.WinsAtTheLimit:
		text := fmt.Sprintf("still profitable at ×%s", b.Limit)
		if b.Limit.LessThan(decimal.New(costLimit, 0)) {
			text += ", the most that leaves something of the price"
		}
		return text
	}
	return fmt.Sprintf("the gain is gone between ×%s and ×%s of the costs", b.Low, b.High)
}
