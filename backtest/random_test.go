package backtest_test

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// This file lets gamblers trade at random on random markets, while money comes, goes and
// changes hands at random, with the audit on: whatever happens, the books balance to the
// last digit after every event (semantics M3 to M5).
//
//	SIGNALMAN_EVENTS=1000000   how many events there are, at least
//	SIGNALMAN_SEED=17          one case alone: the one that failed

// kinds are the orders that gamblers try: a new one is a function here. Each gets an
// order with an instrument, a side and a quantity, and what the price is.
var kinds = map[string]func(g *gambler, o *market.Order, price float64){
	"market": func(g *gambler, o *market.Order, _ float64) { o.Type = market.Market },
	"market for an amount": func(g *gambler, o *market.Order, price float64) {
		if o.Type = market.Market; o.Side == market.Buy {
			o.Quote, o.Quantity = g.amount(market.Float(o.Quantity)*price), decimal.Zero
		}
	},
	"limit": func(g *gambler, o *market.Order, price float64) { o.Type, o.Price = market.Limit, g.near(price) },
	"post-only": func(g *gambler, o *market.Order, price float64) {
		o.Type, o.Price, o.PostOnly = market.Limit, g.near(price), true
	},
	"stop": func(g *gambler, o *market.Order, price float64) { o.Type, o.Stop = market.Stop, g.near(price) },
	"stop-limit": func(g *gambler, o *market.Order, price float64) {
		o.Type, o.Stop, o.Price = market.StopLimit, g.near(price), g.near(price)
	},
	"take-profit": func(g *gambler, o *market.Order, price float64) { o.Type, o.Stop = market.TakeProfit, g.near(price) },
	"take-profit-limit": func(g *gambler, o *market.Order, price float64) {
		o.Type, o.Stop, o.Price = market.TakeProfitLimit, g.near(price), g.near(price)
	},
	"trailing-stop": func(g *gambler, o *market.Order, price float64) {
		o.Type = market.TrailingStop
		if o.Trail.By = market.Price(price*0.02*g.r.Float64(), 2); g.r.IntN(2) == 0 {
			o.Trail = market.Trail{By: decimal.New(g.r.Int64N(30)+1, -1), Unit: market.TrailPercent}
		}
		if g.r.IntN(2) == 0 {
			o.Trail.Activate = g.near(price)
		}
	},
	"ioc": func(g *gambler, o *market.Order, price float64) {
		o.Type, o.Price, o.TIF = market.Limit, g.near(price), market.IOC
	},
	"fok": func(g *gambler, o *market.Order, price float64) {
		o.Type, o.Price, o.TIF = market.Limit, g.near(price), market.FOK
	},
	"gtd": func(g *gambler, o *market.Order, price float64) {
		o.Type, o.Price, o.TIF, o.Expire = market.Limit, g.near(price), market.GTD, g.now+market.Time(g.r.IntN(20))*market.Time(market.Minute)/2
	},
	"reduce-only": func(g *gambler, o *market.Order, price float64) {
		o.Type, o.Side, o.ReduceOnly = market.Market, market.Sell, true
	},
}

// gambler is a strategy that does anything it can.
type gambler struct {
	r     *rand.Rand
	names []string // of kinds
	tried map[string]int
	now   market.Time
}

// Init subscribes to every bar, and to the orders.
func (g *gambler) Init(s *strategy.Setup) error {
	for name := range kinds {
		g.names = append(g.names, name)
	}
	slices.Sort(g.names)
	s.Bars(strategy.BarQuery{}, g.bar)
	s.Orders(func(c *strategy.Context, u market.OrderUpdate) {
		if g.r.IntN(30) == 0 { // an answer in a further instant
			g.order(c, market.InstrumentID(g.r.IntN(2)))
		}
	})
	return nil
}

// bar ignores the errors of what cannot be: that is part of the game.
func (g *gambler) bar(c *strategy.Context, s *strategy.Series) {
	i := s.Instrument()
	open := c.OpenOrders(i)
	switch n := g.r.IntN(15); {
	case n < 6:
		g.order(c, i)
	case n < 8 && len(open) > 0:
		_ = c.Cancel(open[g.r.IntN(len(open))].ID)
	case n < 10 && len(open) > 0:
		o := open[g.r.IntN(len(open))]
		for _, other := range open { // mostly one that may be amended
			if other.Type == market.Limit && other.Profile == market.Unlinked && g.r.IntN(2) == 0 {
				o = other
			}
		}
		_ = c.Amend(o.ID, o.Quantity.Mul(g.share()), o.Price.Mul(decimal.New(97+g.r.Int64N(6), -2)))
	case n < 12:
		g.linked(c, i)
	case n == 12 && len(open) > 0:
		g.replace(c, open[g.r.IntN(len(open))])
	case n == 13:
		_ = c.Target(i, float64(g.r.IntN(6))/5)
	}
}

