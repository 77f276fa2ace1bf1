package engine_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/strategy"
)

// This file lets strategies gamble on perpetuals at the simulated venue: leverage, funding,
// liquidation, orders of every type. After every instant the ledgers and the venue's
// account must hold the same, to the last digit (semantics M3, M6).

// speculator trades on margin, at random.
type speculator struct{ r *rand.Rand }

func (g *speculator) Init(s *strategy.Setup) error {
	s.Bars(strategy.BarQuery{}, func(c *strategy.Context, s *strategy.Series) {
		i, r, price := s.Instrument(), g.r, s.LastClose()
		near := func() decimal.Decimal { return market.Price(price*(0.96+0.08*r.Float64()), 2) }
		o := market.Order{Instrument: i, Side: pick(r, market.Buy, market.Sell), Type: market.Market + market.Type(r.IntN(7)), ReduceOnly: r.IntN(3) == 0}
		o.Quantity = market.Price(market.Float(c.Equity())*r.Float64()*3/price, 3)
		if o.Priced() {
			o.Price = near()
		}
		if o.Triggered() {
			o.Stop = near()
		}
		if o.Type == market.TrailingStop {
			o.Trail = market.Trail{By: dec("1.5"), Unit: market.TrailPercent}
		}
		switch open := c.OpenOrders(i); r.IntN(9) {
		case 0, 1:
			_, _ = c.Submit(o)
		case 2:
			_ = c.Target(i, pick(r, -3, -1, -0.5, 0, 0, 0.3, 1, 4))
		case 3:
			if len(open) > 0 {
				_ = c.Cancel(pick(r, open...).ID)
			}
		case 4:
			entry := market.Order{Instrument: i, Side: o.Side, Type: market.Market, Quantity: o.Quantity}
			stop := market.Order{Instrument: i, Side: market.Buy, Type: market.Stop, Stop: market.Price(price*1.02, 2)}
			target := market.Order{Instrument: i, Side: market.Buy, Type: market.Limit, Price: market.Price(price*0.98, 2)}
			if o.Side == market.Buy {
				stop.Side, target.Side, stop.Stop, target.Price = market.Sell, market.Sell, target.Price, stop.Stop
			}
			l := market.Bracket(entry, stop, target)
			l.Profile = pick(r, market.ByEngine, market.ByVenue)
			_, _ = c.SubmitLinked(l)
		}
	})
	return nil
}

// pit is a market of perpetuals with speculators.
type pit struct {
	*sim.Feed
	t     *testing.T
	e     *engine.Engine
	v     *sim.Venue
	seed  uint64
	bases []string
}

// Next checks the instant before.
func (p *pit) Next(ctx context.Context, limit market.Time) ([]market.Event, error) {
	cash, held := p.e.Unallocated(), make([]decimal.Decimal, len(p.bases))
	for _, a := range p.e.Accounts() {
		cash = cash.Add(a.Cash)
		for k := range a.Holdings {
			held[k] = held[k].Add(a.Holdings[k].Held)
		}
		if a.Reserved.IsNegative() {
			p.t.Errorf("seed %d: %s reserves %s", p.seed, a.Strategy, a.Reserved)
		}
	}
	if v := p.v.Balance("USDT"); !v.Equal(cash) {
		p.t.Errorf("seed %d: the venue has %s, the ledgers %s", p.seed, v, cash)
	}
	for k, base := range p.bases {
		if v := p.v.Balance(base); !v.Equal(held[k]) {
			p.t.Errorf("seed %d: the venue holds %s %s, the ledgers %s", p.seed, v, base, held[k])
		}
	}
	if f := market.Float(p.e.Equity()); math.Abs(f-p.e.FloatEquity()) > 1e-6 {
		p.t.Errorf("seed %d: equity %v for the curve, exactly %s", p.seed, p.e.FloatEquity(), p.e.Equity())
	}
	if p.t.Failed() {
		return nil, fmt.Errorf("seed %d", p.seed)
	}
	return p.Feed.Next(ctx, limit)
}

