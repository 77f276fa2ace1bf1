package live_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange"
	"github.com/signalman-trading/signalman/exchange/binance"
	"github.com/signalman-trading/signalman/exchange/venue"
	"github.com/signalman-trading/signalman/internal/memnet"
	"github.com/signalman-trading/signalman/live"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// This file lets a gambler trade for a day through the adapter at the local venue, which
// fails in every way that it can, at random: at the end both know the same.
//
//	SIGNALMAN_SEED=17   one day alone: the one that failed
//	SIGNALMAN_SEEDS=100 a tenth as many days, at most 20, of each market
//	-day.seeds 300      any number of days
//	-day.hours 6        how long a day is
var (
	dayHours = flag.Int("day.hours", 24, "how many hours the days of TestDay have")
	dayCount = flag.Int("day.seeds", 0, "how many days TestDay plays of each market; 0: what SIGNALMAN_SEEDS says")
	dayLog   = flag.String("day.log", "", "a file that TestDay writes what adapter and session say to")
)

// daySeeds returns the seeds of the days that a test plays.
func daySeeds(t *testing.T) (list []uint64) {
	t.Helper()
	if seed, err := strconv.ParseUint(os.Getenv("SIGNALMAN_SEED"), 10, 64); err == nil {
		return []uint64{seed}
	}
	days := 2
	if n, err := strconv.Atoi(os.Getenv("SIGNALMAN_SEEDS")); err == nil {
		days = max(1, min(n/10, 20))
	}
	if testing.Short() {
		days = 1
	}
	if *dayCount > 0 {
		days = *dayCount
	}
	for seed := range uint64(days) {
		list = append(list, seed)
	}
	return list
}

// TestDay trades for a day at spot and on perpetuals.
func TestDay(t *testing.T) {
	for _, usdm := range []bool{false, true} {
		for _, seed := range daySeeds(t) {
			name := binance.Spot
			if usdm {
				name = binance.USDM
			}
			t.Run(fmt.Sprintf("%s/%d", name, seed), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					d := newDay(t, seed, usdm)
					d.kept = seed%2 == 1
					d.trade()
					d.judge()
					if t.Failed() {
						d.tell()
					}
				})
			})
		}
	}
}

// A day is a venue that fails, and who trades there.
type day struct {
	t       *testing.T
	seed    uint64
	usdm    bool
	kept    bool // a rule has what the gambler holds protected
	hours   int
	r       *rand.Rand
	start   market.Time
	tape    *venue.Listing
	venue   *venue.Venue
	faults  []venue.Fault
	log     *dayNotes
	names   *exchange.Names
	market  *witness
	gambler *dayGambler
	book    book
	result  *engine.Result
	books   engine.Holdings     // at the end
	hands   int                 // orders by hand
	doubts  []string            // orders that something is wrong with
	world   func(*exchange.Env) // changes what the adapter is given of the world; nil: nothing
}

const dayKey = "day0day0day0day0day0day0day0day0day0day0day0day0day0day0day0day0"

func newDay(t *testing.T, seed uint64, usdm bool) *day {
	if testing.Short() {
		return newDays(t, seed, usdm, min(*dayHours, 3))
	}
	return newDays(t, seed, usdm, *dayHours)
}

// newDays returns a day of any number of hours.
func newDays(t *testing.T, seed uint64, usdm bool, hours int) *day {
	time.Sleep(time.Until(time.Date(2024, 5, 1, 0, 0, 30, 0, time.UTC))) // bubbles begin in 2000
	d := &day{t: t, seed: seed, usdm: usdm, hours: hours, r: rand.New(rand.NewPCG(seed, 24)), start: market.TimeOf(time.Now()), log: &dayNotes{}}
	d.list()
	o := venue.Options{
		Spot: d.tape, Start: d.start, Speed: 1, Seed: seed, Closed: d.r.IntN(2) == 0, Log: d.log.logger("venue"),
		Keys: []venue.Key{{API: dayKey, Secret: market.NewSecret("secret"), Trade: true}},
	}
	if usdm {
		o.Spot, o.USDM = nil, d.tape
	}
	var err error
	if d.venue, err = venue.New(o); err != nil {
		t.Fatal(err)
	}
	d.draw()
	return d
}

