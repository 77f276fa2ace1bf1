package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/internal/barfile"
	"github.com/signalman-trading/signalman/internal/fetch"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
)

// fetchVenue fetches over REST.
func (c *command) fetchVenue(ctx context.Context, p *fetchPlan) error {
	began := time.Now()
	public := binance.NewPublic(binance.Options{USDM: p.usdm, BaseURL: p.base, Log: c.pauses()})
	out := fetched{Venue: p.venue, Instruments: []string{}, Series: []fetchedSeries{}}
	err := c.fetchAll(ctx, p, public, &out)
	used := public.Usage()
	out.Requests, out.Weight, out.Seconds = used.Requests, used.Weight, time.Since(began).Seconds()
	if c.format == "json" {
		return errors.Join(c.json(out), err)
	}
	if err == nil || len(out.Series) > 0 {
		c.printFetched(&out)
	}
	if ctx.Err() != nil && len(out.Series) > 0 {
		c.note("what came is stored: the same command goes on from there")
	}
	return err
}

// fetchAll fetches each kind of each symbol.
func (c *command) fetchAll(ctx context.Context, p *fetchPlan, public *binance.Public, out *fetched) (failed error) {
	if p.instruments || p.wants("instruments") {
		at, list, err := fetch.Listed(ctx, public, p.symbols)
		if err == nil {
			err = fetch.PutListed(c.patientStore, at, list)
		}
		if err != nil {
			return err
		}
		out.Instruments = p.symbols
	}
	bar := newProgress(c.err)
	defer bar.end()
	for _, symbol := range p.symbols {
		r := &fetch.REST{
			Public: public, Venue: p.venue, Symbol: symbol, From: p.from, To: p.to, Resync: p.resync,
			Open: c.patientStore, Told: func(s store.Series, done, of market.Time) { bar.tell(s.String(), float64(done)/float64(of)) },
		}
		for _, job := range fetchJobs(ctx, p, r) {
			report, err := job()
			bar.end()
			if err == nil || report.Put.Added+report.Put.Unchanged+report.Put.Restated > 0 {
				out.add(report)
			}
			failed = errors.Join(failed, err)
			if err != nil && !aboutSymbol(err) {
				return failed
			}
		}
	}
	return failed
}

// aboutSymbol reports whether an error says nothing about other symbols.
func aboutSymbol(err error) bool {
	class := market.ClassOf(err)
	return errors.Is(err, binance.ErrSymbol) || class == market.Usage || class == market.Data
}

// fetchJobs lists what is fetched of one symbol.
func fetchJobs(ctx context.Context, p *fetchPlan, r *fetch.REST) (jobs []func() (*fetch.Report, error)) {
	if p.wants("bars") {
		for _, d := range p.intervals {
			jobs = append(jobs, func() (*fetch.Report, error) { return r.Bars(ctx, d) })
		}
	}
	if p.wants("funding") {
		jobs = append(jobs, func() (*fetch.Report, error) { return r.Fundings(ctx) })
	}
	if p.wants("trades") {
		jobs = append(jobs, func() (*fetch.Report, error) { return r.Trades(ctx) })
	}
	return jobs
}

