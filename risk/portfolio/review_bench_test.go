package portfolio_test

import (
	"fmt"
	"testing"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/portfolio"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

// timed reviews an order again and again.
type timed struct {
	risk.Rule
	b    *testing.B
	id   uint32 // of the order
	done bool
}

// Review times the rule on one order.
func (r *timed) Review(v *risk.View, o market.Order) (market.Order, error) {
	if o.ID.Sequence == r.id && !r.done {
		r.done = true
		for r.b.Loop() {
			if _, err := r.Rule.Review(v, o); err != nil {
				r.b.Fatal(err)
			}
		}
	}
	return r.Rule.Review(v, o)
}

// BenchmarkReview is an order while all instruments are held, with 120 bars: one that
// passes, and one of max_var that is cut.
func BenchmarkReview(b *testing.B) {
	long := func(bs portfolio.Basis) portfolio.Basis { bs.Bars = 120; return bs }
	value := func(amount, method, measure string) risk.Rule {
		r := maxVar(amount, method, measure)
		r.Basis = long(r.Basis)
		return r
	}
	for _, x := range []struct {
		name string
		rule risk.Rule
	}{
		{"var_historical", value("1e6", "historical", "var")},
		{"cvar_historical", value("1e6", "historical", "cvar")},
		{"var_parametric", value("1e6", "parametric", "var")},
		{"cvar_historical_cut", value("40", "historical", "cvar")},
		{"beta", &portfolio.MaxBeta{Basis: long(hourly()), Reference: "A0USDT", Min: dec("-9"), Max: dec("9")}},
		{"contribution", &portfolio.MaxContribution{Basis: long(hourly()), Percent: dec("1"), Positions: 1000}},
		{"correlation", &portfolio.MaxCorrelation{Basis: long(hourly()), Correlation: dec("0.8"), Percent: dec("9")}},
	} {
		for _, n := range []int{5, 20, 50} {
			b.Run(fmt.Sprintf("%s/%d", x.name, n), func(b *testing.B) {
				var series []*market.Columns
				var steps []risktest.Step
				for i := range n {
					series = append(series, risktest.Walk(uint64(i), market.Hour, 125))
					steps = append(steps, risktest.At(122, risktest.BuyFor(market.InstrumentID(i), "100")))
				}
				steps = append(steps, risktest.At(123, risktest.BuyFor(0, "2000")))
				risktest.Trial{
					History: risktest.History(series...), Strategies: []strategy.Strategy{risktest.Play(steps...)},
					Rules: []risk.Named{{Name: "r", Rule: &timed{Rule: x.rule, b: b, id: uint32(n + 1)}}},
				}.Run(b)
			})
		}
	}
}
