package buyandhold_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/buyandhold"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// others wraps the strategy: before it acts on a day, somebody else moves the position of
// the first instrument, as a rule does.
type others struct {
	*buyandhold.Config
	moves map[int]float64 // by day, from 1: the weight
}

func (o *others) Init(s *strategy.Setup) error {
	first, day := s.Instruments()[0].ID, 0
	s.Instant(strategy.BarQuery{Lookback: 1}, func(ctx *strategy.Context) {
		day++
		if w, ok := o.moves[day]; ok {
			if err := ctx.Target(first, w); err != nil {
				ctx.Fail(err)
			}
		}
	})
	return o.Config.Init(s)
}

func TestRules(t *testing.T) {
	for _, c := range []struct {
		name   string
		weight float64
		moves  map[int]float64
		btc    []float64
		eth    []float64
		want   []string
	}{
		{"equal shares, once", 0, nil, []float64{10, 20, 5}, []float64{10, 10, 10}, []string{"1 buy BTCUSDT 5000", "1 buy ETHUSDT 5000"}},
		{"a weight of its own", 0.2, nil, []float64{10, 20, 5}, []float64{10, 10, 10}, []string{"1 buy BTCUSDT 2000", "1 buy ETHUSDT 2000"}},
		{"a later listing gets a share of the equity then", 0, nil, []float64{10, 10, 5}, []float64{0, 0, 10}, []string{"1 buy BTCUSDT 5000", "3 buy ETHUSDT 3750"}},
		{"or what is left of the cash", 0, nil, []float64{10, 20, 30}, []float64{0, 0, 10}, []string{"1 buy BTCUSDT 5000", "3 buy ETHUSDT 5000"}},
		{"closed by another: it stays closed", 0, map[int]float64{2: 0}, []float64{10, 10, 10, 10}, []float64{0, 0, 0, 0}, []string{"1 buy BTCUSDT 5000", "2 sell BTCUSDT 500"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := buyandhold.Plugin().New().(*buyandhold.Config)
			x.Weight = c.weight
			story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: c.btc}, {Symbol: "ETHUSDT", Closes: c.eth}}}
			lines, err := story.Play(&others{x, c.moves})
			if err != nil {
				t.Fatal(err)
			}
			for k, line := range lines {
				words := strings.Fields(line)
				at, _ := market.ParseTime(words[0])
				lines[k] = fmt.Sprint(int64((at-story.Start())/market.Day), " ", words[2], " ", words[4], " ", words[6])
			}
			if diff := cmp.Diff(c.want, lines); diff != "" {
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
