package sim_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/exchange/sim"
	"github.com/signalman-trading/signalman/market"
)

// drift is a play of random bars with random orders of fixed quantities, after a buy
// that covers what they sell. The same seed makes the same play, but for its options.
func drift(t *testing.T, seed uint64, o sim.Options, kinds ...market.Type) *play {
	return driftOf(t, seed, coin(), o, kinds...)
}

func driftOf(t *testing.T, seed uint64, in market.Instrument, o sim.Options, kinds ...market.Type) *play {
	r := rand.New(rand.NewPCG(seed, 11))
	c, price := market.MakeColumns(market.Minute, 40), 5_000
	c.PriceScale, c.VolumeScale = 2, 2
	for k := range 40 {
		open := price + r.IntN(21) - 10
		price = open + r.IntN(201) - 100
		c.Append(market.Bar{
			OpenTime: start + market.Time(k)*minute, Open: cents(open), High: cents(max(open, price) + r.IntN(90)),
			Low: cents(min(open, price) - r.IntN(90)), Close: cents(price), Volume: float64(r.IntN(4) * 25),
		})
	}
	p := newPlay(t, in, o, c)
	p.submit(at(1, 0), order(market.Buy, market.Market, "500"))
	for k := 2; k < 40; k++ {
		x := order(market.Buy+market.Side(r.IntN(2)), kinds[r.IntN(len(kinds))], fmt.Sprintf("%.2f", 0.01+10*r.Float64()))
		near := market.Price(c.Close[k-1], 2).Add(decimal.New(r.Int64N(161)-80, -2))
		switch x.Type {
		case market.Limit:
			x.Price = near
		case market.Stop:
			x.Stop = near
		}
		p.submit(at(k, 0), x)
	}
	return p
}

func cents(n int) float64 { return float64(n) / 100 }

// costly draws slippage of every model.
func costly(r *rand.Rand, seed uint64) sim.Options {
	o := off()
	o.Seed = seed
	o.SlippageBps, o.SpreadBps, o.ImpactBps = decimal.New(r.Int64N(200), -1), decimal.New(r.Int64N(200), -1), decimal.New(r.Int64N(500), -1)
	o.Volatility, o.RandomBps = decimal.New(r.Int64N(200), -2), decimal.New(r.Int64N(500), -1)
	return o
}

// TestSlippageIsNeverAFavour holds a venue with slippage against one without it: limit
// fills are the same, others are not better and are on the tick.
func TestSlippageIsNeverAFavour(t *testing.T) {
	for seed := range seeds(60) {
		o := costly(rand.New(rand.NewPCG(seed, 12)), seed)
		with, without := drift(t, seed, o, market.Market, market.Limit, market.Stop), drift(t, seed, off(), market.Market, market.Limit, market.Stop)
		with.run()
		without.run()
		prices := map[uint32]market.Fill{}
		for _, u := range without.fills {
			if u.Fill != nil {
				prices[u.ID.Sequence] = *u.Fill
			}
		}
		slipped := 0
		for _, u := range with.fills {
			if u.Fill == nil {
				continue
			}
			fair, worse := prices[u.ID.Sequence], u.Fill.Price.Sub(prices[u.ID.Sequence].Price)
			if sell := with.sides[u.ID.Sequence] == market.Sell; sell {
				worse = worse.Neg()
			}
			limit := with.kinds[u.ID.Sequence] == market.Limit
			switch {
			case !fair.Quantity.Equal(u.Fill.Quantity) || worse.IsNegative() || limit && !worse.IsZero() || !market.OnGrid(u.Fill.Price, dec("0.01")):
				t.Fatalf("seed %d, order %s: fills at %s with slippage, at %s without", seed, u.ID, u.Fill.Price, fair.Price)
			case worse.IsPositive():
				slipped++
			}
		}
		if slipped == 0 {
			t.Errorf("seed %d: nothing slipped", seed)
		}
	}
}

