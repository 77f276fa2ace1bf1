package engine_test

import (
	"context"
	"fmt"
	"io"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// This file lets a market that makes everything up fill, fund and liquidate strategies on
// a perpetual, and holds their ledgers against a naive account in rational numbers, to
// the last digit after every instant (semantics M3, M4, M6).

// perpetual is BTCUSDT with a leverage.
func perpetual(leverage string) market.Instrument {
	in := market.Bare("BTCUSDT", "BTC", "USDT")
	in.Step, in.Fees = dec("0.001"), market.Fees{Taker: dec("0.0005"), Maker: dec("0.0002"), InQuote: true}
	in.Margin = &market.Margin{Leverage: dec(leverage)}
	return in
}

// oracle is one strategy's account, as a clerk would keep it.
type oracle struct {
	wallet *big.Rat // start + realised - fees + funding
	held   *big.Rat // signed
	cost   *big.Rat // signed
	flow   *big.Rat // of the open trade
	trades []string
}

func newOracle(cash string) *oracle {
	return &oracle{wallet: ratio(cash), held: ratio("0"), cost: ratio("0"), flow: ratio("0")}
}

func ratio(s string) *big.Rat {
	x, ok := new(big.Rat).SetString(s)
	if !ok {
		panic(s)
	}
	return x
}

func mul(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }
func add(a, b *big.Rat) *big.Rat { return new(big.Rat).Add(a, b) }
func sub(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }

// halfEven rounds to so many decimals.
func halfEven(x *big.Rat, places int64) *big.Rat {
	unit := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(places), nil))
	scaled := mul(x, unit)
	floor := new(big.Int).Div(scaled.Num(), scaled.Denom()) // towards minus infinity
	rest := sub(scaled, new(big.Rat).SetInt(floor))
	if c := rest.Cmp(ratio("1/2")); c > 0 || c == 0 && floor.Bit(0) == 1 {
		floor.Add(floor, big.NewInt(1))
	}
	return new(big.Rat).Quo(new(big.Rat).SetInt(floor), unit)
}

// fill books a signed quantity: first what closes, then what opens.
func (o *oracle) fill(quantity, price, fee *big.Rat) {
	if o.held.Sign()*quantity.Sign() < 0 {
		closes := quantity
		if new(big.Rat).Abs(quantity).Cmp(new(big.Rat).Abs(o.held)) > 0 {
			closes = new(big.Rat).Neg(o.held)
		}
		part := fee
		if closes.Cmp(quantity) != 0 {
			part = halfEven(mul(fee, new(big.Rat).Quo(closes, quantity)), 8)
		}
		o.close(closes, price, part)
		quantity, fee = sub(quantity, closes), sub(fee, part)
	}
	if quantity.Sign() != 0 {
		o.held, o.cost = add(o.held, quantity), add(o.cost, mul(quantity, price))
		o.wallet = sub(o.wallet, fee)
		o.flow = sub(sub(o.flow, mul(quantity, price)), fee)
	}
}

func (o *oracle) close(quantity, price, fee *big.Rat) {
	share := new(big.Rat).Quo(new(big.Rat).Neg(quantity), o.held)
	released := mul(o.cost, share)
	if share.Cmp(ratio("1")) != 0 {
		released = halfEven(released, 12)
	}
	o.wallet = sub(sub(sub(o.wallet, mul(quantity, price)), released), fee)
	o.held, o.cost = add(o.held, quantity), sub(o.cost, released)
	if o.flow = sub(sub(o.flow, mul(quantity, price)), fee); o.held.Sign() == 0 {
		o.trades, o.flow = append(o.trades, exactly(o.flow)), ratio("0")
	}
}

func (o *oracle) fund(mark, rate *big.Rat) {
	paid := mul(mul(o.held, mark), rate)
	o.wallet, o.flow = sub(o.wallet, paid), sub(o.flow, paid)
}

func exactly(x *big.Rat) string {
	n, exact := x.FloatPrec()
	if !exact {
		return x.String()
	}
	return dec(x.FloatString(n)).String()
}

// bazaar is the market and the venue: it fills what it is sent at any price.
type bazaar struct {
	t       *testing.T
	r       *rand.Rand
	engine  *engine.Engine
	oracles map[string]*oracle
	columns *market.Columns
	row     int
	sent    []market.Order
	splits  int
}

func (z *bazaar) Submit(_ market.Time, o market.Order)   { z.sent = append(z.sent, o) }
func (z *bazaar) Cancel(_ market.Time, _ market.OrderID) {}
func (z *bazaar) Amend(_ market.Time, _ market.Order)    {}
func (z *bazaar) cents(low, high int64) decimal.Decimal {
	return decimal.New(low+z.r.Int64N(high-low), -2)
}
func rational(d decimal.Decimal) *big.Rat { return d.Rat() }
func update(u market.OrderUpdate, t market.Time) market.Event {
	return market.Event{Time: t, Kind: market.KindUpdate, Update: &u}
}

