package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// gcPercent lets a backtest make more garbage before it is collected: most of its
// memory is history, which stays.
const gcPercent = 400

// backtestFlags are the flags of backtest. Those that override settings are turned
// into keys of the configuration, so that there is one road from a setting to the run.
type backtestFlags struct {
	csv, symbol, interval, strategy string
	sample                          string   // of a strategy, or allSamples
	detail                          string   // file of finer candles or of trades
	trades                          bool     // orders fill at trades, stored or of that file
	funding                         []string // files, as FILE or SYMBOL=FILE
	naming                          naming
	begin, end                      market.Time // of the run; 0 is the end of the history
	stored                          string      // history without --csv
	chosen                          bool        // whether --history named it
	sets                            []string
	equity, out                     string
	audit, lots                     bool
	paths, costs, rules             bool
	load                            func() (*config.Config, error) // reads the configuration, as often as needed
	account                         map[string]*string             // overrides of [account.X], by key
	sim                             map[string]*string             // overrides of [account.X.sim], by key
	flags                           map[string]string              // the flag of each of these keys
}

func (c *command) backtestCommand() *cobra.Command {
	f := backtestFlags{account: map[string]*string{}, sim: map[string]*string{}, flags: map[string]string{}}
	f.stored = config.Store
	cmd := &cobra.Command{
		Use:   "backtest",
		Short: "run strategies over stored history and report",
		Long: `Runs what a configuration says over stored history, or one strategy straight from a
CSV file or the store, and reports. The same history, configuration and program give
the same result, byte for byte: compare the result hash.

With --path all, OTHER FILLS counts those that differ from the pessimistic run's or that
one of the two runs lacks, of the fills of either run. With --costs, a multiple at which
fees or slippage would be more than the price is not run.`,
		Example: `  signalman backtest
  signalman backtest --config mine.toml --set strategy.btc_cross.params.fast=10
  signalman backtest --csv btc-1m.csv --symbol BTCUSDT --interval 1m --strategy sma_cross --set fast=10 --set slow=30
  signalman backtest --history sample --symbol BTCUSDT --interval 1h --strategy ema_cross --format json
  signalman backtest --config mine.toml --csv btc-1m.csv --symbol BTCUSDT --interval 1m
  signalman backtest --config mine.toml --detail 1m
  signalman backtest --detail-csv BTCUSDT-aggTrades-2024-03-05.zip --symbol BTCUSDT --interval 1m --strategy ema_cross
  signalman backtest --csv perp-1m.csv --symbol BTCUSDT --interval 1m --strategy sma_cross --market usdm --leverage 5 --funding funding.csv
  signalman backtest --sample sma_cross
  signalman backtest --sample all               what each strategy does on its own sample
  signalman backtest --path all                 how much depends on the way inside a bar
  signalman backtest --costs                    how much depends on fees and slippage
  signalman backtest --rules                    what each risk rule changes
  signalman backtest --csv damaged.csv --skip-bad --symbol BTCUSDT --interval 1m --strategy sma_cross
  signalman backtest --config mine.toml --audit`,
		Args: exact(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.backtest(cmd.Context(), cmd, &f) },
	}
	flags := cmd.Flags()
	c.configFlag(cmd)
	flags.StringVar(&f.csv, "csv", "", "file of candles (open_time_ms,open,high,low,close,volume; .gz, .zst, .zip)")
	flags.StringArrayVar(&f.funding, "funding", nil, "file of fundings (time_ms,rate[,mark]) of a perpetual future: FILE, or SYMBOL=FILE for one of several symbols")
	flags.StringVar(&f.detail, "detail-csv", "", "file that fills orders: trades (as Binance's aggTrades), or candles of the interval of --detail")
	flags.StringVar(&f.symbol, "symbol", "", "symbol to trade, without a configuration")
	flags.StringVar(&f.interval, "interval", "", "length of a bar, without a configuration")
	flags.StringVar(&f.strategy, "strategy", "", "type of strategy to run, without a configuration")
	flags.StringVar(&f.sample, "sample", "", "run the sample of this strategy over the bundled history, beside buying and holding its symbols; all runs each alone")
	flags.StringVar(&f.naming.base, "base", "", "base asset of --symbol (default: by its quote suffix)")
	flags.StringVar(&f.naming.quote, "quote", "", "quote asset of --symbol (default: by its suffix)")
	flags.StringArrayVar(&f.sets, "set", nil, "override a key: X=V of the parameters of --strategy or --sample, or strategy.NAME.params.X=V with a configuration")
	flags.BoolVar(&c.skipBad, "skip-bad", false, "leave bad rows of the history out and say so, instead of refusing it")
	flags.BoolVar(&f.lots, "lots", false, "show the lots of each trade: entries matched with exits, first in, first out")
	flags.StringVar(&f.equity, "equity", "day", "equity samples in the result: day, bar or none")
	flags.StringVar(&f.out, "out", "", "directory to write result.json to as well")
	flags.BoolVar(&f.audit, "audit", false, "keep a second set of books and compare after every event")
	flags.BoolVar(&f.costs, "costs", false, "run with costs ×0, ×1 and ×2, and search the multiple at which nothing is left")
	flags.BoolVar(&f.rules, "rules", false, "run without the risk rules of the configuration, with each alone, and with all")
	f.settings(cmd)
	historyFlag(cmd, &f.stored)
	history := flags.Lookup("history")
	history.Usage, history.DefValue = "which history: store, sample or demo (default: what [data] of the configuration says; store without one)", ""
	return cmd
}