// TestMoreSlippageNeverPays raises each model in turn: the same decisions never leave
// more equity.
func TestMoreSlippageNeverPays(t *testing.T) {
	for seed := range seeds(40) {
		o := costly(rand.New(rand.NewPCG(seed, 13)), seed)
		base := worth(drift(t, seed, o, market.Market))
		for k, raise := range []func(*sim.Options) *decimal.Decimal{
			func(o *sim.Options) *decimal.Decimal { return &o.SlippageBps }, func(o *sim.Options) *decimal.Decimal { return &o.SpreadBps },
			func(o *sim.Options) *decimal.Decimal { return &o.ImpactBps }, func(o *sim.Options) *decimal.Decimal { return &o.Volatility },
			func(o *sim.Options) *decimal.Decimal { return &o.RandomBps },
		} {
			more := o
			*raise(&more) = raise(&more).Add(dec("0.7"))
			if got := worth(drift(t, seed, more, market.Market)); got.GreaterThan(base) {
				t.Errorf("seed %d: equity %s with more of model %d, %s before", seed, got, k, base)
			}
		}
	}
}

// TestHigherFeesNeverPay raises the rates, in either asset: the same decisions never
// leave more equity.
func TestHigherFeesNeverPay(t *testing.T) {
	for seed := range seeds(40) {
		r := rand.New(rand.NewPCG(seed, 15))
		in := coin()
		in.Fees = market.Fees{Taker: decimal.New(r.Int64N(30), -4), InQuote: r.IntN(2) == 0}
		o := costly(r, seed)
		base := worth(driftOf(t, seed, in, o, market.Market))
		in.Fees.Taker = in.Fees.Taker.Add(dec("0.0001"))
		if got := worth(driftOf(t, seed, in, o, market.Market)); !got.LessThan(base) {
			t.Errorf("seed %d: equity %s with a fee of %s, %s with less", seed, got, in.Fees.Taker, base)
		}
	}
}

// worth plays to the end and returns the account's equity at the last close.
func worth(p *play) decimal.Decimal {
	p.run()
	last := market.Price(p.columns.Close[p.columns.Len()-1], 2)
	return p.venue.Balance("USDT").Add(p.venue.Balance("AAA").Mul(last))
}

// TestDrawsDependOnTheOrderAlone leaves every other order away: what remains fills at
// the same prices.
func TestDrawsDependOnTheOrderAlone(t *testing.T) {
	o := off()
	o.RandomBps, o.Seed = dec("200"), 5
	all := drift(t, 1, o, market.Market)
	all.run()
	some := newPlay(t, coin(), o, all.columns)
	some.submit(at(1, 0), market.Order{ID: market.OrderID{Strategy: "x", Sequence: 1}, Side: market.Buy, Type: market.Market, Quantity: dec("500")})
	for n := uint32(3); n <= all.orders; n += 2 {
		some.submit(at(int(n), 0), market.Order{ID: market.OrderID{Strategy: "x", Sequence: n}, Side: all.sides[n], Type: market.Market, Quantity: dec("1")})
	}
	some.run()
	want := slices.DeleteFunc(prices(all), func(s string) bool { var n int; fmt.Sscan(s, &n); return n%2 == 0 })
	if got := prices(some); !slices.Equal(got, want) {
		t.Errorf("prices %v, in the play with all orders %v", got, want)
	}
}

// prices lists the price of each filled order.
func prices(p *play) (list []string) {
	for _, u := range p.fills {
		if u.Fill != nil {
			list = append(list, fmt.Sprint(u.ID.Sequence, " ", u.Fill.Price))
		}
	}
	return list
}

// TestVolatilityIsTheAverageRange computes the price of each buy from the bars before
// it, as semantics X4 says it.
func TestVolatilityIsTheAverageRange(t *testing.T) {
	o := off()
	o.Volatility = dec("0.5")
	p := drift(t, 3, o, market.Market)
	p.run()
	for _, u := range p.fills {
		if u.Fill == nil {
			continue
		}
		row := int((u.Fill.Time - start) / minute)
		var ranges []float64
		for k := max(0, row-20); k < row; k++ {
			b := p.columns.Bar(k)
			ranges = append(ranges, (b.High-b.Low)/b.Close)
		}
		move := 0.0
		for _, x := range ranges {
			move += x / float64(len(ranges)) / 2
		}
		open := p.columns.Open[row]
		want := math.Ceil(open*(1+move)*100-1e-6) / 100
		if p.sides[u.ID.Sequence] == market.Sell {
			want = math.Floor(open*(1-move)*100+1e-6) / 100
		}
		if got := market.Float(u.Fill.Price); math.Abs(got-want) > 1e-9 {
			t.Errorf("order %s: filled at %v, want %v", u.ID, got, want)
		}
	}
}
