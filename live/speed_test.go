package live_test

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/store"
	"github.com/signalman-trading/signalman/strategy"
)

// This file measures how fast a session is; no time fails a test.
//
//	go test ./live -run '^$' -bench 'DecisionToWire|Burst' -benchtime 500x

// pulse is a market whose bars come when a test says so, by a clock that goes with them.
type pulse struct {
	exchange.Market
	now  atomic.Int64
	emit chan func(exchange.Event)
	open func(exchange.Event)
	subs int
}

func newPulse(at time.Time) *pulse {
	p := &pulse{emit: make(chan func(exchange.Event), 1)}
	p.now.Store(at.Truncate(time.Minute).UnixNano())
	return p
}

func (p *pulse) clock() time.Time { return time.Unix(0, p.now.Load()) }

// Bars implements exchange.Market: there are none.
func (p *pulse) Bars(context.Context, market.Instrument, market.Interval, market.Time, market.Time) iter.Seq2[market.Bar, error] {
	return func(func(market.Bar, error) bool) {}
}

// Stream implements exchange.Market.
func (p *pulse) Stream(ctx context.Context, subs []exchange.Subscription, ready func(), emit func(exchange.Event)) error {
	p.subs = len(subs)
	p.emit <- emit
	ready()
	<-ctx.Done()
	return ctx.Err()
}

// beat lets the bars of the next minute close, all at once.
func (p *pulse) beat(price float64) {
	if p.open == nil {
		p.open = <-p.emit
	}
	open := market.Time(p.now.Load())
	p.now.Add(int64(time.Minute))
	for k := range p.subs {
		p.open(exchange.Event{Subscription: k, Bar: market.Bar{OpenTime: open, Open: price, High: price, Low: price, Close: price, Volume: 1}})
	}
}

// eager buys at each bar of each n-th instrument.
type eager struct{ n int }

// Init implements strategy.Strategy.
func (s *eager) Init(setup *strategy.Setup) error {
	setup.Bars(strategy.BarQuery{Lookback: 50}, func(ctx *strategy.Context, b *strategy.Series) {
		if int(b.Instrument())%s.n > 0 {
			return
		}
		_, _ = ctx.Submit(market.Order{Instrument: b.Instrument(), Side: market.Buy, Type: market.Market, Quantity: decimal.New(1, -2)})
	})
	return nil
}

// timed is a journal that says when decisions were on disk.
type timed struct {
	*store.Journal
	decided bool
	durable chan time.Time
}

// Append implements engine.Journal.
func (j *timed) Append(r market.Record) error {
	j.decided = j.decided || r.Kind == market.RecordDecision
	return j.Journal.Append(r)
}

// Commit implements engine.Journal.
func (j *timed) Commit() error {
	err := j.Journal.Commit()
	if j.decided {
		j.decided = false
		select {
		case j.durable <- time.Now():
		default: // nobody waits
		}
	}
	return err
}

func newTimed(b *testing.B) *timed {
	b.Helper()
	j, err := store.CreateJournal(filepath.Join(b.TempDir(), "speed"+store.JournalExt), store.JournalHeader{ID: [16]byte{1}, Symbols: []string{"BTCUSDT"}, Mode: "live"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = j.Close() })
	return &timed{Journal: j, durable: make(chan time.Time, 1)}
}

