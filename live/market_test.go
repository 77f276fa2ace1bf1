package live_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"go.uber.org/goleak"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/halt"
	"github.com/signalman-trading/signalman/strategy"
)

// TestMain fails where a test leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const start = market.Time(1_609_459_200_000_000_000) // 2021-01-01

// A world is a small market with an account in it. It makes any number of sessions
// that are alike.
type world struct {
	history  *backtest.History
	options  sim.Options
	strategy func() strategy.Strategy
	rules    func() []risk.Named
}

// newWorld draws a market of two instruments and a source of signals.
func newWorld(seed uint64, bars int, latency market.Time) *world {
	r := rand.New(rand.NewPCG(seed, 7))
	h := &backtest.History{}
	for i, symbol := range []string{"AAAUSDT", "BBBUSDT"} {
		in := market.Bare(symbol, symbol[:3], "USDT")
		in.ID, in.MinNotional = market.InstrumentID(i), decimal.New(5, 0)
		in.Fees = market.Fees{Maker: decimal.New(1, -3), Taker: decimal.New(1, -3)}
		h.Instruments = append(h.Instruments, in)
		h.Series = append(h.Series, backtest.Series{Instrument: in.ID, Columns: walk(r, bars)})
	}
	for k := range bars / 15 { // some with a bar, some between
		l := backtest.Listing{Time: start + market.Time(15*k)*hour + market.Time(r.IntN(20))*hour/2, Instrument: market.InstrumentID(k % 2), Filters: h.Instruments[k%2]}
		l.Filters.Tick, l.Filters.Step = decimal.New(int64(1+r.IntN(5)), -2), decimal.New(int64(1+r.IntN(4)), int32(-r.IntN(4)))
		l.Filters.MaxOrders, l.Filters.MaxNotional = r.IntN(5), decimal.New(4000, 0)
		l.Filters.ID = market.NoInstrument // the event says whose they are
		h.Listings = append(h.Listings, l)
	}
	for k := range bars / 5 {
		h.Signals = append(h.Signals, market.Signal{
			Source: "news", Kind: "sentiment", Subject: market.MarketWide, Instrument: market.NoInstrument, Value: r.Float64() - 0.5, Null: r.IntN(6) == 0,
			Effective: start + market.Time(k)*5*hour, Known: start + market.Time(k)*5*hour + market.Time(r.IntN(3))*hour/2,
		})
	}
	h.Events = events(r, bars)
	h.Sort()
	o := sim.DefaultOptions()
	o.Latency, o.Jitter, o.SlippageBps, o.Seed = latency, latency/3, decimal.New(3, 0), seed
	o.ImpactBps, o.Volatility, o.RandomBps = decimal.New(20, 0), decimal.New(1, -1), decimal.New(5, 0)
	return &world{
		history: h, options: o, strategy: func() strategy.Strategy { return &restless{} },
		rules: func() []risk.Named {
			return []risk.Named{{Name: "drawdown", Rule: &halt.MaxDrawdown{Limit: decimal.New(1, -2), Per: "day", Scope: "strategy", Action: "flatten"}}}
		},
	}
}

const hour = market.Time(market.Hour)

// walk draws hourly bars on a grid of cents, with gaps.
func walk(r *rand.Rand, bars int) *market.Columns {
	c := market.MakeColumns(market.Hour, bars)
	c.PriceScale, c.VolumeScale = 2, 0
	price := 10_000
	for k := range bars {
		open := price
		price += r.IntN(401) - 200
		if r.IntN(12) == 0 {
			continue
		}
		high, low := max(open, price)+r.IntN(80), min(open, price)-r.IntN(80)
		c.Append(market.Bar{
			OpenTime: start + market.Time(k)*hour, Open: float64(open) / 100, High: float64(high) / 100, Low: float64(low) / 100,
			Close: float64(price) / 100, Volume: float64(r.IntN(400)),
		})
	}
	return c
}

