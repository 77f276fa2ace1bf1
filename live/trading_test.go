package live

import (
	"bytes"
	"context"
	"iter"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
)

// bars is a market that has these.
type bars struct {
	exchange.Market
	list []market.Bar
}

func (b bars) Bars(context.Context, market.Instrument, market.Interval, market.Time, market.Time) iter.Seq2[market.Bar, error] {
	return func(yield func(market.Bar, error) bool) {
		for _, one := range b.list {
			if !yield(one, nil) {
				return
			}
		}
	}
}

// TestNoBarsOfThePast: a venue that answers with none, as it does where it lacks an
// interval, would let a strategy wait for ever.
func TestNoBarsOfThePast(t *testing.T) {
	now := time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		warmup int
		list   []market.Bar
		warns  bool
	}{
		{20, nil, true},
		{20, []market.Bar{{OpenTime: market.TimeOf(now.Add(-time.Hour)), Open: 1, High: 1, Low: 1, Close: 1}}, false},
		{0, nil, false},
	} {
		var out bytes.Buffer
		c := &connection{inbox: newInbox(), Trading: &Trading{
			Engine: engine.Config{Instruments: []market.Instrument{market.Bare("BTCUSDT", "BTC", "USDT")}},
			Market: bars{list: x.list}, Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(&out, nil)),
		}}
		if err := c.warm(t.Context(), &series{interval: market.Hour, bars: market.MakeColumns(market.Hour, 1), warmup: x.warmup}, false); err != nil {
			t.Fatal(err)
		}
		if says := out.String(); strings.Contains(says, "symbol=BTCUSDT interval=1h") != x.warns {
			t.Errorf("%d bars of %d: %q", len(x.list), x.warmup, says)
		}
	}
}
