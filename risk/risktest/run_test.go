package risktest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// recorder is a test that only notes what failed.
type recorder struct {
	testing.TB
	failed []string
}

// Helper does nothing.
func (r *recorder) Helper() {}

// Errorf notes a failure.
func (r *recorder) Errorf(format string, args ...any) {
	r.failed = append(r.failed, fmt.Sprintf(format, args...))
}

// bad is a rule made of two functions.
type bad struct {
	init   func(*risk.Setup)
	review func(o market.Order) (market.Order, error)
}

func (b *bad) Init(s *risk.Setup) error {
	if b.init != nil {
		b.init(s)
	}
	return nil
}

func (b *bad) Review(_ *risk.View, o market.Order) (market.Order, error) {
	if b.review != nil {
		return b.review(o)
	}
	return o, nil
}

func TestSuiteFindsWhatBreaksTheContract(t *testing.T) {
	count := 0
	for name, c := range map[string]struct {
		rule bad
		want string
	}{
		"enlarges": {bad{review: func(o market.Order) (market.Order, error) {
			o.Quantity = o.Quantity.Add(decimal.New(1, 0))
			return o, nil
		}}, "the rule made"},
		"turns": {bad{review: func(o market.Order) (market.Order, error) {
			o.Side = market.Sell
			return o, nil
		}}, "changed more than its size"},
		"moves the price": {bad{review: func(o market.Order) (market.Order, error) {
			o.Price = o.Price.Mul(decimal.New(2, 0))
			return o, nil
		}}, "changed its prices"},
		"fails": {bad{review: func(o market.Order) (market.Order, error) {
			return o, errors.New("no idea")
		}}, "is not a *market.Refusal"},
		"panics": {bad{review: func(market.Order) (market.Order, error) { panic("no idea") }}, "panicked"},
		"panics in a handler": {bad{init: func(s *risk.Setup) {
			s.Bars(risk.BarQuery{}, func(*risk.Desk, *risk.Series) { panic("no idea") })
		}}, "panicked"},
		"remembers other runs": {bad{review: func(o market.Order) (market.Order, error) {
			if count++; count%7 == 0 {
				return o, &market.Refusal{Rule: "bad", Measured: "every seventh"}
			}
			return o, nil
		}}, "differs"},
		"passes in silence": {bad{review: func(o market.Order) (market.Order, error) {
			if o.Type == market.Stop {
				return o, &market.Refusal{Rule: "bad", Measured: "a stop"}
			}
			return o, nil
		}}, "does not say what it measured"},
		"blocks closing": {bad{init: func(s *risk.Setup) {
			s.Orders(func(d *risk.Desk, u market.OrderUpdate) {
				for i := range market.InstrumentID(2) {
					for _, o := range d.OpenOrders(i) {
						if o.Side == market.Sell {
							_ = d.Cancel(o.ID)
						}
					}
				}
			})
		}}, "could not close"},
		"halts without a word": {bad{init: func(s *risk.Setup) {
			s.Bars(risk.BarQuery{}, func(d *risk.Desk, _ *risk.Series) { d.Halt(risk.Halt{Account: true}) })
		}}, "account: bad: "},
	} {
		r := &recorder{TB: t}
		for seed := range uint64(6) {
			s := suite{plugin: risk.Plugin{Name: "bad", New: func() risk.Rule { rule := c.rule; return &rule }}, set: func(risk.Rule) {}, seed: seed + 1}
			s.run(r)
		}
		if !strings.Contains(strings.Join(r.failed, "\n"), c.want) {
			t.Errorf("a rule that %s is not found out by %q: %q", name, c.want, r.failed)
		}
	}
}

func TestSuitePassesARuleThatDoesNothing(t *testing.T) {
	Run(t, risk.Plugin{Name: "idle", Doc: "does nothing", Sample: "[risk.main]\nrules = [\"idle\"]\n", New: func() risk.Rule { return &bad{} }})
}
