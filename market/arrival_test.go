package market_test

import (
	"math/rand/v2"
	"testing"

	"github.com/signalman-trading/signalman/market"
)

// TestArrivals lets rows arrive by a clock that is set back: Known goes on.
func TestArrivals(t *testing.T) {
	var a market.Arrivals
	a.Learn([]market.Signal{{Source: "a", Known: 50}, {Source: "a", Known: 40}})
	for _, c := range []struct {
		now    market.Time
		source string
		want   market.Time
	}{{10, "a", 50}, {60, "a", 60}, {55, "a", 60}, {55, "b", 55}, {60, "a", 60}, {61, "a", 61}, {1, "b", 55}} {
		rows := []market.Signal{{Source: c.source, Known: 999, Assumed: true}}
		if a.Stamp(c.now, rows); rows[0].Known != c.want || rows[0].Assumed {
			t.Errorf("at %d %s: %+v, want known %d", c.now, c.source, rows[0], c.want)
		}
	}
}

// TestArrivalsUnderSkew stamps rows of sources by a clock that jumps about: none is known
// before it arrived, nor before what its source said, and none later than it must be.
func TestArrivalsUnderSkew(t *testing.T) {
	sources := []string{"a", "b", "c"}
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 4))
		var a market.Arrivals
		last := map[string]market.Time{}
		now := market.Time(1_000)
		for range 50 {
			now = max(1, now+market.Time(r.IntN(200)-80))
			if r.IntN(10) == 0 {
				now = market.Time(1 + r.IntN(3_000)) // the clock is set
			}
			rows := make([]market.Signal, r.IntN(4))
			for i := range rows {
				rows[i] = market.Signal{Source: sources[r.IntN(3)], Effective: market.Time(1 + r.IntN(3_000))}
			}
			if r.IntN(5) == 0 { // a restart learns from what is stored
				a = market.Arrivals{}
				for _, s := range sources {
					a.Learn([]market.Signal{{Source: s, Known: last[s]}})
				}
			}
			a.Stamp(now, rows)
			for _, s := range rows {
				if want := max(now, last[s.Source]); s.Known != want {
					t.Fatalf("seed %d: known %d, want %d", seed, s.Known, want)
				}
				last[s.Source] = s.Known
			}
		}
	}
}