// configFlag adds --config.
func (c *command) configFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.config, "config", "strategies.toml", "configuration to run")
}

// settings adds the flags that override settings of the account.
func (f *backtestFlags) settings(cmd *cobra.Command) {
	add := func(into map[string]*string, flag, key, doc string) {
		into[key] = cmd.Flags().String(flag, "", doc)
		f.flags[key] = flag
	}
	add(f.account, "cash", "cash", "cash at the start, in quote")
	add(f.account, "seed", "seed", "seed of what is drawn at random")
	add(f.account, "fee-asset", "fee_asset", "asset that pays the fee of a buy: received or quote")
	add(f.account, "market", "market", "kind of instruments: spot, or usdm for perpetual futures")
	add(f.account, "venue", "venue", "exchange whose bars are traded, where the store has several; none for bars stored without one; with --csv, that of the file")
	add(f.account, "leverage", "leverage", "leverage of perpetual futures: initial margin is notional ÷ leverage")
	add(f.account, "margin", "margin", "margin of perpetual futures: cross or isolated")
	add(f.account, "from", "from", "first open time (RFC 3339 or a date)")
	add(f.account, "detail", "detail", "interval of the stored bars that fill orders and mark positions, finer than what is watched; or trades")
	add(f.account, "to", "to", "last close time (RFC 3339 or a date)")
	add(f.sim, "slippage-bps", "slippage_bps", "basis points by which market and stop fills are worse")
	add(f.sim, "spread-bps", "spread_bps", "basis points between bid and ask; half of them make market and stop fills worse")
	add(f.sim, "impact-bps", "impact_bps", "basis points times the root of the fill's share of the bar's volume, by which market and stop fills are worse")
	add(f.sim, "participation", "participation", "share of a bar's volume that fills may take; 1 turns the cap off")
	add(f.sim, "path", "path", "way of the price inside a bar: pessimistic, optimistic or ohlc; all compares them, and with finer bars where there are any")
	add(f.sim, "latency", "latency", "time from a decision to its arrival")
	fee := cmd.Flags().String("fee", "", "maker and taker fee as a fraction (0.001 is 0.1 %)")
	f.account["fee_maker"], f.account["fee_taker"] = fee, fee
	f.flags["fee_maker"], f.flags["fee_taker"] = "fee", "fee"
}

// overrides returns the settings given by flags as keys of an account's table.
func (f *backtestFlags) overrides(name string) []string {
	var sets []string
	if f.audit {
		sets = append(sets, "account."+name+".audit=true")
	}
	for _, table := range []struct {
		prefix string
		values map[string]*string
	}{{"account." + name + ".", f.account}, {"account." + name + ".sim.", f.sim}} {
		for key, value := range table.values {
			if *value != "" {
				sets = append(sets, table.prefix+key+"="+quoted(key, *value))
			}
		}
	}
	return sets
}

// quoted makes a flag's value a TOML string, unless its key is a number.
func quoted(key, value string) string {
	if key == "seed" {
		return value
	}
	return fmt.Sprintf("%q", value)
}

