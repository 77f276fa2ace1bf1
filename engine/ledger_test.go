package engine_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// This file lets strategies trade at random, and after every instant holds their
// ledgers against the fills that the venue reported and against its balances
// (semantics M3 to M5).

// seeds returns how many random cases a test runs: SIGNALMAN_SEEDS, or few.
func seeds(few uint64) uint64 {
	if n, err := strconv.ParseUint(os.Getenv("SIGNALMAN_SEEDS"), 10, 32); err == nil {
		return n
	}
	return few
}

func dec(s string) decimal.Decimal { return decimal.RequireFromString(s) }

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// monkey is a strategy that does anything.
type monkey struct {
	r       *rand.Rand
	updates int
}

// Init subscribes to every bar of every instrument, and to the orders.
func (m *monkey) Init(s *strategy.Setup) error {
	s.Bars(strategy.BarQuery{}, m.bar)
	s.Orders(func(*strategy.Context, market.OrderUpdate) { m.updates++ })
	return nil
}

func (m *monkey) bar(ctx *strategy.Context, s *strategy.Series) {
	i := s.Instrument()
	switch m.r.IntN(10) {
	case 0, 1, 2:
		ctx.Submit(m.order(i, s.LastClose(), market.Float(ctx.Position(i)), market.Float(ctx.Cash())))
	case 3:
		if open := ctx.OpenOrders(i); len(open) > 0 {
			ctx.Cancel(pick(m.r, open...).ID)
		}
	case 4:
		if open := ctx.OpenOrders(i); len(open) > 0 {
			o := pick(m.r, open...)
			ctx.Amend(o.ID, o.Quantity.Mul(decimal.New(m.r.Int64N(100), -2)), o.Price.Mul(decimal.New(98+m.r.Int64N(5), -2)))
		}
	case 6:
		ctx.SubmitLinked(m.linked(ctx, s))
	case 7:
		if open := ctx.OpenOrders(i); len(open) > 0 {
			old := pick(m.r, open...)
			o := m.order(i, s.LastClose(), market.Float(ctx.Position(i)), market.Float(ctx.Cash()))
			if o.Side != old.Side || old.Profile != market.Unlinked && m.r.IntN(2) == 0 {
				o = old
				o.ID, o.Parent, o.Group, o.Profile, o.Replaces, o.PostOnly = market.OrderID{}, market.OrderID{}, "", market.Unlinked, market.OrderID{}, false
				o.Quantity = pick(m.r, old.Quantity, old.Quantity.Mul(dec("1.5")), decimal.Zero)
			}
			ctx.Replace(old.ID, o)
		}
	case 5:
		ctx.Target(i, pick(m.r, 0, 0, 0.3, 0.5, 1))
	}
}

// linked is a bracket, or a list of the venue with or without an entry.
func (m *monkey) linked(ctx *strategy.Context, s *strategy.Series) market.Linked {
	i, price := s.Instrument(), s.LastClose()
	near := func(share float64) decimal.Decimal { return market.Price(price*(share+0.02*m.r.Float64()), 4) }
	held := market.Price(market.Float(ctx.Position(i))*m.r.Float64(), 6)
	stop := market.Order{Instrument: i, Side: market.Sell, Type: market.Stop, Stop: near(0.96)}
	target := market.Order{Instrument: i, Side: market.Sell, Type: market.Limit, Price: near(1.01)}
	if m.r.IntN(3) == 0 {
		stop.Quantity, target.Quantity = held, pick(m.r, held, held.Mul(dec("0.5")))
		return market.OCO(stop, target)
	}
	l := market.Bracket(m.order(i, price, 0, market.Float(ctx.Cash())), stop, target)
	l.Entry.Side = market.Buy
	if l.Entry.Type == market.Market && l.Entry.Quote.IsZero() && l.Entry.Quantity.IsZero() {
		l.Entry.Quantity = dec("1")
	}
	l.Exits = l.Exits[:1+m.r.IntN(2)]
	l.Profile = pick(m.r, market.ByEngine, market.ByVenue)
	l.Exits[0].Quantity = market.Price(market.Float(l.Entry.Quantity)*float64(m.r.IntN(3))/2, 6)
	return l
}

