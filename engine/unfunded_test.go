package engine_test

import (
	"context"
	"testing"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// spender puts all of its cash into the first instrument, then asks for a half in the second,
// and last for a little less of the first.
type spender struct{ bars int }

func (p *spender) Init(s *strategy.Setup) error {
	s.Instant(strategy.BarQuery{}, func(c *strategy.Context) {
		switch p.bars++; p.bars {
		case 1:
			_ = c.Target(0, 1)
		case 3:
			_ = c.Target(1, 0.5)
		case 5:
			_ = c.Target(0, 0.999)
		}
	})
	return nil
}

// What there is no cash for is not taken for a change that is too small, and the other way round.
func TestUnfundedIsNotTooSmall(t *testing.T) {
	for _, perpetual := range []bool{false, true} {
		h := &backtest.History{}
		for k, base := range []string{"A", "B"} {
			in := market.Bare(base+"USDT", base, "USDT")
			in.ID, in.Step, in.MinNotional = market.InstrumentID(k), dec("0.001"), dec("500") // a perpetual keeps 2 % back
			if perpetual {
				in.Fees.InQuote = true
				in.Margin = &market.Margin{Leverage: dec("1"), Brackets: []market.MarginBracket{{MaxLeverage: dec("20"), Rate: dec("0.01")}}}
			}
			c := market.MakeColumns(market.Hour, 0)
			c.PriceScale = 2
			for row := range 8 {
				c.Append(market.Bar{OpenTime: market.Time(row) * market.Time(market.Hour), Open: 100, High: 100, Low: 100, Close: 100, Volume: 1e6})
			}
			h.Instruments, h.Series = append(h.Instruments, in), append(h.Series, backtest.Series{Instrument: in.ID, Columns: c})
		}
		h.Sort()
		cfg := engine.Config{Cash: dec("10000"), TargetBand: engine.DefaultTargetBand(), Instruments: h.Instruments, Instances: []engine.Instance{
			{Name: "s", Strategy: &spender{}, Interval: market.Hour, Weight: dec("1"), Instruments: []market.InstrumentID{0, 1}},
		}}
		e, err := engine.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		source, execution, err := backtest.NewFeed(h, e.Subscriptions())
		if err != nil {
			t.Fatal(err)
		}
		v := backtest.NewVenue(&cfg, h, execution, sim.DefaultOptions())
		e.Connect(sim.NewFeed(v, source), v, execution)
		if err := e.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		if r := e.Result(); len(r.Orders) != 1 || r.Unfunded != 1 || r.Skipped != 1 {
			t.Errorf("perpetual %v: %d orders, %d changes unfunded, %d too small; not one of each", perpetual, len(r.Orders), r.Unfunded, r.Skipped)
		}
	}
}
