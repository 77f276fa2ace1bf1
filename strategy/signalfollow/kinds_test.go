package signalfollow_test

import (
	"strings"
	"testing"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy/signalfollow"
	"github.com/signalman-trading/signalman/strategy/strategytest"
)

// A kind that is never below 0 never says to be out, unless it is a state of one value, which
// is absent where it does not hold.
func TestKindsWithoutASign(t *testing.T) {
	for kind, refused := range map[market.SignalKind]bool{
		"trader_grade": true, "fear_greed": true, "index_weight_1": true, "prediction_7d": true,
		"trading_trend": false, "momentum": false, "moonshot_active": false, "mine": false,
	} {
		c := signalfollow.Plugin().New().(*signalfollow.Config)
		c.Kind = kind
		_, err := strategytest.Story{Markets: []strategytest.Prices{{Symbol: "BTCUSDT", Closes: []float64{1}}}}.Play(c)
		if (err != nil) != refused || refused && !strings.Contains(err.Error(), "grade_follow") {
			t.Errorf("%s: %v", kind, err)
		}
	}
}