// order is any order near the last price, at times more than the strategy has.
func (m *monkey) order(i market.InstrumentID, price, held, cash float64) market.Order {
	near := func() decimal.Decimal { return market.Price(price*(0.97+0.06*m.r.Float64()), 4) }
	o := market.Order{Instrument: i, Side: market.Buy, Type: pick(m.r, market.Types()...), ReduceOnly: m.r.IntN(4) == 0}
	size := m.r.Float64() * 1.1
	if o.Side = pick(m.r, market.Buy, market.Sell); o.Side == market.Sell {
		o.Quantity = market.Price(held*size, 6)
	} else if o.Type == market.Market && m.r.IntN(2) == 0 {
		o.Quote = market.Price(cash*size, 6)
	} else {
		o.Quantity = market.Price(cash/price*size, 6)
	}
	if o.Priced() {
		o.Price = near()
	}
	if o.Triggered() {
		o.Stop = near()
	}
	if o.Type == market.TrailingStop {
		o.Trail = market.Trail{By: dec(pick(m.r, "1", "0.1", "50")), Unit: pick(m.r, market.TrailPercent, market.TrailBps)}
	}
	o.PostOnly = o.Type == market.Limit && m.r.IntN(4) == 0
	if !o.PostOnly && o.Type <= market.Limit && m.r.IntN(4) == 0 {
		o.TIF = pick(m.r, market.IOC, market.FOK)
	}
	return o
}

// jungle is a random market with monkeys.
type jungle struct {
	r       *rand.Rand
	calm    bool // no price moves by more than the collar's 2 % at once
	split   bool // each event is an instant of its own
	cash    decimal.Decimal
	history *backtest.History
	options sim.Options
	fees    market.FeeDiscount
	monkeys []engine.Instance
}

func newJungle(seed uint64) *jungle {
	r := rand.New(rand.NewPCG(seed, 3))
	j := &jungle{r: r, calm: r.IntN(2) == 0, split: r.IntN(2) == 0, cash: dec(pick(r, "100", "10000", "1000000")), history: &backtest.History{}}
	for k := range 2 {
		in := market.Bare(fmt.Sprintf("A%dUSDT", k), fmt.Sprintf("A%d", k), "USDT")
		in.ID, in.Step, in.Tick = market.InstrumentID(k), dec(pick(r, "0.00000001", "0.1", "1", "0.005")), dec(pick(r, "0.01", "0.05"))
		in.Fees = market.Fees{Maker: dec(pick(r, "0", "0.001")), Taker: dec(pick(r, "0", "0.001", "0.0123")), InQuote: r.IntN(2) == 0}
		in.MinNotional = dec(pick(r, "0", "5"))
		j.history.Instruments = append(j.history.Instruments, in)
		j.history.Series = append(j.history.Series, backtest.Series{Instrument: in.ID, Columns: j.series(60)})
	}
	j.history.MarkVolume()
	j.options = sim.DefaultOptions()
	j.options.Participation = dec(pick(r, "1", "0.1", "0.5"))
	j.options.SlippageBps = dec(pick(r, "0", "15"))
	j.options.SpreadBps, j.options.ImpactBps = dec(pick(r, "0", "3")), dec(pick(r, "0", "40"))
	j.options.Volatility, j.options.RandomBps = dec(pick(r, "0", "0.3")), dec(pick(r, "0", "20"))
	if j.calm && j.options.Participation.Equal(dec("1")) {
		j.options.ImpactBps = dec("0") // of many times the volume it would go beyond the collar
	}
	j.options.Latency = pick(r, 0, 0, market.Time(market.Minute)/2, market.Time(market.Minute))
	j.options.Path = sim.Path(r.IntN(3))
	if r.IntN(2) == 0 {
		j.fees = market.FeeDiscount{Asset: "A1", Discount: dec(pick(r, "0", "0.25", "1")), Balance: dec(pick(r, "0.01", "1", "1000000"))}
	}
	for k, weight := range [][]string{{"1"}, {"0.5", "0.3"}, {"0.3", "0.3", "0.4"}}[r.IntN(3)] {
		j.monkeys = append(j.monkeys, engine.Instance{
			Name: fmt.Sprintf("m%d", k), Strategy: &monkey{r: rand.New(rand.NewPCG(seed, uint64(k)))},
			Instruments: []market.InstrumentID{0, 1}, Interval: market.Minute, Weight: dec(weight),
		})
	}
	return j
}

