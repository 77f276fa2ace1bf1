package app

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/buyandhold"
)

// allSamples is what --sample says where each strategy is run.
const allSamples = "all"

// samplesSchema names the form of what --sample all prints as JSON.
const samplesSchema = "signalman.samples/1"

// samples is the samples of the strategies, each run alone.
type samples struct {
	Schema  string      `json:"schema"`
	Binary  string      `json:"binary"`
	Seconds float64     `json:"seconds"` // for all of it
	Samples []sampleRun `json:"samples"`
}

// sampleRun is the sample of one strategy beside buying and holding its symbols.
type sampleRun struct {
	Strategy    string            `json:"strategy"`
	History     string            `json:"history"`             // sample or demo
	Synthetic   []string          `json:"synthetic,omitempty"` // sources of made-up signals that it could read
	Symbols     []string          `json:"symbols"`
	Exec        map[string]string `json:"exec"` // execution interval by symbol
	From        market.Time       `json:"from"`
	To          market.Time       `json:"to"`
	StartEquity decimal.Decimal   `json:"start_equity"`
	Quote       string            `json:"quote"`
	Run         sampleResult      `json:"run"`
	Hold        sampleResult      `json:"hold"` // the symbols in equal shares, bought on the first bar, at the same costs
}

// sampleResult is how one run ended.
type sampleResult struct {
	FinalEquity decimal.Decimal `json:"final_equity"`
	TotalReturn *float64        `json:"total_return"`
	CAGR        *float64        `json:"cagr"`
	MaxDrawdown *float64        `json:"max_drawdown"`
	Sharpe      *float64        `json:"sharpe"`
	Trades      int             `json:"trades"` // closed
	Open        int             `json:"open"`   // positions at the end
	Orders      int             `json:"orders"`
	FeesQuote   decimal.Decimal `json:"fees_quote"`
	ResultHash  string          `json:"result_hash"`
}

func newSampleResult(r *ran) sampleResult {
	m := &r.report.Metrics
	return sampleResult{r.FinalEquity, m.TotalReturn, m.CAGR, m.MaxDrawdown, m.Sharpe, r.Trades, len(r.report.OpenPositions), r.Orders, r.FeesQuote, r.ResultHash}
}

// applySample refuses flags that say otherwise what a sample says itself.
func (f *backtestFlags) applySample(configured bool) error {
	if f.sample == "" {
		return nil
	}
	for _, other := range []struct {
		flag string
		on   bool
	}{
		{"--config", configured}, {"--strategy", f.strategy != ""}, {"--symbol", f.symbol != ""}, {"--interval", f.interval != ""},
		{"--csv", f.csv != ""}, {"--detail-csv", f.detail != ""},
	} {
		if other.on {
			return usageError("leave one of them away", "--sample runs what a strategy shows as its use, and %s says something else", other.flag)
		}
	}
	if f.sample != allSamples {
		return nil
	}
	if f.paths || f.costs || f.rules || f.lots || f.out != "" || len(f.sets) > 0 {
		return usageError("name one strategy", "--sample all makes a table of its own: leave --path all, --costs, --rules, --lots, --out and --set away")
	}
	return nil
}

// sampleAccount makes the account that runs the sample of a strategy.
func (c *command) sampleAccount(ctx context.Context, f *backtestFlags, name string) (*account, error) {
	k := slices.IndexFunc(c.plugins.Strategies, func(p strategy.Plugin) bool { return p.Name == name })
	if k < 0 {
		return nil, c.unknownStrategy(name)
	}
	c.config = "the sample of " + name
	f.load = func() (*config.Config, error) { return c.sampleConfig(c.plugins.Strategies[k].Sample, f) }
	cfg, err := f.load()
	if err != nil {
		return nil, f.asTyped(err)
	}
	return c.overHistory(ctx, f, cfg, cfg.History, "or leave --history away")
}

// sampleConfig reads a sample, with an account of the default settings where it has none.
// It runs over the bundled history, with made-up signals where it reads kinds that are not
// among the bundled ones.
func (c *command) sampleConfig(text string, f *backtestFlags) (*config.Config, error) {
	if !strings.Contains(text, "[account.") {
		text += "\n[account.main]\nexchange = \"sim\"\nmode = \"paper\"\n" // behind it, so that errors name its own lines
	}
	parse := func(history string) (*config.Config, error) {
		sets := []string{"data.history=" + history}
		cfg, err := config.Parse(c.config, []byte(text), c.configPlugins(), sets)
		if err == nil && len(cfg.Accounts) == 1 && len(cfg.Accounts[0].Strategies) > 0 {
			sets = append(sets, f.overrides(cfg.Accounts[0].Name)...)
			for _, s := range f.sets {
				sets = append(sets, "strategy."+cfg.Accounts[0].Strategies[0].Name+".params."+s)
			}
			cfg, err = config.Parse(c.config, []byte(text), c.configPlugins(), sets)
		}
		return cfg, err
	}
	if f.chosen {
		return parse(f.stored)
	}
	cfg, err := parse(config.Sample)
	if err != nil {
		return nil, err
	}
	read, err := kindsRead(cfg)
	for kind := range read.by {
		if err == nil && !bundled(config.Sample, kind) {
			return parse(config.Demo)
		}
	}
	return parse(config.Sample) // afresh: what was asked is not to run
}

