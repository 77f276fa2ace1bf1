package backtest_test

import (
	"context"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// parrot answers whatever becomes of its orders with a bracket that it cannot pay.
type parrot struct{}

func (parrot) Init(s *strategy.Setup) error {
	dear := market.Order{Side: market.Buy, Type: market.Limit, Quantity: decimal.New(1, 9), Price: decimal.New(1, 4)}
	stop := market.Order{Side: market.Sell, Type: market.Stop, Stop: decimal.New(1, 3)}
	target := market.Order{Side: market.Sell, Type: market.Limit, Price: decimal.New(1, 5)}
	ask := func(c *strategy.Context) { _, _ = c.SubmitLinked(market.Bracket(dear, stop, target)) }
	s.Bars(strategy.BarQuery{}, func(c *strategy.Context, _ *strategy.Series) { ask(c) })
	s.Orders(func(c *strategy.Context, _ market.OrderUpdate) { ask(c) })
	return nil
}

// TestAnswersThatMultiply: each bracket that is refused has three outcomes. A strategy
// that answers them all is stopped before it has filled the memory.
func TestAnswersThatMultiply(t *testing.T) {
	h := history(1, 3)
	cfg := config(h, 1, 2)
	cfg.Instances[0].Strategy = parrot{}
	out, err := backtest.Run(context.Background(), cfg, h, backtest.Options{Sim: sim.DefaultOptions()})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Faults) != 1 || !strings.Contains(out.Faults[0].Err.Error(), "asked for more than 100000 orders") {
		t.Errorf("faults %v after %d orders", out.Faults, len(out.Orders))
	}
}