// series is a walk in cents, with a gap now and then.
func (j *jungle) series(n int) *market.Columns {
	c := market.MakeColumns(market.Minute, n)
	c.PriceScale, c.VolumeScale = 2, 2
	price, at := 100+j.r.Int64N(20_000), 20_000*market.Day
	step := max(price/20, 1)
	if j.calm { // where a tick is small too
		price += 1000
		step = price / 500
	}
	f := func(n int64) float64 { return float64(n) / 100 }
	for range n {
		open := price
		price = max(price+j.r.Int64N(2*step+1)-step, 50)
		high, low := max(open, price)+j.r.Int64N(step+1), max(min(open, price)-j.r.Int64N(step+1), 1)
		volume := j.r.Int64N(100_000) * j.r.Int64N(2)
		c.Append(market.Bar{OpenTime: at, Open: f(open), High: f(high), Low: f(low), Close: f(price), Volume: f(volume)})
		if at += market.Time(market.Minute); j.r.IntN(15) == 0 {
			at += market.Time(market.Minute) * market.Time(j.r.IntN(5))
		}
	}
	return c
}

// auditor stands between the venue and the engine. It keeps books of its own from the
// fills, and looks at the engine's after each instant.
type auditor struct {
	t       *testing.T
	j       *jungle
	feed    *sim.Feed
	venue   *sim.Venue
	engine  *engine.Engine
	queue   []market.Event // of an instant that is handed out event by event
	cash    map[string]decimal.Decimal
	base    map[string][]decimal.Decimal
	left    decimal.Decimal // of the asset that pays fees
	charged decimal.Decimal // to strategies for it, in quote
	fills   int
	instant int
	known   map[*market.Fill]market.Time // when each fill was
}

func audit(t *testing.T, seed uint64) *auditor {
	j := newJungle(seed)
	cfg := engine.Config{Audit: true, Cash: j.cash, TargetBand: engine.DefaultTargetBand(), Instances: j.monkeys, Instruments: j.history.Instruments, Discount: j.fees}
	e, err := engine.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	source, execution, err := backtest.NewFeed(j.history, e.Subscriptions())
	if err != nil {
		t.Fatal(err)
	}
	v := backtest.NewVenue(&cfg, j.history, execution, j.options)
	a := &auditor{t: t, j: j, feed: sim.NewFeed(v, forgetting(source, seed)), venue: v, engine: e, cash: map[string]decimal.Decimal{}, base: map[string][]decimal.Decimal{}, known: map[*market.Fill]market.Time{}, left: j.fees.Balance}
	for _, m := range j.monkeys {
		a.cash[m.Name], a.base[m.Name] = m.Weight.Mul(j.cash), make([]decimal.Decimal, 2)
	}
	router := engine.Router(v)
	if j.split {
		router = struct{ engine.Router }{v} // no balances: the venue is ahead of the events
	}
	e.Connect(a, router, execution)
	if err := e.Run(context.Background()); err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
	a.balance()
	a.identity()
	return a
}

// Next checks the instant before, and hands out the next one.
func (a *auditor) Next(ctx context.Context, limit market.Time) ([]market.Event, error) {
	a.balance()
	if a.instant++; a.instant%17 == 0 {
		a.engine.Result() // looking changes nothing
	}
	if len(a.queue) == 0 {
		events, err := a.feed.Next(ctx, limit)
		if err != nil || len(events) == 0 {
			if err == nil {
				a.t.Errorf("the feed had no event and no end before %s", limit)
			}
			return nil, err
		}
		events[0].More = 0 // copies move nothing
		a.queue = append(a.queue, events...)
	}
	n := len(a.queue)
	if a.j.split {
		n = 1
	}
	events := a.queue[:n:n]
	a.queue = a.queue[n:]
	for i := range events {
		if u := events[i].Update; u != nil && u.Fill != nil {
			a.book(u)
			a.known[u.Fill] = events[i].Time
		}
	}
	return events, nil
}

