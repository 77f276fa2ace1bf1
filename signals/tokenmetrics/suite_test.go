package tokenmetrics_test

import (
	"testing"
	"time"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/signals"
	"github.com/signalman-trading/signalman/signals/signalstest"
	"github.com/signalman-trading/signalman/signals/tokenmetrics"
	"github.com/signalman-trading/signalman/signals/tokenmetricstest"
)

// TestSuite puts the source to the suite in each generation, over a week of the stand-in.
func TestSuite(t *testing.T) {
	now := time.Date(2024, 5, 10, 12, 0, 0, 0, time.UTC)
	until := market.TimeOf(now)
	for generation, flow := range map[string]tokenmetricstest.Flow{"v2-legacy": tokenmetricstest.Legacy, "v2": tokenmetricstest.V2, "v3": tokenmetricstest.V3} {
		t.Run(generation, func(t *testing.T) {
			server, err := tokenmetricstest.New(tokenmetricstest.Options{Flow: flow, Now: func() time.Time { return now }})
			if err != nil {
				t.Fatal(err)
			}
			signalstest.Run(t, tokenmetrics.Plugin(),
				signalstest.With(func(c *tokenmetrics.Config) {
					c.Key, c.Generation = market.NewSecret(tokenmetricstest.DefaultKey), generation
					c.Pull = []market.SignalKind{"trader_grade", "trading_trend"}
					if generation == "v3" {
						c.Pull[0] = "tm_grade"
					}
					c.Tokens = map[string]int64{"BTC": 3375, "ETH": 3306}
				}),
				signalstest.Keys(tokenmetricstest.DefaultKey),
				signalstest.Provider(server),
				signalstest.Clock(now),
				signalstest.Question(signals.Query{From: until - 7*market.Day, To: until}))
		})
	}
}

// TestSuiteOfManyFeeds asks endpoints of every sort, each of which may fail alone.
func TestSuiteOfManyFeeds(t *testing.T) {
	server, err := tokenmetricstest.New(tokenmetricstest.Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	signalstest.Run(t, tokenmetrics.Plugin(), signalstest.Provider(server), signalstest.Keys(tokenmetricstest.DefaultKey), signalstest.Clock(noon),
		signalstest.Question(signals.Query{From: market.TimeOf(noon.AddDate(0, 0, -40))}),
		signalstest.With(func(c *tokenmetrics.Config) {
			c.Key = market.NewSecret(tokenmetricstest.DefaultKey)
			c.Pull = []market.SignalKind{"trading_trend", "trader_grade", "tm_grade", "market_trend", "support", "hourly_position", "index_weight_2", "index_roi_2"}
			c.Tokens = map[string]int64{"BTC": 3375, "ETH": 3306, "SOL": 3988, "XRP": 3369, "BNB": 3312}
		}))
}
