package live

import (
	"context"
	"errors"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// watcher is a strategy that does nothing.
type watcher struct{}

func (watcher) Init(s *strategy.Setup) error {
	s.Bars(strategy.BarQuery{Interval: market.Hour, Warmup: 1}, nil)
	return nil
}

// calm is a venue where nothing happens, and which takes a second to say what the account
// has: somebody looks at the session just then.
type calm struct {
	exchange.Broker
	exchange.Market
	look     func()
	accounts int
}

func (v *calm) Updates(ctx context.Context, ready func(), _ func(exchange.AccountEvent)) error {
	ready()
	<-ctx.Done()
	return ctx.Err()
}

func (v *calm) Stream(ctx context.Context, _ []exchange.Subscription, ready func(), _ func(exchange.Event)) error {
	return v.Updates(ctx, ready, nil)
}

func (v *calm) Bars(context.Context, market.Instrument, market.Interval, market.Time, market.Time) iter.Seq2[market.Bar, error] {
	return func(func(market.Bar, error) bool) {}
}

func (v *calm) Fills(context.Context, market.Instrument, exchange.Cursor) iter.Seq2[exchange.Fill, error] {
	return func(func(exchange.Fill, error) bool) {}
}

func (v *calm) Account(ctx context.Context) (exchange.Account, error) {
	v.accounts++
	go v.look()
	time.Sleep(time.Second)
	cash := exchange.Balance{Asset: "USDT", Free: decimal.New(1000, 0)}
	return exchange.Account{CanTrade: true, Balances: []exchange.Balance{cash}}, ctx.Err()
}

// TestLookDoesNotBreakOffTheConnection: who looks while the venue is connected waits. The
// connection would begin anew beside the streams of the first.
func TestLookDoesNotBreakOffTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancel(t.Context())
		control, looked := &Control{}, 0
		v := &calm{}
		v.look = func() {
			if err := control.Look(ctx, func(*engine.Engine) { looked++ }); err != nil {
				t.Error(err)
			}
			end()
		}
		in := market.Bare("BTCUSDT", "BTC", "USDT")
		at := market.Hour.Floor(market.TimeOf(time.Now()))
		bars := market.MakeColumns(market.Hour, 1)
		bars.Append(market.Bar{OpenTime: at - market.Time(market.Hour), Open: 1, High: 1, Low: 1, Close: 1})
		past := market.Record{Kind: market.RecordEvent, Time: at, Event: market.Event{Time: at, Kind: market.KindBar, Interval: market.Hour, Bars: bars}}
		began := false
		_, err := Trade(ctx, Trading{
			Every: -1, // the account is asked for by the connection alone
			Engine: engine.Config{Instruments: []market.Instrument{in}, Cash: decimal.New(1000, 0), Instances: []engine.Instance{
				{Name: "a", Strategy: watcher{}, Instruments: []market.InstrumentID{0}, Interval: market.Hour, Weight: decimal.New(1, 0)},
			}},
			Market: v, Broker: v, Names: exchange.NewNames([16]byte{1}), Journal: &unkept{}, Control: control, Opening: at,
			Past:  func(yield func([]market.Record, error) bool) { yield([]market.Record{past}, nil) },
			Meter: &Meter{Opened: func() { began = true }},
		})
		if !errors.Is(err, context.Canceled) || v.accounts != 1 || looked != 1 || !began {
			t.Errorf("%v: connected %d times, looked %d times, began %v", err, v.accounts, looked, began)
		}
	})
}
