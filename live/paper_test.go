package live_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/internal/memnet"
	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// brief is the restless strategy on series that are warm within minutes.
type brief struct{ restless }

// Init implements strategy.Strategy.
func (s *brief) Init(setup *strategy.Setup) error {
	s.news = setup.Signals(strategy.SignalQuery{Kind: "sentiment", MaxAge: 12 * time.Hour}, s.signal)
	setup.Bars(strategy.BarQuery{Warmup: 3, Lookback: 2}, s.bar)
	setup.Bars(strategy.BarQuery{Interval: 5 * market.Minute, Warmup: 1, Lookback: 1}, nil)
	setup.Schedule("*/7 * * * *", s.timer)
	setup.Orders(s.order)
	return nil
}

// paperDay is an account on paper over a venue that is served without a key.
type paperDay struct {
	*day
	list    []market.Instrument
	options sim.Options
	news    *live.Signals
	rows    []market.Signal

	restarts int
}

// TestPaperOverAVenue trades on paper over the market of a venue that fails now and then, by
// processes of which one is told to end and one is killed: each goes on where the other
// ended, and the journal of all of them is one session, which can be run again.
func TestPaperOverAVenue(t *testing.T) {
	for seed := range uint64(2 * len(daySeeds(t))) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDay(t, seed, seed%2 == 1)
				d.hours = 4
				p := &paperDay{day: d, options: sim.DefaultOptions()}
				if seed%4 >= 2 {
					p.options.Latency, p.options.Jitter = 300*market.Time(time.Millisecond), market.Time(time.Second)
				}
				p.serve(func(m exchange.Market) {
					p.process(m, 50*time.Minute, 0)
					time.Sleep(3*time.Minute + 20*time.Second)
					p.process(m, time.Hour, len(p.book.frames)+40)
					p.process(m, time.Hour, 0)
				})
				p.again()
				if t.Failed() {
					t.Log(strings.Join(d.log.lines, "\n"))
				}
			})
		})
	}
}

