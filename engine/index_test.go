package engine

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
)

// unit follows one unit of money that is in an account from the start: markets move it,
// deposits and withdrawals do not. It is the index of semantics M7, read naively.
type unit struct {
	equity float64
	worth  float64
	all    []Sample // the equity after each instant
	index  []Sample // the unit's
}

func (u *unit) grow(by float64) {
	if u.equity > 0 { // or else nothing is there to grow
		u.equity, u.worth = u.equity*by, u.worth*by
	}
}

// note keeps what is there; what moves at the start is there from the start.
func (u *unit) note(t market.Time) {
	if len(u.all) == 1 && u.all[0].Time == t {
		u.all, u.index = u.all[:0], u.index[:0]
	}
	u.all, u.index = append(u.all, Sample{t, u.equity}), append(u.index, Sample{t, u.worth})
}

// pay returns money that may move: now and then all that is there, or more than was ever.
func pay(r *rand.Rand, equity float64) float64 {
	switch r.IntN(6) {
	case 0:
		return -equity
	case 1:
		return equity * 1e6 * r.Float64()
	case 2:
		return 100 * r.Float64()
	}
	return equity * (r.Float64()*1.9 - 0.95)
}

// TestIndexIsTimeWeighted lets money move before the first bar and after it, alone in its
// instant or before the price moves, and lets a bar come that began before the first.
func TestIndexIsTimeWeighted(t *testing.T) {
	stood := 0
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 6))
		start := 20_000*market.Day + market.Time(r.IntN(3))*market.Time(market.Hour)*9
		first := start + market.Time(r.IntN(4))*market.Time(market.Hour)*17 // open of the bar that is known first
		at := first
		if r.IntN(2) == 0 {
			at = start
		}
		c := &Curve{start: 100}
		u := &unit{equity: 100, worth: 1}
		u.note(start)
		flow := func(t market.Time) {
			before := u.equity
			if u.equity += pay(r, before); u.equity < 1e-9 {
				u.equity = 0
				stood++
			}
			c.flow(t, before, u.equity)
		}
		for n := r.IntN(4); n > 0; n-- { // before a bar is known
			at += market.Time(market.Hour) * market.Time(r.IntN(20))
			flow(at)
			u.note(at)
		}
		at = max(at, first)
		c.begin(first)
		c.earlier(start)
		for n := 1 + r.IntN(60); n > 0; n-- {
			at += market.Time(market.Hour) * market.Time(1+r.IntN(1+r.IntN(40)))
			if r.IntN(4) == 0 {
				flow(at)
			}
			if r.IntN(4) > 0 {
				u.grow(0.7 + 0.62*r.Float64())
			}
			u.note(at)
			c.mark(at, u.equity)
		}
		c = c.finished()
		if d := cmp.Diff(daily(u.all), c.Daily); d != "" {
			t.Fatalf("seed %d: days (-want +got):\n%s", seed, d)
		}
		index, want := c.Index(), daily(u.index)
		for i := range want {
			if got := index[i] / index[0]; math.Abs(got/want[i].Equity-1) > 1e-9 {
				t.Fatalf("seed %d: index of %s is %v, a unit of money is worth %v", seed, want[i].Time, got, want[i].Equity)
			}
		}
		if want := drawdown(u.index); math.Abs(c.MaxDrawdown-want) > 1e-9 {
			t.Fatalf("seed %d: drawdown %v, that of a unit of money is %v", seed, c.MaxDrawdown, want)
		}
	}
	if stood < 100 {
		t.Errorf("all was withdrawn %d times: hardly a test", stood)
	}
}
