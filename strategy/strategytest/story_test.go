package strategytest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
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

// Bars count after the lead. What is cancelled and what is refused says so.
func TestStoryInBrief(t *testing.T) {
	x := func() strategy.Strategy {
		var id market.OrderID
		return &scripted{bar: func(c *strategy.Context, s *strategy.Series) {
			var err error
			switch {
			case s.Instrument() > 0:
			case s.LastClose() == 110:
				id, err = c.Submit(market.Order{Instrument: s.Instrument(), Side: market.Buy, Type: market.Limit, Quantity: decimal.New(2, 0), Price: decimal.New(90, 0), Reason: "dip"})
			case s.LastClose() == 120:
				err = c.Cancel(id)
			case s.LastClose() == 130:
				err = c.Target(1, 0.3)
			case s.LastClose() == 140:
				err = c.Target(0, 1)
			}
			c.Must(err)
		}}
	}
	story := strategytest.Story{Lead: 1, Markets: []strategytest.Prices{
		{Symbol: "BTCUSDT", Closes: []float64{100, 110, 120, 130, 140}},
		{Symbol: "ETHUSDT", Closes: []float64{10, 10, 10, 10, 10}},
	}}
	rules := func() []risk.Named {
		return []risk.Named{{Name: "most", Rule: &limit.MaxOrder{Amount: decimal.New(4000, 0)}}}
	}
	story.Rules = rules()
	sides := []string{"1 buy BTCUSDT", "2 cancel buy BTCUSDT", "3 buy ETHUSDT", "4 buy BTCUSDT refused"}
	if diff := cmp.Diff(sides, story.Sides(t, x())); diff != "" {
		t.Errorf("sides (-want +got)\n%s", diff)
	}
	story.Rules = rules()
	orders := []string{
		"1 buy BTCUSDT 2 at 90 (dip)", "2 cancel buy BTCUSDT 2 at 90 (dip)", "3 buy ETHUSDT 3000 (target)",
		"4 buy BTCUSDT 7000 (target) refused by most: order for 7000 USDT of BTCUSDT, limit 4000 USDT",
	}
	if diff := cmp.Diff(orders, story.Orders(t, x())); diff != "" {
		t.Errorf("orders (-want +got)\n%s", diff)
	}
}

// Somebody else acts before the strategy, which sees what came of it at the next close.
func TestStoryWithMoves(t *testing.T) {
	story := strategytest.Story{
		Moves:   map[int]float64{2: 1, 4: 0},
		Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{100, 100, 100, 100, 100}}},
	}
	closed, held := 0, []string(nil)
	x := &scripted{
		bar: func(c *strategy.Context, s *strategy.Series) {
			held = append(held, c.Position(s.Instrument()).String())
			if len(held) == 2 { // the last word is the strategy's
				c.Must(c.Target(s.Instrument(), 0.5))
			}
		},
		close: func() error { closed++; return nil },
	}
	if diff := cmp.Diff([]string{"2 buy 5000 (target)", "4 sell 50 (target)"}, story.Orders(t, x)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"0", "0", "50", "50", "0"}, held); diff != "" || closed != 1 {
		t.Errorf("closed %d times, held (-want +got)\n%s", closed, diff)
	}
}

// What a story cannot do is said: a test would prove nothing.
func TestStoryWithImpossibleMoves(t *testing.T) {
	for word, story := range map[string]strategytest.Story{
		"1 of 2 moves came":               {Moves: map[int]float64{1: 1, 9: 0}},
		"the move to -1: ":                {Moves: map[int]float64{1: -1}},
		"0 of 1 moves came: the first ma": {Moves: map[int]float64{0: 1}},
	} {
		story.Markets = []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{100, 100}}}
		if _, err := story.Play(&scripted{}); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %v", word, err)
		}
		said := &spoken{TB: t}
		if story.Sides(said, &scripted{}); !strings.Contains(said.fatal, word) {
			t.Errorf("%s: Sides said %q", word, said.fatal)
		}
	}
}

// spoken is a test that would have failed.
type spoken struct {
	testing.TB
	fatal string
}

func (s *spoken) Fatal(args ...any) { s.fatal = fmt.Sprint(args...) }
