package portfolio_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/portfolio"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

// book is a portfolio as textbooks have it: exposures in quote, the returns of each
// instrument, their covariances.
type book struct {
	exposures  []float64
	returns    [][]float64 // by instrument
	covariance [][]float64
	own        int     // the order's instrument
	sign       float64 // of the order
	equity     float64
}

// measured is a rule beside the textbook's formula of what it measures.
type measured struct {
	name  string
	rule  func() risk.Rule
	of    func(b *book) float64
	limit func(b *book) float64
	from  int // instruments from which on it holds

	convex bool // a part of an order is never worse than all and none of it
}

var measures = []measured{{
	name: "historical var", rule: func() risk.Rule { return maxVar("250", "historical", "var") },
	of: func(b *book) float64 { l := b.losses(); return max(0, l[len(l)-2]) }, limit: fixed(250),
}, {
	name: "historical cvar", convex: true, rule: func() risk.Rule { return maxVar("250", "historical", "cvar") },
	of: func(b *book) float64 { l := b.losses(); return max(0, l[len(l)-1]) }, limit: fixed(250),
}, {
	name: "parametric var", convex: true, rule: func() risk.Rule { return maxVar("250", "parametric", "var") },
	of: func(b *book) float64 { return 1.6448536269514722 * math.Sqrt(b.variance()) }, limit: fixed(250),
}, {
	name: "parametric cvar", convex: true, rule: func() risk.Rule { return maxVar("250", "parametric", "cvar") },
	of: func(b *book) float64 { return 2.0627128075074257 * math.Sqrt(b.variance()) }, limit: fixed(250),
}, {
	name: "beta", convex: true, rule: func() risk.Rule {
		return &portfolio.MaxBeta{Basis: hourly(), Reference: "A1USDT", Min: dec("-0.5"), Max: dec("0.75")}
	},
	of: func(b *book) float64 { return b.direction() * b.beta() },
	limit: func(b *book) float64 {
		if b.direction() < 0 {
			return 0.5
		}
		return 0.75
	},
}, {
	name: "contribution", rule: func() risk.Rule {
		return &portfolio.MaxContribution{Basis: hourly(), Percent: dec("0.6"), Positions: 2}
	},
	of:    func(b *book) float64 { return b.exposures[b.own] * b.with(b.own) / b.variance() },
	limit: fixed(0.6), from: 2,
}, {
	name: "correlation", convex: true, rule: func() risk.Rule {
		return &portfolio.MaxCorrelation{Basis: hourly(), Correlation: dec("0.6"), Percent: dec("0.4")}
	},
	of: func(b *book) float64 { return b.together(0.6) }, limit: func(b *book) float64 { return 0.4 * b.equity },
}}

func fixed(x float64) func(*book) float64 { return func(*book) float64 { return x } }

// losses are sorted, the largest last.
func (b *book) losses() []float64 {
	list := make([]float64, len(b.returns[0]))
	for i, e := range b.exposures {
		for k, r := range b.returns[i] {
			list[k] -= e * r
		}
	}
	slices.Sort(list)
	return list
}

// with is the covariance of an instrument with the portfolio.
func (b *book) with(i int) (sum float64) {
	for k, e := range b.exposures {
		sum += e * b.covariance[i][k]
	}
	return sum
}

func (b *book) variance() (sum float64) {
	for i, e := range b.exposures {
		sum += e * b.with(i)
	}
	return max(sum, 1e-300)
}

// beta is that of equity to instrument 1.
func (b *book) beta() (sum float64) {
	for i, e := range b.exposures {
		sum += e / b.equity * b.covariance[i][1] / b.covariance[1][1]
	}
	return sum
}

// together is what is held that moves with the order.
func (b *book) together(least float64) (sum float64) {
	for i, e := range b.exposures {
		c := b.covariance[i][b.own] / math.Sqrt(b.covariance[i][i]*b.covariance[b.own][b.own])
		if math.Abs(c) >= least && c*e*b.sign > 0 {
			sum += math.Abs(e)
		}
	}
	return sum
}

// direction is 1 where the order raises beta.
func (b *book) direction() float64 { return math.Copysign(1, b.sign*b.covariance[b.own][1]) }

// judge looks at what a rule makes of each order.
type judge struct {
	risk.Rule
	measured
	t       *testing.T
	history *backtest.History
	seen    *tally
}

// tally counts what a test has seen.
type tally struct{ passed, cut, refused, hedges, working int }

const window = 20

