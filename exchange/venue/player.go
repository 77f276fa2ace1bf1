package venue

import (
	"cmp"
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// player plays fundings and, with ByBar, bars as they close to the simulator. With ByTrade
// the floor brings the deals that bars are made of.
type player struct {
	side     *side
	columns  []*market.Columns
	rows     []int
	fundings []market.Event // to come, in the order of T2
}

// instant is what happens at one time.
type instant struct {
	events []market.Event // in the order of T2
}

func newPlayer(s *side, l *Listing) *player {
	t := &player{side: s, columns: make([]*market.Columns, len(s.books)), rows: make([]int, len(s.books))}
	copy(t.columns, l.Bars)
	for i, c := range t.columns {
		if c != nil { // what has closed at the start is history
			for t.rows[i] < c.Len() && t.when(i) < s.at {
				t.rows[i]++
			}
		}
	}
	t.fund(l)
	return t
}

// fund takes the fundings of a listing that are due after the start.
func (t *player) fund(l *Listing) {
	for i := range min(len(l.Fundings), len(t.columns)) {
		for _, f := range l.Fundings[i] {
			if e, ok := t.funding(market.InstrumentID(i), f); ok && e.Time > t.side.at {
				t.fundings = append(t.fundings, e)
			}
		}
	}
	slices.SortStableFunc(t.fundings, func(a, b market.Event) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Funding.Time, b.Funding.Time), t.compare(a, b))
	})
}

// funding returns a funding as an event: when it is due or, with ByBar, at the close of the
// bar that it falls in (semantics M6), charged on the last close before where no mark is
// recorded. It reports false for one before or after all bars.
func (t *player) funding(i market.InstrumentID, f market.Funding) (e market.Event, ok bool) {
	f.Time = f.Time.Second()
	e = market.Event{Time: f.Time, Kind: market.KindFunding, Instrument: i, Funding: &f}
	c := t.columns[i]
	if t.side.venue.o.Fills == ByTrade {
		return e, true
	}
	if c == nil || c.Len() == 0 || f.Time <= c.OpenTime[0] || f.Time > c.Time(c.Len()-1) {
		return e, false
	}
	row := closing(c, f.Time-1)
	if e.Time = c.Time(row); e.Time > f.Time {
		row--
	}
	if f.Mark.IsZero() && row >= 0 {
		f.Mark = market.Price(c.Close[row], c.PriceScale)
	}
	return e, true
}

// compare puts events of one time and kind in order.
func (t *player) compare(a, b market.Event) int {
	return cmp.Compare(t.side.books[a.Instrument].Symbol, t.side.books[b.Instrument].Symbol)
}

// when returns when the next thing of a series happens.
func (t *player) when(i int) market.Time {
	c := t.columns[i]
	if c == nil || t.rows[i] >= c.Len() || t.side.venue.o.Fills == ByTrade {
		return market.MaxTime
	}
	return c.Time(t.rows[i])
}

// due returns when something happens next; MaxTime at the end.
func (t *player) due() market.Time {
	due := market.MaxTime
	if len(t.fundings) > 0 {
		due = t.fundings[0].Time
	}
	for i := range t.columns {
		due = min(due, t.when(i))
	}
	return due
}

// next returns what happens at due, and moves on.
func (t *player) next() (in instant) {
	due := t.due()
	for len(t.fundings) > 0 && t.fundings[0].Time == due {
		in.events, t.fundings = append(in.events, t.fundings[0]), t.fundings[1:]
	}
	bars := len(in.events)
	for i, c := range t.columns {
		if t.when(i) != due {
			continue
		}
		in.events = append(in.events, market.Event{Time: due, Kind: market.KindBar, Instrument: market.InstrumentID(i), Interval: c.Interval, Bars: c, Row: int32(t.rows[i])})
		t.rows[i]++
	}
	slices.SortStableFunc(in.events[bars:], t.compare)
	return in
}
