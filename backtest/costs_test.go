package backtest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/engine"
)

// earning is a run that gains what f makes of the multiple of the costs.
func earning(f func(multiple float64) float64, fills int) func(decimal.Decimal) (backtest.Headline, error) {
	return func(m decimal.Decimal) (backtest.Headline, error) {
		x := m.InexactFloat64()
		final := decimal.New(100, 0).Add(decimal.NewFromFloat(f(x)))
		r := &engine.Result{Start: decimal.New(100, 0), Final: final}
		for range fills {
			r.Orders = append(r.Orders, &engine.Order{})
		}
		h := backtest.NewHeadline(&backtest.Report{FinalEquity: final, ResultHash: final.String()}, r)
		h.Fills = fills
		return h, nil
	}
}

// TestBreakEven: what is found, and in how many runs.
func TestBreakEven(t *testing.T) {
	for name, c := range map[string]struct {
		gain  func(float64) float64
		fills int
		want  string
	}{
		"below 1":         {func(x float64) float64 { return 0.305 - x }, 2, "found 0.3 0.31 10"},
		"between 1 and 2": {func(x float64) float64 { return 1.5 - x }, 2, "found 1.49 1.5 10"},
		"exactly 1":       {func(x float64) float64 { return 1 - x }, 2, "found 0.99 1 10"},
		"above 2":         {func(x float64) float64 { return 3.14159 - x }, 2, "found 3.14 3.15 14"},
		"at the limit":    {func(x float64) float64 { return 10 - x }, 2, "found 9.99 10 14"},
		"above the limit": {func(x float64) float64 { return 10.5 - x }, 2, "profitable_at_limit 4"},
		"loses anyway":    {func(x float64) float64 { return -1 - x }, 2, "loses_without_costs 3"},
		"wins nothing":    {func(x float64) float64 { return -x }, 2, "loses_without_costs 3"},
		"no costs":        {func(x float64) float64 { return 1 }, 2, "no_costs 3"},
		"nothing traded":  {func(x float64) float64 { return 0 }, 0, "nothing_traded 3"},
		"falls and rises": {func(x float64) float64 { return (x-0.5)*(x-0.5) - 0.0625 }, 2, "profitable_at_limit 4"},
	} {
		var costs backtest.Costs
		if err := costs.Fill(1000, earning(c.gain, c.fills)); err != nil {
			t.Fatal(err)
		}
		b := &costs.BreakEven
		got := fmt.Sprintf("%s %d", b.Outcome, b.Runs)
		if b.Low != nil {
			got = fmt.Sprintf("%s %s %s %d", b.Outcome, b.Low, b.High, b.Runs)
		}
		if got != c.want || len(costs.Runs) != 3 {
			t.Errorf("%s: %s, want %s; %d runs in the table", name, got, c.want, len(costs.Runs))
		}
	}
}

// TestBreakEvenBounded: costs above the limit are neither run nor searched.
func TestBreakEvenBounded(t *testing.T) {
	for _, c := range []struct {
		limit int64
		gain  func(float64) float64
		want  string
	}{
		{125, func(x float64) float64 { return 3 - x }, "profitable_at_limit 1.25 3"},
		{100, func(x float64) float64 { return 3 - x }, "profitable_at_limit 1 2"},
		{199, func(x float64) float64 { return 1.5 - x }, "found 1.99 9"},
		{150, func(x float64) float64 { return 0.5 - x }, "found 1.5 9"},
		{100, func(x float64) float64 { return 1 }, "no_costs 1 2"},
		{200, func(x float64) float64 { return 3 - x }, "profitable_at_limit 2 3"},
	} {
		var costs backtest.Costs
		most := 0.0
		err := costs.Fill(c.limit, func(m decimal.Decimal) (backtest.Headline, error) {
			most = max(most, m.InexactFloat64())
			return earning(c.gain, 2)(m)
		})
		if err != nil {
			t.Fatal(err)
		}
		b := &costs.BreakEven
		if got := fmt.Sprintf("%s %s %d", b.Outcome, b.Limit, b.Runs); got != c.want || len(costs.Runs) != 3 || most*100 > float64(c.limit) {
			t.Errorf("limit %d: %s, want %s; %d runs in the table, the largest of ×%v", c.limit, got, c.want, len(costs.Runs), most)
		}
		possible := costs.Runs[2].Headline != nil
		text, err := json.Marshal(costs.Runs[2])
		if null := bytes.Contains(text, []byte(`"final_equity":null,"total_return":null`)); err != nil || possible == null || possible != (c.limit >= 200) {
			t.Errorf("limit %d: ×2 is %s: %v", c.limit, text, err)
		}
	}
}

// TestBreakEvenStops: the first error ends the search.
func TestBreakEvenStops(t *testing.T) {
	for last := range 9 {
		n := 0
		run := earning(func(x float64) float64 { return 3 - x }, 1)
		err := new(backtest.Costs).Fill(1000, func(m decimal.Decimal) (backtest.Headline, error) {
			if n++; n > last {
				return backtest.Headline{}, fmt.Errorf("run %d", n)
			}
			return run(m)
		})
		if err == nil || n != last+1 {
			t.Errorf("%v after %d runs, want an end at %d", err, n, last+1)
		}
	}
}
