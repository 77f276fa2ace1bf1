package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/signalman-trading/signalman/internal/signalstudy"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/store"
)

// studyFlags say what is studied, and over which returns.
type studyFlags struct {
	signalChoice
	symbol, interval, venue string
	horizons                []string
	maxAge, neutral         string

	in signalstudy.Input // what the flags say of it
}

// A study is a report with the bars that it was made over.
type study struct {
	*signalstudy.Report
	Bars studyBars `json:"bars"`
}

// studies is what came of all subjects.
type studies struct {
	Studies   []study         `json:"studies"`
	Unstudied []unstudiedFeed `json:"unstudied,omitempty"` // for want of bars
}

type unstudiedFeed struct {
	Source  string         `json:"source"`
	Subject market.Subject `json:"subject"`
	Why     string         `json:"why"`
}

// errUnpriced marks a subject whose returns are not stored.
var errUnpriced = errors.New("there are no returns to compare it with")

type studyBars struct {
	Venue    string          `json:"venue"`
	Symbol   string          `json:"symbol"`
	Interval market.Interval `json:"interval"`
	Rows     int             `json:"rows"`
	From     market.Time     `json:"from,omitzero"` // the first open
	To       market.Time     `json:"to,omitzero"`   // the last close
}

func (c *command) signalsStudyCommand() *cobra.Command {
	var f studyFlags
	cmd := &cobra.Command{
		Use:   "study KIND",
		Short: "what stored signals are worth: coverage, age, lag, revisions, and what returns go with them",
		Long: `Studies the stored signals of a kind, each source and subject apart: how much of them there is,
how old they are when they are read, how long after what they are about they were known, how often
they were corrected, and how they go with returns that could have been earned: from the open of the
first bar that opens once they are known, over each horizon. Intervals are those at 95 %.

The returns are those of the bars of the subject's instrument, or of --symbol; a signal about the
market (*) needs one. A subject without stored bars is told and left out. LOOK-AHEAD shows what the same correlation is with the returns of the very step
that the values are about: it cannot be traded, and is there to tell how much of a fine backtest of a
signal without its lag would be made of it. docs/signals.md explains each number.`,
		Example: `  signalman signals study sentiment --history sample --symbol BTCUSDT
  signalman signals study trader_grade --source tokenmetrics --subject BTC
  signalman signals study trader_grade --from 2021-01-01 --to 2022-01-01 --horizon 4h,1d,30d
  signalman signals study fear_greed --symbol BTCUSDT --interval 1h --neutral 50 --format json`,
		Args: exact(1, "a kind, such as trader_grade"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.kind = args[0]
			if err := f.prepare(); err != nil {
				return err
			}
			return c.studySignals(cmd, &f)
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.horizons, "horizon", []string{"1d", "3d", "7d"}, "how long positions are held: whole days (3d), or hours (4h)")
	flags.StringVar(&f.symbol, "symbol", "", "whose returns (default: the stored symbol of the subject)")
	flags.StringVar(&f.interval, "interval", "", "bars that give the returns (default: the finest stored over most of the time)")
	flags.StringVar(&f.venue, "venue", "", "exchange the bars come from (default: the one that has them)")
	flags.StringVar(&f.maxAge, "max-age", "", "an older value counts as absent at a bar (default the age of the kind)")
	flags.StringVar(&f.neutral, "neutral", "", "a value above it calls for a rise (default: 0 of a kind from −X to X, and else the median of the values before)")
	f.flagsOfKind(cmd)
	return cmd
}

// prepare reads the flags.
func (f *studyFlags) prepare() error {
	for _, text := range f.horizons {
		var d market.Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || d <= 0 {
			return usageError("write spans such as 4h,1d,30d", "--horizon %q is not a span above 0", text)
		}
		f.in.Horizons = append(f.in.Horizons, d)
	}
	slices.Sort(f.in.Horizons)
	f.in.Horizons = slices.Compact(f.in.Horizons)
	kind, _ := market.KindOf(market.SignalKind(f.kind))
	if f.in.MaxAge = kind.MaxAge; f.maxAge != "" {
		if err := f.in.MaxAge.UnmarshalText([]byte(f.maxAge)); err != nil || f.in.MaxAge <= 0 {
			return usageError("write a duration such as 48h", "--max-age %q is not a duration above 0", f.maxAge)
		}
	}
	switch v, err := strconv.ParseFloat(f.neutral, 64); {
	case f.neutral == "" && kind.Min == -kind.Max && !math.IsInf(kind.Max, 0):
		f.in.Neutral = new(0.0)
	case f.neutral == "":
	case err != nil || math.IsNaN(v) || math.IsInf(v, 0):
		return usageError("write a value of the kind, such as 50", "--neutral %q is not a number", f.neutral)
	default:
		f.in.Neutral = &v
	}
	return nil
}

func (c *command) studySignals(cmd *cobra.Command, f *studyFlags) error {
	rows, err := f.read(c, 0)
	if err != nil {
		return err
	}
	r, done, err := c.reader(f.history, sampleFlag)
	if err != nil {
		return err
	}
	defer done()
	if len(rows) == 0 {
		return unstudied(r, f)
	}
	out := studies{Studies: []study{}}
	bars := studySeries{reader: r, flags: f, ctx: cmd.Context(), bar: newProgress(c.err)}
	defer bars.bar.end()
	var unpriced error // the first
	for _, one := range feeds(rows) {
		s, err := bars.study(&one, rows)
		switch {
		case errors.Is(err, errUnpriced):
			unpriced = cmp.Or(unpriced, err)
			out.Unstudied = append(out.Unstudied, unstudiedFeed{one.Source, one.Subject, err.Error()})
		case err != nil:
			return err
		default:
			out.Studies = append(out.Studies, s)
		}
	}
	bars.bar.end()
	if len(out.Studies) == 0 {
		return unpriced
	}
	for _, u := range out.Unstudied {
		c.note("note: %s of %s by %s is left out: %s", f.kind, u.Subject, u.Source, u.Why)
	}
	if c.format == "json" {
		return c.json(out)
	}
	return printStudies(c.out, out.Studies)
}

// unstudied says which kinds there are.
func unstudied(r store.Reader, f *studyFlags) error {
	all, err := r.Signals(store.SignalFilter{})
	if err != nil {
		return err
	}
	var kinds []string
	for i := range all {
		kinds = append(kinds, string(all[i].Kind))
	}
	slices.Sort(kinds)
	if kinds = slices.Compact(kinds); len(kinds) == 0 || slices.Contains(kinds, f.kind) {
		return noSignals()
	}
	return &market.Error{Class: market.Data, Where: f.kind, Err: errors.New("no stored signal is of this kind"), Hint: "stored are " + strings.Join(kinds, ", ") + "; " + notBlends}
}

// studySeries finds the bars of studies, and reads each series once.
type studySeries struct {
	reader store.Reader
	flags  *studyFlags
	last   store.Series
	bars   *market.Columns
	ctx    context.Context
	bar    *progress
}

// study studies the rows of one source and subject.
func (b *studySeries) study(one *feed, rows []market.Signal) (study, error) {
	in := b.flags.in
	var doubts signalDoubts
	for i := range rows {
		if s := &rows[i]; s.Source == one.Source && s.Subject == one.Subject {
			in.Rows = append(in.Rows, *s)
			doubts.add(s)
		}
	}
	s, err := b.series(one)
	if err != nil {
		return study{}, err
	}
	if s != b.last || b.bars == nil {
		if b.bars, err = b.reader.Bars(s, 0, 0); err != nil {
			return study{}, err
		}
		b.last = s
	}
	in.Bars = b.bars
	in.Tell = func(done float64) error {
		b.bar.tell(fmt.Sprintf("%s of %s by %s", b.flags.kind, one.Subject, one.Source), done)
		return b.ctx.Err()
	}
	report, err := signalstudy.Run(in)
	if err != nil {
		return study{}, err
	}
	report.Notes = append(doubts.notes(), report.Notes...)
	if signals.SaysSynthetic(one.Source) {
		report.Notes = append([]string{"these rows are made up: they say nothing about the provider's"}, report.Notes...)
	}
	about := studyBars{Venue: s.Venue, Symbol: s.Symbol, Interval: s.Interval, Rows: in.Bars.Len()}
	if n := in.Bars.Len(); n > 0 {
		about.From, about.To = in.Bars.OpenTime[0], in.Bars.Time(n-1)
	}
	return study{report, about}, nil
}

// series returns the series that gives the returns of a feed.
func (b *studySeries) series(one *feed) (store.Series, error) {
	symbol, err := b.symbolOf(one.Subject)
	if err != nil {
		return store.Series{}, err
	}
	w := wants{venue: b.flags.venue}
	if b.flags.interval != "" {
		d, err := market.ParseInterval(b.flags.interval)
		if err != nil {
			return store.Series{}, intervalError(b.flags.interval, err)
		}
		w.intervals = []market.Interval{d}
	}
	found, err := storedSeries(b.reader, w, symbol)
	if err != nil {
		return store.Series{}, err
	}
	if len(w.intervals) == 0 {
		return b.finest(found, one)
	}
	var have []string
	for _, s := range found {
		if s.Interval == w.intervals[0] {
			return s, nil
		}
		have = append(have, s.Interval.String())
	}
	return store.Series{}, &market.Error{Class: market.Data, Where: symbol, Err: lacking(fmt.Errorf("no bars of %s are stored; stored: %s", w.intervals[0], strings.Join(have, ", "))),
		Hint: "choose one of those with --interval, or make them with 'signalman data resample'"}
}

// symbolOf returns the symbol of --symbol, or the one stored whose base is the subject.
func (b *studySeries) symbolOf(subject market.Subject) (string, error) {
	if b.flags.symbol != "" {
		return b.flags.symbol, nil
	}
	all, err := b.reader.SeriesList()
	if err != nil {
		return "", err
	}
	var symbols, fit []string
	for _, s := range all {
		symbols = append(symbols, s.Symbol)
		if base, _, err := market.SplitSymbol(s.Symbol); err == nil && base == string(subject) {
			fit = append(fit, s.Symbol)
		}
	}
	slices.Sort(symbols)
	slices.Sort(fit)
	symbols, fit = slices.Compact(symbols), slices.Compact(fit)
	switch {
	case len(fit) == 1:
		return fit[0], nil
	case len(fit) > 1:
		return "", usageError("choose one with --symbol", "the returns of %s are those of several stored symbols: %s", subject, strings.Join(fit, ", "))
	case len(symbols) == 0:
		return "", &market.Error{Class: market.Data, Err: errors.New("no bars are stored, so there are no returns to compare signals with"), Hint: bringBars}
	}
	return "", &market.Error{Class: market.Usage, Err: lacking(fmt.Errorf("no stored symbol is that of the subject %s", subject)), Hint: "choose one with --symbol: " + firstOf(symbols)}
}

// lacking marks an error as one of want of bars.
func lacking(err error) error { return unpricedError{err} }

type unpricedError struct{ error }

func (unpricedError) Is(target error) bool { return target == errUnpriced }

// finest returns, of the series of a symbol, the finest that covers about as much of the
// signal's time as any.
func (b *studySeries) finest(found []store.Series, one *feed) (store.Series, error) {
	covers, most := map[store.Series]market.Time{}, market.Time(0)
	for _, s := range found {
		stats, err := b.reader.Stats(s)
		if err != nil {
			return s, err
		}
		covers[s] = min(stats.Last, one.LastKnown) - max(stats.First, one.FirstKnown)
		most = max(most, covers[s])
	}
	slices.SortFunc(found, func(x, y store.Series) int { return cmp.Compare(x.Interval, y.Interval) })
	k := slices.IndexFunc(found, func(s store.Series) bool { return covers[s] >= most-most/100-market.Day })
	return found[max(0, k)], nil
}