func (c *command) backtest(ctx context.Context, cmd *cobra.Command, f *backtestFlags) error {
	show := backtest.EquityDetail(f.equity)
	if show != backtest.EquityDaily && show != backtest.EquityBars && show != backtest.EquityNone {
		return usageError("", "--equity %q is not day, bar or none", f.equity)
	}
	debug.SetGCPercent(gcPercent)
	a, err := c.backtestAccount(ctx, cmd, f)
	switch {
	case err != nil:
		return err
	case f.sample == allSamples:
		return c.compareSamples(ctx, f)
	case f.paths:
		return c.comparePaths(ctx, a, f)
	case f.costs:
		return c.compareCosts(ctx, a, f)
	case f.rules:
		return c.compareRules(ctx, a, f)
	}
	a.engine.EachBar = show == backtest.EquityBars
	start := time.Now()
	out, err := backtest.Run(ctx, a.engine, a.history, backtest.Options{Sim: a.sim, Clock: func() time.Duration { return time.Since(start) }})
	if err != nil {
		if f.strategy == "" {
			return a.located(err)
		}
		return defect(err)
	}
	report, err := backtest.NewReport(a.identity(out.Execution), out.Result, out.Elapsed, show)
	if err != nil {
		return err
	}
	report.Data, report.Synthetic = a.dataLines(out.Execution), a.madeUp(out.Engine)
	for _, w := range append(a.remarks(out.Engine), a.signalNotes(out.Engine, out.Result)...) {
		c.note("note: %s", w)
	}
	if f.lots {
		report.AddLots(out.Result)
	}
	if f.out != "" {
		if err := writeResult(f.out, report); err != nil {
			return err
		}
	}
	if err := c.conclude(a, report, out.Result, out.Notes); err != nil || f.sample == "" {
		return err
	}
	return c.tellHolding(ctx, a, f)
}

// backtestAccount makes the account of a configuration, or of the flags alone.
func (c *command) backtestAccount(ctx context.Context, cmd *cobra.Command, f *backtestFlags) (*account, error) {
	configured := cmd.Flags().Changed("config")
	f.chosen = cmd.Flags().Changed("history")
	err := f.apply(cmd)
	if err == nil {
		err = f.applySample(configured)
	}
	if err != nil {
		return nil, err
	}
	var a *account
	switch {
	case f.sample == allSamples:
		return nil, nil
	case f.sample != "":
		a, err = c.sampleAccount(ctx, f, f.sample)
	case configured && f.strategy != "":
		return nil, usageError("leave one of them away", "--strategy runs one strategy without a configuration, --config what a configuration says")
	case configured || f.csv+f.strategy+f.symbol == "":
		a, err = c.configuredAccount(ctx, f)
	default:
		a, err = c.bareAccount(ctx, f)
	}
	if err != nil {
		return nil, err
	}
	return a, a.addFunding(f.funding, "--funding")
}

// apply refuses flags that are empty or have no say beside the others.
func (f *backtestFlags) apply(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		if flag.Value.Type() == "string" && flag.Value.String() == "" && err == nil {
			err = usageError("leave it away, or give it a value", "--%s is empty", flag.Name)
		}
	})
	if err == nil {
		err = f.applyDetail()
	}
	if err == nil {
		err = f.applyCompare(cmd.Flags().Changed("equity"))
	}
	n := &f.naming
	switch {
	case err != nil:
		return err
	case f.csv != "" && f.chosen:
		return usageError("leave one of them away", "--csv and --history are two histories")
	case n.base+n.quote != "" && f.symbol == "":
		return usageError("", "--base and --quote say what --symbol stands for")
	}
	return nil
}

// configuredAccount runs a configuration over its own history, or over a file.
func (c *command) configuredAccount(ctx context.Context, f *backtestFlags) (*account, error) {
	if f.csv == "" && (f.symbol != "" || f.interval != "") {
		return nil, usageError("leave --config away, or name a file with --csv", "--symbol and --interval say what a file holds")
	}
	var history []string
	if f.chosen {
		history = []string{"data.history=" + f.stored}
	}
	f.load = func() (*config.Config, error) {
		cfg, err := config.Load(c.config, c.configPlugins(), f.sets...)
		if over := f.overrides; err == nil && len(cfg.Accounts) == 1 {
			cfg, err = config.Load(c.config, c.configPlugins(), slices.Concat(history, over(cfg.Accounts[0].Name), f.sets)...)
		}
		return cfg, err
	}
	cfg, err := f.load()
	if err != nil {
		return nil, f.asTyped(err)
	}
	return c.overHistory(ctx, f, cfg, cfg.History, `or trade the bundled history with history = "sample" in [data]`)
}

// overHistory makes the account of a configuration over the file of --csv, or a stored
// history, with the file of --detail-csv.
func (c *command) overHistory(ctx context.Context, f *backtestFlags, cfg *config.Config, stored, hint string) (*account, error) {
	if len(cfg.Accounts) == 1 {
		f.begin, f.end = cfg.Accounts[0].From, cfg.Accounts[0].To
	}
	r, done, err := c.history(f, stored, hint)
	if err != nil {
		return nil, err
	}
	defer done()
	if file, ok := r.(*fileHistory); ok && len(cfg.Accounts) == 1 {
		file.series.Venue = storedVenue(cfg.Accounts[0].Venue)
	}
	if f.naming.history = stored; f.csv != "" {
		f.naming.history = ""
	}
	f.naming.trades = f.trades || f.detail != "" && *f.account["detail"] == ""
	if f.detail != "" {
		if r, err = c.detail(cfg, r, f); err != nil {
			return nil, err
		}
	}
	return c.accountOver(ctx, cfg, r, f.naming)
}

