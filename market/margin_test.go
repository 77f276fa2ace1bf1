package market_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// ladder is the beginning of a venue's table of brackets: the deduction makes the
// maintenance margin continuous at a cap (50,000 × 0.004 = 50,000 × 0.005 − 50).
func ladder(leverage string) *market.Margin {
	d := decimal.RequireFromString
	return &market.Margin{Leverage: d(leverage), Brackets: []market.MarginBracket{
		{Cap: d("50000"), MaxLeverage: d("125"), Rate: d("0.004")},
		{Cap: d("250000"), MaxLeverage: d("100"), Rate: d("0.005"), Deduction: d("50")},
		{Cap: d("1000000"), MaxLeverage: d("50"), Rate: d("0.01"), Deduction: d("1300")},
	}}
}

func TestMargin(t *testing.T) {
	d := decimal.RequireFromString
	for _, c := range []struct {
		leverage, notional, initial, maintenance string
		allowed                                  bool
	}{
		{"125", "50000", "400", "200", true},
		{"125", "50000.01", "400.00008", "200.00005", false}, // the second bracket allows 100
		{"100", "250000", "2500", "1200", true},
		{"3", "100", "33.333333333333", "0.4", true},
		{"50", "1000000", "20000", "8700", true},
		{"1", "1000001", "1000001", "8700.01", false}, // above every cap
	} {
		m := ladder(c.leverage)
		if got := m.Initial(d(c.notional)); !got.Equal(d(c.initial)) {
			t.Errorf("initial margin of %s at %s is %s, want %s", c.notional, c.leverage, got, c.initial)
		}
		if got := m.Maintenance(d(c.notional)); !got.Equal(d(c.maintenance)) {
			t.Errorf("maintenance margin of %s is %s, want %s", c.notional, got, c.maintenance)
		}
		if got := m.Allows(d(c.notional)); got != c.allowed {
			t.Errorf("%s at leverage %s allowed: %v, want %v", c.notional, c.leverage, got, c.allowed)
		}
	}
}

func TestMarginValidate(t *testing.T) {
	d := decimal.RequireFromString
	for name, spoil := range map[string]func(*market.Margin){
		"leverage":        func(m *market.Margin) { m.Leverage = d("0.9") },
		"fee":             func(m *market.Margin) { m.LiquidationFee = d("1") },
		"caps fall":       func(m *market.Margin) { m.Brackets[1].Cap = d("50000") },
		"unbounded first": func(m *market.Margin) { m.Brackets[0].Cap = decimal.Zero },
		"rate":            func(m *market.Margin) { m.Brackets[2].Rate = d("1") },
		"deduction":       func(m *market.Margin) { m.Brackets[2].Deduction = d("-1") },
	} {
		m := ladder("10")
		if err := m.Validate(); err != nil {
			t.Fatal(err)
		}
		if spoil(m); m.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
