package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

func (c *command) checkCommand() *cobra.Command {
	var sets []string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "validate the configuration, and print what it means",
		Long: `Reads the configuration and the history offline, or, where the account goes by a venue,
the configuration alone, without asking it; initialises every strategy and
rule, and prints the configuration with its defaults, what each strategy watches, the
rules its orders pass, the margin and fundings of perpetual futures, and what the
schedules of its sources cost ('signalman signals plan').`,
		Example: "  signalman check\n  signalman check --config mine.toml",
		Args:    exact(0, "no arguments"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.check(cmd.Context(), sets) },
	}
	c.configFlag(cmd)
	cmd.Flags().StringArrayVar(&sets, "set", nil, "override a key of the configuration: strategy.NAME.params.X=V")
	return cmd
}

// checkedStrategy is what check says of one strategy.
type checkedStrategy struct {
	Name    string   `json:"name"`
	Type    string   `json:"type"`
	Watches []string `json:"watches"`
	Rules   []string `json:"rules"`
}

func (c *command) check(ctx context.Context, sets []string) error {
	cfg, err := config.Load(c.config, c.configPlugins(), sets...)
	if err != nil {
		return err
	}
	asked, err := c.planned(cfg, time.Now())
	if err != nil {
		return err
	}
	a, err := c.checkedAccount(ctx, cfg, sets)
	if err != nil {
		return err
	}
	e, err := engine.New(a.engine)
	if err != nil {
		return a.located(&market.Error{Class: market.Usage, Err: err})
	}
	subs := e.Subscriptions()
	var execution []market.Interval
	remarks := syntheticNotes(a.madeUp(e))
	if !beyond(cfg) {
		if _, execution, err = backtest.NewFeed(a.history, subs); err != nil {
			return err
		}
		remarks = a.remarks(e)
	}
	list := checkStrategies(a, e, subs)
	for _, w := range slices.Concat(c.atVenue(cfg), warnings(a, execution), remarks, asked.remarks()) {
		c.note("warning: %s", w)
	}
	if c.format == "json" {
		out := map[string]any{"config_hash": a.hash.String(), "strategies": list, "resolved": string(cfg.Resolved())}
		if perpetuals := checkPerpetuals(a); len(perpetuals) > 0 && !beyond(cfg) {
			out["perpetuals"] = perpetuals
		}
		if len(asked.Sources) > 0 {
			out["plan"] = asked
		}
		return errors.Join(c.json(out), asked.refusal(c.config))
	}
	if err := c.printCheck(cfg, a, list, execution); err != nil {
		return err
	}
	if len(asked.Sources) > 0 {
		fmt.Fprintln(c.out)
		if err := c.printPlan(asked); err != nil {
			return err
		}
	}
	if err := asked.refusal(c.config); err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.out, "\nconfig hash %s\nthe configuration is valid\n", a.hash)
	return err
}

// checkedAccount makes the account that is checked: over its history, or as it is at a venue.
func (c *command) checkedAccount(ctx context.Context, cfg *config.Config, sets []string) (*account, error) {
	if beyond(cfg) {
		return c.accountAtVenue(ctx, cfg, sets)
	}
	return c.loadAccount(ctx, sets)
}

func checkStrategies(a *account, e *engine.Engine, subs []engine.Subscription) []checkedStrategy {
	list := []checkedStrategy{}
	for _, s := range a.config.Strategies {
		one := checkedStrategy{Name: s.Name, Type: s.Type, Watches: []string{}, Rules: []string{}}
		for _, sub := range subs {
			if sub.Strategy == s.Name {
				one.Watches = append(one.Watches, fmt.Sprintf("%s %s (last %d, warm after %d)",
					a.history.Instruments[sub.Instrument].Symbol, sub.Interval, sub.Lookback, sub.Warmup))
			}
		}
		for _, q := range e.SignalQueries(s.Name) {
			one.Watches = append(one.Watches, a.watched(s, q))
		}
		for _, q := range e.RuleSignals(s.Name) {
			one.Watches = append(one.Watches, a.watched(s, q.Query)+", for "+q.Rule)
		}
		if s.Sizer != nil {
			one.Rules = append(one.Rules, "size by "+s.Sizer.Name)
		}
		if s.Risk != nil {
			for _, r := range s.Risk.Rules {
				one.Rules = append(one.Rules, r.Name)
			}
		}
		list = append(list, one)
	}
	return list
}

// watched says what of a kind of signal the history has for a strategy.
func (a *account) watched(s *config.Strategy, q market.SignalQuery) string {
	return fmt.Sprintf("signal %s of %s (at most %s old): %s",
		q.Kind, cmp.Or(q.Source, "any source"), market.Duration(q.MaxAge), plural(a.rows(q, append(a.assets(s), market.MarketWide)...), "row"))
}

