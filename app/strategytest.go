package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	sets              []string
	bars, instruments int
	interval          string
	seed              uint64
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

A directory, named with a slash or a dot as ./my_idea, is that of a module: its own tests
are run by Go, which call the suite too.`,
		Example: `  signalman strategy test sma_cross
  signalman strategy test sma_cross --set fast=5 --set slow=20 --interval 15m
  signalman strategy test ./my_idea`,
		Args: exact(1, "the name of a strategy, or the directory of a module"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if isPath(args[0]) {
				return c.testModule(cmd.Context(), args[0])
			}
			return c.testStrategy(args[0], &f)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.sets, "set", nil, "override a parameter of the strategy: X=V")
	flags.IntVar(&f.bars, "bars", 0, "bars of each instrument (default: that of the suite)")
	flags.IntVar(&f.instruments, "instruments", 0, "how many instruments it trades (default: that of the suite)")
	flags.StringVar(&f.interval, "interval", "", "length of a bar (default: that of the suite)")
	flags.Uint64Var(&f.seed, "seed", 0, "other data (default: that of the suite)")
	flags.BoolVar(&f.perpetual, "perpetual", false, "its instruments are perpetual futures, which may be held short")
	return cmd
}

// isPath tells a directory from a name of a strategy.
func isPath(arg string) bool {
	return strings.HasPrefix(arg, ".") || strings.ContainsAny(arg, `/\`)
}

// options are what the flags say to the suite.
func (f *suiteFlags) options(p strategy.Plugin) (list []strategytest.Option, err error) {
	for _, set := range f.sets {
		key, value, ok := strings.Cut(set, "=")
		if !ok {
			return nil, usageError("write X=V", "--set %q names no value", set)
		}
		if err := config.Set(p.New(), key, value); err != nil {
			return nil, &market.Error{Class: market.Usage, Err: err}
		}
		list = append(list, strategytest.With(func(s strategy.Strategy) {
			_ = config.Set(s, key, value) // it was tried
		}))
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
		{f.seed > 0, strategytest.Seed(f.seed)}, {f.perpetual, strategytest.Perpetual()},
	} {
		if o.on {
			list = append(list, o.Option)
		}
	}
	return list, nil
}

// testStrategy puts a strategy of this program to the suite.
func (c *command) testStrategy(name string, f *suiteFlags) error {
	for _, p := range c.plugins.Strategies {
		if p.Name != name {
			continue
		}
		options, err := f.options(p)
		if err != nil {
			return err
		}
		start := time.Now()
		err = strategytest.Check(p, options...)
		return c.tested(name, err, time.Since(start))
	}
	hint := "see 'signalman strategy list'"
	if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
		hint = "write ." + string(filepath.Separator) + name + " for the directory"
	}
	return usageError(hint, "none of the strategies is named %q", name)
}

// tested tells what the suite found.
func (c *command) tested(name string, err error, took time.Duration) error {
	if c.format == "json" {
		finding := ""
		if err != nil {
			finding = err.Error()
		}
		if err := c.json(map[string]any{"strategy": name, "passed": err == nil, "finding": finding, "seconds": took.Seconds()}); err != nil {
			return err
		}
	} else if err == nil {
		_, err = fmt.Fprintf(c.out, "strategy %s: passed the suite in %.1f s\n", name, took.Seconds())
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
	if err := cmd.Run(); err != nil {
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
