package size_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/risk/size"
	"github.com/signalman-trading/signalman/strategy"
)

const bars, instruments, look = 60, 2, 5

// oracle is what a sizer promises: the most that an order may be worth, in quote, or where
// risk is set, what it may lose from its price to the stop.
type oracle struct {
	sizer risk.Sizer
	most  func(w *world, o *market.Order) *big.Rat
	loses func(w *world, o *market.Order) *big.Rat // of one unit; nil: its price
}

// world is what an oracle sees.
type world struct {
	v     *risk.View
	close [instruments][]float64 // of the bars that have closed
}

func rat(d decimal.Decimal) *big.Rat { return d.Rat() }

func mul(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }

func quo(a, b *big.Rat) *big.Rat { return new(big.Rat).Quo(a, b) }

func (w *world) equity() *big.Rat { return rat(w.v.Equity()) }

// sigma is the sample deviation of the last returns, in 200 bits.
func (w *world) sigma(i market.InstrumentID) *big.Float {
	c := w.close[i][len(w.close[i])-look-1:]
	var returns []*big.Rat
	mean := new(big.Rat)
	for k := 1; k < len(c); k++ {
		r := quo(new(big.Rat).SetFloat64(c[k]), new(big.Rat).SetFloat64(c[k-1]))
		returns = append(returns, r)
		mean.Add(mean, r)
	}
	mean.Quo(mean, big.NewRat(look, 1))
	sum := new(big.Rat)
	for _, r := range returns {
		d := new(big.Rat).Sub(r, mean)
		sum.Add(sum, mul(d, d))
	}
	variance := new(big.Float).SetPrec(200).SetRat(sum.Quo(sum, big.NewRat(look-1, 1)))
	return variance.Sqrt(variance)
}

// inverse is 1 ÷ sigma.
func (w *world) inverse(i market.InstrumentID) *big.Rat {
	r, _ := w.sigma(i).Rat(nil)
	return r.Inv(r)
}

// oracles lists the sizers with random settings.
func oracles(rt *rapid.T) []oracle {
	share := hundredths(rt, "share", 1, 100)
	of := func(share *big.Rat) func(*world, *market.Order) *big.Rat {
		return func(w *world, _ *market.Order) *big.Rat { return mul(w.equity(), share) }
	}
	payoff := hundredths(rt, "payoff", 1, 500)
	f := new(big.Rat).Sub(rat(share), quo(new(big.Rat).Sub(big.NewRat(1, 1), rat(share)), rat(payoff)))
	target := size.VolatilityTargetPlugin().New().(*size.VolatilityTarget)
	target.Target, target.Per, target.Bars = hundredths(rt, "target", 1, 10), "bar", look
	stop := hundredths(rt, "stop", 1, 50)
	return []oracle{
		{&size.FixedAmount{Amount: share.Mul(dec("10000"))}, func(*world, *market.Order) *big.Rat { return mul(rat(share), big.NewRat(10_000, 1)) }, nil},
		{&size.PercentEquity{Percent: share}, of(rat(share)), nil},
		{&size.RiskPerTrade{Risk: share, Stop: stop, Period: 14}, of(rat(share)), func(w *world, o *market.Order) *big.Rat {
			return mul(priceOf(w.v, o), rat(stop))
		}},
		{kelly(func(k *size.Kelly) { k.WinRate, k.Payoff, k.Fraction, k.Cap = share, payoff, dec("1"), dec("1") }), of(f), nil},
		{&size.EqualWeight{}, of(big.NewRat(1, instruments)), nil},
		{&size.InverseVolatility{Bars: look, Share: dec("1")}, func(w *world, o *market.Order) *big.Rat {
			sum := new(big.Rat)
			for i := range market.InstrumentID(instruments) {
				sum.Add(sum, w.inverse(i))
			}
			return mul(w.equity(), quo(w.inverse(o.Instrument), sum))
		}, nil},
		{target, func(w *world, o *market.Order) *big.Rat {
			return mul(w.equity(), mul(rat(target.Target), w.inverse(o.Instrument)))
		}, nil},
	}
}

func priceOf(v *risk.View, o *market.Order) *big.Rat {
	one := *o
	one.Quantity = decimal.New(1, 0)
	return rat(market.Notional(&one, v.LastPrice(o.Instrument)))
}

// witness compares what a sizer asks for with its oracle.
type witness struct {
	oracle
	rt    *rapid.T
	world world
	tally *tally
}

type tally struct{ sized, cut, refused int }

func (w *witness) Init(s *risk.Setup) error {
	s.Bars(risk.BarQuery{}, func(_ *risk.Desk, b *risk.Series) {
		w.world.close[b.Instrument()] = append(w.world.close[b.Instrument()], b.LastClose())
	})
	return w.sizer.Init(s)
}

func (w *witness) Size(v *risk.View, o market.Order) (decimal.Decimal, error) {
	q, err := w.sizer.Size(v, o)
	if err != nil {
		w.tally.refused++
		return q, err
	}
	w.world.v = v
	unit := priceOf(v, &o)
	if w.loses != nil {
		unit = w.loses(&w.world, &o)
	}
	if asked, most := mul(rat(q), unit), w.most(&w.world, &o); asked.Cmp(most) > 0 {
		w.rt.Fatalf("%T asks for %s of %s at %s, more than %s", w.sizer, q, o.ID, unit.FloatString(8), most.FloatString(8))
	}
	w.tally.sized++
	if most := v.Fundable(o); q.GreaterThan(most) {
		w.tally.cut++
		q = most
	}
	if q.IsPositive() {
		w.checkSale(v, &o, q)
	}
	return q, nil
}