// Next checks the instant before, and makes up the next one.
func (z *bazaar) Next(_ context.Context, _ market.Time) ([]market.Event, error) {
	z.check()
	if z.row == z.columns.Len() {
		return nil, io.EOF
	}
	now := z.columns.Time(z.row)
	var events []market.Event
	for _, o := range z.sent {
		events = z.execute(events, o, now)
	}
	z.sent = z.sent[:0]
	if z.r.IntN(3) == 0 {
		f := market.Funding{Time: now, Rate: decimal.New(z.r.Int64N(2001)-1000, -6), Mark: z.cents(5000, 15000)}
		for _, o := range z.oracles {
			o.fund(rational(f.Mark), rational(f.Rate))
		}
		events = append(events, market.Event{Time: now, Kind: market.KindFunding, Funding: &f})
	}
	if z.r.IntN(12) == 0 {
		events = z.liquidate(events, now)
	}
	events = append(events, market.Event{Time: now, Kind: market.KindBar, Interval: market.Minute, Bars: z.columns, Row: int32(z.row)})
	z.row++
	return events, nil
}

// execute fills an order in one to three parts.
func (z *bazaar) execute(events []market.Event, o market.Order, now market.Time) []market.Event {
	filled := decimal.Zero
	for n := 1 + z.r.IntN(3); ; n-- {
		u := market.OrderUpdate{ID: o.ID, Symbol: "BTCUSDT", State: market.Partial, Time: now}
		rest := o.Quantity.Sub(filled)
		take := market.Floor(rest.Mul(decimal.New(z.r.Int64N(100), -2)), dec("0.001"))
		if n <= 1 || take.IsZero() {
			take, u.State = rest, market.Filled
		}
		price := z.cents(5000, 15000)
		f := market.Fill{Time: now, Price: price, Quantity: take, Fee: market.Fee(price.Mul(take), dec("0.0005"), 8), FeeAsset: "USDT"}
		filled = filled.Add(take)
		u.Fill, u.Filled = &f, filled
		events = append(events, update(u, now))
		a, quantity := z.oracles[o.ID.Strategy], take
		if o.Side == market.Sell {
			quantity = take.Neg()
		}
		if before := a.held; before.Sign()*add(before, rational(quantity)).Sign() < 0 {
			z.splits++
		}
		a.fill(rational(quantity), rational(price), rational(f.Fee))
		if u.State == market.Filled {
			return events
		}
	}
}

// liquidate closes the account's net position, and so all strategies' positions.
func (z *bazaar) liquidate(events []market.Event, now market.Time) []market.Event {
	net, gross := ratio("0"), ratio("0")
	for _, o := range z.oracles {
		net, gross = add(net, o.held), add(gross, new(big.Rat).Abs(o.held))
	}
	if net.Sign() == 0 {
		return events
	}
	f := market.Fill{Time: now, Price: z.cents(5000, 15000), Quantity: dec(exactly(new(big.Rat).Abs(net))), Fee: z.cents(0, 1000), FeeAsset: "USDT"}
	fee, last := rational(f.Fee), ""
	for _, name := range []string{"a", "b"} {
		if o := z.oracles[name]; o != nil && o.held.Sign() != 0 {
			last = name
		}
	}
	for _, name := range []string{"a", "b"} {
		o := z.oracles[name]
		if o == nil || o.held.Sign() == 0 {
			continue
		}
		part := halfEven(mul(rational(f.Fee), new(big.Rat).Quo(new(big.Rat).Abs(o.held), gross)), 8)
		if name == last {
			part = fee
		}
		fee = sub(fee, part)
		o.fill(new(big.Rat).Neg(o.held), rational(f.Price), part)
	}
	return append(events, update(market.OrderUpdate{Symbol: "BTCUSDT", State: market.Filled, Fill: &f, Filled: f.Quantity, Time: now, Reason: market.Liquidation}, now))
}

// check holds the ledgers against the oracles.
func (z *bazaar) check() {
	for _, a := range z.engine.Accounts() {
		h, o := a.Holdings[0], z.oracles[a.Strategy]
		got := fmt.Sprintf("wallet %s held %s cost %s", a.Cash.Add(h.Cost), h.Held, h.Cost)
		want := fmt.Sprintf("wallet %s held %s cost %s", exactly(o.wallet), exactly(o.held), exactly(o.cost))
		if got != want && !z.t.Failed() {
			z.t.Errorf("row %d: strategy %s has %s, want %s", z.row, a.Strategy, got, want)
		}
	}
}

// gambler sends any market order that does not need more than it has.
type gambler struct{ r *rand.Rand }

func (g *gambler) Init(s *strategy.Setup) error {
	s.Bars(strategy.BarQuery{}, func(c *strategy.Context, s *strategy.Series) {
		i := s.Instrument()
		if g.r.IntN(3) == 0 {
			_ = c.Target(i, pick(g.r, -1, -0.5, 0, 0.3, 2))
			return
		}
		o := market.Order{Instrument: i, Side: pick(g.r, market.Buy, market.Sell), Type: market.Market, ReduceOnly: g.r.IntN(4) == 0}
		if o.Quantity = decimal.New(1+g.r.Int64N(3000), -3); g.r.IntN(3) == 0 {
			o.Quantity = decimal.Max(c.Position(i).Abs(), dec("0.001"))
		}
		_, _ = c.Submit(o)
	})
	return nil
}

