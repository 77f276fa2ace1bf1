package app

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"text/tabwriter"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/internal/config"
	"github.com/signalman-trading/signalman/internal/parity"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// parityAgainst is what history that was fetched again says of a session's bars.
type parityAgainst struct {
	Source      string              `json:"source"`
	Bars        int                 `json:"bars"`     // of the session that fill orders, and are in the history
	Restated    []restatedBar       `json:"restated"` // field by field
	LeftOut     int                 `json:"left_out,omitempty"`
	Absent      int                 `json:"absent"` // bars of the session that the history does not have
	Unseen      int                 `json:"unseen"` // bars of the history that the session never got
	Differences []parity.Difference `json:"caused"` // by the restated bars
	MoreCaused  int                 `json:"more,omitempty"`
	Totals      []parity.Total      `json:"totals"`
	Money       decimal.Decimal     `json:"money"`
}

// restatedBar is a field of a bar that is another one now.
type restatedBar struct {
	Time     market.Time     `json:"time"` // when the bar opened
	Symbol   string          `json:"symbol"`
	Interval market.Interval `json:"interval"`
	Field    string          `json:"field"`
	Was      float64         `json:"was"`
	Is       float64         `json:"is"`
}

// seriesKey names the bars of an instrument at an interval.
type seriesKey struct {
	instrument market.InstrumentID
	interval   market.Interval
}

