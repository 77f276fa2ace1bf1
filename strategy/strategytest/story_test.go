package strategytest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/exit"
	"github.com/signalman-trading/signalman/risk/limit"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// Rules cut and close what the strategy asks for, and their orders are told too.
func TestStoryWithRules(t *testing.T) {
	story := strategytest.Story{
		Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{100, 100, 125, 100, 100}}},
		Rules: []risk.Named{
			{Name: "stop", Rule: &exit.StopLoss{Percent: decimal.New(1, -1), At: "close"}},
			{Name: "most", Rule: &limit.MaxOrder{Amount: decimal.New(1000, 0), Cut: true}},
		},
	}
	lines, err := story.Play(&scripted{bar: func(c *strategy.Context, s *strategy.Series) {
		if s.LastClose() == 125 {
			c.Target(s.Instrument(), 0.3)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"2024-01-04T00:00:00Z submit buy market BTCUSDT quote 1000 (target)",
		"2024-01-05T00:00:00Z submit sell market BTCUSDT quantity 8 (stop)",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