// pauses returns a log of the pauses that a venue needs, for the operator.
func (c *command) pauses() *slog.Logger {
	return slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// fetched is what data fetch has to say.
type fetched struct {
	Venue       string          `json:"venue"`
	Instruments []string        `json:"instruments"` // whose filters were stored
	Series      []fetchedSeries `json:"series"`
	Requests    int             `json:"requests"`
	Weight      int             `json:"weight"`
	Seconds     float64         `json:"seconds"`
}

type fetchedSeries struct {
	Symbol   string      `json:"symbol"`
	Kind     string      `json:"kind"`
	Interval string      `json:"interval,omitempty"` // of bars
	From     market.Time `json:"from,omitzero"`
	To       market.Time `json:"to,omitzero"`
	Added    int         `json:"added"`
	Same     int         `json:"unchanged"`
	Restated int         `json:"restated"`
	Changes  []restated  `json:"changes,omitempty"`

	ChangedFundings []restatedFunding `json:"changed_fundings,omitempty"`

	Gaps      int          `json:"gaps"`
	Missing   int64        `json:"missing"`
	GapsFound []fetchedGap `json:"gap_list,omitempty"`
	Gone      int          `json:"gone"` // stored bars that the venue does not have
	GoneBars  []string     `json:"gone_list,omitempty"`
	Bad       int          `json:"bad_rows"`
	BadRows   []string     `json:"bad,omitempty"`
}

type fetchedGap struct {
	From    market.Time `json:"from"`
	To      market.Time `json:"to"`
	Missing int64       `json:"missing"`
}

// restated is a stored bar that the venue has changed since.
type restated struct {
	Time market.Time `json:"time"`
	Old  [5]float64  `json:"old"` // open, high, low, close, volume
	New  [5]float64  `json:"new"`
}

// restatedFunding is a stored funding that the venue has changed since.
type restatedFunding struct {
	Time    market.Time     `json:"time"`
	Old     decimal.Decimal `json:"old"` // rates
	New     decimal.Decimal `json:"new"`
	OldMark decimal.Decimal `json:"old_mark"` // 0: unknown
	NewMark decimal.Decimal `json:"new_mark"`
}

func restatedFundings(changes []store.RestatedFunding) (list []restatedFunding) {
	for _, c := range changes {
		list = append(list, restatedFunding{c.Old.Time, c.Old.Rate, c.New.Rate, c.Old.Mark, c.New.Mark})
	}
	return list
}

// showFundings prints the first restated ones.
func (c *command) showFundings(list []restatedFunding) {
	for _, r := range list[:min(len(list), shownRows)] {
		fmt.Fprintf(c.out, "  %s restated: rate %s → %s", r.Time, r.Old, r.New)
		if !r.OldMark.Equal(r.NewMark) {
			fmt.Fprintf(c.out, ", mark %s → %s", r.OldMark, r.NewMark)
		}
		fmt.Fprintln(c.out)
	}
}

func (f *fetched) add(r *fetch.Report) {
	s := fetchedSeries{
		Symbol: r.Series.Symbol, Kind: "bars", Interval: r.Series.Interval.String(), From: r.From, To: r.To,
		Added: r.Put.Added, Same: r.Put.Unchanged, Restated: r.Put.Restated, Gaps: r.GapCount, Missing: r.Missing, Bad: r.BadCount,
		Gone: r.GoneAll, ChangedFundings: restatedFundings(r.Put.Fundings),
	}
	for _, t := range r.Gone {
		s.GoneBars = append(s.GoneBars, t.String())
	}
	for _, err := range r.Bad {
		s.BadRows = append(s.BadRows, err.Error())
	}
	switch r.Series.Interval {
	case 0:
		s.Kind = "funding"
	case market.Trades:
		s.Kind, s.Interval = "trades", ""
	}
	s.GapsFound = gapList(r.Gaps)
	s.Changes = restatedBars(r.Put.Changes)
	f.Series = append(f.Series, s)
}

func gapList(gaps []barfile.Gap) (list []fetchedGap) {
	for _, g := range gaps {
		list = append(list, fetchedGap{g.From, g.To, g.Missing})
	}
	return list
}

func restatedBars(changes []store.Restated) (list []restated) {
	for _, c := range changes {
		list = append(list, restated{c.Time, values(c.Old), values(c.New)})
	}
	return list
}

func values(b market.Bar) [5]float64 { return [5]float64{b.Open, b.High, b.Low, b.Close, b.Volume} }

// shownRows bounds the restated bars, and the bad ones, that are printed of a series.
const shownRows = 20

func (c *command) printFetched(f *fetched) {
	for _, s := range f.Series {
		fmt.Fprintf(c.out, "%s %s %s: %d new, %d unchanged, %d restated", f.Venue, s.Symbol, cmp.Or(s.Interval, s.Kind), s.Added, s.Same, s.Restated)
		if s.Gaps > 0 {
			fmt.Fprintf(c.out, "; %s, %d missing", plural(s.Gaps, "gap"), s.Missing)
		}
		if s.Bad > 0 {
			fmt.Fprintf(c.out, "; %s left out", plural(s.Bad, "bad bar"))
		}
		if s.Gone > 0 {
			fmt.Fprintf(c.out, "; %d stored that the venue does not have", s.Gone)
		}
		if s.To > 0 {
			fmt.Fprintf(c.out, "; %s to %s", s.From, s.To)
		}
		fmt.Fprintln(c.out)
		for _, r := range s.Changes[:min(len(s.Changes), shownRows)] {
			fmt.Fprintf(c.out, "  %s restated:%s\n", r.Time, r.changes())
		}
		c.showFundings(s.ChangedFundings)
		for _, t := range s.GoneBars[:min(len(s.GoneBars), shownRows)] {
			c.note("  %s is stored, and not at the venue: it stays", t)
		}
		for _, bad := range s.BadRows[:min(len(s.BadRows), shownRows)] {
			c.note("  %s", bad)
		}
		if most := max(s.Restated, s.Bad, s.Gone); most > shownRows {
			c.note("  not all are shown: --format json lists a thousand")
		}
	}
	if n := len(f.Instruments); n > 0 {
		fmt.Fprintf(c.out, "filters of %s\n", plural(n, "symbol"))
	}
	fmt.Fprintf(c.out, "%s of weight %d in %.1f s\n", plural(f.Requests, "request"), f.Weight, f.Seconds)
}

// changes writes what differs.
func (r *restated) changes() (text string) {
	for i, name := range [...]string{"open", "high", "low", "close", "volume"} {
		if r.Old[i] != r.New[i] {
			text += fmt.Sprintf(" %s %v → %v", name, r.Old[i], r.New[i])
		}
	}
	return text
}
