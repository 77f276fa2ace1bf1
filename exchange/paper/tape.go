package paper

import (
	"cmp"
	"context"
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// tape is the market of the simulated venue: what was put there and has not been read.
type tape struct {
	rows   []int          // how many bars of each instrument were put
	queue  []market.Event // all of one time
	handed []market.Event
}

// row returns the row of an instrument's next bar.
func (t *tape) row(i int) int {
	for len(t.rows) <= i {
		t.rows = append(t.rows, 0)
	}
	return t.rows[i]
}

// bar puts an instrument's next bar.
func (t *tape) bar(at market.Time, i int, c *market.Columns) {
	t.put(market.Event{Time: at, Kind: market.KindBar, Instrument: market.InstrumentID(i), Interval: c.Interval, Bars: c, Row: int32(t.row(i))})
	t.rows[i]++
}

func (t *tape) put(e market.Event) { t.queue = append(t.queue, e) }

// Next hands out what was put, in the order of semantics T2.
func (t *tape) Next(context.Context, market.Time) ([]market.Event, error) {
	t.handed, t.queue = t.queue, nil
	slices.SortStableFunc(t.handed, func(a, b market.Event) int { return cmp.Compare(a.Kind.Rank(), b.Kind.Rank()) })
	return t.handed, nil
}
