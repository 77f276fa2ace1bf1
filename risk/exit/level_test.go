package exit_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/backtest"
	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/exit"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

func table(rows ...string) map[string]decimal.Decimal {
	t := map[string]decimal.Decimal{}
	for k := 0; k < len(rows); k += 2 {
		t[rows[k]] = dec(rows[k+1])
	}
	return t
}

// follow runs a rule over bars and tells of the position after each: its stop and target,
// or that it is being closed.
func follow(t *testing.T, h *backtest.History, rule risk.Rule, steps ...risktest.Step) string {
	t.Helper()
	var seen []string
	for bar := range h.Series[0].Columns.Len() {
		steps = append(steps, risktest.Step{Bar: bar + 1, Do: func(*strategy.Context) { seen = append(seen, exit.Say(rule)) }})
	}
	risktest.Trial{History: h, Strategies: []strategy.Strategy{risktest.Play(steps...)}, Rules: []risk.Named{{Name: "x", Rule: rule}}}.Run(t)
	return strings.Join(seen, " ")
}

// free trades without fees, spot pays 0.1 % of what it buys, and short sells a perpetual.
func free(in *market.Instrument) { in.Fees = market.Fees{} }
func spot(*market.Instrument)    {}
func short(in *market.Instrument) {
	in.Fees.InQuote, in.Margin = true, &market.Margin{Leverage: dec("3")}
}
func freeShort(in *market.Instrument) {
	short(in)
	in.Fees = market.Fees{InQuote: true}
}