// config returns the engine's configuration, with a strategy of its own.
func (w *world) config() engine.Config {
	one := decimal.New(5, -1)
	c := engine.Config{Audit: true, Instruments: w.history.Instruments, Seed: w.options.Seed, Cash: decimal.New(10_000, 0), TargetBand: engine.DefaultTargetBand()}
	for _, name := range []string{"a", "b"} {
		c.Instances = append(c.Instances, engine.Instance{
			Name: name, Strategy: w.strategy(), Instruments: []market.InstrumentID{0, 1}, Interval: market.Hour, Weight: one, Rules: w.rules(),
		})
	}
	return c
}

// session returns a session that has not begun.
func (w *world) session(j live.Journal) live.Session {
	cfg := w.config()
	return live.Session{Engine: cfg, Journal: j, Market: func(subs []engine.Subscription) (*live.Market, error) {
		feed, execution, err := backtest.NewFeed(w.history, subs)
		if err != nil {
			return nil, err
		}
		return &live.Market{Source: feed, Venue: backtest.NewVenue(&cfg, w.history, execution, w.options), Execution: execution}, nil
	}}
}

// events draws what an operator does: a stop of new risk, and money that moves.
func events(r *rand.Rand, bars int) []market.Event {
	at := func(hours, of int) market.Time { return start + market.Time(bars*hours/of)*hour }
	command := func(t market.Time, c market.Command, f *market.Flow) market.Event {
		return market.Event{Time: t, Kind: market.KindCommand, Command: c, Flow: f, Instrument: market.NoInstrument}
	}
	list := []market.Event{command(at(1, 3), market.Kill, nil), command(at(1, 2), market.Resume, nil)}
	for k := range 8 {
		f := &market.Flow{Asset: "USDT", Amount: decimal.New(int64(r.IntN(200_000)+1), -2)}
		t := at(k, 9) + market.Time(r.IntN(3))*hour/2
		if k%2 == 0 {
			f.From, f.To = []string{"", "a", "b"}[r.IntN(3)], []string{"", "a", "b"}[r.IntN(3)]
			list = append(list, command(t, market.Transfer, f))
			continue
		}
		if r.IntN(2) == 0 {
			f.Amount = f.Amount.Neg()
		}
		list = append(list, market.Event{Time: t, Kind: market.KindAccount, Flow: f, Instrument: market.NoInstrument})
	}
	return list
}

// restless is a strategy that does everything a strategy can, by chance, and answers
// refusals at once.
type restless struct {
	news    *strategy.Signals
	retries int
}

func (s *restless) Init(setup *strategy.Setup) error {
	s.news = setup.Signals(strategy.SignalQuery{Kind: "sentiment", MaxAge: 12 * time.Hour}, s.signal)
	setup.Bars(strategy.BarQuery{Warmup: 3, Lookback: 2}, s.bar)
	setup.Bars(strategy.BarQuery{Interval: 4 * market.Hour, Warmup: 1, Lookback: 1}, nil)
	setup.Schedule("30 */3 * * *", s.timer)
	setup.Orders(s.order)
	return nil
}

func (s *restless) bar(ctx *strategy.Context, series *strategy.Series) {
	if !ctx.Warm() {
		return
	}
	i, r := series.Instrument(), ctx.Rand()
	switch r.IntN(8) {
	case 0:
		s.must(ctx, ctx.Target(i, float64(r.IntN(3))/4))
	case 1:
		s.submit(ctx, market.Order{Instrument: i, Side: market.Buy, Type: market.Limit, Quantity: decimal.New(int64(1+r.IntN(9)), 0), Price: near(series.LastClose(), -r.IntN(200))})
	case 2:
		s.submit(ctx, market.Order{Instrument: i, Side: market.Sell, Type: market.Stop, Quantity: decimal.New(1, 0), Stop: near(series.LastClose(), -1-r.IntN(100))})
	case 3:
		s.submit(ctx, market.Order{Instrument: i, Side: market.Buy, Type: market.Market, Quantity: decimal.New(10_000, 0), Reason: "too much"})
	case 4:
		for _, o := range ctx.OpenOrders(i) {
			s.must(ctx, ctx.Cancel(o.ID))
		}
	case 5:
		for _, o := range ctx.OpenOrders(i) {
			if o.Type == market.Limit {
				s.must(ctx, ctx.Amend(o.ID, o.Quantity, o.Price.Sub(decimal.New(int64(1+r.IntN(50)), -2))))
			}
		}
	}
}

