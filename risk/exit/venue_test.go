package exit_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/exit"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

// TestAtTheVenue buys 1 at 100 without fees, and lets rules rest their levels.
func TestAtTheVenue(t *testing.T) {
	const ordered, bought = "1 a/1 buy market A0USDT 1", "2 a/1 filled 1 at 100"
	wick := []string{"100 100 100 100", "100 100 100 100", "100 104 100 103", "103 103 95 102", "102 102 102 102"}
	for _, c := range []struct {
		name  string
		rules []risk.Rule
		bars  []string
		steps []risktest.Step
		want  []string
	}{{
		name: "a stop acts inside the bar", rules: []risk.Rule{&exit.StopLoss{Percent: dec("0.04")}}, bars: wick,
		want: []string{ordered, bought, "2 a/2 sell stop A0USDT 1 stop 96 (x1)", "4 a/2 filled 1 at 96"},
	}, {
		name: "a target does, too", rules: []risk.Rule{&exit.TakeProfit{Percent: dec("0.03")}}, bars: wick,
		want: []string{ordered, bought, "2 a/2 sell limit A0USDT 1 at 103 (x1)", "3 a/2 filled 1 at 103"},
	}, {
		name: "a stop that trails is moved when bars close", rules: []risk.Rule{&exit.TrailingStop{Percent: dec("0.1")}},
		bars: []string{"100 100 100 100", "100 100 100 100", "100 110 100 110", "110 112 105 112", "112 112 100 101", "101 101 101 101"},
		want: []string{
			ordered, bought, "2 a/2 sell stop A0USDT 1 stop 90 (x1)", "3 a/3 sell stop A0USDT 1 stop 99 (x1)",
			"4 a/4 sell stop A0USDT 1 stop 100.8 (x1)", "5 a/4 filled 1 at 100.8",
		},
	}, {
		name: "a stop that moves past the close is a market order", rules: []risk.Rule{&exit.TrailingStop{Percent: dec("0.02")}},
		bars: []string{"100 100 100 100", "100 100 100 100", "100 110 100 104", "105 105 105 105"},
		want: []string{ordered, bought, "2 a/2 sell stop A0USDT 1 stop 98 (x1)", "3 a/2 cancel", "3 a/3 sell market A0USDT 1 (x1)", "4 a/3 filled 1 at 105"},
	}, {
		name: "the tightest stop and the nearest target rest as one list",
		rules: []risk.Rule{
			&exit.StopLoss{Percent: dec("0.1")}, &exit.TrailingStop{Percent: dec("0.02"), Offset: dec("0.03"), Wait: true},
			&exit.ROI{Table: map[string]decimal.Decimal{"0": dec("0.5"), "120": dec("0.1")}},
		},
		bars: []string{"100 100 100 100", "100 100 100 100", "100 103 100 103", "103 103 102 102", "102 111 102 111"},
		want: []string{
			ordered, bought, "2 a/2 sell stop A0USDT 1 stop 90 (x1)", "2 a/3 sell limit A0USDT 1 at 150 (x3)",
			"3 a/4 sell stop A0USDT 1 stop 100.94 (x2)", "3 a/5 sell limit A0USDT 1 at 110 (x3)", "5 a/5 filled 1 at 110",
		},
	}, {
		name: "time closes by the market what rests", rules: []risk.Rule{&exit.StopLoss{Percent: dec("0.1")}, &exit.TimeStop{Bars: 2}},
		bars: wick,
		want: []string{ordered, bought, "2 a/2 sell stop A0USDT 1 stop 90 (x1)", "3 a/2 cancel", "3 a/3 sell market A0USDT 1 (x2)", "4 a/3 filled 1 at 103"},
	}, {
		name: "a row of -1 does", rules: []risk.Rule{&exit.ROI{Table: map[string]decimal.Decimal{"0": dec("0.5"), "120": dec("-1")}}}, bars: wick,
		want: []string{ordered, bought, "2 a/2 sell limit A0USDT 1 at 150 (x1)", "3 a/2 cancel", "3 a/3 sell market A0USDT 1 (x1)", "4 a/3 filled 1 at 103"},
	}} {
		t.Run(c.name, func(t *testing.T) {
			h := risktest.History(bars(t, c.bars...))
			free(&h.Instruments[0])
			var rules []risk.Named
			for k, r := range c.rules {
				rules = append(rules, risk.Named{Name: "x" + string(rune('1'+k)), Rule: r})
			}
			got := risktest.Trial{
				History: h, Rules: rules, Strategies: []strategy.Strategy{risktest.Play(append(c.steps, risktest.At(1, risktest.Buy(0, "1")))...)},
			}.Run(t).Log()
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("log differs (-want +got):\n%s", d)
			}
		})
	}
}