// list draws what is traded: two symbols whose prices walk by the minute, now and then
// without a trade.
func (d *day) list() {
	d.tape = &venue.Listing{Balances: map[string]decimal.Decimal{"USDT": decimal.New(100_000, 0), "BTC": decimal.New(3, 0)}}
	minutes := d.hours*60 + 180
	for _, symbol := range []string{"BTCUSDT", "ETHUSDT"} {
		in := market.Bare(symbol, symbol[:3], "USDT")
		in.Venue, in.Tick, in.Step = binance.Spot, decimal.New(1, -2), decimal.New(1, -3)
		in.MinNotional, in.MinQuantity, in.MaxQuantity = decimal.New(5, 0), decimal.New(1, -3), decimal.New(9000, 0)
		in.PriceBandUp, in.PriceBandDown, in.MaxOrders, in.MaxStops = decimal.New(12, -1), decimal.New(8, -1), 25, 8
		in.Fees = market.Fees{Maker: decimal.New(1, -3), Taker: decimal.New(1, -3)}
		if d.usdm {
			in.Venue, in.Margin, in.Fees.InQuote = binance.USDM, &market.Margin{Leverage: decimal.New(2, 0), LiquidationFee: decimal.New(125, -4)}, true
		}
		c := market.MakeColumns(market.Minute, minutes)
		c.PriceScale, c.VolumeScale = 2, 3
		price := 100_000
		for k := range minutes {
			open := price
			price = max(50_000, price+d.r.IntN(401)-200)
			high, low := max(open, price)+d.r.IntN(100), min(open, price)-d.r.IntN(100)
			if k > 60 && d.r.IntN(50) == 0 {
				continue
			}
			c.Append(market.Bar{
				OpenTime: market.Minute.Floor(d.start) + market.Time(k-60)*market.Time(market.Minute), Open: float64(open) / 100, High: float64(high) / 100,
				Low: float64(low) / 100, Close: float64(price) / 100, Volume: float64(1 + d.r.IntN(50)),
			})
		}
		d.tape.Instruments, d.tape.Bars = append(d.tape.Instruments, in), append(d.tape.Bars, c)
	}
	if d.usdm {
		delete(d.tape.Balances, "BTC")
	}
}

// trade plays the day, with an hour behind it in which nothing goes wrong and nothing new
// is asked for.
func (d *day) trade() {
	ctx, cancel := context.WithTimeout(d.t.Context(), time.Duration(d.hours+1)*time.Hour)
	defer cancel()
	env, running, stop := d.serve(ctx)
	defer func() {
		cancel()
		stop()
	}()
	if d.world != nil {
		d.world(&env)
	}
	m, b := d.connect(ctx, env)
	d.market = &witness{Market: m, now: func() market.Time { return market.TimeOf(time.Now()) }}
	d.fail()
	d.gambler = &dayGambler{r: rand.New(rand.NewPCG(d.seed, 7)), until: d.start + market.Time(d.hours)*hour, tried: map[string]int{}}
	t := d.trading(ctx, env, b)
	time.AfterFunc(time.Duration(d.hours)*time.Hour, func() { d.venue.ClearFaults() })
	running.Go(func() { d.byHand(ctx) })
	e, err := live.Trade(ctx, t)
	if !errors.Is(err, context.DeadlineExceeded) {
		d.t.Errorf("the session ended after %s with %v", time.Duration(market.TimeOf(time.Now())-d.start), err)
	}
	if e != nil {
		d.result, d.books = e.Result(), e.Holdings()
	}
}

