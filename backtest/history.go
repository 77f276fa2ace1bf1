package backtest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// Series is one instrument's stored bars at one interval.
type Series struct {
	Instrument market.InstrumentID
	Columns    *market.Columns
}

// Listing is the filters of an instrument from a time on.
type Listing struct {
	Time       market.Time
	Instrument market.InstrumentID
	Filters    market.Instrument // see market.Instrument.Relist for what of it counts
}

// History is what a run is fed. Instruments are indexed by their ids, with the filters
// that hold at its start.
type History struct {
	Instruments []market.Instrument
	Listings    []Listing // later filters, by time, venue and symbol; see Sort
	Series      []Series
	Signals     []market.Signal // in order of Known, source, kind, subject, Effective, revision; see Sort
	// Events are what an operator or the venue does to the run beside its market: commands,
	// deposits, withdrawals. All come before the bars of their time; see Sort.
	Events  []market.Event
	Funding []FundingRow // of perpetual futures, by time
	Marks   []Series     // mark prices of perpetual futures, at the execution interval or a finer one
	// End is how far the history is known: coarser bars that close later are not made
	// of it. 0 is the close of the last bar.
	End market.Time
	// Detail is the longest interval of the bars that fill orders and mark positions; 0
	// is the finest interval watched.
	Detail market.Interval
	// Finer says what an operator does to get finer bars, for the error that there are
	// none; empty is to import them.
	Finer string
	// NoVolume marks instruments whose bars never have a volume, by id; nil is none.
	NoVolume []bool
}

// Sort puts the signals, listings, events and funding in the order of semantics T2.
func (h *History) Sort() {
	slices.SortStableFunc(h.Listings, func(a, b Listing) int {
		x, y := &h.Instruments[a.Instrument], &h.Instruments[b.Instrument]
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(x.Venue, y.Venue), cmp.Compare(x.Symbol, y.Symbol))
	})
	byRow := func(a, b market.Signal) int { return a.Compare(&b) }
	if !slices.IsSortedFunc(h.Signals, byRow) { // as those of one store are
		slices.SortStableFunc(h.Signals, byRow)
	}
	sortEvents(h.Events)
	slices.SortStableFunc(h.Funding, func(a, b FundingRow) int { return cmp.Compare(a.Time, b.Time) })
}

// MarkVolume fills NoVolume from the bars.
func (h *History) MarkVolume() {
	h.NoVolume = make([]bool, len(h.Instruments))
	for i := range h.NoVolume {
		h.NoVolume[i] = true
	}
	for _, s := range h.Series {
		if slices.ContainsFunc(s.Columns.Volume, func(v float64) bool { return v > 0 }) {
			h.NoVolume[s.Instrument] = false
		}
	}
}

// Between returns the history of bars that open at or after from and close at or
// before to, of signals known by the end of the bars, and of events and funding in
// between; 0 leaves an end open. Signals known before from stay: they are what was known
// when it began. Those known after the last bar would only draw the run out.
// Listings up to the first bar's open become the filters at the start, and those after the
// end are left out.
func (h *History) Between(from, to market.Time) *History {
	cut := *h
	if to > 0 {
		cut.End = min(to, h.end())
	}
	cut.Series, cut.Marks = between(h.Series, from, to), between(h.Marks, from, to)
	n, _ := slices.BinarySearchFunc(h.Signals, cut.end(), func(s market.Signal, t market.Time) int { return cmp.Compare(s.Known, t+1) })
	cut.Signals = h.Signals[:n:n]
	if to > 0 {
		n, _ = slices.BinarySearchFunc(h.Events, to+1, eventAt)
		cut.Events = h.Events[:n:n]
	}
	n, _ = slices.BinarySearchFunc(cut.Events, from, eventAt)
	cut.Events = cut.Events[n:]
	cut.Funding = slices.DeleteFunc(slices.Clone(h.Funding), func(f FundingRow) bool {
		return f.Due() <= from || to > 0 && f.Due() > to
	})
	cut.relist()
	return &cut
}

// between cuts each series to bars that open at or after from and close at or before to.
func between(list []Series, from, to market.Time) []Series {
	var cut []Series
	for _, s := range list {
		lo, hi := 0, s.Columns.Len()
		if from > 0 {
			lo = s.Columns.Search(from)
		}
		if to > 0 {
			hi = max(lo, s.Columns.Search(to-market.Time(s.Columns.Interval)+1))
		}
		cut = append(cut, Series{s.Instrument, s.Columns.Slice(lo, hi)})
	}
	return cut
}

func eventAt(e market.Event, t market.Time) int { return cmp.Compare(e.Time, t) }

// relist moves the listings up to the first bar's open into the instruments, of which it
// makes a copy, and drops those after the end.
func (h *History) relist() {
	first, _ := h.Span()
	from, to := h.listed(first+1), h.listed(h.end()+1)
	h.Instruments = slices.Clone(h.Instruments)
	for _, l := range h.Listings[:from] {
		h.Instruments[l.Instrument].Relist(&l.Filters)
	}
	h.Listings = h.Listings[from:max(from, to)]
}