func speculate(t *testing.T, seed uint64) (r *engine.Result, notes sim.Notes) {
	rnd := rand.New(rand.NewPCG(seed, 17))
	j := &jungle{r: rnd, calm: rnd.IntN(2) == 0}
	h := &backtest.History{}
	isolated, leverage := rnd.IntN(2) == 0, dec(pick(rnd, "1", "3", "10", "50"))
	for k := range 1 + rnd.IntN(2) {
		in := market.Bare(fmt.Sprintf("A%dUSDT", k), fmt.Sprintf("A%d", k), "USDT")
		in.ID, in.Step, in.Tick = market.InstrumentID(k), dec(pick(rnd, "0.001", "0.1")), dec("0.01")
		in.Fees = market.Fees{Maker: dec("0.0002"), Taker: dec("0.0005"), InQuote: true}
		in.Margin = &market.Margin{Leverage: leverage, Isolated: isolated, LiquidationFee: dec("0.0125"), Brackets: []market.MarginBracket{
			{Cap: dec("20000"), MaxLeverage: dec("50"), Rate: dec("0.01")}, {MaxLeverage: dec("20"), Rate: dec("0.02"), Deduction: dec("200")},
		}}
		c := j.series(80)
		h.Instruments = append(h.Instruments, in)
		h.Series = append(h.Series, backtest.Series{Instrument: in.ID, Columns: c})
		if rnd.IntN(3) == 0 { // marks that wander off a little
			m := market.MakeColumns(c.Interval, 0)
			m.PriceScale = 2
			for row := range c.OpenTime {
				b := c.Bar(row)
				b.Low, b.High = market.Float(market.Price(b.Low*0.99, 2)), market.Float(market.Price(b.High*1.01, 2))
				m.Append(b)
			}
			h.Marks = append(h.Marks, backtest.Series{Instrument: in.ID, Columns: m})
		}
		for range 12 {
			at := c.OpenTime[0] + market.Time(rnd.Int64N(80*60))*1e9
			h.Funding = append(h.Funding, backtest.FundingRow{Instrument: in.ID, Time: at, Rate: decimal.New(rnd.Int64N(4001)-2000, -6)})
		}
	}
	h.Sort()
	h.MarkVolume()
	o := sim.DefaultOptions()
	o.Participation, o.Path = dec(pick(rnd, "1", "0.1", "0.5")), sim.Path(rnd.IntN(3))
	o.Latency = pick(rnd, 0, 0, market.Time(market.Minute))
	cfg := engine.Config{Cash: dec("10000"), Audit: true, TargetBand: engine.DefaultTargetBand(), Instruments: h.Instruments, Netting: true}
	for k, weight := range [][]string{{"1"}, {"0.5", "0.3"}}[rnd.IntN(2)] {
		in := engine.Instance{Name: fmt.Sprintf("m%d", k), Strategy: &speculator{rand.New(rand.NewPCG(seed, uint64(k)))}, Interval: market.Minute, Weight: dec(weight)}
		for i := range h.Instruments {
			in.Instruments = append(in.Instruments, market.InstrumentID(i))
		}
		cfg.Instances = append(cfg.Instances, in)
	}
	cfg.Netting = len(cfg.Instances) > 1
	e, err := engine.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	source, execution, err := backtest.NewFeed(h, e.Subscriptions())
	if err != nil {
		t.Fatal(err)
	}
	v := backtest.NewVenue(&cfg, h, execution, o)
	p := &pit{Feed: sim.NewFeed(v, source), t: t, e: e, v: v, seed: seed}
	for i := range h.Instruments {
		p.bases = append(p.bases, h.Instruments[i].Base)
	}
	e.Connect(p, v, execution)
	if err := e.Run(context.Background()); err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
	return e.Result(), v.Notes()
}

// TestPerpetualsBalance gambles, and checks what a run comes to.
func TestPerpetualsBalance(t *testing.T) {
	trades, shorts, funded, liquidated, realised := 0, 0, 0, 0, 0
	for seed := range seeds(150) {
		r, notes := speculate(t, seed)
		for _, f := range r.Faults {
			t.Errorf("seed %d: strategy %s stopped: %v", seed, f.Strategy, f.Err)
		}
		total := r.Start
		for _, trade := range r.Trades {
			total = total.Add(trade.Profit(&r.Instruments[trade.Instrument]))
			if trades++; trade.Short {
				shorts++
			}
			if !trade.Funding.IsZero() {
				funded++
			}
		}
		for _, h := range r.Open {
			total = total.Add(h.Trade.Profit(&r.Instruments[h.Trade.Instrument])).Add(h.Quantity.Mul(h.Price))
		}
		if r.Final.IsNegative() {
			t.Errorf("seed %d: the account ends with %s: it owes its venue", seed, r.Final)
		}
		if !total.Equal(r.Final) {
			t.Errorf("seed %d: final equity %s, the trades make it %s", seed, r.Final, total)
		}
		realised += addsUp(t, r)
		if liquidated += notes.Liquidated; t.Failed() {
			t.FailNow()
		}
	}
	if shorts < 100 || funded < 100 || liquidated < 10 || realised < 10 {
		t.Errorf("%d trades, %d short, %d with funding, %d liquidations, %d open with a realised part: hardly a test", trades, shorts, funded, liquidated, realised)
	}
	t.Logf("%d trades, %d short, %d with funding, %d liquidations", trades, shorts, funded, liquidated)
}