// order submits an order of any kind, at times of more than there is.
func (g *gambler) order(c *strategy.Context, i market.InstrumentID) {
	price := c.Price(i)
	if price == 0 {
		return
	}
	o := market.Order{Instrument: i, Side: market.Buy, Quantity: g.amount(market.Float(c.Cash()) / price)}
	if g.r.IntN(2) == 0 {
		o.Side, o.Quantity = market.Sell, g.amount(market.Float(c.Position(i)))
	}
	g.now = c.Now()
	kind := g.names[g.r.IntN(len(g.names))]
	kinds[kind](g, &o, price)
	if _, err := c.Submit(o); err == nil {
		g.tried[kind]++
	}
}

// linked submits an entry with one or two exits, or two exits of what is held, kept by
// the venue or by the engine.
func (g *gambler) linked(c *strategy.Context, i market.InstrumentID) {
	price := c.Price(i)
	l := market.Linked{Profile: []market.Profile{market.ByVenue, market.ByEngine}[g.r.IntN(2)]}
	stop := market.Order{Instrument: i, Side: market.Sell, Type: market.Stop, Stop: market.Price(price*(0.97+0.029*g.r.Float64()), 2)}
	goal := market.Order{Instrument: i, Side: market.Sell, Type: market.Limit, Price: market.Price(price*(1.001+0.03*g.r.Float64()), 2)}
	name := "exits"
	if l.Exits = []market.Order{stop, goal}; g.r.IntN(3) > 0 {
		name = "entry with exits"
		l.Entry = market.Order{Instrument: i, Side: market.Buy, Type: market.Market, Quantity: g.amount(market.Float(c.Cash()) / price)}
		if g.r.IntN(2) == 0 {
			l.Entry.Type, l.Entry.Price = market.Limit, g.near(price)
		}
		l.Exits = l.Exits[g.r.IntN(2):]
	} else {
		quantity := g.amount(market.Float(c.Position(i)))
		l.Exits[0].Quantity, l.Exits[1].Quantity = quantity, quantity
	}
	if _, err := c.SubmitLinked(l); err == nil {
		g.tried[name]++
	}
}

// replace asks for another order in the place of a working one.
func (g *gambler) replace(c *strategy.Context, old market.Order) {
	o := market.Order{Instrument: old.Instrument, Side: old.Side, Quantity: old.Quantity.Mul(g.share()), Type: market.Limit, Price: g.near(c.Price(old.Instrument))}
	if _, err := c.Replace(old.ID, o); err == nil {
		g.tried["replace"]++
	}
}

// share is a part of a whole, now and then more than all of it.
func (g *gambler) share() decimal.Decimal { return decimal.New(g.r.Int64N(105)+1, -2) }

// amount is a share of an amount, with up to 8 decimals, so that many are under a step.
func (g *gambler) amount(of float64) decimal.Decimal {
	return market.Price(max(of, 0), 8).Mul(g.share()).Truncate(int32(g.r.IntN(9)))
}

func (g *gambler) near(price float64) decimal.Decimal {
	return market.Price(price*(0.97+0.06*g.r.Float64()), int32(g.r.IntN(5)))
}

// casino is a random market with gamblers.
type casino struct {
	history *backtest.History
	config  engine.Config
	options sim.Options
	tried   map[string]int
	seen    map[string]int // what happened, by name
	filled  map[string]int // orders with fills, by type and time in force
}