// serve lets the venue run until stop is called, after ctx has ended.
func (d *day) serve(ctx context.Context) (env exchange.Env, running *sync.WaitGroup, stop func()) {
	l := memnet.Listen()
	server := &http.Server{Handler: d.venue.Handler(), ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	running = new(sync.WaitGroup)
	running.Go(func() { _ = server.Serve(l) })
	running.Go(func() { _ = d.venue.Run(ctx) })
	client := l.Client()
	return exchange.Env{HTTP: client, Dial: l.Dial, Log: d.log.logger("adapter")}, running, func() {
		client.CloseIdleConnections()
		_ = server.Close()
		running.Wait()
	}
}

// trading is a session of the gambler.
func (d *day) trading(ctx context.Context, env exchange.Env, b exchange.Broker) live.Trading {
	list, err := d.market.Instruments(ctx, []string{"BTCUSDT", "ETHUSDT"})
	if err != nil {
		d.t.Fatal(err)
	}
	for i := range list {
		list[i].ID, list[i].Fees, list[i].Margin = market.InstrumentID(i), d.tape.Instruments[i].Fees, d.tape.Instruments[i].Margin
	}
	t := live.Trading{
		Engine: engine.Config{
			Audit: true, Instruments: list, Seed: d.seed, Cash: decimal.New(50_000, 0), TargetBand: engine.DefaultTargetBand(),
			Instances: []engine.Instance{{Name: "gambler", Strategy: d.gambler, Instruments: []market.InstrumentID{0, 1}, Interval: market.Minute, Weight: decimal.New(1, 0)}},
		},
		Market: d.market, Broker: b, Names: d.names, Journal: &d.book, Log: d.log.logger("session"), Local: env.Now,
	}
	if d.kept {
		t.Engine.Instances[0].Rules = []risk.Named{{Name: "keeper", Rule: &dayKeeper{rand.New(rand.NewPCG(d.seed, 8))}}}
	}
	if c, ok := b.(exchange.Clock); ok {
		t.Now = c.Now
	}
	return t
}

// byHand lets the owner of the account trade his own coins beside the session, at spot, and
// take back what moved the positions of perpetuals, which are netted with the session's.
func (d *day) byHand(ctx context.Context) {
	r := rand.New(rand.NewPCG(d.seed, 99))
	for market.TimeOf(time.Now()) < d.start+market.Time(d.hours)*hour+hour/4 {
		select {
		case <-time.After(time.Duration(r.IntN(40)) * time.Minute):
		case <-ctx.Done():
			return
		}
		if d.usdm {
			d.takeBack()
		} else if _, err := d.venue.Place(false, fmt.Sprintf("symbol=%s&type=MARKET&quantity=0.0%02d", []string{"BTCUSDT&side=SELL", "ETHUSDT&side=BUY"}[r.IntN(2)], 10+r.IntN(80))); err == nil {
			d.hands++
		}
	}
}

// takeBack trades back what orders by hand traded.
func (d *day) takeBack() {
	h := d.venue.State().USDM
	net, sides := map[string]decimal.Decimal{}, map[int64]market.Side{}
	for _, o := range h.Orders {
		sides[o.ID] = o.Side
	}
	for _, t := range h.Trades {
		if _, ours := d.names.Find(t.Client); ours {
			continue
		}
		if net[t.Symbol] = net[t.Symbol].Add(t.Quantity); sides[t.Order] == market.Sell {
			net[t.Symbol] = net[t.Symbol].Sub(t.Quantity.Add(t.Quantity))
		}
	}
	for _, symbol := range []string{"BTCUSDT", "ETHUSDT"} {
		side := map[int]string{1: "SELL", -1: "BUY"}[net[symbol].Sign()]
		if _, err := d.venue.Place(true, fmt.Sprintf("symbol=%s&side=%s&type=MARKET&quantity=%s", symbol, side, net[symbol].Abs())); side != "" && err == nil {
			d.hands++
		}
	}
}

// connect opens both sides of the adapter, before anything goes wrong.
func (d *day) connect(ctx context.Context, env exchange.Env) (exchange.Market, exchange.Broker) {
	want := binance.Spot
	if d.usdm {
		want = binance.USDM
	}
	d.names = exchange.NewNames([16]byte{byte(d.seed), byte(d.seed >> 8), 24})
	for _, p := range binance.Plugins() {
		if p.Name != want {
			continue
		}
		c := p.New().(*binance.Config)
		c.Env, c.Address, c.Key, c.Secret = "local", "http://127.0.0.1:1", market.NewSecret(dayKey), market.NewSecret("secret")
		m, err := c.Market(env)
		if err != nil {
			d.t.Fatal(err)
		}
		b, err := c.Broker(ctx, env, d.names)
		if err != nil {
			d.t.Fatal(err)
		}
		return m, b
	}
	d.t.Fatalf("no exchange is called %s", want)
	return nil, nil
}

// tell prints what led to a failure.
func (d *day) tell() {
	d.t.Logf("one day alone: SIGNALMAN_SEED=%d go test ./live -run '%s'", d.seed, d.t.Name())
	var lines []string
	for _, f := range d.faults {
		lines = append(lines, f.String())
	}
	d.t.Logf("faults:\n%s\nhits: %v\ntried: %v", strings.Join(lines, "\n"), d.venue.FaultHits(), d.gambler.tried)
	for _, line := range d.log.lines {
		if slices.ContainsFunc(d.doubts, func(id string) bool { return strings.Contains(line, id) }) {
			d.t.Log(line)
		}
	}
	if *dayLog != "" {
		if err := os.WriteFile(*dayLog, []byte(strings.Join(d.log.lines, "\n")), 0o600); err != nil {
			d.t.Error(err)
		}
	}
}

// dayNotes keeps what is logged.
type dayNotes struct {
	mu    sync.Mutex
	lines []string
}

func (n *dayNotes) logger(who string) *slog.Logger {
	return slog.New(slog.NewTextHandler(n, &slog.HandlerOptions{Level: slog.LevelWarn})).With("who", who)
}

// Write implements io.Writer.
func (n *dayNotes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, strings.TrimSpace(string(p)))
	return len(p), nil
}
