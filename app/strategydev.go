package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/internal/builder"
)

// lookEvery is how often strategy dev looks at the files.
const lookEvery = 300 * time.Millisecond

func (c *command) strategyDevCommand() *cobra.Command {
	var once bool
	cmd := &cobra.Command{
		Use:   "dev DIR [-- FLAGS of backtest]",
		Short: "build, test and backtest the strategy of a module after each change",
		Long: `Watches the Go and TOML files of a module, and its go.mod and go.sum: what a run writes
does not count. After each change it builds the program, runs the tests of the module and
the backtest of its strategies.toml, and shows what is other than at the last run that was
good: trades, return, drawdown, fees, and the first decision that differs. What does not
build is shown, and waited out. Ctrl-C ends it.

The program is the module's own where its directory has a package main; else signalman with
the plug-ins of the module, as 'signalman build' makes it. What stands behind -- goes to
the backtest.`,
		Example: `  signalman strategy dev ./my_idea
  signalman strategy dev . -- --set strategy.my_idea.params.period=50 --from 2023-01-01
  signalman strategy dev . -- --sample my_idea`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 || cmd.ArgsLenAtDash() > 1 || cmd.ArgsLenAtDash() < 0 && len(args) > 1 {
				return usageError("see 'signalman strategy dev --help'", "strategy dev takes the directory of a module, and flags of backtest behind --")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return c.dev(cmd.Context(), args[0], args[1:], once) },
	}
	cmd.Flags().BoolVar(&once, "once", false, "run once, and end: with exit code 1 where something fails")
	return cmd
}

// devLoop is what strategy dev keeps between two runs.
type devLoop struct {
	dir  string   // of the module
	args []string // of the backtest
	bin  string   // the program
	core string   // a checkout to build against; may be empty
	out  io.Writer
	last *backtest.Report // of the last good run
}

func (c *command) dev(ctx context.Context, dir string, args []string, once bool) error {
	if c.format == "json" {
		return usageError("run backtest for that", "strategy dev has no result as JSON")
	}
	if _, err := builder.FindGo(); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		return usageError("name the directory that holds a go.mod", "%s is not the directory of a module", dir)
	}
	if _, err := os.Stat(filepath.Join(dir, "strategies.toml")); err != nil && len(args) == 0 {
		return usageError("write one, or say what to run: -- --sample NAME", "%s has no strategies.toml to backtest", dir)
	}
	core, err := checkout("")
	if err != nil {
		return err
	}
	made, err := os.MkdirTemp("", "signalman-dev-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(made)
	l := &devLoop{dir: dir, args: args, bin: filepath.Join(made, "signalman"+exeSuffix()), core: core, out: c.out}
	if once {
		return l.run(ctx)
	}
	return watch(ctx, lookEvery, func() (uint64, error) { return lookAt(dir) }, func(ctx context.Context) {
		err := l.run(ctx)
		switch {
		case ctx.Err() != nil:
			return // something changed, or it is over
		case err != nil:
			l.say("%v; waiting for a change", err)
		default:
			l.say("good; waiting for a change (Ctrl-C ends)")
		}
	})
}

// say prints a line with the time of day.
func (l *devLoop) say(format string, args ...any) {
	fmt.Fprintf(l.out, "%s  %s\n", time.Now().Format(time.TimeOnly), fmt.Sprintf(format, args...))
}

// run builds, tests and backtests once. Tests that fail do not keep the backtest from
// running: its figures often say why.
func (l *devLoop) run(ctx context.Context) error {
	start := time.Now()
	if err := l.build(ctx); err != nil {
		return err
	}
	l.say("built in %.1f s", time.Since(start).Seconds())
	l.say("testing ...")
	start = time.Now()
	failed := l.goes(ctx, "the tests failed", "test", "-short", "./...")
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case failed != nil:
		l.say("%v", failed)
	default:
		l.say("tests passed in %.1f s", time.Since(start).Seconds())
	}
	return errors.Join(failed, l.backtest(ctx))
}

// goes runs Go. Where it fails, it shows what Go said, and returns an error of these words.
func (l *devLoop) goes(ctx context.Context, fails string, args ...string) error {
	var said bytes.Buffer
	c := builder.Command(ctx, l.dir, "go", args...)
	c.Stdout, c.Stderr = &said, &said
	err := builder.Run(ctx, c)
	if err == nil || ctx.Err() != nil {
		return err
	}
	fmt.Fprintf(l.out, "%s", &said)
	return errors.New(fails)
}

// build makes the program.
func (l *devLoop) build(ctx context.Context) error {
	if !hasMain(l.dir) {
		abs, err := filepath.Abs(l.dir)
		if err != nil {
			return err
		}
		m, err := builder.ParseModule(abs)
		if err != nil {
			return err
		}
		b := builder.Build{Modules: []builder.Module{m}, Local: l.core, Version: "v" + release, Output: l.bin, Log: l.out}
		_, err = b.Run(ctx)
		return err
	}
	return l.goes(ctx, "it does not build", "build", "-o", l.bin, ".")
}

// hasMain reports whether a directory holds a package main. A file that does not parse may
// belong to one, and Go says what is wrong with it.
func hasMain(dir string) bool {
	files, _ := filepath.Glob(filepath.Join(dir, "*.go"))
	for _, path := range files {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly)
		if err != nil || f.Name.Name == "main" {
			return true
		}
	}
	return false
}

// backtest runs the backtest, and shows what changed.
func (l *devLoop) backtest(ctx context.Context) error {
	var out, said bytes.Buffer
	cmd := builder.Command(ctx, l.dir, l.bin, append([]string{"backtest", "--format", "json", "--equity", "none"}, l.args...)...)
	cmd.Stdout, cmd.Stderr = &out, &said
	failed := builder.Run(ctx, cmd)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var report backtest.Report
	switch err := json.Unmarshal(out.Bytes(), &report); {
	case failed != nil:
		fmt.Fprintln(l.out, strings.TrimSpace(said.String()))
		return errors.New("the backtest failed")
	case err != nil || report.Schema != backtest.Schema:
		return errors.New("the backtest printed something else than a result")
	}
	l.say("backtest, %s to %s", report.From, report.To)
	err := printChange(l.out, l.last, &report)
	l.last = &report
	return err
}