// report prints percentiles.
func report(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	for _, p := range []int{50, 90, 99} {
		b.ReportMetric(float64(took[min(len(took)*p/100, len(took)-1)].Microseconds()), fmt.Sprintf("p%d-µs", p))
	}
	b.ReportMetric(float64(took[len(took)-1].Microseconds()), "max-µs")
	b.ReportMetric(0, "ns/op")
	b.Logf("%s/%s, %d cores, journal in %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), b.TempDir())
}

// BenchmarkDecisionToWire is the time from a bar until the last byte of the order that it led
// to is on the wire: the strategy, the rules, the commit of the journal with its fsync, the
// signature and the request, to a venue over loopback.
func BenchmarkDecisionToWire(b *testing.B) {
	start := market.Minute.Floor(market.TimeOf(time.Now()))
	in := market.Bare("BTCUSDT", "BTC", "USDT")
	in.Venue, in.Tick, in.Step, in.MinNotional = binance.Spot, decimal.New(1, -2), decimal.New(1, -3), decimal.New(1, 0)
	in.MinQuantity, in.MaxQuantity = in.Step, decimal.New(9000, 0)
	c := market.MakeColumns(market.Minute, 600)
	c.PriceScale, c.VolumeScale = 2, 3
	for k := range 600 {
		c.Append(market.Bar{OpenTime: start + market.Time(k-60)*market.Time(market.Minute), Open: 1000, High: 1001, Low: 999, Close: 1000, Volume: 1e6})
	}
	o := venue.Options{
		Spot:  &venue.Listing{Instruments: []market.Instrument{in}, Bars: []*market.Columns{c}, Balances: map[string]decimal.Decimal{"USDT": decimal.New(1, 9)}},
		Start: market.TimeOf(time.Now()), Speed: 1, Seed: 1, Keys: []venue.Key{{API: dayKey, Secret: market.NewSecret("secret"), Trade: true}},
		Limits: venue.Limits{Orders10s: 1 << 40, OrdersDay: 1 << 40, Raw: 1 << 40, Weight: 1 << 40},
	}
	v, err := venue.New(o)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ran := make(chan error, 1)
	go func() { ran <- v.Run(ctx) }()
	server := httptest.NewServer(v.Handler())
	defer func() {
		cancel()
		<-ran
		server.CloseClientConnections()
		server.Close()
	}()
	names := exchange.NewNames([16]byte{1})
	m, broker := loopback(b, ctx, server.URL, names)
	list, err := m.Instruments(ctx, []string{"BTCUSDT"})
	if err != nil {
		b.Fatal(err)
	}
	p, took, acked := newPulse(time.Now()), []time.Duration(nil), make(chan struct{}, 1)
	ended := make(chan error, 1)
	t := live.Trading{
		Engine: engine.Config{
			Instruments: list, Cash: decimal.New(1_000_000, 0), TargetBand: engine.DefaultTargetBand(),
			Instances: []engine.Instance{{Name: "speed", Strategy: &eager{1}, Instruments: []market.InstrumentID{0}, Interval: market.Minute, Weight: decimal.New(1, 0)}},
		},
		Market: p, Broker: broker, Names: names, Journal: newTimed(b), Now: p.clock,
		Meter: &live.Meter{Took: func(what live.Timing, d time.Duration) {
			switch what {
			case live.DecisionToWire:
				took = append(took, d)
			case live.WireToAck:
				acked <- struct{}{}
			}
		}},
	}
	go func() { _, err := live.Trade(ctx, t); ended <- err }()
	for b.Loop() {
		p.beat(1000)
		select {
		case <-acked:
		case err := <-ended:
			b.Fatal(err)
		}
	}
	cancel()
	<-ended
	report(b, took)
}

// loopback opens both sides of the adapter.
func loopback(b *testing.B, ctx context.Context, url string, names *exchange.Names) (exchange.Market, exchange.Broker) {
	b.Helper()
	for _, plugin := range binance.Plugins() {
		if plugin.Name != binance.Spot {
			continue
		}
		c := plugin.New().(*binance.Config)
		c.Env, c.Address, c.Key, c.Secret = "local", url, market.NewSecret(dayKey), market.NewSecret("secret")
		transport := &http.Transport{}
		b.Cleanup(transport.CloseIdleConnections)
		env := exchange.Env{HTTP: &http.Client{Transport: transport}}
		m, err := c.Market(env)
		if err != nil {
			b.Fatal(err)
		}
		broker, err := c.Broker(ctx, env, names)
		if err != nil {
			b.Fatal(err)
		}
		return m, broker
	}
	b.Fatal("no spot")
	return nil, nil
}

// willing is a broker that takes every order.
type willing struct{ exchange.Broker }

// Account implements exchange.Broker.
func (willing) Account(context.Context) (exchange.Account, error) {
	return exchange.Account{CanTrade: true, Balances: []exchange.Balance{{Asset: "USDT", Free: decimal.New(1, 12)}}}, nil
}

// Updates implements exchange.Broker.
func (willing) Updates(ctx context.Context, ready func(), _ func(exchange.AccountEvent)) error {
	ready()
	<-ctx.Done()
	return ctx.Err()
}

// Submit implements exchange.Broker.
func (willing) Submit(_ context.Context, in market.Instrument, o market.Order) (market.OrderUpdate, error) {
	return market.OrderUpdate{ID: o.ID, Symbol: in.Symbol, State: market.Rejected, Reason: "closed"}, nil
}

// BenchmarkBurst is the time from 1,000 bars that close in one instant until the 100 decisions
// that they lead to are on disk.
func BenchmarkBurst(b *testing.B) {
	const symbols = 1000
	var list []market.Instrument
	var ids []market.InstrumentID
	for k := range symbols {
		in := market.Bare(fmt.Sprintf("A%dUSDT", k), fmt.Sprintf("A%d", k), "USDT")
		in.ID = market.InstrumentID(k)
		list, ids = append(list, in), append(ids, in.ID)
	}
	p, j := newPulse(time.Now()), newTimed(b)
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	names, ended := exchange.NewNames([16]byte{1}), make(chan error, 1)
	t := live.Trading{
		Engine: engine.Config{
			Instruments: list, Cash: decimal.New(1_000_000, 0), TargetBand: engine.DefaultTargetBand(),
			Instances: []engine.Instance{{Name: "speed", Strategy: &eager{10}, Instruments: ids, Interval: market.Minute, Weight: decimal.New(1, 0)}},
		},
		Market: p, Broker: willing{}, Names: names, Journal: j, Now: p.clock,
	}
	go func() { _, err := live.Trade(ctx, t); ended <- err }()
	var took []time.Duration
	for b.Loop() {
		from := time.Now()
		p.beat(1000)
		select {
		case at := <-j.durable:
			took = append(took, at.Sub(from))
		case err := <-ended:
			b.Fatal(err)
		}
	}
	cancel()
	<-ended
	report(b, took)
}