// history opens the file of --csv, or a stored history. Without a configuration a file
// of --detail-csv is history enough, unless one is named.
func (c *command) history(f *backtestFlags, stored, hint string) (store.Reader, func() error, error) {
	if f.csv == "" && f.detail != "" && f.strategy != "" && !f.chosen {
		return nil, func() error { return nil }, nil
	}
	if f.csv == "" {
		return c.reader(stored, hint)
	}
	if err := f.need("symbol", "interval"); err != nil {
		return nil, nil, err
	}
	d, err := market.ParseInterval(f.interval)
	if err != nil {
		return nil, nil, usageError("", "--interval: %w", err)
	}
	h, err := c.readHistory(f, f.csv, f.symbol, d)
	return h, func() error { return nil }, err
}

// need returns an error where one of the flags was not given.
func (f *backtestFlags) need(flags ...string) error {
	for _, name := range flags {
		if value := map[string]string{"symbol": f.symbol, "interval": f.interval, "strategy": f.strategy}[name]; value == "" {
			return usageError("see 'signalman backtest --help'", "this backtest needs --%s", name)
		}
	}
	return nil
}

// asTyped makes an error speak of the flags that were typed, rather than of the keys
// that they stand for.
func (f *backtestFlags) asTyped(err error) error {
	var e *market.Error
	if err == nil || !errors.As(err, &e) || e.Class != market.Usage {
		return err
	}
	text := err.Error()
	for key, flag := range f.flags {
		if a, s := f.account[key], f.sim[key]; a != nil && *a != "" || s != nil && *s != "" {
			text = regexp.MustCompile(`--set account\.[^ .:]*\.(sim\.)?`+key+`:`).ReplaceAllLiteralString(text, "--"+flag+":")
		}
	}
	if f.strategy != "" {
		text = strings.ReplaceAll(text, "--set strategy."+f.strategy+".params.", "--set ")
		text = strings.ReplaceAll(text, "the command line:5:8", "--strategy")
	}
	return &market.Error{Class: market.Usage, Err: errors.New(text)}
}

// bareAccount runs one strategy on one instrument, known from flags alone.
func (c *command) bareAccount(ctx context.Context, f *backtestFlags) (*account, error) {
	if err := f.need("symbol", "interval", "strategy"); err != nil {
		return nil, err
	}
	if err := plainSymbol(f.symbol); err != nil {
		return nil, err
	}
	if _, err := f.naming.bare(store.Series{Symbol: f.symbol}); err != nil {
		return nil, err
	}
	f.load = func() (*config.Config, error) { return c.bareConfig(f) }
	cfg, err := f.load()
	if err != nil {
		return nil, f.asTyped(err)
	}
	return c.overHistory(ctx, f, cfg, f.stored, "or name a file of candles with --csv, or take the bundled ones with --history sample")
}

// bareConfig writes the configuration that the flags stand for, and reads it.
func (c *command) bareConfig(f *backtestFlags) (*config.Config, error) {
	sets := f.overrides("main")
	for _, s := range f.sets {
		sets = append(sets, "strategy."+f.strategy+".params."+s)
	}
	text := fmt.Sprintf("[account.main]\nexchange = \"sim\"\nmode = \"paper\"\n[strategy.%s]\ntype = %q\nsymbols = [%q]\ninterval = %q\nweight = \"1\"\n",
		f.strategy, f.strategy, f.symbol, f.interval)
	return config.Parse("the command line", []byte(text), c.configPlugins(), sets)
}

// conclude prints a result. A strategy that stopped with an error makes the command
// fail, after the report.
func (c *command) conclude(a *account, p *backtest.Report, r *engine.Result, n sim.Notes) error {
	for _, line := range append(caveats(r, n), idleRisk(a.config, r)...) {
		c.note("note: %s", line)
	}
	var err error
	if c.format == "json" {
		err = writeReport(c.out, p)
	} else {
		err = printReport(c.out, p, r, a.ratesFrom())
	}
	if err != nil {
		return err
	}
	return faulted(r)
}

// faulted returns the error with which a strategy stopped, or nil.
func faulted(r *engine.Result) error {
	if len(r.Faults) == 0 {
		return nil
	}
	f := r.Faults[0]
	return &market.Error{
		Class: market.Failed, Where: "strategy " + f.Strategy, Err: f.Err,
		Hint: "its callbacks stopped there and the others went on; 'signalman strategy new' shows how to test a strategy",
	}
}

// resultName is the file of a result in the directory of --out.
const resultName = "result.json"

// writeResult writes result.json, whole or not at all.
func writeResult(dir string, p *backtest.Report) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, "result-*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := writeReport(f, p); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(dir, resultName))
}
