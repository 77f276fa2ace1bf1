//lint:file-ignore U1000 the files of the other market and of sockets use it

package venue

import (
	"cmp"
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// player plays the bars of a listing: with ByBar each as it closes, with ByTrade as the
// trades that are derived from it. Nothing else moves a market.
type player struct {
	side     *side
	columns  []*market.Columns
	rows     []int
	quarter  []int // of ByTrade: which trade of the bar is the next
	fundings [][]market.Funding
}

// instant is what happens at one time.
type instant struct {
	events []market.Event // of ByBar, and fundings: in the order of T2
	prints []print        // of ByTrade
}

// print is a trade of the tape.
type print struct {
	instrument      market.InstrumentID
	price, quantity float64
	scale           int32 // decimals of price
}

func newPlayer(s *side, l *Listing) *player {
	t := &player{side: s, columns: make([]*market.Columns, len(s.books)), rows: make([]int, len(s.books)), quarter: make([]int, len(s.books))}
	copy(t.columns, l.Bars)
	for i, c := range t.columns {
		if c != nil { // what has closed at the start is history
			for t.rows[i] < c.Len() && t.when(i) < s.at {
				t.rows[i]++
			}
		}
	}
	return t
}

// when returns when the next thing of a series happens.
func (t *player) when(i int) market.Time {
	c := t.columns[i]
	if c == nil || t.rows[i] >= c.Len() {
		return market.MaxTime
	}
	if t.side.venue.o.Fills == ByBar {
		return c.Time(t.rows[i])
	}
	return c.OpenTime[t.rows[i]] + market.Time(c.Interval)*market.Time(t.quarter[i])/4
}

// due returns when something happens next; MaxTime at the end.
func (t *player) due() market.Time {
	due := market.MaxTime
	for i := range t.columns {
		due = min(due, t.when(i))
	}
	return due
}

// next returns what happens at due, and moves on.
func (t *player) next() (in instant) {
	due := t.due()
	for i, c := range t.columns {
		if t.when(i) != due {
			continue
		}
		bar := c.Bar(t.rows[i])
		if t.side.venue.o.Fills == ByBar {
			in.events = append(in.events, market.Event{Time: due, Kind: market.KindBar, Instrument: market.InstrumentID(i), Interval: c.Interval, Bars: c, Row: int32(t.rows[i])})
			t.rows[i]++
			continue
		}
		price := [...]float64{bar.Open, bar.Low, bar.High, bar.Close}[t.quarter[i]]
		in.prints = append(in.prints, print{market.InstrumentID(i), price, bar.Volume / 4, c.PriceScale})
		if t.quarter[i]++; t.quarter[i] == 4 {
			t.quarter[i], t.rows[i] = 0, t.rows[i]+1
		}
	}
	slices.SortStableFunc(in.events, func(a, b market.Event) int {
		return cmp.Compare(t.side.books[a.Instrument].Symbol, t.side.books[b.Instrument].Symbol)
	})
	return in
}

// marketEndpoints are the public data of both markets.
func marketEndpoints() []endpoint {
	var list []endpoint
	for _, usdm := range [...]bool{false, true} {
		prefix := "/api/v3/"
		if usdm {
			prefix = "/fapi/v1/"
		}
		list = append(list,
			endpoint{method: "GET", path: prefix + "ping", ws: "ping", usdm: usdm, weight: 1, do: ping},
			endpoint{method: "GET", path: prefix + "time", ws: "time", usdm: usdm, weight: 1, do: serverTime},
		)
	}
	return list
}

func ping(*call) (any, *refusal) { return struct{}{}, nil }

func serverTime(c *call) (any, *refusal) {
	return struct {
		ServerTime int64 `json:"serverTime"`
	}{(c.venue.clock.now + c.venue.clock.skew).Millis()}, nil
}
