package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
)

// signalFetch is what signals fetch is asked for, as typed.
type signalFetch struct {
	kinds, subjects []string
	from, to, lag   string
	again, dry      bool
}

func (c *command) signalsFetchCommand() *cobra.Command {
	var f signalFetch
	cmd := &cobra.Command{
		Use:   "fetch [SOURCE...]",
		Short: "ask the configured sources now, or fill in the past",
		Long: `Asks the sources of the configuration, or those named, for what they say now, and stores
what is news: known from now on.

With --from it fills in the past: rows count as known a lag after what they are about, and
are marked as assumed. What was filled in is not asked for again, so that the same command
goes on after Ctrl-C, a failure or the end of a budget; the latest times come first. Times
of which nothing came, or not all, are told, and asked for again. The
last three days are asked for each time, because providers correct them. A value that
differs from a stored one is a revision known now: nothing rewrites the past.

Each call is charged to the quota of its source, with those of all other commands.`,
		Example: `  signalman signals fetch
  signalman signals fetch tokenmetrics --kind trader_grade --subject BTC,ETH
  signalman signals fetch tokenmetrics --from 2024-01-01 --dry-run
  signalman signals fetch tokenmetrics --from 2024-01-01 --to 2024-07-01 --lag 30h`,
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := c.fetchRun(&f, args)
			if err != nil {
				return err
			}
			return r.run(cmd.Context())
		},
	}
	c.configFlag(cmd)
	flags := cmd.Flags()
	flags.StringSliceVar(&f.kinds, "kind", nil, "ask for these kinds only")
	flags.StringSliceVar(&f.subjects, "subject", nil, "ask about these assets only, or * for the market")
	flags.StringVar(&f.from, "from", "", "fill in from this effective time on (RFC 3339 or a date)")
	flags.StringVar(&f.to, "to", "", "with --from: effective time to stop before; default: now")
	flags.StringVar(&f.lag, "lag", "", "with --from: rows count as known this long after what they are about (default 1h for hourly kinds, 24h for others)")
	flags.BoolVar(&f.again, "again", false, "with --from: ask for what was filled in before, too")
	flags.BoolVar(&f.dry, "dry-run", false, "say what would be asked and what it costs, and ask nothing")
	return cmd
}

// fetchRun is one signals fetch.
type fetchRun struct {
	*command
	cfg      *config.Config
	tables   []*config.Source
	kinds    []market.SignalKind
	subjects []market.Subject
	from, to market.Time      // of what is filled in; 0: what there is now
	settled  market.Time      // from when on providers still correct what they said
	lag      *market.Duration // nil: by kind
	again    bool
	dry      bool
	coverage *coverage
	bar      *progress
}

// settling is how long providers may correct what they said about a time.
const settling = 3 * market.Day

// fetchRun reads the flags and the configuration.
func (c *command) fetchRun(f *signalFetch, args []string) (r *fetchRun, err error) {
	now := market.TimeOf(time.Now())
	r = &fetchRun{command: c, again: f.again, dry: f.dry, settled: now/market.Day*market.Day - settling, bar: newProgress(c.err)}
	for _, k := range f.kinds {
		r.kinds = append(r.kinds, market.SignalKind(k))
	}
	for _, s := range f.subjects {
		r.subjects = append(r.subjects, market.Subject(s))
	}
	if r.from, r.to, err = span(f.from, f.to); err != nil {
		return nil, err
	}
	switch {
	case f.from == "" && f.to+f.lag != "", f.from == "" && f.again:
		return nil, usageError("say from when on with --from", "--to, --lag and --again are for filling in the past")
	case f.from != "" && r.from >= now:
		return nil, usageError("without --from, sources are asked for what there is now", "--from %s is yet to come", r.from)
	case f.from != "" && (r.to == 0 || r.to > now):
		r.to = now
	}
	if r.cfg, err = config.Load(c.config, c.configPlugins()); err != nil {
		return nil, err
	}
	if r.tables, err = r.choose(args); err != nil {
		return nil, err
	}
	if err := r.readLag(f.lag); err != nil {
		return nil, err
	}
	r.coverage, err = c.openCoverage()
	return r, err
}

// choose returns the tables that can be asked: those named, or all.
func (r *fetchRun) choose(names []string) (list []*config.Source, err error) {
	var have []string
	for i := range r.cfg.Sources {
		s := &r.cfg.Sources[i]
		have = append(have, s.Name)
		_, asked := s.Value.(signals.Source)
		named := slices.Contains(names, s.Name)
		if asked && s.Remote() && (named || len(names) == 0) {
			list = append(list, s)
		} else if named {
			return nil, unasked(s)
		}
	}
	for _, n := range names {
		if !slices.Contains(have, n) {
			return nil, usageError("there are: "+strings.Join(have, ", "), "%s has no [signals.%s]", r.config, n)
		}
	}
	if len(list) == 0 {
		return nil, usageError("add one: docs/sources.md shows them", "%s names no source that can be asked", r.config)
	}
	return list, nil
}

