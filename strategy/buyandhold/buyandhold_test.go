package buyandhold_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/buyandhold"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

func TestRules(t *testing.T) {
	for _, c := range []struct {
		name   string
		weight float64
		moves  map[int]float64
		btc    []float64
		eth    []float64
		want   []string
	}{
		{"equal shares, once", 0, nil, []float64{10, 20, 5}, []float64{10, 10, 10}, []string{"1 buy BTCUSDT 5000 (target)", "1 buy ETHUSDT 5000 (target)"}},
		{"a weight of its own", 0.2, nil, []float64{10, 20, 5}, []float64{10, 10, 10}, []string{"1 buy BTCUSDT 2000 (target)", "1 buy ETHUSDT 2000 (target)"}},
		{"a later listing gets a share of the equity then", 0, nil, []float64{10, 10, 5}, []float64{0, 0, 10}, []string{"1 buy BTCUSDT 5000 (target)", "3 buy ETHUSDT 3750 (target)"}},
		{"or what is left of the cash", 0, nil, []float64{10, 20, 30}, []float64{0, 0, 10}, []string{"1 buy BTCUSDT 5000 (target)", "3 buy ETHUSDT 5000 (target)"}},
		{"closed by another: it stays closed", 0, map[int]float64{2: 0}, []float64{10, 10, 10, 10}, []float64{0, 0, 0, 0}, []string{"1 buy BTCUSDT 5000 (target)", "2 sell BTCUSDT 500 (target)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := buyandhold.Plugin().New().(*buyandhold.Config)
			x.Weight = c.weight
			story := strategytest.Story{Moves: c.moves, Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: c.btc}, {Symbol: "ETHUSDT", Closes: c.eth}}}
			if diff := cmp.Diff(c.want, story.Orders(t, x)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestParameters(t *testing.T) {
	c := &buyandhold.Config{WeightParams: strategy.WeightParams{Weight: -0.1}}
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}}}
	if _, err := story.Play(c); err == nil || !strings.Contains(err.Error(), "weight = -0.1") {
		t.Errorf("weight -0.1: %v", err)
	}
}