// remarks returns what a reader of a run over this history should know, a line each.
func (a *account) remarks(e *engine.Engine) []string {
	return slices.Concat(a.cutFlows(), a.asSpot(), a.fundingGaps(), a.blind(e), a.doubtful(e), syntheticNotes(a.madeUp(e)))
}

// asSpot tells of perpetual futures that are traded as if they were spot pairs.
func (a *account) asSpot() (lines []string) {
	for k := range a.history.Instruments {
		if in := &a.history.Instruments[k]; futures(in.Venue) && !in.Perpetual() {
			lines = append(lines, fmt.Sprintf("%s is traded as a spot pair over bars of %s, a venue of perpetual futures; for those set market = \"usdm\" in the account, or give --market usdm", in.Symbol, in.Venue))
		}
	}
	return lines
}

// warnings are settings that are allowed and probably not meant.
func warnings(a *account, execution []market.Interval) []string {
	var list []string
	latency := a.sim.Latency + a.sim.Jitter
	for i, d := range execution {
		if latency > 0 && latency < market.Time(d) {
			list = append(list, fmt.Sprintf("latency %s is shorter than the %s bars of %s: every order waits for the bar after next",
				market.Duration(latency), d, a.history.Instruments[i].Symbol))
		}
	}
	for _, s := range a.config.Strategies {
		if s.Risk == nil {
			list = append(list, fmt.Sprintf("strategy %s has no risk rules: name a chain with risk = \"...\"", s.Name))
		}
	}
	return append(list, idleRules(a.config)...)
}

// rulesWidth is how wide the column of rules gets.
const rulesWidth = 32

// at returns one of a list, or "" behind its end.
func at(list []string, k int) string {
	if k < len(list) {
		return list[k]
	}
	return ""
}

// printChains prints what the orders of strategies pass, chain by chain, in that order.
func (c *command) printChains(w io.Writer, list []*config.Strategy) {
	for k, s := range list {
		chain := s.Risk
		if chain == nil || slices.ContainsFunc(list[:k], func(o *config.Strategy) bool { return o.Risk == chain }) {
			continue
		}
		fmt.Fprintf(w, "\nCHAIN %s\tTYPE\tWHAT IT DOES\n", chain.Name)
		if z := chain.Sizer; z != nil {
			printDoc(w, "size by "+z.Name, z.Type, docOf(c.plugins.Sizers, z.Type, func(p risk.SizerPlugin) (string, string) { return p.Name, p.Doc }))
		}
		for n, r := range chain.Rules {
			kind := chain.Types[n]
			printDoc(w, fmt.Sprintf("%d. %s", n+1, r.Name), kind, docOf(c.plugins.Rules, kind, func(p risk.Plugin) (string, string) { return p.Name, p.Doc }))
		}
	}
}

// docWidth is how wide the column of what a rule does gets.
const docWidth = 70

func printDoc(w io.Writer, name, kind, doc string) {
	for _, line := range wrapped(strings.Fields(doc), " ", docWidth) {
		fmt.Fprintf(w, "%s\t%s\t%s\n", name, kind, line)
		name, kind = "", ""
	}
}

// docOf returns the line that documents a plug-in.
func docOf[P any](list []P, name string, of func(P) (name, doc string)) string {
	for _, p := range list {
		if n, doc := of(p); n == name {
			return doc
		}
	}
	return ""
}

func (c *command) printCheck(cfg *config.Config, a *account, list []checkedStrategy, execution []market.Interval) error {
	fmt.Fprintf(c.out, "%s\n", cfg.Resolved())
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "STRATEGY\tTYPE\tWATCHES\tORDERS PASS")
	for _, s := range list {
		rules := []string{"no rules"}
		if len(s.Rules) > 0 {
			rules = wrapped(s.Rules, " → ", rulesWidth)
		}
		name, kind := s.Name, s.Type
		for k := range max(len(s.Watches), len(rules)) {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", name, kind, at(s.Watches, k), at(rules, k))
			name, kind = "", ""
		}
	}
	c.printChains(w, a.config.Strategies)
	if beyond(cfg) {
		return w.Flush() // the venue knows the rest
	}
	fmt.Fprintln(w, "\nINSTRUMENT\tFILLED ON\tTICK\tSTEP\tMINIMUM")
	for i := range a.history.Instruments {
		in := &a.history.Instruments[i]
		fmt.Fprintf(w, "%s\t%s bars\t%s\t%s\t%s %s\n", in.Symbol, execution[i], in.Tick, in.Step, in.MinNotional, in.Quote)
	}
	printPerpetuals(w, a)
	return w.Flush()
}
