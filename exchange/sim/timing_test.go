package sim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

func delayed(seconds int) sim.Options {
	o := off()
	o.Latency = minute * market.Time(seconds) / 60
	return o
}

var flat = "10 10 10 10"

// heard fails unless the venue said exactly this, acknowledgements included.
func (p *play) heard(want ...string) {
	p.t.Helper()
	if got := p.run(); !slices.Equal(got, want) {
		p.t.Errorf("the venue said\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// TestLatency covers semantics X3: an order takes part from the first bar that opens
// at or after its arrival, and its acknowledgement depends on no bar.
func TestLatency(t *testing.T) {
	market5 := bars(flat, "11 11 11 11", "12 12 12 12", "13 13 13 13", "14 14 14 14")
	for seconds, want := range map[int][]string{
		0:   {"1:00 1 accepted", "2:00 1 filled 1@11 at 1:00"},
		1:   {"1:01 1 accepted", "3:00 1 filled 1@12 at 2:00"},
		60:  {"2:00 1 accepted", "3:00 1 filled 1@12 at 2:00"},
		61:  {"2:01 1 accepted", "4:00 1 filled 1@13 at 3:00"},
		150: {"3:30 1 accepted", "5:00 1 filled 1@14 at 4:00"},
		200: {"4:20 1 accepted"},
		900: nil, // still on its way when the data ends
	} {
		t.Run(fmt.Sprint(seconds), func(t *testing.T) {
			p := newPlay(t, coin(), delayed(seconds), market5)
			p.submit(at(1, 0), order(market.Buy, market.Market, "1"))
			p.heard(want...)
		})
	}
}

// TestDecidedMidBar covers X3 for decisions inside a minute: never in a running bar.
func TestDecidedMidBar(t *testing.T) {
	p := newPlay(t, coin(), off(), bars(flat, "11 11 11 11", "12 12 12 12"))
	p.submit(at(1, 30), order(market.Buy, market.Market, "1"))
	p.heard("1:30 1 accepted", "3:00 1 filled 1@12 at 2:00")
}

// TestRejectedMidBar: a filter depends on no bar, so its word comes at once.
func TestRejectedMidBar(t *testing.T) {
	p := newPlay(t, coin(), delayed(5), bars(flat, flat, flat))
	p.submit(at(1, 30), order(market.Buy, market.Market, "0.001"))
	p.submit(at(1, 40), limit(market.Buy, "1", "9.001"))
	p.submit(at(1, 50), limit(market.Buy, "200000", "9"))
	p.submit(at(1, 50), order(market.Sell, market.Market, "1"))
	p.heard("1:35 1 rejected: quantity 0.001 is not a multiple of step 0.01",
		"1:45 2 rejected: price 9.001 is not a multiple of tick 0.01",
		"1:55 3 rejected: insufficient balance", "1:55 4 rejected: insufficient balance")
}

func (p *play) cancel(when market.Time, sequence uint32) {
	p.do(when, func() { p.venue.Cancel(p.now, market.OrderID{Strategy: "x", Sequence: sequence}) })
}

func (p *play) amend(when market.Time, sequence uint32, quantity, price string) {
	p.do(when, func() {
		o := limit(market.Buy, quantity, price)
		o.ID = market.OrderID{Strategy: "x", Sequence: sequence}
		p.venue.Amend(p.now, o)
	})
}

// TestCancel covers X3: it takes effect before the first bar that opens at or after
// its arrival; what a running bar does is not affected and known at its close.
func TestCancel(t *testing.T) {
	quiet, falls := []string{flat, flat, flat, flat}, []string{flat, flat, "10 10 8 9", flat}
	for _, c := range []struct {
		name    string
		rows    []string
		latency int
		when    market.Time
		want    []string
	}{
		{"between bars", falls, 0, at(2, 0), []string{"2:00 1 cancelled"}},
		{"inside a quiet bar", quiet, 0, at(2, 30), []string{"3:00 1 cancelled"}},
		{"inside the bar that fills", falls, 0, at(2, 30), []string{"3:00 1 filled 1@9 maker"}},
		{"arrives between bars", falls, 60, at(1, 0), []string{"2:00 1 cancelled"}},
		{"arrives inside the bar that fills", falls, 30, at(2, 0), []string{"3:00 1 filled 1@9 maker"}},
		{"arrives inside a quiet bar", quiet, 30, at(2, 0), []string{"3:00 1 cancelled"}},
		{"inside a missing bar", []string{flat, flat, "-", flat}, 0, at(2, 30), []string{"3:00 1 cancelled"}},
		{"after the fill", falls, 0, at(3, 0), []string{"3:00 1 filled 1@9 maker"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPlay(t, coin(), delayed(c.latency), bars(c.rows...))
			p.submit(at(1, 0)-market.Time(c.latency)*minute/60, limit(market.Buy, "1", "9"))
			p.cancel(c.when, 1)
			p.said(c.want...)
		})
	}
}

// TestCancelBeforeArrival: a cancel cannot overtake its order.
func TestCancelBeforeArrival(t *testing.T) {
	p := newPlay(t, coin(), delayed(30), bars(flat, flat, "8 8 8 8", flat))
	p.submit(at(1, 0), limit(market.Buy, "1", "9"))
	p.cancel(at(1, 0), 1)
	p.heard("1:30 1 accepted", "2:00 1 cancelled")
}

// TestCancelTwice: a second cancel finds nothing.
func TestCancelTwice(t *testing.T) {
	p := newPlay(t, coin(), off(), bars(flat, flat, flat))
	p.submit(at(1, 0), limit(market.Buy, "1", "9"))
	p.cancel(at(1, 30), 1)
	p.cancel(at(1, 40), 1)
	p.said("2:00 1 cancelled")
}

// TestAmend covers the change of a resting limit order: it arrives anew, as the last.
func TestAmend(t *testing.T) {
	for _, c := range []struct {
		name            string
		quantity, price string
		when            market.Time
		want            []string
	}{
		{"to a price that is traded through", "2", "9.5", at(2, 0), []string{"2:00 1 accepted: amended", "3:00 1 filled 2@9.5 maker"}},
		{"to the open or better", "2", "10.5", at(2, 0), []string{"2:00 1 accepted: amended", "3:00 1 filled 2@10 at 2:00"}},
		{"inside a bar: from the next one", "2", "9.5", at(1, 30), []string{"2:00 1 accepted: amended", "3:00 1 filled 2@9.5 maker"}},
		{"off the tick", "2", "9.501", at(2, 0), []string{"2:00 1 accepted: amend rejected"}},
		{"off the step", "2.001", "9", at(2, 0), []string{"2:00 1 accepted: amend rejected"}},
		{"to nothing", "0", "9", at(2, 0), []string{"2:00 1 accepted: amend rejected"}},
		{"beyond the balance", "200000", "9", at(2, 0), []string{"2:00 1 accepted: amend rejected"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPlay(t, coin(), off(), bars(flat, flat, "10 10 9.2 9.5", flat))
			p.submit(at(1, 0), limit(market.Buy, "3", "9"))
			p.amend(c.when, 1, c.quantity, c.price)
			p.said(c.want...)
		})
	}
}

// TestAmendLosesItsPlace: two buys share a bar's volume in order of arrival.
func TestAmendLosesItsPlace(t *testing.T) {
	o := sim.DefaultOptions()
	p := newPlay(t, coin(), o, bars("10 10 10 10 100", "10 10 10 10 100", "10 10 8 10 100"))
	p.submit(at(1, 0), limit(market.Buy, "10", "9"))
	p.submit(at(1, 0), limit(market.Buy, "10", "9"))
	p.amend(at(2, 0), 1, "10", "9")
	p.said("2:00 1 accepted: amended", "3:00 2 filled 10@9 maker")
}

// TestAmendPartlyFilled: what has traded needs no balance again.
func TestAmendPartlyFilled(t *testing.T) {
	p := newPlay(t, coin(), sim.DefaultOptions(), bars("10 10 10 10 100", "10 10 8 10 500000", "10 10 9.5 10 900000", "10 10 8.2 10 900000"))
	p.submit(at(1, 0), limit(market.Buy, "100000", "9")) // of 1,000,000 at most 111,111
	p.amend(at(2, 0), 1, "99000", "8.5")
	p.said("2:00 1 partial 50000@9 maker", "2:00 1 partial: amended", "4:00 1 filled 49000@8.5 maker")
}

// TestMaxWait: an order that would first take part too late expires when that bar is
// known; one that has taken part stays.
func TestMaxWait(t *testing.T) {
	o := off()
	o.MaxWait = 2 * minute
	p := newPlay(t, coin(), o, bars(flat, "-", "-", "-", flat, flat))
	p.submit(at(1, 0), order(market.Buy, market.Market, "1"))
	p.said("5:00 1 expired: max_wait")

	p = newPlay(t, coin(), o, bars(flat, "-", "-", flat, flat))
	p.submit(at(1, 0), order(market.Buy, market.Market, "1"))
	p.said("4:00 1 filled 1@10 at 3:00")

	p = newPlay(t, coin(), o, bars(flat, flat, "-", "-", "-", "-", "9 9 8 9"))
	p.submit(at(1, 0), limit(market.Buy, "1", "9"))
	p.said("7:00 1 filled 1@9 maker")
}

// TestWaitedIsCounted: fills that waited more than one interval for their bar.
func TestWaitedIsCounted(t *testing.T) {
	p := newPlay(t, coin(), off(), bars(flat, "-", flat, "-", "-", flat))
	p.submit(at(1, 0), order(market.Buy, market.Market, "1"))
	p.submit(at(3, 0), order(market.Buy, market.Market, "1"))
	p.said("3:00 1 filled 1@10 at 2:00", "6:00 2 filled 1@10 at 5:00")
	if n := p.venue.Notes().Waited; n != 1 {
		t.Errorf("%d fills waited, want 1", n)
	}
}

// jittered returns when orders of a strategy are acknowledged, in nanoseconds after
// their decision at one time.
func jittered(t *testing.T, seed uint64, ids []market.OrderID) map[market.OrderID]market.Time {
	o := off()
	o.Latency, o.Jitter, o.Seed = minute/60, minute/2, seed
	p := newPlay(t, coin(), o, bars(flat, flat, flat))
	for _, id := range ids {
		one := limit(market.Buy, "1", "1")
		one.ID = id
		p.submit(at(1, 0), one)
	}
	p.run()
	times := map[market.OrderID]market.Time{}
	for _, u := range p.fills {
		times[u.ID] = u.Time - at(1, 0)
	}
	return times
}

// TestJitter covers X12: a draw depends on the seed and the order alone.
func TestJitter(t *testing.T) {
	var ids []market.OrderID
	for n := range uint32(50) {
		ids = append(ids, market.OrderID{Strategy: "x", Sequence: n + 1}, market.OrderID{Strategy: "y", Sequence: n + 1})
	}
	all, other := jittered(t, 1, ids), jittered(t, 2, ids)
	slices.Reverse(ids)
	backwards := jittered(t, 1, ids)
	distinct := map[market.Time]bool{}
	for _, id := range ids {
		alone := jittered(t, 1, []market.OrderID{id})
		if d := all[id]; d != backwards[id] || d != alone[id] || d == other[id] || d < minute/60 || d >= minute/60+minute/2 {
			t.Errorf("order %s is delayed by %d, backwards %d, alone %d, with another seed %d", id, d, backwards[id], alone[id], other[id])
		}
		distinct[all[id]] = true
	}
	if len(distinct) < len(ids) {
		t.Errorf("%d distinct delays of %d orders", len(distinct), len(ids))
	}
}

// TestDataEnds: what is alive then stays open and never fills (X3).
func TestDataEnds(t *testing.T) {
	p := newPlay(t, coin(), off(), bars(flat, flat))
	p.submit(at(2, 0), order(market.Buy, market.Market, "1"))
	p.heard("2:00 1 accepted")
}
