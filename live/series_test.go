package live

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// TestSeriesKeepWhatIsLookedBackAt adds more bars than a series keeps: it holds no more
// than it needs, and whoever looks back sees what a series that kept all would show.
func TestSeriesKeepWhatIsLookedBackAt(t *testing.T) {
	const lookback, coarseLookback, n = 100, 3, 60_000
	list, _ := executions([]market.Instrument{{Symbol: "A"}}, []engine.Subscription{
		{Interval: market.Minute, Lookback: lookback}, {Interval: 5 * market.Minute, Lookback: coarseLookback, Warmup: 1},
	})
	s, minute := list[0], market.Time(market.Minute)
	all := market.MakeColumns(market.Minute, n)
	all.PriceScale, all.VolumeScale = decimals, decimals
	turns, was := 0, s.bars
	for k := range n {
		b := market.Bar{OpenTime: market.Time(k) * minute, Open: float64(k + 1), High: float64(k + 2), Low: float64(k + 1), Close: float64(k + 2), Volume: 1}
		all.Append(b)
		e := s.add(b, b.OpenTime+minute)
		if e.Bars != was {
			turns++
			was = e.Bars
		}
		compare(t, "minutes", e, all, lookback)
		if events := s.close(nil, b.OpenTime+minute); k%5 == 4 && (k < 50 || k > 25_000) {
			from := max(0, all.Len()-5*coarseLookback)
			compare(t, "fives", events[0], market.Resample(all.Slice(from, all.Len()), 5*market.Minute, market.MaxTime), coarseLookback)
		}
		if t.Failed() {
			t.Fatalf("bar %d", k)
		}
	}
	for _, c := range []*market.Columns{s.bars, s.coarser[0].bars} {
		if rows := cap(c.OpenTime); rows > leastFresh+2*leastKept+lookback {
			t.Errorf("%d bars of %s are kept", rows, c.Interval)
		}
	}
	if most := n/leastFresh + 1; turns == 0 || turns > most {
		t.Errorf("%d turns for %d bars, at most %d", turns, n, most)
	}
}

// compare looks at the bar of an event and those before it.
func compare(t *testing.T, what string, e market.Event, all *market.Columns, lookback int) {
	t.Helper()
	shown := e.Bars.Slice(max(0, int(e.Row)+1-lookback), int(e.Row)+1)
	want := all.Slice(max(0, all.Len()-lookback), all.Len())
	if !slices.Equal(shown.OpenTime, want.OpenTime) || !slices.Equal(shown.Close, want.Close) || !slices.Equal(shown.Incomplete, want.Incomplete) {
		t.Errorf("%s: %s", what, cmp.Diff(want, shown))
	}
}