// holdAll makes an account put its cash into its symbols in equal shares, once.
func holdAll(a *account) error {
	cfg, p := *a.config, buyandhold.Plugin()
	cfg.Strategies = []*config.Strategy{{
		Name: p.Name, Type: p.Name, Symbols: symbols(a.config), Interval: a.config.Strategies[0].Interval,
		Weight: decimal.New(1, 0), Value: p.New(),
	}}
	a.config = &cfg
	return a.build()
}

// heldAs tells apart what holding depends on: the account as its configuration resolves it,
// the symbols and the interval.
func (a *account) heldAs() string {
	_, text, _ := strings.Cut(a.text, "[account.")
	text, _, _ = strings.Cut(text, "[strategy.")
	return text + fmt.Sprint(symbols(a.config), a.config.Strategies[0].Interval)
}

// tellHolding prints what holding would have earned, below the report of a sample.
func (c *command) tellHolding(ctx context.Context, a *account, f *backtestFlags) error {
	if c.format == "json" {
		return nil
	}
	x := &comparison{command: c.quietly(), account: a, flags: f}
	hold, err := x.run(ctx, "buy and hold", holdAll)
	if err != nil {
		return err
	}
	h := newSampleResult(hold)
	_, err = fmt.Fprintf(c.out, "held in equal shares, at the same costs: %s, %s a year, drawdown %s, Sharpe %s\n",
		percent(h.TotalReturn), percent(h.CAGR), percent(h.MaxDrawdown), ratio(h.Sharpe))
	return err
}

// compareSamples runs the sample of each strategy alone, and prints a table. What a run
// notes is left to a look at that one.
func (c *command) compareSamples(ctx context.Context, f *backtestFlags) error {
	start := time.Now()
	t := &samples{Schema: samplesSchema, Binary: binary(), Samples: []sampleRun{}}
	quiet := c.quietly()
	failed, holds := error(nil), map[string]sampleResult{}
	for _, p := range c.plugins.Strategies {
		s, err := quiet.runSample(ctx, f, p.Name, holds)
		if s == nil {
			return err
		}
		failed = cmp.Or(failed, err)
		t.Samples = append(t.Samples, *s)
	}
	t.Seconds = time.Since(start).Seconds()
	return cmp.Or(c.showSamples(t), failed)
}

// quietly is a command that notes nothing.
func (c *command) quietly() *command {
	return &command{plugins: c.plugins, out: c.out, err: io.Discard, data: c.data}
}

// runSample runs the sample of one strategy, and holding its symbols unless that was run
// before. Where the strategy stops, the error comes with the result.
func (c *command) runSample(ctx context.Context, f *backtestFlags, name string, holds map[string]sampleResult) (*sampleRun, error) {
	a, err := c.sampleAccount(ctx, f, name)
	if err != nil {
		return nil, err
	}
	x := &comparison{command: c, account: a, flags: f}
	run, err := x.run(ctx, c.config, func(*account) error { return nil })
	if err != nil {
		return nil, err
	}
	held := a.heldAs()
	if _, ok := holds[held]; !ok {
		hold, err := x.run(ctx, "buy and hold", holdAll)
		if err != nil {
			return nil, err
		}
		holds[held] = newSampleResult(hold)
	}
	return &sampleRun{
		Strategy: name, History: a.origin, Synthetic: run.report.Synthetic, Symbols: symbols(a.config), Exec: run.Exec, From: run.id.From, To: run.id.To,
		StartEquity: run.result.Start, Quote: run.result.Instruments[0].Quote, Run: newSampleResult(run), Hold: holds[held],
	}, x.failed
}

func (c *command) showSamples(t *samples) error {
	if c.format == "json" {
		return c.json(t)
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nSTRATEGY\tBARS\tRETURN\tA YEAR\tDRAWDOWN\tSHARPE\tTRADES\tORDERS\tFEES\tHOLDING\tDRAWDOWN\tSHARPE\tRESULT HASH")
	madeUp := ""
	for i := range t.Samples {
		s := &t.Samples[i]
		r, h, mark := &s.Run, &s.Hold, ""
		if len(s.Synthetic) > 0 {
			mark, madeUp = " *", "* its signals are MADE UP: the result says nothing about any provider\n"
		}
		fmt.Fprintf(w, "%s%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%.12s\n", s.Strategy, mark, s.bars(), percent(r.TotalReturn), percent(r.CAGR),
			percent(r.MaxDrawdown), ratio(r.Sharpe), r.trades(), r.Orders, r.FeesQuote.StringFixed(2), percent(h.TotalReturn), percent(h.MaxDrawdown), ratio(h.Sharpe), r.ResultHash)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.out, "\n%sholding: the same symbols in equal shares, bought on the first bar, at the same costs\n%s in %.1f s\n", madeUp, plural(len(t.Samples), "sample"), t.Seconds)
	return err
}

// trades counts those that are closed, and what is open.
func (r *sampleResult) trades() string {
	if r.Open == 0 {
		return strconv.Itoa(r.Trades)
	}
	return fmt.Sprintf("%d, %d open", r.Trades, r.Open)
}

// bars says which bars filled the orders: "2 × 1h".
func (s *sampleRun) bars() string {
	var list []string
	for _, d := range s.Exec {
		list = append(list, d)
	}
	slices.Sort(list)
	return fmt.Sprintf("%d × %s", len(list), strings.Join(slices.Compact(list), ", "))
}
