package blend_test

import (
	"testing"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals/blend"
	"github.com/signalman-trading/signalman/signals/signalstest"
)

// TestSuite puts every method to the suite, over two grades of two assets of which one is
// null for a while, and both grow too old.
func TestSuite(t *testing.T) {
	var rows []market.Signal
	for day := range market.Time(12) {
		for i, subject := range []market.Subject{"BTC", "ETH"} {
			at := market.Time(1_700_000_000_000_000_000) + day*market.Day
			grade := market.Signal{Source: "a", Kind: "trader_grade", Subject: subject, Instrument: market.NoInstrument, Effective: at, Known: at + market.Day, Value: float64(10*day) + float64(i), Assumed: true}
			mood := grade
			if mood.Kind, mood.Value, mood.Null = "sentiment", 0.5-float64(day)/10, day == 4; mood.Null {
				mood.Value = 0
			}
			if day != 7 && day != 8 { // a hole
				rows = append(rows, grade)
			}
			rows = append(rows, mood)
		}
	}
	for _, method := range []string{"mean", "vote", "agree", "first"} {
		signalstest.Run(t, blend.Plugin(), signalstest.Rows(rows...), signalstest.With(func(c *blend.Config) {
			c.Kind, c.Method, c.Need = "mood", method, 1
			c.Inputs = []blend.Input{{Kind: "trader_grade", High: 100, MaxAge: market.Duration(36 * 3600e9)}, {Kind: "sentiment"}}
		}))
	}
}