// book recomputes what a fill moves (M1).
func (a *auditor) book(u *market.OrderUpdate) {
	f, name := u.Fill, u.ID.Strategy
	in, k := &a.j.history.Instruments[0], 0
	if u.Symbol != in.Symbol {
		in, k = &a.j.history.Instruments[1], 1
	}
	rate := in.Fees.Taker
	if f.Maker {
		rate = in.Fees.Maker
	}
	cost := f.Price.Mul(f.Quantity)
	buys := a.engineOrder(u.ID).Side == market.Buy
	amount, asset := cost, "USDT"
	if buys && !in.Fees.InQuote {
		amount, asset = f.Quantity, in.Base
	}
	value := decimal.Zero
	switch price := a.engine.LastPrice(1); {
	case a.j.fees.Asset == "" || rate.IsZero():
	case buys && in.Base == a.j.fees.Asset:
		amount, asset, rate = f.Quantity, in.Base, rate.Mul(dec("1").Sub(a.j.fees.Discount))
	case price.IsPositive() && a.left.IsPositive():
		owed, rest := cost.Mul(rate).Mul(dec("1").Sub(a.j.fees.Discount)).QuoRem(price, 8)
		if !rest.IsZero() {
			owed = owed.Add(dec("0.00000001"))
		}
		// Fills come by time, but pay in the order in which they were matched: where the
		// asset may run out between, the venue says which it pays.
		if scarce := a.j.fees.Balance.LessThan(dec("1000")); !scarce || f.FeeAsset == a.j.fees.Asset {
			amount, asset, rate, value = owed, a.j.fees.Asset, dec("1"), owed.Mul(price)
			a.left, a.charged = a.left.Sub(owed), a.charged.Add(value)
		}
	}
	if fee := amount.Mul(rate).RoundUp(8); !fee.Equal(f.Fee) || asset != f.FeeAsset {
		a.t.Errorf("fee %s %s of fill %+v, want %s %s", f.Fee, f.FeeAsset, f, fee, asset)
	}
	quantity := f.Quantity
	if !buys {
		quantity, cost = quantity.Neg(), cost.Neg()
	}
	a.cash[name], a.base[name][k] = a.cash[name].Sub(cost), a.base[name][k].Add(quantity)
	switch {
	case asset == "USDT":
		a.cash[name] = a.cash[name].Sub(f.Fee)
	case asset != in.Base || !buys:
		a.cash[name] = a.cash[name].Sub(value)
	default:
		a.base[name][k] = a.base[name][k].Sub(f.Fee)
	}
	a.fills++
}

func (a *auditor) engineOrder(id market.OrderID) *engine.Order {
	for _, o := range a.engine.Working(id.Strategy) {
		if o.ID == id {
			return o
		}
	}
	a.t.Fatalf("a fill of order %s, which is not working", id)
	return nil
}

// balance holds the engine's ledgers against the auditor's books and the venue. The
// venue is an instant ahead while one is handed out event by event.
func (a *auditor) balance() {
	a.equal("asset that pays fees", a.engine.FeeBalance(), a.left)
	total, base := a.engine.Unallocated(), [2]decimal.Decimal{1: a.left}
	for _, s := range a.engine.Accounts() {
		a.equal(s.Strategy+" cash", s.Cash, a.cash[s.Strategy])
		total = total.Add(s.Cash)
		a.reservations(&s)
		for k := range s.Holdings {
			h := &s.Holdings[k]
			a.equal(s.Strategy+" base", h.Held.Add(h.Dust), a.base[s.Strategy][k])
			base[k] = base[k].Add(h.Held).Add(h.Dust)
			a.holding(s.Strategy, h)
		}
	}
	if len(a.queue) > 0 {
		return
	}
	a.equal("USDT at the venue", a.venue.Balance("USDT"), total)
	for k := range base {
		a.equal("base at the venue", a.venue.Balance(a.j.history.Instruments[k].Base), base[k])
	}
	if total.IsNegative() {
		a.t.Errorf("instant %d: the account has %s USDT", a.instant, total)
	}
	if f := market.Float(a.engine.Equity()); math.Abs(f-a.engine.FloatEquity()) > 1e-12*f {
		a.t.Errorf("instant %d: equity %v for the curve, exactly %s", a.instant, a.engine.FloatEquity(), a.engine.Equity())
	}
}

func (a *auditor) equal(what string, got, want decimal.Decimal) {
	if !got.Equal(want) {
		a.t.Errorf("instant %d: %s is %s, the fills make it %s", a.instant, what, got, want)
	}
}

// reservations checks that what working orders hold back is theirs, and all of it.
// Free cash may fall below 0 by a gap beyond the collar only (D2), and by the fees of
// parts, each of which is rounded up where the reservation was once (M1).
func (a *auditor) reservations(s *engine.Account) {
	buys, sells := false, make([]decimal.Decimal, len(s.Holdings))
	tied := make([]bool, len(s.Holdings)) // sells that share what they lock: see engine/linked_test.go
	for _, o := range a.engine.Working(s.Strategy) {
		if o.Side == market.Buy {
			buys = true
		} else {
			sells[o.Instrument] = sells[o.Instrument].Add(o.Quantity.Sub(o.Filled))
			tied[o.Instrument] = tied[o.Instrument] || o.Profile != market.Unlinked || o.Replaces.Sequence > 0
		}
	}
	if s.Reserved.IsNegative() || !buys && !s.Reserved.IsZero() {
		a.t.Errorf("instant %d: %s reserves %s, with buys working: %v", a.instant, s.Strategy, s.Reserved, buys)
	}
	if a.j.calm && s.Cash.Add(dec("0.00001")).LessThan(s.Reserved) {
		a.t.Errorf("instant %d: %s has %s and reserves %s", a.instant, s.Strategy, s.Cash, s.Reserved)
	}
	for k := range sells {
		if h := &s.Holdings[k]; !tied[k] {
			a.equal(s.Strategy+" locked", h.Locked, sells[k])
		} else if h.Locked.IsNegative() {
			a.t.Errorf("instant %d: %s locks %s", a.instant, s.Strategy, h.Locked)
		}
		if s.Holdings[k].Locked.GreaterThan(s.Holdings[k].Held) {
			a.t.Errorf("instant %d: %s locks %s of %s", a.instant, s.Strategy, s.Holdings[k].Locked, s.Holdings[k].Held)
		}
	}
}