// unasked says why a source cannot be asked.
func unasked(s *config.Source) error {
	why, hint := "is on this machine: it is read whenever a run needs it", "leave it away"
	switch s.Value.(type) {
	case signals.Pusher:
		why, hint = "pushes its rows", "'signalman signals watch' receives them"
	case signals.Deriver:
		why = "makes its rows of those of others, in each run"
	}
	return usageError(hint, "signals.%s %s", s.Name, why)
}

// readLag reads --lag. A value of a whole day is not known before the day is over.
func (r *fetchRun) readLag(text string) error {
	if text == "" {
		return nil
	}
	r.lag = new(market.Duration)
	if err := r.lag.UnmarshalText([]byte(text)); err != nil || *r.lag < 0 {
		return usageError("write a duration such as 30h", "--lag %q is not a duration of 0 or more", text)
	}
	for _, t := range r.tables {
		f := fetching{fetchRun: r, table: t, source: t.Value.(signals.Source)}
		for _, k := range f.wanted() {
			if _, documented := market.KindOf(k); documented && lagOf(k) >= market.Duration(market.Day) && *r.lag < lagOf(k) {
				return usageError("use at least "+lagOf(k).String()+", or choose others with --kind",
					"%s is a value of a whole day: with --lag %s it would be used before it is made", k, *r.lag)
			}
		}
	}
	return nil
}

// lagOf is how long after what it is about a row that is filled in counts as known, at
// least: a value of a day is known when the day is over.
func lagOf(k market.SignalKind) market.Duration {
	if info, _ := market.KindOf(k); info.MaxAge < market.Duration(market.Day) {
		return market.Duration(time.Hour)
	}
	return market.Duration(market.Day)
}

func (r *fetchRun) lagOf(k market.SignalKind) market.Duration {
	if r.lag != nil {
		return *r.lag
	}
	return lagOf(k)
}

// run asks one source after the other. One that fails does not hide the others.
func (r *fetchRun) run(ctx context.Context) error {
	defer r.bar.end()
	out := fetchedSignals{From: r.from, To: r.to, DryRun: r.dry, Sources: []*fetchedSource{}}
	var failed error
	asked := false
	for _, t := range r.tables {
		one := newFetchedSource(t)
		err := r.one(ctx, t, one)
		if one.wanted {
			out.Sources = append(out.Sources, one)
			asked = true
		}
		if err != nil {
			one.Error = err.Error()
		}
		failed = errors.Join(failed, err)
		if ctx.Err() != nil {
			break
		}
	}
	r.bar.end()
	if !asked && failed == nil {
		return usageError("'signalman check' shows what the sources say", "no source has %s", strings.Join(kindNames(r.kinds), ", "))
	}
	if err := r.print(&out); err != nil {
		return err
	}
	for _, s := range out.Sources {
		for _, line := range syntheticNotes(s.Synthetic) {
			r.note("note: %s", line)
		}
	}
	if ctx.Err() != nil && !r.dry {
		r.note("what came is stored: the same command goes on from there")
	}
	return failed
}

func kindNames(list []market.SignalKind) (names []string) {
	for _, k := range list {
		names = append(names, string(k))
	}
	return names
}

// one asks one source, or says what it would be asked.
func (r *fetchRun) one(ctx context.Context, t *config.Source, out *fetchedSource) error {
	f := &fetching{fetchRun: r, table: t, out: out, source: t.Value.(signals.Source)}
	if out.wanted = len(f.wanted()) > 0; !out.wanted {
		return nil
	}
	if r.dry {
		for _, q := range f.questions() {
			out.plan(q.calls)
		}
		if _, err := r.made(t, out); err != nil {
			return err
		}
		return r.kept(out)
	}
	opened, err := r.openSource(r.cfg, t)
	if err != nil {
		return err
	}
	var ok bool
	if f.source, ok = opened.(signals.Source); !ok {
		return fmt.Errorf("signals.%s cannot be asked", t.Name)
	}
	before, err := r.made(t, out)
	if err != nil {
		return err
	}
	list := f.questions()
	for i := range list {
		out.Asked += f.count(&list[i])
	}
	f.intake = r.intake(func(rep intakeReport) { out.add(&rep); f.got.add(&rep); r.tellBad(&rep) })
	err = f.run(ctx, list)
	after, unknown := r.made(t, out)
	out.Calls = after - before
	return errors.Join(err, unknown)
}