// opener opens positions at random, leaves their end to a rule, and notes what the rule
// says after each bar.
type opener struct {
	dice
	rule risk.Rule
	said []string
}

// Init subscribes to all bars.
func (x *opener) Init(s *strategy.Setup) error {
	if err := x.dice.Init(s); err != nil {
		return err
	}
	s.Instant(strategy.BarQuery{}, func(*strategy.Context) { x.said = append(x.said, exit.Say(x.rule)) })
	return nil
}

// TestLevelsRestAtTheVenue plays rules on random walks. The level that a rule has at a
// close is where the position is closed in the next bar if that bar reaches it, and nowhere
// else: by the market at its open, where the close has met the level already.
func TestLevelsRestAtTheVenue(t *testing.T) {
	const hours = 400
	for name, rule := range map[string]func() risk.Rule{
		"stop_loss":   func() risk.Rule { return &exit.StopLoss{Percent: dec("0.02")} },
		"take_profit": func() risk.Rule { return &exit.TakeProfit{Percent: dec("0.02")} },
		"trailing_stop": func() risk.Rule {
			return &exit.TrailingStop{Percent: dec("0.03"), Tight: dec("0.01"), Offset: dec("0.01")}
		},
		"break_even": func() risk.Rule { return &exit.BreakEven{Gain: dec("0.01")} },
		"chandelier": func() risk.Rule { return &exit.Chandelier{Period: 14, Multiple: 1.7} },
		"roi": func() risk.Rule {
			return &exit.ROI{Table: map[string]decimal.Decimal{"60": dec("0.03"), "300": dec("0.01"), "900": dec("-0.02")}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			closed := 0
			for seed := range uint64(16) {
				h := risktest.History(risktest.Walk(seed, market.Hour, hours))
				if in := &h.Instruments[0]; seed%2 == 1 {
					in.Fees.InQuote, in.Margin = true, &market.Margin{Leverage: dec("3")}
				}
				x := &opener{dice: dice{seed: seed, short: seed%2 == 1, opens: true}, rule: rule()}
				trace := risktest.Trial{History: h, Strategies: []strategy.Strategy{x}, Rules: []risk.Named{{Name: "x", Rule: x.rule}}}.Run(t)
				closed += checkFills(t, seed, trace, x.said, h.Series[0].Columns)
			}
			if closed < 40 {
				t.Errorf("only %d positions were closed", closed)
			}
		})
	}
}

// checkFills compares where positions were closed with the levels of one bar before.
func checkFills(t *testing.T, seed uint64, trace *risktest.Trace, said []string, c *market.Columns) (closed int) {
	t.Helper()
	for n := 1; n < len(said) && closed < len(trace.Trades); n++ {
		level, target := strings.CutPrefix(said[n-1], "+")
		if level == "-" {
			continue
		}
		trade := trace.Trades[closed]
		wants, at := reaches(level, target, trade.Short, c.Bar(n-1), c.Bar(n))
		if ended := said[n] == "-"; ended != wants {
			t.Fatalf("seed %d, bar %d: closed is %v, should be %v: the level was %s", seed, n+1, ended, wants, said[n-1])
		}
		if !wants {
			continue
		}
		closed++
		if price := trade.Exits[0].Price; len(at) > 0 && !slices.ContainsFunc(at, price.Equal) {
			t.Fatalf("seed %d, bar %d: closed at %s, and not at one of %s: the level was %s", seed, n+1, price, at, said[n-1])
		}
	}
	return closed
}

// reaches reports whether a bar closes a position with a level that the bar before left, and
// at which prices it may: any where the close had met the level before.
func reaches(level string, target, short bool, before, bar market.Bar) (closed bool, at []decimal.Decimal) {
	if level == "none" {
		return false, nil
	}
	l, sign, extreme := dec(level), 1, bar.Low // a stop of a long position: falling prices meet it
	if target != short {
		sign, extreme = -1, bar.High
	}
	beyond := func(price float64) int { return sign * l.Cmp(market.Price(price, 2)) }
	switch {
	case beyond(before.Close) >= 0:
		return true, nil
	case target: // a limit order fills where the price trades through it, and at the open when it just arrives
		return beyond(extreme) > 0 || beyond(bar.Open) >= 0, []decimal.Decimal{l, market.Price(bar.Open, 2)}
	case beyond(bar.Open) >= 0:
		return true, []decimal.Decimal{market.Price(bar.Open, 2)}
	}
	return beyond(extreme) >= 0, []decimal.Decimal{l}
}