// listed counts the listings before a time.
func (h *History) listed(t market.Time) int {
	n, _ := slices.BinarySearchFunc(h.Listings, t, func(l Listing, t market.Time) int { return cmp.Compare(l.Time, t) })
	return n
}

// beside returns the events and listings, in the order of T2.
func (h *History) beside() []market.Event {
	if len(h.Listings) == 0 {
		return h.Events
	}
	all := slices.Clone(h.Events)
	for k := range h.Listings {
		l := &h.Listings[k]
		all = append(all, market.Event{Time: l.Time, Kind: market.KindListing, Instrument: l.Instrument, Listing: &l.Filters})
	}
	sortEvents(all)
	return all
}

func sortEvents(list []market.Event) {
	slices.SortStableFunc(list, func(a, b market.Event) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Kind.Rank(), b.Kind.Rank()))
	})
}

// Span returns the open of the first and the close of the last bar.
func (h *History) Span() (from, to market.Time) {
	for _, s := range h.Series {
		if n := s.Columns.Len(); n > 0 {
			if from == 0 || s.Columns.OpenTime[0] < from {
				from = s.Columns.OpenTime[0]
			}
			to = max(to, s.Columns.Time(n-1))
		}
	}
	return from, to
}

// end returns how far the history is known.
func (h *History) end() market.Time {
	if h.End > 0 {
		return h.End
	}
	_, to := h.Span()
	return to
}

// stored returns the stored series of an instrument, finest first.
func (h *History) stored(i market.InstrumentID) []Series {
	var list []Series
	for _, s := range h.Series {
		if s.Instrument == i {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b Series) int { return cmp.Compare(a.Columns.Interval, b.Columns.Interval) })
	return list
}

// execution returns the series that fills an instrument's orders (semantics X1): the
// stored one of the finest interval watched, or of Detail, or else the coarsest stored
// one that all intervals watched can be made of.
func (h *History) execution(i market.InstrumentID, watched []market.Interval) (*market.Columns, error) {
	wanted := watched
	if h.Detail > 0 {
		if k := slices.IndexFunc(watched, func(d market.Interval) bool { return !d.Holds(h.Detail) }); k >= 0 {
			return nil, &market.Error{
				Class: market.Usage, Where: h.Instruments[i].Symbol,
				Err:  fmt.Errorf("a strategy or rule watches bars of %s, which cannot be made of detail %s", watched[k], h.Detail),
				Hint: "choose a detail of which every interval watched is a multiple",
			}
		}
		wanted = append([]market.Interval{h.Detail}, watched...)
	}
	stored := h.stored(i)
	for k := len(stored) - 1; k >= 0; k-- {
		c := stored[k].Columns
		if !slices.ContainsFunc(wanted, func(d market.Interval) bool { return !d.Holds(c.Interval) }) {
			return c, nil
		}
	}
	return nil, h.tooCoarse(i, wanted)
}

// executions returns the execution series of each instrument; nil where nobody watches it.
func (h *History) executions(subs []engine.Subscription) ([]*market.Columns, error) {
	list := make([]*market.Columns, len(h.Instruments))
	for i := range list {
		id := market.InstrumentID(i)
		watched := intervals(subs, id)
		if len(watched) == 0 {
			continue
		}
		c, err := h.execution(id, watched)
		if err != nil {
			return nil, err
		}
		list[i] = c
	}
	return list, nil
}

// Execution returns the interval of each instrument's execution series, by id (semantics X1);
// 0 where nobody watches it.
func (h *History) Execution(subs []engine.Subscription) ([]market.Interval, error) {
	series, err := h.executions(subs)
	if err != nil {
		return nil, err
	}
	list := make([]market.Interval, len(series))
	for i, c := range series {
		if c != nil {
			list[i] = c.Interval
		}
	}
	return list, nil
}

// tooCoarse says what is stored where it is not fine enough.
func (h *History) tooCoarse(i market.InstrumentID, wanted []market.Interval) error {
	var have, need []string
	for _, s := range h.stored(i) {
		have = append(have, s.Columns.Interval.String())
	}
	for _, d := range wanted {
		need = append(need, d.String())
	}
	return &market.Error{
		Class: market.Data, Where: h.Instruments[i].Symbol,
		Err:  fmt.Errorf("no stored bars from which %s can be made; stored: %s", strings.Join(need, " and "), strings.Join(have, ", ")),
		Hint: cmp.Or(h.Finer, "import finer bars with 'signalman data import'") + ", or ask for a multiple of what is stored",
	}
}

// ExecutionSpan returns the open of the first and the close of the last execution bar.
func (h *History) ExecutionSpan(execution []market.Interval) (from, to market.Time) {
	used := *h
	used.Series = slices.DeleteFunc(slices.Clone(h.Series), func(s Series) bool { return s.Columns.Interval != execution[s.Instrument] })
	return used.Span()
}
