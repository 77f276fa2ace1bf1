package strategytest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// swing is long after a rise and short after a fall.
func swing(c *strategy.Context, s *strategy.Series) {
	x := s.Close()
	if !c.Warm() || len(x) < 3 || x[len(x)-1] == x[len(x)-3] {
		return
	}
	side := 1
	if x[len(x)-1] < x[len(x)-3] {
		side = -1
	}
	if c.Position(s.Instrument()).Sign() != side {
		c.Must(c.Target(s.Instrument(), 0.3*float64(side)))
	}
}

func TestShortInPerpetuals(t *testing.T) {
	p := plugin(func() strategy.Strategy { return &scripted{bar: swing} })
	strategytest.Run(t, p, strategytest.Perpetual(), strategytest.Bars(100))
	check(t, p, []string{"stopped over the main data", "spot cannot be short", "strategytest.Perpetual"})
}

func TestStoryOfAShort(t *testing.T) {
	story := strategytest.Story{Perpetual: true, Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{100, 100, 125, 120, 100, 125}}}}
	lines, err := story.Play(&scripted{bar: swing})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"2024-01-04T00:00:00Z submit buy market BTCUSDT quantity 24 (target)",
		"2024-01-06T00:00:00Z submit sell market BTCUSDT quantity 52.2 (target)",
		"2024-01-07T00:00:00Z submit buy market BTCUSDT quantity 49.068 (target)",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// Fundings are a part of the future.
func TestCheatFunding(t *testing.T) {
	var h *backtest.History
	p := plugin(func() strategy.Strategy {
		rows := h.Funding
		return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
			for k := range rows {
				if rows[k].Instrument == s.Instrument() && rows[k].Time > c.Now() {
					steer(c, s.Instrument(), rows[k].Rate.IsNegative())
					return
				}
			}
		}}
	})
	check(t, p, append(decision, "sees the future"), strategytest.Perpetual(), strategytest.Bars(120),
		strategytest.OnData(func(x *backtest.History) { h = x }))
}