// Review compares the rule's answer with the formula.
func (j *judge) Review(v *risk.View, o market.Order) (market.Order, error) {
	bar := int((v.Now() - risktest.Start) / market.Time(market.Hour))
	list := slices.Clone(v.Exposures(true))
	got, err := j.Rule.Review(v, o)
	if bar <= window {
		if (err == nil) != (bar > 18) {
			j.t.Errorf("bar %d: %v", bar, err)
		}
		return got, err
	}
	if !slices.ContainsFunc(list, func(x risk.Exposure) bool { return x.Instrument == o.Instrument }) {
		list = append(list, risk.Exposure{Instrument: o.Instrument})
	}
	if len(list) < j.from {
		return got, err
	}
	a := j.answer(v, list, &o, bar)
	a.check(&got, err)
	return got, err
}

// answer is one order, and the ways in which all may stand before it.
type answer struct {
	*judge
	v      *risk.View
	asked  *market.Order
	book   book
	ends   [][]float64 // by instrument: what its exposure may come to
	side   float64     // exposure that the order adds to
	before float64     // the worst of all ways, without the order
}

func (j *judge) answer(v *risk.View, list []risk.Exposure, o *market.Order, bar int) *answer {
	n := len(j.history.Series)
	a := &answer{judge: j, v: v, asked: o, ends: make([][]float64, n)}
	a.book = book{exposures: make([]float64, n), own: int(o.Instrument), sign: 1, equity: v.AccountEquityF()}
	if o.Side == market.Sell {
		a.book.sign = -1
	}
	a.book.statistics(j.history, bar)
	for i := range a.ends {
		a.ends[i] = []float64{0}
	}
	for _, x := range list {
		held := 1.02 * v.Price(x.Instrument) * market.Float(x.Held)
		a.ends[x.Instrument] = []float64{held}
		for _, end := range []float64{market.Float(x.Long), -market.Float(x.Short)} {
			if end != 0 && math.Abs(end-held) > 1e-6 {
				a.ends[x.Instrument] = append(a.ends[x.Instrument], end)
				j.seen.working++
			}
		}
		if x.Instrument == o.Instrument {
			if a.side = market.Float(x.Long); a.book.sign < 0 {
				a.side = -market.Float(x.Short)
			}
		}
	}
	if j.name == "contribution" { // counts working orders of others as filled
		for i, e := range a.ends {
			if i != a.book.own {
				a.ends[i] = []float64{slices.MaxFunc(e, func(x, y float64) int { return cmp.Compare(math.Abs(x), math.Abs(y)) })}
			}
		}
	}
	a.before = a.worst(a.ends)
	return a
}

// statistics computes returns and covariances from the closes.
func (b *book) statistics(h *backtest.History, bar int) {
	means := make([]float64, len(h.Series))
	for i := range h.Series {
		c := h.Series[i].Columns.Close
		var list []float64
		for k := bar - window; k < bar; k++ {
			list = append(list, c[k]/c[k-1]-1)
			means[i] += list[len(list)-1] / window
		}
		b.returns = append(b.returns, list)
	}
	for i := range h.Series {
		row := make([]float64, len(h.Series))
		for k := range row {
			for t := range window {
				row[k] += (b.returns[i][t] - means[i]) * (b.returns[k][t] - means[k]) / (window - 1)
			}
		}
		b.covariance = append(b.covariance, row)
	}
}

// worst goes through all combinations of ends.
func (a *answer) worst(ends [][]float64) float64 {
	most := math.Inf(-1)
	var choose func(i int)
	choose = func(i int) {
		if i == len(ends) {
			most = max(most, a.of(&a.book))
			return
		}
		for _, x := range ends[i] {
			a.book.exposures[i] = x
			choose(i + 1)
		}
	}
	choose(0)
	return most
}

// with returns the ends with so much of the order filled.
func (a *answer) with(notional float64) [][]float64 {
	ends := slices.Clone(a.ends)
	ends[a.book.own] = []float64{a.side + a.book.sign*notional}
	return ends
}

