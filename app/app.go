// Package app is the signalman program as a library: its commands, and the wiring of
// plug-ins, history and venue into an engine.
//
// There are only a few types. [Plugins] lists what a binary can run; [Default] is
// what ships. [Main] runs the command line of the process and returns its exit code;
// [Run] does the same for given arguments and streams.
//
// # Exit codes
//
// 0 done · 1 failed · 2 usage or configuration · 3 data · 4 venue or network · 5 a
// verification found a difference.
//
// # Caveats
//
// Results go to the standard output, progress and prompts to the standard error.
// Nothing here is needed to write a strategy: see the package strategy.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/exchange"
	exchangeall "github.com/signalman-trading/signalman/exchange/all"
	"github.com/signalman-trading/signalman/live/notify"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	riskall "github.com/signalman-trading/signalman/risk/all"
	"github.com/signalman-trading/signalman/signals"
	signalsall "github.com/signalman-trading/signalman/signals/all"
	"github.com/signalman-trading/signalman/signals/quota"
	"github.com/signalman-trading/signalman/strategy"
	strategyall "github.com/signalman-trading/signalman/strategy/all"
)

// Plugins lists what a binary can run. Append to the lists of Default to add your own.
type Plugins struct {
	Strategies []strategy.Plugin
	Rules      []risk.Plugin
	Sizers     []risk.SizerPlugin
	Sources    []signals.Plugin
	Exchanges  []exchange.Plugin
}

// Default returns the plug-ins that ship with Signalman.
func Default() Plugins {
	return Plugins{Strategies: strategyall.All(), Rules: riskall.Rules(), Sizers: riskall.Sizers(), Sources: signalsall.Sources(), Exchanges: exchangeall.Exchanges()}
}

// check refuses two plug-ins of one kind and name: a configuration could mean either.
func (p *Plugins) check() error {
	return errors.Join(
		unlike("strategies", p.Strategies, func(p strategy.Plugin) string { return p.Name }),
		unlike("rules", p.Rules, func(p risk.Plugin) string { return p.Name }),
		unlike("sizers", p.Sizers, func(p risk.SizerPlugin) string { return p.Name }),
		unlike("sources", p.Sources, func(p signals.Plugin) string { return p.Name }),
		unlike("exchanges", p.Exchanges, func(p exchange.Plugin) string { return p.Name }),
	)
}

func unlike[P any](what string, list []P, name func(P) string) error {
	seen := map[string]bool{}
	for _, p := range list {
		n := name(p)
		if seen[n] {
			return usageError("give one of them another Name", "this program has two %s of the name %q", what, n)
		}
		seen[n] = true
	}
	return nil
}

// patience is how long what runs has to end in good order after a signal.
const patience = 10 * time.Second

// Main runs the command line of the process, and returns its exit code. SIGINT and
// SIGTERM end what runs, in good order; what does not end within 10 seconds, such as a
// read from a pipe that nobody writes to, ends all the same.
func Main(p Plugins) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-done:
			return
		case <-ctx.Done():
		}
		stop() // a second signal ends the process at once
		select {
		case <-done:
		case <-time.After(patience):
			os.Exit(int(market.Failed))
		}
	}()
	c := &command{plugins: p, log: slog.LevelWarn, keys: keys{unset: os.Unsetenv}}
	return c.run(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// Run runs a command line on the given streams, and returns the exit code. Unlike Main it
// leaves keys in the environment of the process.
func Run(ctx context.Context, p Plugins, args []string, stdout, stderr io.Writer) int {
	return (&command{plugins: p, log: slog.LevelWarn}).run(ctx, args, stdout, stderr)
}

func (c *command) run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c.out, c.err = &veil{stdout, &c.keys}, &veil{stderr, &c.keys}
	root := c.root()
	root.SetArgs(args)
	root.SetOut(c.out)
	root.SetErr(c.err)
	err := c.plugins.check()
	if err == nil {
		err = root.ExecuteContext(ctx)
	}
	if err == nil {
		return 0
	}
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	if c.noted != nil {
		c.noted.Error(diskHint(err).Error())
	} else {
		fmt.Fprintln(c.err, "signalman:", diskHint(err))
	}
	return exitCode(err)
}