// against holds the bars of the session against a history, and runs the session again on
// those that were restated. What it then does otherwise than the simulation before is what
// they caused.
func (p *pairing) against(ctx context.Context, before *parity.Book) (*parityAgainst, error) {
	a, err := p.accountOfSession(p.cmd, p.past, &p.flags.sessionFlags)
	if err != nil {
		return nil, err
	}
	had := map[seriesKey]*market.Columns{}
	for records, err := range p.past.journal.Instants() {
		if err != nil {
			return nil, err
		}
		for i := range records {
			if e := &records[i].Event; records[i].Kind == market.RecordEvent && e.Kind == market.KindBar {
				had[seriesKey{e.Instrument, e.Interval}] = e.Bars
			}
		}
	}
	r := &parityAgainst{Source: p.flags.against, Restated: []restatedBar{}, Differences: []parity.Difference{}, Totals: []parity.Total{}}
	now := map[seriesKey]*market.Columns{}
	for i := range a.engine.Instruments {
		if err := p.restate(a, market.InstrumentID(i), had, now, r); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(r.Restated, func(a, b restatedBar) int { return cmp.Compare(a.Time, b.Time) })
	if len(r.Restated) > 0 {
		is, _, err := p.simulate(ctx, a, replaced(p.past.journal.Instants(), now), 0)
		if err != nil {
			return nil, err
		}
		found := parity.Compare(before, is, parity.Options{Simulated: true})
		r.Money = found.Money
		for i := range found.Differences { // the bars explain what comes first
			if found.Differences[i].Class == parity.Unexplained {
				found.Differences[i].Class = parity.Consequence
			}
		}
		r.Totals = parity.Totals(found.Differences)
		r.Differences, r.MoreCaused = p.bounded(found.Differences)
	}
	if n := p.flags.limit; n > 0 && len(r.Restated) > n {
		r.LeftOut, r.Restated = len(r.Restated)-n, r.Restated[:n]
	}
	return r, nil
}

// replaced hands out a journal with other bars, row by row.
func replaced(all iter.Seq2[[]market.Record, error], with map[seriesKey]*market.Columns) iter.Seq2[[]market.Record, error] {
	return func(yield func([]market.Record, error) bool) {
		for records, err := range all {
			for i := range records {
				e := &records[i].Event
				if records[i].Kind == market.RecordEvent && e.Kind == market.KindBar {
					if c := with[seriesKey{e.Instrument, e.Interval}]; c != nil {
						e.Bars = c
					}
				}
			}
			if !yield(records, err) {
				return
			}
		}
	}
}

// restate finds the restated bars of an instrument, and adds its series as they are now.
func (p *pairing) restate(a *account, i market.InstrumentID, had, now map[seriesKey]*market.Columns, r *parityAgainst) error {
	finest := seriesKey{instrument: i}
	for k := range had { //order-free: the finest of them
		if k.instrument == i && (finest.interval == 0 || k.interval < finest.interval) {
			finest.interval = k.interval
		}
	}
	was := had[finest]
	if was == nil || was.Len() == 0 {
		return nil
	}
	from, to := was.OpenTime[0], was.Time(was.Len()-1)
	known, err := p.fetchedAgain(a, i, finest.interval, from, to)
	if err != nil {
		return err
	}
	is := &market.Columns{}
	*is = *was
	is.Open, is.High, is.Low, is.Close, is.Volume = slices.Clone(was.Open), slices.Clone(was.High), slices.Clone(was.Low), slices.Clone(was.Close), slices.Clone(was.Volume)
	is.PriceScale, is.VolumeScale = max(was.PriceScale, known.PriceScale), max(was.VolumeScale, known.VolumeScale)
	var changed []market.Time
	seen := 0
	for row := range was.Len() {
		k := known.Search(was.OpenTime[row])
		if k >= known.Len() || known.OpenTime[k] != was.OpenTime[row] {
			r.Absent++
			continue
		}
		seen++
		if p.restateRow(a, finest, is, row, known.Bar(k), r) {
			changed = append(changed, was.OpenTime[row])
		}
	}
	r.Bars += seen
	r.Unseen += known.Len() - seen
	if len(changed) == 0 {
		return nil
	}
	now[finest] = is
	for k, c := range had { //order-free: each series by itself
		if k.instrument == i && k.interval > finest.interval {
			now[k] = remade(c, is, changed)
		}
	}
	return nil
}

// restateRow takes over a bar, and notes in which fields it is another one.
func (p *pairing) restateRow(a *account, k seriesKey, is *market.Columns, row int, to market.Bar, r *parityAgainst) (changed bool) {
	for _, f := range [...]struct {
		name string
		at   *float64
		to   float64
	}{
		{"open", &is.Open[row], to.Open}, {"high", &is.High[row], to.High}, {"low", &is.Low[row], to.Low},
		{"close", &is.Close[row], to.Close}, {"volume", &is.Volume[row], to.Volume},
	} {
		if *f.at != f.to {
			r.Restated = append(r.Restated, restatedBar{is.OpenTime[row], a.symbol(k.instrument), k.interval, f.name, *f.at, f.to})
			*f.at, changed = f.to, true
		}
	}
	return changed
}

// remade returns coarser bars with those made again that hold a finer one that changed.
func remade(was, finer *market.Columns, changed []market.Time) *market.Columns {
	again := market.Resample(finer, was.Interval, finer.Time(finer.Len()-1))
	is := *was
	is.Open, is.High, is.Low, is.Close, is.Volume = slices.Clone(was.Open), slices.Clone(was.High), slices.Clone(was.Low), slices.Clone(was.Close), slices.Clone(was.Volume)
	for _, t := range changed {
		open := was.Interval.Floor(t)
		row, k := was.Search(open), again.Search(open)
		if row < was.Len() && was.OpenTime[row] == open && k < again.Len() && again.OpenTime[k] == open {
			is.Open[row], is.High[row], is.Low[row], is.Close[row], is.Volume[row] = again.Open[k], again.High[k], again.Low[k], again.Close[k], again.Volume[k]
		}
	}
	return &is
}

// fetchedAgain returns the bars of an instrument from the history that the flag names.
func (p *pairing) fetchedAgain(a *account, i market.InstrumentID, d market.Interval, from, to market.Time) (*market.Columns, error) {
	in := &a.engine.Instruments[i]
	if p.flags.against != config.Store {
		if len(a.engine.Instruments) > 1 {
			return nil, usageError("import it and use --against store", "a file has one symbol, the session %d", len(a.engine.Instruments))
		}
		h, err := p.readHistory(&backtestFlags{begin: from, end: to}, p.flags.against, in.Symbol, d)
		if err != nil {
			return nil, err
		}
		return h.Bars(h.series, from, to)
	}
	r, done, err := p.reader(config.Store, "fetch it with 'signalman data fetch' or import it first")
	if err != nil {
		return nil, err
	}
	defer done()
	return storedAgain(r, a, in, d, from, to)
}

// storedAgain reads or makes the bars of an interval from the store.
func storedAgain(r store.Reader, a *account, in *market.Instrument, d market.Interval, from, to market.Time) (*market.Columns, error) {
	found, err := storedSeries(r, wanted(a.config, in.Symbol, d == market.Trades), in.Symbol)
	if err != nil {
		return nil, err
	}
	var best store.Series
	for _, s := range found {
		if d.Holds(s.Interval) && s.Interval > best.Interval {
			best = s
		}
	}
	if best.Interval == 0 {
		return nil, &market.Error{Class: market.Data, Where: in.Symbol, Err: fmt.Errorf("no stored bars of %s, nor finer ones", d), Hint: "fetch them with 'signalman data fetch'"}
	}
	c, err := r.Bars(best, from, to)
	if err != nil || best.Interval == d {
		return c, err
	}
	return market.Resample(c, d, to), nil
}

// print prints what the history says.
func (r *parityAgainst) print(out io.Writer) error {
	fmt.Fprintf(out, "\nagainst %s: %s compared, %d absent there, %d that the session never got\n", printable(r.Source), plural(r.Bars, "bar"), r.Absent, r.Unseen)
	if len(r.Restated) == 0 {
		_, err := fmt.Fprintln(out, "no bar was restated")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row(w, "RESTATED\tSYMBOL\tINTERVAL\tFIELD\tWAS\tIS\n")
	for _, b := range r.Restated {
		row(w, "%s\t%s\t%s\t%s\t%s\t%s\n", b.Time.String(), b.Symbol, b.Interval.String(), b.Field, float(b.Was), float(b.Is))
	}
	if r.LeftOut > 0 {
		row(w, "%d more: --limit 0 lists all\n", r.LeftOut)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(r.Differences) == 0 {
		_, err := fmt.Fprintln(out, "they would have changed nothing")
		return err
	}
	fmt.Fprintf(out, "with the restated bars the backtest would have had %s more:\n", r.Money)
	return printDifferences(out, r.Differences, r.MoreCaused)
}