func gamble(t *testing.T, seed uint64) *bazaar {
	r := rand.New(rand.NewPCG(seed, 9))
	z := &bazaar{t: t, r: r, oracles: map[string]*oracle{}, columns: market.MakeColumns(market.Minute, 0)}
	z.columns.PriceScale = 2
	for k := range 120 {
		p := market.Float(z.cents(9000, 11000))
		z.columns.Append(market.Bar{OpenTime: 20_000*market.Day + market.Time(k)*market.Time(market.Minute), Open: p, High: p, Low: p, Close: p})
	}
	cfg := engine.Config{Cash: dec("10000"), Audit: true, TargetBand: engine.DefaultTargetBand(), Instruments: []market.Instrument{perpetual("20")}, Feed: z, Router: z, Netting: true}
	for _, name := range []string{"a", "b"}[:1+r.IntN(2)] {
		z.oracles[name] = newOracle("5000")
		cfg.Instances = append(cfg.Instances, engine.Instance{Name: name, Strategy: &gambler{rand.New(rand.NewPCG(seed, uint64(name[0])))},
			Instruments: []market.InstrumentID{0}, Interval: market.Minute, Weight: dec("0.5")})
	}
	e, err := engine.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	z.engine = e
	e.Connect(z, z, []market.Interval{market.Minute})
	if err := e.Run(context.Background()); err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
	z.result(e.Result())
	return z
}

// result compares the trades, and checks that the final equity is the start with what
// the trades brought: final = start + Σ pnl + Σ of open trades (flows + held × last).
func (z *bazaar) result(r *engine.Result) {
	in, total := &r.Instruments[0], r.Start
	got, want := map[string][]string{}, map[string][]string{}
	for _, t := range r.Trades {
		got[t.Strategy] = append(got[t.Strategy], t.Profit(in).String())
		total = total.Add(t.Profit(in))
	}
	for _, h := range r.Open {
		total = total.Add(h.Trade.Profit(in)).Add(h.Quantity.Mul(h.Price))
	}
	for name, o := range z.oracles {
		if o.trades != nil {
			want[name] = o.trades
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		z.t.Errorf("profits of the oracle (-) and the engine (+):\n%s", d)
	}
	if !total.Equal(r.Final) {
		z.t.Errorf("final equity %s, the trades make it %s", r.Final, total)
	}
	addsUp(z.t, r)
}

// TestPerpetualBooks trades, funds and liquidates at random.
func TestPerpetualBooks(t *testing.T) {
	trades, splits := 0, 0
	for seed := range seeds(60) {
		z := gamble(t, seed)
		for _, o := range z.oracles {
			trades += len(o.trades)
		}
		if splits += z.splits; t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if trades < 1000 || splits < 100 {
		t.Errorf("%d trades and %d fills across zero: hardly a test", trades, splits)
	}
	t.Logf("%d trades, %d fills across zero", trades, splits)
}

// TestPerpetualAccounts checks what an account on perpetuals may be made of (M5).
func TestPerpetualAccounts(t *testing.T) {
	spot := market.Bare("ETHUSDT", "ETH", "USDT")
	spot.ID = 1
	inBase := perpetual("2")
	inBase.Fees.InQuote = false
	for _, c := range []struct {
		name        string
		instruments []market.Instrument
		strategies  []string
		netting     bool
		want        string
	}{
		{"one strategy", []market.Instrument{perpetual("2")}, []string{"a"}, false, ""},
		{"two with netting", []market.Instrument{perpetual("2")}, []string{"a", "b"}, true, ""},
		{"two without", []market.Instrument{perpetual("2")}, []string{"a", "b"}, false, "strategies a and b both trade the perpetual BTCUSDT, and the venue nets their positions: set netting = true in the account, or give them different symbols"},
		{"spot beside it", []market.Instrument{perpetual("2"), spot}, []string{"a"}, false, "BTCUSDT and ETHUSDT are a spot pair and a perpetual: one account trades one kind"},
		{"no leverage", []market.Instrument{perpetual("0.5")}, []string{"a"}, false, "instrument BTCUSDT: leverage 0.5 must be at least 1"},
		{"fees in base", []market.Instrument{inBase}, []string{"a"}, false, "instrument BTCUSDT: fees of a perpetual are charged in quote"},
	} {
		cfg := engine.Config{Cash: dec("100"), Instruments: c.instruments, Netting: c.netting}
		for _, name := range c.strategies {
			cfg.Instances = append(cfg.Instances, engine.Instance{Name: name, Strategy: &gambler{}, Instruments: []market.InstrumentID{0}, Interval: market.Minute, Weight: dec("0.5")})
		}
		got := ""
		if _, err := engine.New(cfg); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: error %q, want %q", c.name, got, c.want)
		}
	}
}
