package strategy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// script takes a stance at each bar: + long, 0 flat, - short. At an x it sells what it has
// behind the back of its stances, as a rule would.
type script struct {
	strategy.ShortParams
	moves   string
	warmup  int
	stances strategy.Stances
	seen    int
}

func (c *script) Init(s *strategy.Setup) error {
	s.Bars(strategy.BarQuery{Warmup: c.warmup}, c.bar)
	return c.Check(s)
}

func (c *script) bar(ctx *strategy.Context, s *strategy.Series) {
	i, move := s.Instrument(), c.moves[c.seen]
	c.seen++
	want := c.stances.At(ctx, i)
	switch move {
	case 'x':
		_, err := ctx.Submit(market.Order{Instrument: i, Side: market.Sell, Type: market.Market, Quantity: ctx.Position(i)})
		if err != nil {
			ctx.Fail(err)
		}
	case '+':
		want = strategy.Long
	case '0':
		want = strategy.Flat
	case '-':
		want = c.Allow(strategy.Short)
	}
	c.stances.Take(ctx, i, want, 0.5)
}

func TestStances(t *testing.T) {
	for _, c := range []struct {
		name, moves string
		warmup      int
		want        []string
	}{
		{"one order a change", "00+++00+", 1, []string{"3 buy", "6 sell", "8 buy"}},
		{"flat at the start is no change", "000", 1, nil},
		{"not before warm-up, and then at once", "++++", 3, []string{"3 buy"}},
		{"what a rule closed stays closed", "+.x+++", 1, []string{"1 buy", "3 sell"}},
		{"until there was another stance", "+.x+0+", 1, []string{"1 buy", "3 sell", "6 buy"}},
		{"short is flat where it is not wanted", "+.--+", 1, []string{"1 buy", "3 sell", "5 buy"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT"}}}
			for range c.moves {
				story.Markets[0].Closes = append(story.Markets[0].Closes, 100)
			}
			lines, err := story.Play(&script{moves: c.moves, warmup: c.warmup})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, line := range lines {
				words := strings.Fields(line)
				at, _ := market.ParseTime(words[0])
				got = append(got, string('0'+rune((at-story.Start())/market.Day))+" "+words[2])
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestShortOnSpot(t *testing.T) {
	story := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}}}
	_, err := story.Play(&script{ShortParams: strategy.ShortParams{Short: true}, moves: "0"})
	if err == nil || !strings.Contains(err.Error(), "BTCUSDT is spot") {
		t.Error(err)
	}
}