// bars makes hours of "open high low close", a string each.
func bars(t *testing.T, list ...string) *market.Columns {
	c := risktest.Closes(market.Hour, make([]float64, len(list))...)
	for k, s := range list {
		if _, err := fmt.Sscan(s, &c.Open[k], &c.High[k], &c.Low[k], &c.Close[k]); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// TestLevels compares the levels with numbers that were computed by hand. Everything is
// bought or sold at the open of bar 2, at 100. The first rows are those of docs/risk.md.
func TestLevels(t *testing.T) {
	rise := risktest.Closes(market.Hour, 100, 100, 101, 102, 103, 110, 106)
	fall := risktest.Closes(market.Hour, 100, 100, 99, 98, 97, 90, 94)
	wick := bars(t, "100 100 100 100", "100 108 97 101", "101 110 99 104", "104 105 103 103", "103 103 98 98")
	ranges := bars(t, "100 102 98 100", "100 103 97 100", "100 104 98 100", "100 108 97 101", "101 110 99 104", "104 105 103 103", "103 103 98 98")
	minutes := risktest.Closes(5*market.Minute, 100, 100, 100, 102.5, 102.5, 101, 100.5, 100.5, 99, 99)
	for name, c := range map[string]struct {
		rule risk.Rule
		in   func(*market.Instrument)
		bars *market.Columns
		want string
	}{
		"trailing":                     {&exit.TrailingStop{Percent: dec("0.1")}, free, rise, "- 90 90.9 91.8 92.7 99 99"},
		"trailing, tight in profit":    {&exit.TrailingStop{Percent: dec("0.1"), Tight: dec("0.02")}, free, rise, "- 90 98.98 99.96 100.94 107.8 closing"},
		"trailing, tight after offset": {&exit.TrailingStop{Percent: dec("0.1"), Tight: dec("0.02"), Offset: dec("0.03")}, free, rise, "- 90 90.9 91.8 100.94 107.8 closing"},
		"trailing, none before offset": {&exit.TrailingStop{Percent: dec("0.02"), Offset: dec("0.03"), Wait: true}, free, rise, "- none none none 100.94 107.8 closing"},
		"trailing short":               {&exit.TrailingStop{Percent: dec("0.1"), Tight: dec("0.02"), Offset: dec("0.03")}, freeShort, fall, "- 110 108.9 107.8 98.94 91.8 closing"},
		// The entry cost 100 ÷ 0.999 = 100.1001. To gain 3 % after both fees takes 100.1001 × 1.03 ÷ 0.999 = 103.2064.
		"trailing with fees":  {&exit.TrailingStop{Percent: dec("0.1"), Tight: dec("0.02"), Offset: dec("0.03")}, spot, rise, "- 90.09 90.9 91.8 92.7 107.8 closing"},
		"trailing over wicks": {&exit.TrailingStop{Percent: dec("0.1")}, free, wick, "- 97.2 99 99 closing"},

		"stop":         {&exit.StopLoss{Percent: dec("0.05")}, spot, rise, "- 95.09 95.09 95.09 95.09 95.09 95.09"}, // 95.095095
		"stop short":   {&exit.StopLoss{Percent: dec("0.05")}, short, fall, "- 105 105 105 105 105 105"},
		"target":       {&exit.TakeProfit{Percent: dec("0.1")}, spot, rise, "- +110.12 +110.12 +110.12 +110.12 +110.12 +110.12"}, // 110.11011
		"target short": {&exit.TakeProfit{Percent: dec("0.1")}, short, fall, "- +90 +90 +90 +90 closing -"},

		// 5 % take 105.2103, and 100.1001 ÷ 0.999 = 100.2003 is even.
		"break even":        {&exit.BreakEven{Gain: dec("0.05")}, spot, rise, "- none none none none 100.2 100.2"},
		"break even, more":  {&exit.BreakEven{Gain: dec("0.02"), Offset: dec("0.01")}, free, rise, "- none none 101 101 101 101"},
		"break even, wicks": {&exit.BreakEven{Gain: dec("0.08")}, free, wick, "- 100 100 100 closing"},
		// Sold at 100 with a fee of 0.1: 99.9 ÷ 1.001 = 99.8001 is even, and 3 % take 96.8061.
		"break even short": {&exit.BreakEven{Gain: dec("0.03")}, short, fall, "- none none none none 99.81 99.81"},

		// Bought at the open of bar 4. The ranges from bar 2 on are 6, 6, 11, 11, 2 and 5; the averages of two from bar 3
		// on 6, (6 + 11) ÷ 2 = 8.5, 9.75, 5.875 and 5.4375; the peaks 108 and 110.
		"chandelier":       {&exit.Chandelier{Period: 2, Multiple: 2}, free, ranges, "- - - 91 91 98.25 closing"},
		"chandelier, near": {&exit.Chandelier{Period: 2, Multiple: 1}, free, ranges, "- - - 99.5 100.25 closing -"},

		"roi":           {&exit.ROI{Table: table("0", "0.04", "20", "0.02", "30", "0.01", "40", "0")}, free, minutes, "- +104 +104 +104 closing - - - - -"},
		"roi, later":    {&exit.ROI{Table: table("0", "0.04", "20", "0.03", "30", "0.01", "40", "-0.01")}, free, minutes, "- +104 +104 +104 +103 +103 +101 +101 closing -"},
		"roi, none yet": {&exit.ROI{Table: table("15", "0.05", "30", "-1")}, free, minutes, "- none none +105 +105 +105 closing - - -"},
		// 99.9 × (1 − 0.02) ÷ 1.001 = 97.8041, and a row of whole hours.
		"roi short": {&exit.ROI{Table: table("0", "0.5", "180", "0.02")}, short, fall, "- +49.9 +49.9 +97.8 closing - -"},

		"bars":             {&exit.TimeStop{Bars: 3}, free, rise, "- none none closing - - -"},
		"time":             {&exit.TimeStop{After: market.Duration(4 * market.Hour)}, free, rise, "- none none none closing - -"},
		"time, either":     {&exit.TimeStop{After: market.Duration(4 * market.Hour), Bars: 2}, free, rise, "- none closing - - - -"},
		"winners are left": {&exit.TimeStop{Bars: 2, SpareWinners: true}, free, minutes, "- none closing - - - - - - -"},
	} {
		t.Run(name, func(t *testing.T) {
			h, at, order := risktest.History(c.bars), 1, risktest.Buy(0, "1")
			if c.in(&h.Instruments[0]); h.Instruments[0].Perpetual() {
				order = risktest.Sell(0, "1")
			}
			if c.bars == ranges {
				at = 3
			}
			if d := cmp.Diff(c.want, follow(t, h, exit.AtClose(c.rule), risktest.At(at, order))); d != "" {
				t.Errorf("after each bar (-want +got):\n%s", d)
			}
		})
	}
}

// TestSignalDecay holds from the open of bar 2 to what a signal says at bar closes: bar,
// value, and so on; NaN is null.
func TestSignalDecay(t *testing.T) {
	null := math.NaN()
	for name, c := range map[string]struct {
		rule  exit.SignalDecay
		in    func(*market.Instrument)
		said  []float64
		wants string
	}{
		"falls since the entry":        {exit.SignalDecay{Fall: 15}, spot, []float64{1, 80, 3, 90, 4, 65.1, 5, 65}, "- none none none closing -"},
		"falls by tenths":              {exit.SignalDecay{Fall: 0.2}, spot, []float64{1, 0.3, 4, 0.1}, "- none none closing - -"},
		"rises against a short":        {exit.SignalDecay{Fall: 15}, short, []float64{1, 10, 3, 0, 4, 25}, "- none none closing - -"},
		"below":                        {exit.SignalDecay{Below: limit("50")}, spot, []float64{1, 80, 3, 50, 4, 49.9}, "- none none closing - -"},
		"below is for long ones":       {exit.SignalDecay{Below: limit("50")}, short, []float64{1, 40}, "- none none none none none"},
		"above":                        {exit.SignalDecay{Above: limit("50")}, short, []float64{1, 40, 5, 51}, "- none none none closing -"},
		"null closes":                  {exit.SignalDecay{Fall: 15}, spot, []float64{1, 80, 4, null}, "- none none closing - -"},
		"too old closes":               {exit.SignalDecay{Fall: 15, MaxAge: market.Duration(3 * market.Hour)}, spot, []float64{1, 80}, "- none none none closing -"},
		"null keeps":                   {exit.SignalDecay{Fall: 15, OnAbsent: "keep"}, spot, []float64{1, 80, 3, null, 5, 65}, "- none none none closing -"},
		"nothing opens without it":     {exit.SignalDecay{Fall: 15, OnAbsent: "keep"}, spot, []float64{2, 80}, "- - - - - -"},
		"nothing opens on what is low": {exit.SignalDecay{Below: limit("50")}, spot, []float64{1, 49}, "- - - - - -"},
	} {
		t.Run(name, func(t *testing.T) {
			h, order := risktest.History(risktest.Closes(market.Hour, 100, 100, 100, 100, 100, 100)), risktest.Buy(0, "1")
			if c.in(&h.Instruments[0]); h.Instruments[0].Perpetual() {
				order = risktest.Sell(0, "1")
			}
			for _, subject := range []market.Subject{"A0", market.MarketWide} {
				h.Signals = nil
				for k := 0; k < len(c.said); k += 2 {
					at := risktest.Start + market.Time(c.said[k])*market.Time(market.Hour)
					h.Signals = append(h.Signals, market.Signal{
						Source: "s", Kind: "trader_grade", Subject: subject, Effective: at, Known: at, Value: c.said[k+1], Null: c.said[k+1] != c.said[k+1],
					})
				}
				rule := c.rule
				rule.Kind, rule.Subject = "trader_grade", map[bool]string{true: "market", false: "asset"}[subject == market.MarketWide]
				if rule.OnAbsent == "" {
					rule.OnAbsent = "close"
				}
				if d := cmp.Diff(c.wants, follow(t, h, &rule, risktest.At(1, order))); d != "" {
					t.Errorf("%s: after each bar (-want +got):\n%s", subject, d)
				}
			}
		})
	}
}

func limit(s string) decimal.NullDecimal { return decimal.NewNullDecimal(dec(s)) }