func newCasino(seed uint64, bars int) *casino {
	r := rand.New(rand.NewPCG(seed, 5))
	k := &casino{history: &backtest.History{}, tried: map[string]int{}, seen: map[string]int{}, filled: map[string]int{}, options: sim.DefaultOptions()}
	one := func(from ...string) decimal.Decimal { return decimal.RequireFromString(from[r.IntN(len(from))]) }
	for n := range 2 {
		in := market.Bare(fmt.Sprintf("A%dUSDT", n), fmt.Sprintf("A%d", n), "USDT")
		in.ID, in.Step, in.Tick = market.InstrumentID(n), one("0.00000001", "0.001", "0.05", "1"), one("0.01", "0.05", "0.00000001")
		in.Fees = market.Fees{Maker: one("0", "0.001", "0.00075"), Taker: one("0", "0.001", "0.0123"), InQuote: r.IntN(2) == 0}
		in.MinNotional, in.MinQuantity = one("0", "5"), one("0", "0.02")
		k.history.Instruments = append(k.history.Instruments, in)
		k.history.Series = append(k.history.Series, backtest.Series{Instrument: in.ID, Columns: gamble(r, bars)})
	}
	k.history.MarkVolume()
	k.options.Participation, k.options.SlippageBps, k.options.Touch = one("1", "0.1", "0.01"), one("0", "15"), r.IntN(2) == 0
	k.options.Latency = []market.Time{0, 0, market.Time(market.Minute) / 2, market.Time(market.Minute)}[r.IntN(4)]
	k.options.Path = sim.Path(r.IntN(3))
	k.config = engine.Config{Audit: true, EachBar: true, Journal: k, Seed: seed, Cash: one("100", "10000", "1234567.89"), TargetBand: engine.DefaultTargetBand()}
	for n, weight := range [][]string{{"1"}, {"0.5", "0.3"}, {"0.3", "0.3", "0.4"}}[r.IntN(3)] {
		k.config.Instances = append(k.config.Instances, engine.Instance{
			Name: string(rune('a' + n)), Strategy: &gambler{r: rand.New(rand.NewPCG(seed, uint64(10+n))), tried: k.tried},
			Instruments: []market.InstrumentID{0, 1}, Interval: market.Minute, Weight: decimal.RequireFromString(weight),
		})
	}
	k.flows(r, bars)
	return k
}

// gamble is a walk in cents with gaps in price and time.
func gamble(r *rand.Rand, n int) *market.Columns {
	c := market.MakeColumns(market.Minute, n)
	c.PriceScale, c.VolumeScale = 2, 3
	price, at := 50+r.Int64N(30_000), 20_000*market.Day
	step := max(price/int64(10+r.IntN(200)), 1)
	f := func(n int64) float64 { return float64(n) / 100 }
	for range n {
		if r.IntN(40) == 0 {
			price = max(price*(80+r.Int64N(41))/100, 20)
		}
		open := price
		price = max(price+r.Int64N(2*step+1)-step, 20)
		high, low := max(open, price)+r.Int64N(step+1), max(min(open, price)-r.Int64N(step+1), 1)
		c.Append(market.Bar{OpenTime: at, Open: f(open), High: f(high), Low: f(low), Close: f(price), Volume: float64(r.Int64N(10_000_000)*r.Int64N(2)) / 1000})
		if at += market.Time(market.Minute); r.IntN(25) == 0 {
			at += market.Time(market.Minute) * market.Time(r.IntN(4))
		}
	}
	return c
}

// flows draws what operators do, one in every few bars: most of it is small.
func (k *casino) flows(r *rand.Rand, bars int) {
	parties := []string{""}
	for _, in := range k.config.Instances {
		parties = append(parties, in.Name)
	}
	for range bars / 5 {
		e := market.Event{Time: 20_000*market.Day + market.Time(r.IntN(bars))*market.Time(market.Minute), Kind: market.KindCommand, Instrument: market.NoInstrument}
		amount := k.config.Cash.Mul(decimal.New(r.Int64N(1_000_000), -6)).Mul(decimal.New(1, -int32(r.IntN(4)))).Truncate(8)
		switch r.IntN(9) {
		case 0, 1, 2, 3:
			e.Command = market.Transfer
			e.Flow = &market.Flow{Asset: "USDT", Amount: amount, From: parties[r.IntN(len(parties))], To: parties[r.IntN(len(parties))]}
		case 4:
			e.Command = []market.Command{market.Kill, market.Resume, market.Resume, market.Resume}[r.IntN(4)]
		case 5, 6:
			amount = amount.Neg()
			fallthrough
		default:
			e.Kind, e.Flow = market.KindAccount, &market.Flow{Asset: "USDT", Amount: amount}
		}
		if e.Kind == market.KindAccount && amount.IsZero() {
			continue
		}
		k.history.Events = append(k.history.Events, e)
	}
	k.history.Sort()
}

// Append counts.
func (k *casino) Append(r market.Record) error {
	if r.Kind == market.RecordEvent {
		k.seen["event"]++
		k.seen[r.Event.Kind.String()]++
		if u := r.Event.Update; u != nil && u.Fill != nil {
			k.seen["fill"]++
		}
	}
	if r.Kind == market.RecordDecision {
		k.seen[r.Decision.Action.String()]++
	}
	return nil
}

// Commit does nothing.
func (k *casino) Commit() error { return nil }

