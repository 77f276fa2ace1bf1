package app

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/risk"
)

// ruleNames lists the rules of an account's chains, in their order, as CHAIN/RULE.
func (a *account) ruleNames() (names []string) {
	for _, s := range a.config.Strategies {
		if s.Risk == nil {
			continue
		}
		for _, r := range s.Risk.Rules {
			if name := s.Risk.Name + "/" + r.Name; !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// keepRules leaves each strategy those of its rules that are named.
func (a *account) keepRules(names []string) {
	for k, s := range a.config.Strategies {
		if s.Risk == nil {
			continue
		}
		in := &a.engine.Instances[k]
		in.Rules = slices.DeleteFunc(slices.Clone(in.Rules), func(r risk.Named) bool { return !slices.Contains(names, s.Risk.Name+"/"+r.Name) })
	}
}

// compareRules runs the account without its rules, with each alone, and with all.
func (c *command) compareRules(ctx context.Context, a *account, f *backtestFlags) error {
	all := a.ruleNames()
	if len(all) == 0 {
		return usageError(`give the strategies a chain, as risk = "NAME"`, "there are no rules to compare")
	}
	x := &comparison{command: c, account: a, flags: f}
	rules, first := &backtest.Rules{Schema: backtest.RulesSchema}, (*ran)(nil)
	sets := [][]string{{}}
	for _, name := range all {
		sets = append(sets, []string{name})
	}
	if len(all) > 1 {
		sets = append(sets, all)
	}
	for _, names := range sets {
		r, err := x.run(ctx, runRules(names), func(a *account) error { a.keepRules(names); return nil })
		if err != nil {
			return err
		}
		first = cmp.Or(first, r)
		rules.Add(shortened(names, all), r.Headline, r.report, r.result)
	}
	first.id.Inputs = a.history.InputsHash(first.result.Execution)
	rules.Compared = backtest.NewCompared(first.id, first.result)
	return cmp.Or(c.showRules(rules, first.result), x.failed)
}

// runRules says with which rules a run is made.
func runRules(names []string) string {
	if len(names) == 0 {
		return "without rules"
	}
	return "with " + strings.Join(names, ", ")
}

// shortened leaves the chain out where there is only one.
func shortened(names, all []string) []string {
	chain, _, _ := strings.Cut(all[0], "/")
	if slices.ContainsFunc(all, func(n string) bool { return !strings.HasPrefix(n, chain+"/") }) {
		return names
	}
	short := make([]string, len(names))
	for k, n := range names {
		short[k] = strings.TrimPrefix(n, chain+"/")
	}
	return short
}

func (c *command) showRules(t *backtest.Rules, r *engine.Result) error {
	if c.format == "json" {
		return c.json(t)
	}
	fmt.Fprintf(c.out, "\nperiod  %s to %s\nstart   %s %s\n\n", t.From, t.To, t.StartEquity.StringFixed(2), r.Instruments[0].Quote)
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RULES\tEQUITY\tRETURN\tDRAWDOWN\tTRADES\tREFUSED\tCUT\tEXITS\tHALTS\tRESULT HASH")
	for i := range t.Runs {
		run := &t.Runs[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\t%.12s\n", ruleRow(run.Rules), run.FinalEquity.StringFixed(2), percent(run.TotalReturn),
			percent(run.MaxDrawdown), run.Trades, sum(run.Refusals), sum(run.Cuts), sum(run.Exits), len(run.Halts), run.ResultHash)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(c.out)
	for i := range t.Runs {
		if run := &t.Runs[i]; len(run.Rules) == 1 {
			showDeeds(w, run)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return printBuyAndHold(c.out, r)
}

// ruleRow names a run in the table of rules.
func ruleRow(rules []string) string {
	switch len(rules) {
	case 0:
		return "none"
	case 1:
		return rules[0]
	}
	return fmt.Sprintf("all %d", len(rules))
}

// showDeeds says what a rule did first, of each kind.
func showDeeds(w io.Writer, run *backtest.RuleRun) {
	name := run.Rules[0]
	say := func(what string, e *backtest.RuleExample) {
		if e != nil {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s: %s%s\n", name, what, e.Time, e.Order, e.Measured, prefixed(", limit ", e.Limit))
			name = ""
		}
	}
	say("refused", run.Refused)
	say("cut", run.Cut)
	say("exit", run.Exit)
	if len(run.Halts) > 0 {
		h := &run.Halts[0]
		fmt.Fprintf(w, "%s\thalted\t%s\t%s\n", name, h.From, haltText(h))
		name = ""
	}
	if name != "" {
		fmt.Fprintf(w, "%s\tdid nothing\n", name)
	}
}

// haltText says what a halt was about, why, and until when it stood.
func haltText(h *backtest.HaltLine) string {
	end := ", stands"
	switch {
	case h.Lifted != 0:
		end = ", lifted " + h.Lifted.String()
	case h.Renewed != 0:
		end = ", renewed " + h.Renewed.String()
	}
	return h.Scope + prefixed(" ", h.Symbol) + prefixed(" ", h.Side) + ": " + h.Text + end
}