// checkSale looks for an entry that leaves dust at its price.
func (w *witness) checkSale(v *risk.View, o *market.Order, q decimal.Decimal) {
	in := v.Instrument(o.Instrument)
	kept := q
	if !in.Fees.InQuote {
		kept = q.Sub(market.Fee(q, in.Fees.Worst(), in.BasePrecision))
	}
	kept = market.Floor(kept, in.Step)
	worth := mul(rat(kept), priceOf(v, o))
	if kept.LessThan(in.MinQuantity) || !in.Perpetual() && worth.Cmp(rat(in.MinNotional)) < 0 {
		w.rt.Fatalf("%T: an entry of %s leaves %s, worth %s: dust", w.sizer, q, kept, worth.FloatString(8))
	}
}

// TestSizersAskForNoMore runs each sizer over random markets, filters, fees, accounts and
// orders. None asks for more than its formula in exact arithmetic, none leaves dust, and what
// one asks for is never refused for want of money that Fundable says is there.
func TestSizersAskForNoMore(t *testing.T) {
	var seen tally
	rapid.Check(t, func(rt *rapid.T) {
		list := oracles(rt)
		w := &witness{oracle: list[rapid.IntRange(0, len(list)-1).Draw(rt, "sizer")], rt: rt, tally: &seen}
		trial := risktest.Trial{
			History: risktest.History(
				risktest.Walk(rapid.Uint64().Draw(rt, "market"), market.Hour, bars), risktest.Walk(rapid.Uint64().Draw(rt, "other"), market.Hour, bars),
			),
			Strategies: []strategy.Strategy{risktest.Play(rapid.SliceOfN(rapid.Custom(step), 1, 40).Draw(rt, "steps")...)},
			Sizer:      &engine.Sizer{Name: "sizer", Sizer: w},
			Cash:       rapid.Int64Range(10, 100_000).Draw(rt, "cash"),
		}
		venue := rapid.IntRange(0, 2).Draw(rt, "venue")
		rate, step := decimal.New(rapid.Int64Range(0, 100).Draw(rt, "fee"), -4), decimal.New(1, -int32(rapid.IntRange(0, 6).Draw(rt, "step")))
		for i := range trial.History.Instruments {
			in := &trial.History.Instruments[i]
			in.Step, in.MinQuantity, in.Fees.Maker, in.Fees.Taker = step, step, rate, rate
			in.Fees.InQuote = venue > 0
			if venue == 2 {
				in.Margin = &market.Margin{Leverage: decimal.New(rapid.Int64Range(1, 20).Draw(rt, "leverage"), 0)}
			}
		}
		for _, r := range trial.Run(t).Records {
			if d := r.Decision; d != nil && d.Refused != nil && strings.HasPrefix(d.Refused.Measured, "needs ") {
				rt.Fatalf("%s %s: %s", d.Order.ID, d.Order.Quantity, d.Refused)
			}
		}
	})
	if seen.sized == 0 || seen.cut == 0 || seen.refused == 0 {
		t.Errorf("the runs proved little: %+v", seen)
	}
}

func hundredths(rt *rapid.T, name string, lo, hi int64) decimal.Decimal {
	return decimal.New(rapid.Int64Range(lo, hi).Draw(rt, name), -2)
}

// step is a buy without a quantity, or the sale or cancellation of everything, at some bar.
func step(rt *rapid.T) risktest.Step {
	i := market.InstrumentID(rapid.IntRange(0, instruments-1).Draw(rt, "instrument"))
	s := risktest.Step{Bar: rapid.IntRange(1, bars-1).Draw(rt, "bar"), Order: risktest.Buy(i, "0")}
	at := func(lo, hi int64) decimal.Decimal { return decimal.New(200, 0).Mul(hundredths(rt, "price", lo, hi)) }
	switch rapid.IntRange(0, 6).Draw(rt, "kind") {
	case 0:
		s.Order.Type, s.Order.Price = market.Limit, at(80, 120)
	case 1:
		s.Order.Type, s.Order.Stop = market.Stop, at(95, 130)
	case 2:
		s.Order.Type, s.Order.Stop, s.Order.Price = market.StopLimit, at(95, 130), at(90, 140)
	case 3:
		s.Order = risktest.SellAll(i)
	case 4:
		s.Do = func(c *strategy.Context) { risktest.CancelAll(c, i) }
	}
	return s
}

// TestVolatilityOfStillPrices: what is divided by nothing has no bound.
func TestVolatilityOfStillPrices(t *testing.T) {
	v := size.VolatilityTargetPlugin().New().(*size.VolatilityTarget)
	v.Target, v.Bars = dec("0.2"), 2
	got := risktest.Trial{
		History:    risktest.History(risktest.Closes(market.Hour, 100, 100, 100, 100)),
		Strategies: []strategy.Strategy{risktest.Play(risktest.At(3, risktest.Buy(0, "0")))},
		Sizer:      &engine.Sizer{Name: "sizer", Sizer: v},
	}.Run(t).Log()
	if want := "3 a/1 buy market A0USDT: refused by sizer: A0USDT has a volatility of 0, limit above 0"; len(got) != 1 || got[0] != want {
		t.Errorf("%q", got)
	}
}