// serve lets the venue run while do works with its market, which needs no key.
func (p *paperDay) serve(do func(exchange.Market)) {
	ctx, cancel := context.WithCancel(p.t.Context())
	l := memnet.Listen()
	server := &http.Server{Handler: p.venue.Handler(), ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	var running sync.WaitGroup
	running.Go(func() { _ = server.Serve(l) })
	running.Go(func() { _ = p.venue.Run(ctx) })
	client := l.Client()
	defer func() {
		cancel()
		client.CloseIdleConnections()
		_ = server.Close()
		running.Wait()
	}()
	name := binance.Spot
	if p.usdm {
		name = binance.USDM
	}
	for _, plugin := range binance.Plugins() {
		if plugin.Name != name {
			continue
		}
		c := plugin.New().(*binance.Config)
		c.Env, c.Address = "local", "http://127.0.0.1:1"
		m, err := c.Market(exchange.Env{HTTP: client, Dial: l.Dial, Log: p.log.logger("adapter")})
		if err != nil {
			p.t.Fatal(err)
		}
		if p.list, err = m.Instruments(ctx, []string{"BTCUSDT", "ETHUSDT"}); err != nil {
			p.t.Fatal(err)
		}
		for i := range p.list {
			p.list[i].ID, p.list[i].Fees, p.list[i].Margin = market.InstrumentID(i), p.tape.Instruments[i].Fees, p.tape.Instruments[i].Margin
		}
		p.fail()
		do(m)
	}
}

func (p *paperDay) config() engine.Config {
	return engine.Config{
		Audit: true, Instruments: slices.Clone(p.list), Seed: p.seed, Cash: decimal.New(50_000, 0), TargetBand: engine.DefaultTargetBand(),
		Instances: []engine.Instance{{Name: "brief", Strategy: &brief{}, Instruments: []market.InstrumentID{0, 1}, Interval: market.Minute, Weight: decimal.New(1, 0)}},
	}
}

func (p *paperDay) venueOf(cfg *engine.Config) func([]market.Interval) *sim.Venue {
	return func(execution []market.Interval) *sim.Venue {
		return backtest.NewVenue(cfg, &backtest.History{Instruments: cfg.Instruments}, execution, p.options)
	}
}

var errKilled = errors.New("killed")

// process trades for a while or, where frames is set, until the journal has so many and the
// disk is gone.
func (p *paperDay) process(m exchange.Market, span time.Duration, frames int) {
	ctx, cancel := context.WithTimeout(p.t.Context(), span)
	defer cancel()
	p.news = live.NewSignals(p.rows)
	stop := p.say(ctx)
	defer stop()
	t := live.Trading{Engine: p.config(), Market: m, Journal: &dying{book: &p.book, frames: frames}, Signals: p.news, Opening: p.opening(), Stale: 2, Log: p.log.logger("session")}
	if n := len(p.book.frames); n > 0 {
		t.Past = p.book.past(n)
	}
	e, err := live.Simulate(ctx, t, p.venueOf(&t.Engine))
	if market.ClassOf(err) == market.Venue && p.restarts < 5 { // it could not begin: who watches it starts it again
		p.restarts++
		sleep(ctx, time.Minute)
		cancel()
		stop()
		p.process(m, span, frames)
		return
	}
	want := context.DeadlineExceeded
	if frames > 0 {
		want = errKilled
	}
	if !errors.Is(err, want) {
		p.t.Fatalf("the process ended with %v", err)
	}
	p.result = e.Result()
}

// opening is when the session began: in the middle of a minute.
func (p *paperDay) opening() market.Time { return p.start + market.Time(10*time.Second) }

// say lets a source say something every few minutes: it is stored first.
func (p *paperDay) say(ctx context.Context) (stop func()) {
	var talking sync.WaitGroup
	talking.Go(func() {
		r := rand.New(rand.NewPCG(p.seed, uint64(len(p.rows))))
		for sleep(ctx, time.Duration(1+r.IntN(600))*time.Second) {
			now := market.TimeOf(time.Now())
			row := market.Signal{Source: "news", Kind: "sentiment", Subject: market.MarketWide, Instrument: market.NoInstrument, Value: r.Float64() - 0.5, Effective: now, Known: now}
			p.rows = append(p.rows, row)
			if r.IntN(4) > 0 { // else the process ends before it hears
				p.news.Arrive([]market.Signal{row})
			}
		}
	})
	return talking.Wait
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// dying is a journal whose disk is gone after so many frames.
type dying struct {
	*book
	frames int // 0: never
}

// Commit implements engine.Journal.
func (d *dying) Commit() error {
	if d.frames > 0 && len(d.book.frames) >= d.frames {
		d.book.open = nil
		return errKilled
	}
	return d.book.Commit()
}

// again runs the whole journal once more, without a venue: each record must be made again.
func (p *paperDay) again() {
	cfg := p.config()
	cfg.Opening = p.opening()
	rest := &book{}
	_, _, err := live.Run(p.t.Context(), live.Session{Engine: cfg, Journal: rest, Past: p.book.past(len(p.book.frames)), Market: func(subs []engine.Subscription) (*live.Market, error) {
		execution := []market.Interval{market.Minute, market.Minute}
		return &live.Market{Source: over{}, Venue: p.venueOf(&cfg)(execution), Execution: execution}, nil
	}})
	if err != nil && !errors.Is(err, io.EOF) {
		p.t.Errorf("the journal cannot be run again: %v", err)
	}
	events, words, fills, late := map[market.Kind]int{}, map[market.Command]int{}, 0, 0
	for _, records := range p.book.frames {
		for i := range records {
			e := &records[i].Event
			if records[i].Kind != market.RecordEvent {
				continue
			}
			events[e.Kind]++
			words[e.Command]++
			if e.Kind == market.KindUpdate && e.Update.Fill != nil {
				fills++
			}
			if e.Kind == market.KindBar && e.Time > e.Bars.Time(int(e.Row)) {
				late++
			}
		}
	}
	heard := map[market.Time]int{}
	for _, records := range p.book.frames {
		for i := range records {
			if s := records[i].Event.Signal; s != nil {
				heard[s.Known]++
			}
		}
	}
	for k := range p.rows[:len(p.rows)-1] {
		if n := heard[p.rows[k].Known]; n > 1 {
			p.t.Errorf("the row of %s was told %d times", p.rows[k].Known, n)
		}
	}
	if len(p.book.frames) < 150 || fills < 10 || words[market.Quit] != 2 || words[market.Downtime] != 2 || words[market.HaltRisk] < 1 || words[market.LiftHalt] < 1 || events[market.KindSignal] < 10 || late < 3 {
		p.t.Errorf("little happened: %d instants, %d fills, %d bars late; events: %v, words: %v", len(p.book.frames), fills, late, events, words)
	}
	if strings.Contains(fmt.Sprint(p.log.lines), "panic") {
		p.t.Error("somebody panicked")
	}
}

// over is a market that has ended.
type over struct{}

func (over) Skip(market.Time) {}

// Next implements sim.Source.
func (over) Next(context.Context, market.Time) ([]market.Event, error) { return nil, io.EOF }
