package backtest

import (
	"cmp"
	"slices"
	"sort"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// FundingRow is one funding of a perpetual future, as its venue published it.
type FundingRow struct {
	Instrument market.InstrumentID
	Time       market.Time     // some venues stamp it a few milliseconds late
	Rate       decimal.Decimal // fraction of the notional that the long side pays
	Mark       decimal.Decimal // price that it is charged on; 0 where it was not recorded
}

// Due returns when the funding is due: its time rounded to the second.
func (f FundingRow) Due() market.Time { return f.Time.Second() }

// bookings returns the fundings of an instrument as events, at the close of the bar of
// its execution series in which they fall: open < F ≤ close, or the first that closes
// later (semantics M6). One up to the first open, or after the last close, is left out.
// Without a recorded mark the last close known at F stands in.
func (h *History) bookings(i market.InstrumentID, c *market.Columns) []market.Event {
	var list []market.Event
	for _, f := range h.Funding {
		at := f.Due()
		row := sort.Search(c.Len(), func(row int) bool { return c.Time(row) >= at })
		if f.Instrument != i || row == c.Len() || at <= c.OpenTime[0] {
			continue
		}
		mark, known := f.Mark, row
		if c.Time(row) > at {
			known--
		}
		if mark.IsZero() && known >= 0 {
			mark = market.Price(c.Close[known], c.PriceScale)
		}
		list = append(list, market.Event{
			Time: c.Time(row), Kind: market.KindFunding, Instrument: i, Funding: &market.Funding{Time: at, Rate: f.Rate, Mark: mark},
		})
	}
	return list
}

// sortFunding puts fundings in the order of semantics T2.
func sortFunding(list []market.Event, instruments []market.Instrument) {
	slices.SortStableFunc(list, func(a, b market.Event) int {
		x, y := &instruments[a.Instrument], &instruments[b.Instrument]
		return cmp.Or(cmp.Compare(a.Funding.Time, b.Funding.Time), cmp.Compare(x.Venue, y.Venue), cmp.Compare(x.Symbol, y.Symbol))
	})
}
