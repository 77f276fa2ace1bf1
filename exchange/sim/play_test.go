package sim_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// start is when the first bar of a play opens: a whole day.
const start = 20_000 * market.Day

const minute = market.Time(market.Minute)

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

// play is a venue in a scripted market of one instrument, with minutes as bars. Its
// orders are named x/1, x/2 and so on in the order of submission.
type play struct {
	t       *testing.T
	venue   *sim.Venue
	columns *market.Columns
	plan    map[market.Time][]func() // what is decided at a time
	wake    []market.Time            // times without a bar at which something is decided
	log     []string
	fills   []market.OrderUpdate
	orders  uint32
	sides   map[uint32]market.Side // of the orders sent, by sequence
	kinds   map[uint32]market.Type
	next    int // row
	now     market.Time
	after   func() // an instant and what is decided in it
}

// bars reads rows of open, high, low, close and, where there is one, volume; "-" is a
// missing bar.
func bars(rows ...string) *market.Columns {
	c := market.MakeColumns(market.Minute, len(rows))
	c.PriceScale, c.VolumeScale = 2, 2
	for i, row := range rows {
		if row == "-" {
			continue
		}
		var x [5]float64
		for k, f := range strings.Fields(row) {
			x[k], _ = strconv.ParseFloat(f, 64)
		}
		c.Append(market.Bar{OpenTime: start + market.Time(i)*minute, Open: x[0], High: x[1], Low: x[2], Close: x[3], Volume: x[4]})
	}
	return c
}

// coin is the instrument of the plays: ticks and steps of a cent, no fee.
func coin() market.Instrument {
	in := market.Bare("AAAUSDT", "AAA", "USDT")
	in.Tick, in.Step = dec("0.01"), dec("0.01")
	return in
}

func newPlay(t *testing.T, in market.Instrument, o sim.Options, c *market.Columns) *play {
	v := sim.New([]market.Instrument{in}, map[string]decimal.Decimal{"USDT": dec("1000000")}, o)
	v.Watch(0, c.Interval)
	return &play{t: t, venue: v, columns: c, plan: map[market.Time][]func(){}, sides: map[uint32]market.Side{}, kinds: map[uint32]market.Type{}}
}

// at returns the time n minutes after the start, and a fraction of one in seconds.
func at(minutes int, seconds int) market.Time {
	return start + market.Time(minutes)*minute + market.Time(seconds)*minute/60
}

// do plans a decision.
func (p *play) do(when market.Time, f func()) {
	p.plan[when] = append(p.plan[when], f)
	p.wake = append(p.wake, when)
}

// submit plans an order.
func (p *play) submit(when market.Time, o market.Order) {
	p.do(when, func() { p.send(o) })
}

// send submits an order now, under the next id of its strategy, or under its own.
func (p *play) send(o market.Order) market.OrderID {
	if o.ID.Sequence == 0 {
		p.orders++
		o.ID = market.OrderID{Strategy: "x", Sequence: p.orders}
	}
	p.sides[o.ID.Sequence], p.kinds[o.ID.Sequence] = o.Side, o.Type
	p.venue.Submit(p.now, o)
	return o.ID
}

// Next is the market: the bars, and an empty signal where something is decided.
func (p *play) Next(_ context.Context, limit market.Time) ([]market.Event, error) {
	when := market.MaxTime
	if p.next < p.columns.Len() {
		when = p.columns.Time(p.next)
	}
	for _, w := range p.wake {
		if w > p.now {
			when = min(when, w)
		}
	}
	switch {
	case when == market.MaxTime && limit > p.end():
		return nil, io.EOF
	case when > limit:
		return nil, nil
	case p.next < p.columns.Len() && when == p.columns.Time(p.next):
		p.next++
		return []market.Event{{Time: when, Kind: market.KindBar, Interval: p.columns.Interval, Bars: p.columns, Row: int32(p.next - 1)}}, nil
	}
	return []market.Event{{Time: when, Kind: market.KindSignal, Instrument: market.NoInstrument}}, nil
}

// end returns when the last bar closes.
func (p *play) end() market.Time { return p.columns.Time(p.columns.Len() - 1) }

// run plays to the end and returns what the venue said.
func (p *play) run() []string {
	p.t.Helper()
	feed := sim.NewFeed(p.venue, p)
	for {
		events, err := feed.Next(context.Background(), market.MaxTime)
		if errors.Is(err, io.EOF) {
			return p.log
		}
		if err != nil || len(events) == 0 {
			p.t.Fatalf("at %s: %v, %d events", p.now, err, len(events))
		}
		p.take(events)
		planned := p.plan[p.now]
		delete(p.plan, p.now)
		for _, f := range planned {
			f()
		}
		if p.after != nil {
			p.after()
		}
	}
}

func (p *play) take(events []market.Event) {
	if events[0].Time < p.now {
		p.t.Errorf("%s comes after %s", events[0].Time, p.now)
	}
	p.now = events[0].Time
	for i := range events {
		if events[i].Time != p.now || i > 0 && events[i].Kind < events[i-1].Kind {
			p.t.Errorf("event %d (%s at %s) is out of order at %s", i, events[i].Kind, events[i].Time, p.now)
		}
		if u := events[i].Update; u != nil {
			p.log = append(p.log, describe(u, p.now))
			p.fills = append(p.fills, *u)
		}
	}
}

// describe prints an update: when it became known, the order, the state, and the fill
// as quantity@price, with the time where it differs.
func describe(u *market.OrderUpdate, now market.Time) string {
	s := fmt.Sprintf("%s %d %s", clock(now), u.ID.Sequence, u.State)
	if f := u.Fill; f != nil {
		s += fmt.Sprintf(" %s@%s", f.Quantity, f.Price)
		if f.Time != now {
			s += " at " + clock(f.Time)
		}
		if f.Maker {
			s += " maker"
		}
	}
	if u.Reason != "" {
		s += ": " + u.Reason
	}
	return s
}

// clock prints a time as minutes and seconds of a play.
func clock(t market.Time) string {
	seconds := int64(t-start) / 1_000_000_000
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}

// said fails unless the venue said exactly this, acknowledgements left out.
func (p *play) said(want ...string) {
	p.t.Helper()
	got := slices.DeleteFunc(p.run(), func(s string) bool { return strings.HasSuffix(s, " accepted") })
	if !slices.Equal(got, want) {
		p.t.Errorf("the venue said\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func order(side market.Side, kind market.Type, quantity string) market.Order {
	return market.Order{Side: side, Type: kind, Quantity: dec(quantity)}
}

func limit(side market.Side, quantity, price string) market.Order {
	o := order(side, market.Limit, quantity)
	o.Price = dec(price)
	return o
}

func stop(side market.Side, quantity, price string) market.Order {
	o := order(side, market.Stop, quantity)
	o.Stop = dec(price)
	return o
}

func stopLimit(side market.Side, quantity, stop, price string) market.Order {
	o := order(side, market.StopLimit, quantity)
	o.Stop, o.Price = dec(stop), dec(price)
	return o
}

// off turns the participation cap off.
func off() sim.Options { return sim.Options{Participation: dec("1"), OverflowBps: dec("50")} }