// play runs the case of a seed to its end.
func play(t *testing.T, seed uint64, bars int) *casino {
	t.Helper()
	k := newCasino(seed, bars)
	out, err := backtest.Run(context.Background(), k.config, k.history, backtest.Options{Sim: k.options})
	if err != nil {
		t.Fatalf("%v\nthis case alone: SIGNALMAN_SEED=%d go test ./backtest -run TestRandomEvents", err, seed)
	}
	curve := out.Curve.Daily
	if final, last := market.Float(out.Final), curve[len(curve)-1].Equity; math.Abs(final-last) > 1e-9*(market.Float(out.Start)+final) {
		t.Errorf("seed %d: the curve ends with %v, the books with %s", seed, last, out.Final)
	}
	compareWithInstants(t, seed, out.Result)
	parts := out.DustGain.Add(out.FeeGain)
	for _, trade := range out.Trades {
		parts = parts.Add(trade.Profit(&out.Instruments[trade.Instrument]))
	}
	for i := range out.Open {
		parts = parts.Add(out.Open[i].Realised).Add(out.Open[i].Unrealised())
	}
	if !parts.Equal(out.Profit()) {
		t.Errorf("seed %d: trades, open positions and dust sum to a profit of %s, the books to %s", seed, parts, out.Profit())
	}
	k.seen["flow"], k.seen["notice"] = len(out.Flows), len(out.Notices)
	for _, o := range out.Orders {
		if len(o.Fills) > 0 {
			k.filled[o.Type.String()+" "+o.TIF.String()]++
		}
	}
	return k
}

// compareWithInstants holds return and drawdown against the equity of each instant and
// what moved in it: the growth between flows, multiplied (semantics M7, M8).
func compareWithInstants(t *testing.T, seed uint64, r *engine.Result) {
	t.Helper()
	p, err := backtest.NewReport(backtest.Identity{}, r, 0, backtest.EquityNone)
	if err != nil {
		t.Fatal(err)
	}
	worth, peak, worst, next := 1.0, 1.0, 0.0, 0
	for i, s := range r.Curve.Instants {
		before := r.Curve.Instants[max(i-1, 0)].Equity
		for ; next < len(r.Flows) && r.Flows[next].Time <= s.Time; next++ {
			if f := r.Flows[next]; f.From == "" && f.To == "" && i > 0 {
				before += market.Float(f.Amount)
			}
		}
		if i > 0 && before > 1e-9 {
			worth *= s.Equity / before
		}
		peak = max(peak, worth)
		worst = min(worst, worth/peak-1)
	}
	if total := *p.Metrics.TotalReturn; math.Abs(total-worth+1) > 1e-6 || math.Abs(*p.Metrics.MaxDrawdown-worst) > 1e-6 {
		t.Errorf("seed %d: return %v and drawdown %v, by the instants %v and %v", seed, total, *p.Metrics.MaxDrawdown, worth-1, worst)
	}
}

// TestRandomEvents plays case after case until there were enough events.
func TestRandomEvents(t *testing.T) {
	const bars = 300
	if seed, err := strconv.ParseUint(os.Getenv("SIGNALMAN_SEED"), 10, 64); err == nil {
		t.Log(play(t, seed, bars).seen)
		return
	}
	want := 20_000
	if n, err := strconv.Atoi(os.Getenv("SIGNALMAN_EVENTS")); err == nil {
		want = n
	}
	start, cases, seen, tried, filled := time.Now(), uint64(0), map[string]int{}, map[string]int{}, map[string]int{}
	for ; seen["event"] < want; cases++ {
		k := play(t, cases, bars)
		addTo(seen, k.seen)
		addTo(tried, k.tried)
		addTo(filled, k.filled)
	}
	t.Logf("%d cases in %s: %v; orders tried: %v, with fills: %v", cases, time.Since(start).Round(time.Millisecond), seen, tried, filled)
	for _, name := range []string{"bar", "update", "command", "account", "fill", "flow", "notice", "submit", "cancel", "amend"} {
		if seen[name] < want/400 {
			t.Errorf("only %d of %s among %d events: the gamblers hardly played", seen[name], name, seen["event"])
		}
	}
	for _, name := range append(slices.Collect(maps.Keys(kinds)), "exits", "entry with exits", "replace") {
		if tried[name] < want/400 {
			t.Errorf("only %d orders of the kind %s", tried[name], name)
		}
	}
	for _, typ := range market.Types() {
		if n := filled[typ.String()+" gtc"]; n < want/10000 {
			t.Errorf("only %d orders of the type %s had fills", n, typ)
		}
	}
}

func addTo(total, part map[string]int) {
	for name, n := range part {
		total[name] += n
	}
}
