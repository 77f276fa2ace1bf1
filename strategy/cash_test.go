package strategy_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// Within an instant Cash stays the same and OpenOrders knows nothing of what was just asked
// for: orders that share it in parts are filled, the second that takes more than is left is
// refused. The guide says so, with this very formula.
func TestCashWithinAnInstant(t *testing.T) {
	for name, c := range map[string]struct {
		share float64
		want  [2]bool // held in the end
	}{
		"an equal part each": {1 / 2., [2]bool{true, true}},
		"60 % each":          {0.6, [2]bool{true, false}},
	} {
		var ids []market.OrderID
		var held [2]bool
		h := world(t, listing{"BTCUSDT", market.Hour, 0, 4, 10, 1e6}, listing{"ETHUSDT", market.Hour, 0, 4, 10, 1e6})
		err := run(t, h, func(s *strategy.Setup) error {
			s.Bars(strategy.BarQuery{}, func(ctx *strategy.Context, s *strategy.Series) {
				i := s.Instrument()
				held[i] = ctx.Position(i).IsPositive()
				if len(ids) == 2 {
					return
				}
				part := ctx.Cash().Mul(decimal.NewFromFloat(c.share)).Truncate(2)
				id, err := ctx.Submit(market.Order{Instrument: i, Side: market.Buy, Type: market.Market, Quote: part})
				if _, state, known := ctx.Order(id); err != nil || !known || state != market.Pending || len(ctx.OpenOrders(i)) != 0 || ctx.Cash().String() != "10000" {
					t.Errorf("%s: %v, state %s, %d open, cash %s", name, err, state, len(ctx.OpenOrders(i)), ctx.Cash())
				}
				ids = append(ids, id)
			})
			return nil
		})
		if err != nil || held != c.want {
			t.Errorf("%s: held %v, want %v (%v)", name, held, c.want, err)
		}
	}
}
