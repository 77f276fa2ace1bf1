package sim_test

import (
	"context"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// reel is a market of one series, bar by bar.
type reel struct {
	columns *market.Columns
	event   [1]market.Event
	row     int
}

func (r *reel) Next(_ context.Context, limit market.Time) ([]market.Event, error) {
	if r.row == r.columns.Len() {
		return nil, io.EOF
	}
	when := r.columns.Time(r.row)
	if when > limit {
		return nil, nil
	}
	r.event[0] = market.Event{Time: when, Kind: market.KindBar, Interval: r.columns.Interval, Bars: r.columns, Row: int32(r.row)}
	r.row++
	return r.event[:], nil
}

// wander makes bars of a random walk between 90 and 110.
func wander(n int) *market.Columns {
	r := rand.New(rand.NewPCG(1, 1))
	c := market.MakeColumns(market.Minute, n)
	c.PriceScale, c.VolumeScale = 2, 2
	price := 10_000
	for i := range n {
		open := price
		price = min(max(price+r.IntN(21)-10, 9_000), 11_000)
		c.Append(market.Bar{OpenTime: start + market.Time(i)*minute, Open: cents(open), Close: cents(price),
			High: cents(max(open, price) + r.IntN(5)), Low: cents(min(open, price) - r.IntN(5)), Volume: 100})
	}
	return c
}

// BenchmarkOpenOrders prints what a bar costs at the venue with 10,000 open orders of
// which it triggers none, and by how much more than with one.
func BenchmarkOpenOrders(b *testing.B) {
	const bars = 200_000
	columns := wander(bars)
	for _, kind := range []market.Type{market.Limit, market.Stop, market.TrailingStop} {
		for _, n := range []int{1, 10_000} {
			b.Run(kind.String()+"_"+strconv.Itoa(n), func(b *testing.B) {
				var each []float64
				for b.Loop() {
					v := sim.New([]market.Instrument{coin()}, map[string]decimal.Decimal{"USDT": decimal.New(1, 12)}, off())
					v.Watch(0, market.Minute)
					feed := sim.NewFeed(v, &reel{columns: columns})
					each = append(each, openOrders(b, v, feed, kind, n))
				}
				b.ReportMetric(least(each), "ns/bar")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// openOrders places orders, a few at every bar, runs the rest and returns the time of a
// bar in it: the median of many stretches, some of which others interrupt.
func openOrders(b *testing.B, v *sim.Venue, feed *sim.Feed, kind market.Type, n int) float64 {
	next := func() (market.Time, bool) {
		events, err := feed.Next(context.Background(), market.MaxTime)
		for i := range events {
			if u := events[i].Update; u != nil && u.State.Final() && u.ID.Sequence > 1 {
				b.Fatalf("order %s %s (%s)", u.ID, u.State, u.Reason)
			}
		}
		if err != nil {
			return 0, false
		}
		return events[0].Time, true
	}
	now, _ := next()
	v.Submit(now, openOrder(kind, 1))
	_, _ = next()
	for placed := 1; placed <= n; {
		now, _ := next()
		for range n/1000 + 1 {
			if placed++; placed > n+1 {
				break
			}
			v.Submit(now, openOrder(kind, placed))
		}
	}
	var chunks []float64
	for {
		begin := time.Now()
		for range chunk {
			if _, ok := next(); !ok {
				slices.Sort(chunks)
				return chunks[len(chunks)/2]
			}
		}
		chunks = append(chunks, float64(time.Since(begin))/chunk)
	}
}

// chunk is how many bars are timed together.
const chunk = 1000

// openOrder returns an order that no bar triggers; the first one buys what others sell.
func openOrder(kind market.Type, number int) market.Order {
	o := order(market.Sell, kind, "0.01")
	o.ID = market.OrderID{Strategy: "x", Sequence: uint32(number)}
	if number == 1 {
		o.Side, o.Type, o.Quantity = market.Buy, market.Market, decimal.New(1000, 0)
		return o
	}
	switch kind {
	case market.Limit:
		o.Price = decimal.New(20_000+int64(number), -2)
	case market.Stop:
		o.Stop = decimal.New(8_000-int64(number)/10, -2)
	case market.TrailingStop:
		o.Trail.By = decimal.New(3_000+int64(number), -2)
	}
	return o
}

// BenchmarkClosedOrders prints what a bar with an order costs in the first tenth of a
// million bars, each of which fills one, and in the last: orders that ended cost nothing.
func BenchmarkClosedOrders(b *testing.B) {
	const bars = 1_000_000
	columns := wander(bars)
	var first, last []float64
	for b.Loop() {
		v := sim.New([]market.Instrument{coin()}, map[string]decimal.Decimal{"USDT": decimal.New(1, 12)}, off())
		v.Watch(0, market.Minute)
		feed := sim.NewFeed(v, &reel{columns: columns})
		tenth := func(from int) float64 {
			begin := time.Now()
			for bar := from; bar < from+bars/10; bar++ {
				if err := oneOrder(v, feed, bar); err != nil {
					b.Fatal(err)
				}
			}
			return float64(time.Since(begin)) / (bars / 10)
		}
		for k := range 10 {
			switch each := tenth(k * bars / 10); k {
			case 0:
				first = append(first, each)
			case 9:
				last = append(last, each)
			}
		}
	}
	b.ReportMetric(least(first), "min-ns/first-bars")
	b.ReportMetric(least(last), "min-ns/last-bars")
	b.ReportMetric(0, "ns/op")
}

// oneOrder goes on by a bar, and buys or sells in it.
func oneOrder(v *sim.Venue, feed *sim.Feed, bar int) error {
	var now market.Time
	for closed := false; !closed; {
		events, err := feed.Next(context.Background(), market.MaxTime)
		if err != nil {
			return err
		}
		for i := range events {
			now, closed = events[i].Time, closed || events[i].Kind == market.KindBar
		}
	}
	o := order(market.Buy, market.Market, "1")
	if o.ID = (market.OrderID{Strategy: "x", Sequence: uint32(bar + 1)}); bar%2 == 1 {
		o.Side = market.Sell
	}
	v.Submit(now, o)
	return nil
}

func least(x []float64) float64 {
	low := x[0]
	for _, v := range x {
		low = min(low, v)
	}
	return low
}