// near returns a close that is moved by cents.
func near(price float64, cents int) decimal.Decimal {
	return decimal.NewFromFloat(price).Round(2).Add(decimal.New(int64(cents), -2))
}

func (s *restless) submit(ctx *strategy.Context, o market.Order) {
	_, err := ctx.Submit(o)
	s.must(ctx, err)
}

func (s *restless) must(ctx *strategy.Context, err error) {
	if err != nil && !errors.Is(err, strategy.ErrWarmup) {
		ctx.Logger().Debug(err.Error())
	}
}

// order answers a refusal with two smaller orders, one after the other.
func (s *restless) order(ctx *strategy.Context, u market.OrderUpdate) {
	if u.State != market.Refused || s.retries >= 2 {
		s.retries = 0
		return
	}
	s.retries++
	o, _, _ := ctx.Order(u.ID)
	o.Quantity = decimal.New(int64(1+ctx.Rand().IntN(3)), 0)
	if s.retries == 1 {
		o.Quantity = decimal.New(5_000, 0)
	}
	s.submit(ctx, market.Order{Instrument: o.Instrument, Side: market.Buy, Type: market.Market, Quantity: o.Quantity, Reason: "again"})
}

func (s *restless) signal(ctx *strategy.Context, news market.Signal) {
	if ctx.Warm() && !news.Null {
		s.must(ctx, ctx.Target(0, max(0, news.Value)))
	}
}

func (s *restless) timer(ctx *strategy.Context) {
	if _, ok := s.news.Market(); ok && ctx.Warm() {
		s.must(ctx, ctx.Target(1, float64(ctx.Rand().IntN(2))))
	}
}

// A book keeps the frames of a journal in memory.
type book struct {
	frames   [][]market.Record
	open     []market.Record
	finished bool
	commits  func(n int) // called after each
}

func (b *book) Append(r market.Record) error {
	if r.Kind == market.RecordEvent && r.Event.Kind == market.KindUpdate {
		u := *r.Event.Update
		r.Event.Update = &u
	}
	if b.finished {
		return errors.New("a record after the end")
	}
	b.open = append(b.open, r)
	return nil
}

func (b *book) Commit() error {
	if len(b.open) > 0 {
		b.frames, b.open = append(b.frames, b.open), nil
	}
	if b.commits != nil {
		b.commits(len(b.frames))
	}
	return nil
}

func (b *book) Finish() error {
	b.finished = true
	return b.Commit()
}

// past yields the first n frames.
func (b *book) past(n int) func(func([]market.Record, error) bool) {
	return func(yield func([]market.Record, error) bool) {
		for _, records := range b.frames[:n] {
			if !yield(records, nil) {
				return
			}
		}
	}
}

// print returns the frames as text, a line each.
func (b *book) print(t *testing.T) []string {
	t.Helper()
	lines := make([]string, len(b.frames))
	for k, records := range b.frames {
		for i := range records {
			lines[k] += printRecord(t, &records[i]) + "; "
		}
	}
	return lines
}

func printRecord(t *testing.T, r *market.Record) string {
	t.Helper()
	var bar market.Bar
	if r.Event.Kind == market.KindBar {
		bar = r.Event.Bar()
	}
	text, err := json.Marshal([]any{r.Decision, r.Scope, r.Text, r.Event.Update, r.Event.Signal, r.Event.Listing})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(r.Time, r.Kind, r.Event.Kind, r.Event.Command, r.Event.Instrument, r.Event.Interval, bar, string(text))
}
