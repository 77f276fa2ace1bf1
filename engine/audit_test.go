package engine_test

import (
	"context"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// thief takes a little from one side of the books in the midst of a run.
type thief struct {
	*sim.Venue
	source  engine.Feed
	asset   string          // that the venue has less of
	short   decimal.Decimal // how much less
	engine  *engine.Engine
	instant int
}

func (t *thief) Next(ctx context.Context, limit market.Time) ([]market.Event, error) {
	if t.instant++; t.instant == 20 && t.asset == "" {
		t.engine.Steal(dec("0.00000001"))
	}
	return t.source.Next(ctx, limit)
}

func (t *thief) Balance(asset string) decimal.Decimal {
	if asset == t.asset && t.instant >= 20 {
		return t.Venue.Balance(asset).Sub(t.short)
	}
	return t.Venue.Balance(asset)
}

// TestAuditFindsWhatIsMissing takes the smallest amount there is from the venue or from
// a strategy: the run ends there, with a mismatch that names the asset, both sums and
// the event.
func TestAuditFindsWhatIsMissing(t *testing.T) {
	for name, c := range map[string]struct{ asset, short, want string }{
		"cash at the venue":  {"USDT", "0.00000001", " in the venue's account, and "},
		"coins at the venue": {"A0", "0.00000001", " in the venue's account, and "},
		"of a strategy":      {want: " in the ledgers, and "},
	} {
		t.Run(name, func(t *testing.T) {
			j := newJungle(1)
			cfg := engine.Config{Cash: j.cash, Audit: true, Instances: j.monkeys, Instruments: j.history.Instruments}
			e, err := engine.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			source, execution, err := backtest.NewFeed(j.history, e.Subscriptions())
			if err != nil {
				t.Fatal(err)
			}
			v := backtest.NewVenue(&cfg, j.history, execution, j.options)
			th := &thief{Venue: v, source: sim.NewFeed(v, source), asset: c.asset, engine: e}
			if c.short != "" {
				th.short = dec(c.short)
			}
			e.Connect(th, th, execution)
			err = e.Run(context.Background())
			if market.ClassOf(err) != market.Mismatch || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), " by the events") || th.instant != 20 {
				t.Errorf("instant %d: %v", th.instant, err)
			}
		})
	}
}