// check wants what passes to fit, and of what does not a step more not to.
func (a *answer) check(got *market.Order, err error) {
	most, fits := max(a.limit(&a.book), a.before), 0.0
	switch {
	case err != nil:
		a.seen.refused++
	case got.Quantity.LessThan(a.asked.Quantity):
		a.seen.cut++
		fits = market.Float(a.v.Notional(got))
	default:
		a.seen.passed++
		fits = market.Float(a.v.Notional(got))
	}
	works := slices.ContainsFunc(a.ends, func(e []float64) bool { return len(e) > 1 })
	slack := 1e-9 * max(1e-3, math.Abs(most))
	is := a.worst(a.with(fits))
	if err == nil && is > most+slack {
		a.t.Errorf("%s: %s %s of %s passes with %v, limit %v, before %v", a.name, a.asked.ID, got.Quantity, a.asked.Quantity, is, a.limit(&a.book), a.before)
	}
	for _, part := range []float64{0.25, 0.5, 0.75} { // filled in part
		if is := a.worst(a.with(part * fits)); err == nil && a.convex && is > most+slack {
			a.t.Errorf("%s: %s of %s has %v where %v of it has filled, limit %v, before %v", a.name, a.asked.ID, got.Quantity, is, part, a.limit(&a.book), a.before)
		}
	}
	if err == nil && a.before > a.limit(&a.book) && got.Quantity.Equal(a.asked.Quantity) {
		a.seen.hedges++
	}
	if err == nil && got.Quantity.Equal(a.asked.Quantity) || works {
		return
	}
	more := *a.asked
	more.Quantity = got.Quantity.Add(dec("0.0001"))
	if err != nil { // what the venue takes at least
		more.Quantity = decimal.Min(a.asked.Quantity, market.Divide(dec("5"), a.v.LastPrice(more.Instrument), 4).Add(dec("0.0001")))
	}
	if is := a.worst(a.with(market.Float(a.v.Notional(&more)))); is < most-slack {
		a.t.Errorf("%s: %s %s of %s: %s would fit too, with %v, limit %v, before %v (%v)", a.name, a.asked.ID, got.Quantity, a.asked.Quantity, more.Quantity, is, a.limit(&a.book), a.before, err)
	}
}

// gambler trades at random on both sides.
type gambler struct{ bar int }

func (g *gambler) Init(s *strategy.Setup) error {
	s.Instant(strategy.BarQuery{}, func(c *strategy.Context) {
		if g.bar++; g.bar < 18 {
			return
		}
		for _, in := range s.Instruments() {
			g.act(c, in.ID)
		}
	})
	return nil
}

func (g *gambler) act(c *strategy.Context, i market.InstrumentID) {
	r := c.Rand()
	o := market.Order{Instrument: i, Side: market.Buy, Type: market.Market, Quantity: decimal.New(1+r.Int64N(400_000), -4)}
	if r.IntN(2) == 0 {
		o.Side = market.Sell
	}
	switch n := r.IntN(100); {
	case n < 15:
	case n < 20:
		o.Type, o.Price = market.Limit, market.Price(c.Price(i)*(0.95+0.1*r.Float64()), 2)
	case n < 28:
		risktest.CancelAll(c, i)
		return
	default:
		return
	}
	if _, err := c.Submit(o); err != nil {
		c.Fail(err)
	}
}

// factor makes walks that move together, more or less.
func factor(seed uint64, instruments, bars int) (list []*market.Columns) {
	r := rand.New(rand.NewPCG(seed, 5))
	all := make([][]float64, instruments)
	prices := slices.Repeat([]float64{200}, instruments)
	for range bars {
		common := r.Float64() - 0.5
		for i := range all {
			prices[i] *= 1 + 0.05*(common*float64(i+1)/2+0.5*(r.Float64()-0.5))
			prices[i] = math.Round(100*min(max(prices[i], 20), 2000)) / 100
			all[i] = append(all[i], prices[i])
		}
	}
	for _, closes := range all {
		list = append(list, risktest.Closes(market.Hour, closes...))
	}
	return list
}

// TestRulesAgainstTextbook puts random orders on perpetual futures through each rule.
func TestRulesAgainstTextbook(t *testing.T) {
	for _, m := range measures {
		t.Run(m.name, func(t *testing.T) {
			var seen tally
			for seed := range uint64(12) {
				h := perpetuals(risktest.History(factor(seed, 4, 150)...))
				run := func() []string {
					return risktest.Trial{
						History: h, Strategies: []strategy.Strategy{&gambler{}},
						Rules: []risk.Named{{Name: "r", Rule: &judge{Rule: m.rule(), measured: m, t: t, history: h, seen: &seen}}},
					}.Run(t).Log()
				}
				if !slices.Equal(run(), run()) {
					t.Errorf("seed %d: a second run differs", seed)
				}
			}
			t.Logf("%+v", seen)
			if seen.passed == 0 || seen.cut == 0 || seen.refused == 0 || seen.working == 0 || seen.hedges == 0 && m.name != "beta" && m.name != "correlation" {
				t.Errorf("the runs proved little: %+v", seen)
			}
		})
	}
}