// exitCode returns the code of an error: that of its class, 2 for what the command line
// itself got wrong, and 4 for what a venue refused or failed to do.
func exitCode(err error) int {
	var e *market.Error
	if errors.As(err, &e) {
		return int(market.ClassOf(err))
	}
	var f *exchange.Fault
	switch {
	case errors.Is(err, errUsage):
		return int(market.Usage)
	case errors.As(err, &f):
		return int(market.Venue)
	}
	return int(market.Failed)
}

// errUsage marks what the command line got wrong.
var errUsage = errors.New("usage")

// usageError is an error of the command line with a hint of what to type.
func usageError(hint, format string, args ...any) error {
	return &market.Error{Class: market.Usage, Err: fmt.Errorf(format, args...), Hint: hint}
}

// command is the state that commands share.
type command struct {
	plugins  Plugins
	out, err io.Writer

	data   string // --data
	config string // --config
	format string // --format

	keys    keys
	killed  chan os.Signal          // see takeKills
	calls   *quota.Ledger           // see ledger
	log     slog.Level              // what is as grave as this is logged, or graver
	logs    *slog.Logger            // see logger
	noted   *slog.Logger            // takes notes of any level where the log is JSON; else nil
	lines   lines                   // of the log, by level
	tellers []*notify.Sender        // who is told what a session does
	skipBad bool                    // --skip-bad of backtest
	leftOut map[market.Interval]int // rows of files that were left out, by the interval of the file
}

// note prints a line for the operator, apart from the result: as a line of the log where that
// is for programs.
func (c *command) note(format string, args ...any) {
	if c.noted != nil {
		c.noted.Info(fmt.Sprintf(format, args...))
		return
	}
	fmt.Fprintf(c.err, format+"\n", args...)
}

func (c *command) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "signalman",
		Short: "automated crypto trading on AI signals",
		Long: `Signalman trades crypto on AI signals and grades, with strategies and risk rules
you choose, and replays years of history through the same engine.`,
		Example: `  signalman run                  trade the bundled history on paper; no key, no network
  signalman backtest             the same, as fast as it goes
  signalman why btc_trend/2      why it made its second order, and what came of it
  signalman check                what strategies.toml says, in full
  signalman strategy new mine    a strategy of your own, with a test`,
		SilenceUsage: true, SilenceErrors: true,
		Args: group,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := root.PersistentFlags()
	flags.StringVar(&c.data, "data", "", "directory of history and sessions (default $XDG_STATE_HOME/signalman or ~/.local/state/signalman)")
	flags.StringVar(&c.format, "format", "text", "form of the result: text or json")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError("see '"+cmd.CommandPath()+" --help'", "%w", err)
	})
	root.AddCommand(c.replayCommand(), c.parityCommand())
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if c.format != "text" && c.format != "json" {
			return usageError("", "--format %q is neither text nor json", c.format)
		}
		return nil
	}
	root.AddCommand(c.runCommand(), c.backtestCommand(), c.whyCommand(), c.checkCommand(), c.dataCommand(), c.signalsCommand(), c.strategyCommand(), c.buildCommand(), c.riskCommand(), c.secretCommand(), c.venueCommand(), c.standinCommand(), c.notifyCommand(), c.versionCommand())
	root.AddCommand(c.viewCommands()...)
	root.AddCommand(c.verbCommands()...)
	return root
}

// group is the check of a command that only has commands below it.
func group(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError("see '"+cmd.CommandPath()+" --help'", "unknown command %q", args[0])
	}
	return nil
}

// exact is the cobra check for a number of arguments, with an error of class usage.
func exact(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError("see '"+cmd.CommandPath()+" --help'", "%s takes %s", strings.TrimPrefix(cmd.CommandPath(), "signalman "), what)
		}
		return nil
	}
}
