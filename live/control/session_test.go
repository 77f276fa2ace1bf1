package control_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"go.uber.org/goleak"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/live/control"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const start = market.Time(1_609_459_200_000_000_000) // 2021-01-01

// holder holds half of its money in each instrument, and rests an order that never fills.
type holder struct{ rested bool }

func (h *holder) Init(s *strategy.Setup) error {
	s.Bars(strategy.BarQuery{Lookback: 2}, func(c *strategy.Context, series *strategy.Series) {
		i := series.Instrument()
		if c.Position(i).IsZero() {
			c.Target(i, 0.4)
		}
		if !h.rested {
			_, err := c.Submit(market.Order{Instrument: i, Side: market.Buy, Type: market.Limit, Quantity: decimal.New(1, 0), Price: decimal.New(1, 0), Reason: "a low bid"})
			h.rested = err == nil
		}
	})
	return nil
}

// forgetful is a journal that keeps nothing.
type forgetful struct{}

func (forgetful) Append(market.Record) error { return nil }
func (forgetful) Commit() error              { return nil }
func (forgetful) Finish() error              { return nil }

// history returns hourly bars of a market that hardly moves.
func history(bars int) *backtest.History {
	in := market.Bare("AAAUSDT", "AAA", "USDT")
	c := market.MakeColumns(market.Hour, bars)
	c.PriceScale = 2
	for k := range bars {
		price := 100 + float64(k%7)/100
		c.Append(market.Bar{OpenTime: start + market.Time(k)*market.Time(market.Hour), Open: price, High: price + 0.01, Low: price - 0.01, Close: price, Volume: 1e6})
	}
	h := &backtest.History{Instruments: []market.Instrument{in}, Series: []backtest.Series{{Columns: c}}}
	h.Sort()
	return h
}

// begin runs a session of two strategies until the test ends, a thousand hours a second.
func begin(t testing.TB) *live.Control {
	t.Helper()
	h := history(1_000_000)
	cfg := engine.Config{Instruments: h.Instruments, Cash: decimal.New(10_000, 0), TargetBand: engine.DefaultTargetBand()}
	for _, name := range []string{"a", "b"} {
		cfg.Instances = append(cfg.Instances, engine.Instance{
			Name: name, Strategy: &holder{}, Instruments: []market.InstrumentID{0}, Interval: market.Hour, Weight: decimal.New(5, -1),
		})
	}
	c := &live.Control{}
	s := live.Session{Engine: cfg, Journal: forgetful{}, Control: c, Speed: 3_600_000, Market: func(subs []engine.Subscription) (*live.Market, error) {
		feed, execution, err := backtest.NewFeed(h, subs)
		if err != nil {
			return nil, err
		}
		return &live.Market{Source: feed, Venue: backtest.NewVenue(&cfg, h, execution, sim.DefaultOptions()), Execution: execution}, nil
	}}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		_, _, err := live.Run(ctx, s)
		ended <- err
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	return c
}

// serve serves a configuration on a socket, and on an address with a token, until the test
// ends.
func serve(t testing.TB, c control.Config) (socket, address *control.Client, where string) {
	t.Helper()
	c.Socket, c.HTTP, c.Token = filepath.Join(t.TempDir(), "c.sock"), "127.0.0.1:0", market.NewSecret(token)
	c.Log = slog.New(slog.DiscardHandler)
	c.Facts = control.Facts{Mode: "paper", Venue: "sim", Account: "main", Session: "9f86d0", Journal: "a.journal", Binary: "test", Started: time.Now()}
	s, err := control.Listen(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- s.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	if address, err = control.AddressClient(s.Address(), market.NewSecret(token)); err != nil {
		t.Fatal(err)
	}
	return control.SocketClient(c.Socket), address, s.Address()
}

const token = "made-up-token-of-nobody"
