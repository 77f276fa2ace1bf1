package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/builder"
	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// suiteFlags change what the suite does with a strategy of this program.
type suiteFlags struct {
	sets, kinds       []string
	bars, instruments int
	interval          string
	seed              int64
	perpetual         bool
}

func (c *command) strategyTestCommand() *cobra.Command {
	var f suiteFlags
	cmd := &cobra.Command{
		Use:   "test NAME|DIR",
		Short: "put a strategy to the conformance suite, or run the tests of a module",
		Long: `Puts a strategy of this program to the suite of the package strategytest: does it decide
the same when run again, does it see the future, does it wait for warm-up, does it survive
gaps, absent signals, extreme prices and a restart? What it finds is an error, with the
likely cause and what to do.

It has its default parameters, and as many instruments as its sample has symbols, or three
where that has one. Signals of the kinds that it reads have random values within their
documented bounds.

A directory, named with a slash or a dot as ./my_idea, is that of a module: its own tests
are run by Go, which call the suite too.`,
		Example: `  signalman strategy test sma_cross
  signalman strategy test sma_cross --set fast=5 --set slow=20 --interval 15m
  signalman strategy test ./my_idea`,
		Args: exact(1, "the name of a strategy, or the directory of a module"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(cmd.Flags().Changed); err != nil {
				return err
			}
			if isPath(args[0]) {
				return c.testModule(cmd.Context(), args[0])
			}
			return c.testStrategy(args[0], &f)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.sets, "set", nil, "override a parameter of the strategy: X=V")
	flags.IntVar(&f.bars, "bars", 0, "bars of each instrument, 50 or more (default: that of the suite)")
	flags.IntVar(&f.instruments, "instruments", 0, "how many instruments it trades (default: as its sample)")
	flags.StringArrayVar(&f.kinds, "signals", nil, "kind of signal with the range of its values: KIND:LOW:HIGH (default: what is documented of the kinds that it reads)")
	flags.StringVar(&f.interval, "interval", "", "length of a bar (default: that of the suite)")
	flags.Int64Var(&f.seed, "seed", 0, "other data (default: that of the suite)")
	flags.BoolVar(&f.perpetual, "perpetual", false, "its instruments are perpetual futures, which may be held short")
	return cmd
}

// check refuses numbers that the suite would not take as they are.
func (f *suiteFlags) check(changed func(string) bool) error {
	for _, o := range []struct {
		flag          string
		number, least int64
	}{
		{"bars", int64(f.bars), strategytest.LeastBars}, {"instruments", int64(f.instruments), 1}, {"seed", f.seed, 1},
	} {
		if changed(o.flag) && o.number < o.least {
			return usageError("", "--%s must be at least %d, not %d", o.flag, o.least, o.number)
		}
	}
	return nil
}

// isPath tells a directory from a name of a strategy.
func isPath(arg string) bool {
	return strings.HasPrefix(arg, ".") || strings.ContainsAny(arg, `/\`)
}

// options are what the flags and the plug-in say to the suite.
func (c *command) suiteOptions(f *suiteFlags, p strategy.Plugin) (list []strategytest.Option, err error) {
	made := p.New()
	for _, set := range f.sets {
		key, value, ok := strings.Cut(set, "=")
		if !ok {
			return nil, usageError("write X=V", "--set %q names no value", set)
		}
		if err := config.Set(made, key, value); err != nil {
			return nil, &market.Error{Class: market.Usage, Err: err}
		}
		list = append(list, strategytest.With(func(s strategy.Strategy) {
			_ = config.Set(s, key, value) // it was tried
		}))
	}
	if p.Sample != "" {
		list = append(list, c.sampleOptions(p, made)...)
	}
	for _, text := range f.kinds {
		kind, low, high, err := parseRange(text)
		if err != nil {
			return nil, err
		}
		list = append(list, strategytest.Signals(kind, low, high))
	}
	if f.interval != "" {
		d, err := market.ParseInterval(f.interval)
		if err != nil {
			return nil, usageError("", "--interval: %w", err)
		}
		list = append(list, strategytest.Interval(d))
	}
	for _, o := range []struct {
		on bool
		strategytest.Option
	}{
		{f.bars > 0, strategytest.Bars(f.bars)}, {f.instruments > 0, strategytest.Instruments(f.instruments)},
		{f.seed > 0, strategytest.Seed(uint64(f.seed))}, {f.perpetual, strategytest.Perpetual()},
	} {
		if o.on {
			list = append(list, o.Option)
		}
	}
	return list, nil
}

// highest is the end of the range of signals that have no bound of their own, such as
// predicted prices: it is about the highest price of the suite's main data.
const highest = 1200

// sampleOptions are what the sample of a plug-in says: how many symbols there are, and which
// kinds of signals the strategy, with the parameters of made, reads of them. What is wrong
// with it, the suite says.
func (c *command) sampleOptions(p strategy.Plugin, made strategy.Strategy) (list []strategytest.Option) {
	quiet := c.quietly()
	quiet.config = "the sample of " + p.Name
	cfg, err := quiet.sampleConfig(p.Sample, &backtestFlags{chosen: true, stored: config.Sample})
	if err != nil || len(cfg.Accounts) != 1 || len(cfg.Accounts[0].Strategies) != 1 {
		return nil
	}
	s := cfg.Accounts[0].Strategies[0]
	if n := len(s.Symbols); n > 1 {
		list = append(list, strategytest.Instruments(n))
	}
	s.Value = made
	read, err := kindsRead(cfg)
	if err != nil {
		return list // Init refuses something
	}
	for _, name := range slices.Sorted(maps.Keys(read.by)) {
		k, _ := market.KindOf(name)
		list = append(list, strategytest.Signals(name, lowest(k.Min), min(k.Max, highest)))
	}
	return list
}

// lowest is the bound of a kind, or 0 where there is none.
func lowest(bound float64) float64 {
	if math.IsInf(bound, 0) {
		return 0
	}
	return bound
}

// parseRange reads KIND:LOW:HIGH.
func parseRange(text string) (kind market.SignalKind, low, high float64, err error) {
	parts := strings.Split(text, ":")
	if len(parts) == 3 {
		var e1, e2 error
		low, e1 = strconv.ParseFloat(parts[1], 64)
		high, e2 = strconv.ParseFloat(parts[2], 64)
		if e1 == nil && e2 == nil && low < high && parts[0] != "" {
			return market.SignalKind(parts[0]), low, high, nil
		}
	}
	return "", 0, 0, usageError("write KIND:LOW:HIGH, such as my_grade:0:100", "--signals %q is not a kind with a range", text)
}

// testStrategy puts a strategy of this program to the suite.
func (c *command) testStrategy(name string, f *suiteFlags) error {
	for _, p := range c.plugins.Strategies {
		if p.Name != name {
			continue
		}
		options, err := c.suiteOptions(f, p)
		if err != nil {
			return err
		}
		start := time.Now()
		usage, err := strategytest.Measure(p, options...)
		return c.tested(name, usage, err, time.Since(start))
	}
	if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
		return usageError("write ."+string(filepath.Separator)+name+" for the directory", "none of the strategies is named %q", name)
	}
	err := c.unknownStrategy(name)
	if e := new(market.Error); errors.As(err, &e) {
		e.Hint += fmt.Sprintf("; one of your own is in the program of its module: 'go run . strategy test %s' there", name)
	}
	return err
}

// asFlags names what the command has for the options of the suite.
var asFlags = strings.NewReplacer(
	"strategytest.With", "--set", "strategytest.Bars", "--bars", "strategytest.Signals", "--signals", "strategytest.Perpetual", "--perpetual")

// tested tells what the suite found.
func (c *command) tested(name string, usage strategytest.Usage, err error, took time.Duration) error {
	if err != nil {
		err = errors.New(asFlags.Replace(err.Error()))
	}
	if c.format == "json" {
		finding := ""
		if err != nil {
			finding = err.Error()
		}
		if err := c.json(map[string]any{"strategy": name, "passed": err == nil, "finding": finding, "seconds": took.Seconds(), "allocations_per_bar": usage.Allocations}); err != nil {
			return err
		}
	} else if err == nil {
		_, err = fmt.Fprintf(c.out, "strategy %s: passed the suite in %.1f s; %s\n", name, took.Seconds(), usage)
		return err
	}
	if err != nil {
		return &market.Error{Class: market.Failed, Err: err}
	}
	return nil
}

// testModule runs the tests of a module.
func (c *command) testModule(ctx context.Context, dir string) error {
	if _, err := builder.FindGo(); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		return usageError("name the directory that holds a go.mod", "%s is not the directory of a module", dir)
	}
	cmd := builder.Command(ctx, dir, "go", "test", "./...")
	cmd.Stdout, cmd.Stderr = c.out, c.err
	if err := builder.Run(ctx, cmd); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = errors.New("its tests did not pass")
		}
		return &market.Error{Class: market.Failed, Where: dir, Err: err, Hint: "what they said stands above"}
	}
	return nil
}