func (a *auditor) holding(name string, h *engine.AccountHolding) {
	if h.Held.IsNegative() || h.Dust.IsNegative() || h.Cost.IsNegative() || h.DustCost.IsNegative() {
		a.t.Errorf("instant %d: %s holds %+v: an amount is negative", a.instant, name, h)
	}
	if h.Trade == nil && (!h.Held.IsZero() || !h.Cost.IsZero()) || h.Dust.IsZero() && !h.DustCost.IsZero() {
		a.t.Errorf("instant %d: %s holds %+v: a cost or a position without its other half", a.instant, name, h)
	}
}

// identity checks what a run comes to, to the last digit:
//
//	final = cash at the start + what fees in a third asset were charged + what is left of it
//	      + Σ pnl of closed trades
//	      + Σ over open trades (held × last close + received − paid − cost of joined dust)
//	      + Σ over dust (dust × last close − its cost)
//
// where received and paid include the fees in quote, and pnl counts the cost that
// moved to dust as received and the cost of dust that joined as paid (M4).
func (a *auditor) identity() {
	r := a.engine.Result()
	total := a.j.cash.Add(a.charged).Add(a.left.Mul(a.engine.LastPrice(1)))
	if worth := r.Start.Sub(a.j.cash); worth.IsNegative() || worth.IsPositive() != (a.j.fees.Asset != "") {
		a.t.Errorf("the start equity %s is not %s and the value of %s %s", r.Start, a.j.cash, a.j.fees.Balance, a.j.fees.Asset)
	}
	for _, t := range r.Trades {
		total = total.Add(t.Profit(&r.Instruments[t.Instrument]))
	}
	dust := decimal.Zero
	for _, s := range a.engine.Accounts() {
		for k := range s.Holdings {
			h, last := &s.Holdings[k], a.engine.LastPrice(market.InstrumentID(k))
			dust = dust.Add(h.Dust.Mul(last)).Sub(h.DustCost)
			total = total.Add(h.Held.Mul(last))
			if h.Trade != nil {
				total = total.Add(h.Trade.Profit(&r.Instruments[k]))
			}
		}
	}
	a.equal("final equity", r.Final, total.Add(dust))
	a.equal("what the dust gained", r.DustGain, dust)
	a.equal("what the asset that pays fees gained", r.FeeGain, a.charged.Add(a.left.Mul(a.engine.LastPrice(1))).Sub(r.Start.Sub(a.j.cash)))
	addsUp(a.t, r)
}

// addsUp checks that what a result tells apart makes the profit, to the last digit.
func addsUp(t *testing.T, r *engine.Result) (realised int) {
	t.Helper()
	sum := r.DustGain.Add(r.FeeGain)
	for _, closed := range r.Trades {
		sum = sum.Add(closed.Profit(&r.Instruments[closed.Instrument]))
	}
	for i := range r.Open {
		sum = sum.Add(r.Open[i].Realised).Add(r.Open[i].Unrealised())
		if !r.Open[i].Realised.IsZero() {
			realised++
		}
	}
	if want := r.Final.Sub(r.Start).Sub(r.Moved); !sum.Equal(want) {
		t.Errorf("the parts of the profit sum to %s, it is %s", sum, want)
	}
	return realised
}

// TestBooksBalance lets monkeys trade, in instants and event by event.
func TestBooksBalance(t *testing.T) {
	fills := 0
	for seed := range seeds(300) {
		fills += audit(t, seed).fills
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if fills < 10 && !t.Failed() {
		t.Errorf("%d fills: the monkeys hardly traded", fills)
	}
	t.Logf("%d fills", fills)
}
