package exit_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
	"github.com/signalman-trading/signalman/risk/exit"
	"github.com/signalman-trading/signalman/risk/risktest"
	"github.com/signalman-trading/signalman/strategy"
)

var one = dec("1")

// story is a position as somebody sees it who has the whole list of bars before him, and
// counts everything anew at the close of the last one. Prices are exact.
type story struct {
	bars    []exactBar // all up to now
	first   int        // the one in which the position was opened
	since   market.Time
	entries []decimal.Decimal // average entry price at the close of each bar from first on
	short   bool
	fee     decimal.Decimal // of either side
	spot    bool
	signals []market.Signal
}

type exactBar struct {
	open, end        market.Time
	high, low, close decimal.Decimal
}

func (s *story) last() exactBar { return s.bars[len(s.bars)-1] }

// best returns the best price up to a bar.
func (s *story) best(n int) decimal.Decimal {
	best := s.entries[0]
	for _, b := range s.bars[s.first : n+1] {
		price := b.close
		if b.open >= s.since && s.short {
			price = b.low
		} else if b.open >= s.since {
			price = b.high
		}
		if s.past(price, best) {
			best = price
		}
	}
	return best
}

// past reports whether a price is at least as good as another.
func (s *story) past(price, other decimal.Decimal) bool {
	if s.short {
		price, other = other, price
	}
	return !price.LessThan(other)
}

// brings reports whether closing at a price, in bar n, brings a return or more. No division
// is needed for it.
func (s *story) brings(n int, price, least decimal.Decimal) bool {
	entry := s.entries[n-s.first]
	if s.short {
		return !price.Mul(one.Add(s.fee)).GreaterThan(entry.Mul(one.Sub(s.fee)).Mul(one.Sub(least)))
	}
	if !s.spot {
		entry = entry.Mul(one.Add(s.fee))
	}
	return !price.Mul(one.Sub(s.fee)).LessThan(entry.Mul(one.Add(least)))
}

// away returns a price a share to the side of loss.
func (s *story) away(price, share decimal.Decimal) decimal.Decimal {
	if s.short {
		share = share.Neg()
	}
	return price.Mul(one.Sub(share))
}

// stopped reports whether the close is as bad as the tightest of the stops that were set at
// the closes up to now; set returns false for none.
func (s *story) stopped(set func(n int) (decimal.Decimal, bool)) bool {
	for n := s.first; n < len(s.bars); n++ {
		if stop, ok := set(n); ok && s.past(stop, s.last().close) {
			return true
		}
	}
	return false
}

func trails(percent, offset, tight string, wait bool) func(*story) bool {
	return func(s *story) bool {
		return s.stopped(func(n int) (decimal.Decimal, bool) {
			best, least := s.best(n), dec(offset)
			gained := s.brings(n, best, least)
			if least.IsZero() { // any profit will do, and 0 is none
				gained = gained && s.brings(n, best, dec("0.000000001"))
			}
			if gained && tight != "" {
				return s.away(best, dec(tight)), true
			}
			return s.away(best, dec(percent)), gained || !wait
		})
	}
}

func breaksEven(gain, offset string) func(*story) bool {
	return func(s *story) bool {
		for n := s.first; n < len(s.bars); n++ {
			if s.brings(n, s.best(n), dec(gain)) {
				now := len(s.bars) - 1
				return !s.brings(now, s.last().close, dec(offset).Add(dec("0.000000001")))
			}
		}
		return false
	}
}

func returns(rows ...string) func(*story) bool {
	return func(s *story) bool {
		age, least := s.last().end-s.since, ""
		for k := 0; k < len(rows); k += 2 {
			if age >= market.Time(dec(rows[k]).IntPart())*market.Time(market.Minute) {
				least = rows[k+1]
			}
		}
		return least != "" && s.brings(len(s.bars)-1, s.last().close, dec(least))
	}
}

func ages(after market.Interval, bars int, spare bool) func(*story) bool {
	return func(s *story) bool {
		held := 0
		for _, b := range s.bars[s.first:] {
			if b.end > s.since {
				held++
			}
		}
		over := after > 0 && s.last().end-s.since >= market.Time(after) || bars > 0 && held >= bars
		return over && !(spare && s.brings(len(s.bars)-1, s.last().close, dec("0.000000001")))
	}
}

// hangs computes the average true range from the first bar on, at each bar. The entry has
// the one of the bar before.
func hangs(period int, multiple float64) func(*story) bool {
	return func(s *story) bool {
		set := func(n int) (decimal.Decimal, bool) {
			average := 0.0
			for k := 1; k <= n; k++ {
				b, before := s.bars[k], s.bars[k-1].close
				true := market.Float(decimal.Max(b.high, before).Sub(decimal.Min(b.low, before)))
				if k <= period {
					average += true / float64(period)
				} else {
					average = (average*float64(period-1) + true) / float64(period)
				}
			}
			distance := decimal.NewFromFloat(multiple * average)
			if s.short {
				distance = distance.Neg()
			}
			return s.best(n).Sub(distance), n >= period
		}
		stop, ok := set(s.first - 1)
		return ok && s.past(stop, s.last().close) || s.stopped(set)
	}
}

// says returns the signal as of a time.
func (s *story) says(at, age market.Time) (decimal.Decimal, bool) {
	var row *market.Signal
	for k := range s.signals {
		if s.signals[k].Known <= at {
			row = &s.signals[k]
		}
	}
	if row == nil || row.Null || at-row.Effective > age {
		return decimal.Zero, false
	}
	return decimal.NewFromFloat(row.Value), true
}

func decays(fall string, age market.Interval, closes bool) func(*story) bool {
	return func(s *story) bool {
		now, ok := s.says(s.last().end, market.Time(age))
		if !ok {
			return closes
		}
		for n := s.first; ; n++ {
			if base, ok := s.says(s.bars[n].end, market.Time(age)); ok {
				lost := base.Sub(now)
				if s.short {
					lost = lost.Neg()
				}
				return !lost.LessThan(dec(fall))
			}
		}
	}
}

// dice opens, adds to, closes and turns positions at random.
type dice struct {
	seed  uint64
	short bool // a perpetual
	opens bool // does no more than that
	rand  *rand.Rand
}

// Init subscribes to all bars.
func (x *dice) Init(s *strategy.Setup) error {
	x.rand = rand.New(rand.NewPCG(x.seed, 7))
	s.Instant(strategy.BarQuery{}, x.instant)
	return nil
}

func (x *dice) instant(c *strategy.Context) {
	side, back, held := market.Buy, market.Sell, c.Position(0)
	if x.short && held.IsZero() && x.rand.IntN(2) == 0 || held.IsNegative() {
		side, back = back, side
	}
	opening := market.Order{Side: side, Type: market.Market, Quantity: dec("1")}
	closing := market.Order{Side: back, Type: market.Market, Quantity: held.Abs(), ReduceOnly: true}
	switch n := x.rand.IntN(100); {
	case len(c.OpenOrders(0)) > 0:
		return
	case held.IsZero() && n < 20:
	case held.IsZero() && n < 30 && side == market.Buy:
		opening.Type, opening.Price = market.Limit, decimal.NewFromFloat(c.Price(0)).Mul(dec("0.998"))
	case held.IsZero() || n >= 10 || x.opens:
		return
	case n < 4: // adds
	case n < 6:
		opening = closing
	case n < 8: // closes and opens
		submit(c, closing)
	case x.short: // turns
		opening = closing
		opening.Quantity, opening.ReduceOnly = held.Abs().Add(dec("2")), false
	}
	submit(c, opening)
}

func submit(c *strategy.Context, o market.Order) {
	if _, err := c.Submit(o); err != nil {
		c.Fail(err)
	}
}

// tell finds in a trace the bars at which the rule decided to close, and those at which an
// oracle would.
func tell(t *testing.T, trace *risktest.Trace, s *story, columns *market.Columns, due func(*story) bool) (got, want []string) {
	t.Helper()
	quantity, cost := decimal.Zero, decimal.Zero
	at, sides := 0, map[market.OrderID]market.Side{}
	for k := range trace.Records {
		r := &trace.Records[k]
		if d := r.Decision; d != nil && d.Action == market.Submit {
			if sides[d.Order.ID] = d.Order.Side; d.Order.Reason == "x" {
				got = append(got, fmt.Sprint(trace.Bar(r.Time)))
			}
		}
		if u := r.Event.Update; r.Kind == market.RecordEvent && u != nil && u.Fill != nil {
			side := sides[u.ID]
			f := u.Fill
			q := f.Quantity
			if s.spot && side == market.Buy {
				q = q.Sub(f.Fee)
			}
			if side == market.Sell {
				q = q.Neg()
			}
			before := quantity
			quantity = quantity.Add(q)
			switch {
			case before.Sign()*quantity.Sign() <= 0: // opened, closed, turned
				cost = quantity.Abs().Mul(f.Price)
				if s.spot && side == market.Buy {
					cost = f.Quantity.Mul(f.Price)
				}
				s.first, s.since, s.entries, s.short = trace.Bar(r.Time)-1, f.Time, nil, quantity.IsNegative()
			case before.Sign() == q.Sign():
				cost = cost.Add(f.Quantity.Mul(f.Price))
			default:
				t.Fatalf("a position was closed in part")
			}
		}
		if r.Kind != market.RecordEvent || r.Event.Kind != market.KindBar {
			continue
		}
		b := columns.Bar(at)
		at++
		price := func(x float64) decimal.Decimal { return market.Price(x, 2) }
		s.bars = append(s.bars, exactBar{open: b.OpenTime, high: price(b.High), low: price(b.Low), close: price(b.Close), end: b.OpenTime + market.Time(columns.Interval)})
		if quantity.IsZero() {
			continue
		}
		s.entries = append(s.entries, market.Divide(cost, quantity.Abs(), 12))
		if due(s) {
			want = append(want, fmt.Sprint(at))
		}
	}
	return got, want
}

// TestAgainstAnOracle plays each rule on random walks, and compares when it closes with
// what somebody finds who computes the level from the whole list at each bar.
func TestAgainstAnOracle(t *testing.T) {
	const hours = 400
	for name, c := range map[string]struct {
		rule func() risk.Rule
		due  func(*story) bool
	}{
		"stop_loss": {func() risk.Rule { return &exit.StopLoss{Percent: dec("0.03"), At: "close"} }, func(s *story) bool {
			return s.past(s.away(s.entries[len(s.entries)-1], dec("0.03")), s.last().close)
		}},
		"take_profit": {func() risk.Rule { return &exit.TakeProfit{Percent: dec("0.02"), At: "close"} }, func(s *story) bool {
			return s.past(s.last().close, s.away(s.entries[len(s.entries)-1], dec("-0.02")))
		}},
		"trailing_stop":       {func() risk.Rule { return &exit.TrailingStop{Percent: dec("0.03"), At: "close"} }, trails("0.03", "0", "", false)},
		"trailing_stop tight": {func() risk.Rule { return &exit.TrailingStop{Percent: dec("0.04"), Tight: dec("0.01"), At: "close"} }, trails("0.04", "0", "0.01", false)},
		"trailing_stop offset": {func() risk.Rule {
			return &exit.TrailingStop{Percent: dec("0.04"), Tight: dec("0.01"), Offset: dec("0.02"), At: "close"}
		}, trails("0.04", "0.02", "0.01", false)},
		"trailing_stop wait": {func() risk.Rule {
			return &exit.TrailingStop{Percent: dec("0.015"), Offset: dec("0.02"), Wait: true, At: "close"}
		}, trails("0.015", "0.02", "", true)},
		"break_even": {func() risk.Rule { return &exit.BreakEven{Gain: dec("0.02"), Offset: dec("0.005"), At: "close"} }, breaksEven("0.02", "0.005")},
		"roi": {func() risk.Rule {
			return &exit.ROI{Table: map[string]decimal.Decimal{"60": dec("0.03"), "600": dec("0.01"), "1200": dec("-0.01"), "1800": dec("-1")}, At: "close"}
		}, returns("60", "0.03", "600", "0.01", "1200", "-0.01", "1800", "-1")},
		"time_stop":      {func() risk.Rule { return &exit.TimeStop{After: market.Duration(9 * market.Hour)} }, ages(9*market.Hour, 0, false)},
		"time_stop bars": {func() risk.Rule { return &exit.TimeStop{Bars: 6, SpareWinners: true} }, ages(0, 6, true)},
		"chandelier":     {func() risk.Rule { return &exit.Chandelier{Period: 14, Multiple: 1.7, At: "close"} }, hangs(14, 1.7)},
		"signal_decay": {func() risk.Rule {
			return &exit.SignalDecay{Kind: "trader_grade", Subject: "asset", Fall: 10, MaxAge: market.Duration(12 * market.Hour), OnAbsent: "close"}
		}, decays("10", 12*market.Hour, true)},
		"signal_decay keep": {func() risk.Rule {
			return &exit.SignalDecay{Kind: "trader_grade", Subject: "asset", Fall: 10, MaxAge: market.Duration(12 * market.Hour), OnAbsent: "keep"}
		}, decays("10", 12*market.Hour, false)},
	} {
		t.Run(name, func(t *testing.T) {
			found := 0
			for seed := range uint64(16) {
				h := risktest.History(risktest.Walk(seed, market.Hour, hours))
				in := &h.Instruments[0]
				s := &story{fee: in.Fees.Taker, spot: seed%2 == 0, signals: grades(seed, hours)}
				if h.Signals = s.signals; !s.spot {
					in.Fees.InQuote, in.Margin = true, &market.Margin{Leverage: dec("3")}
				}
				trace := risktest.Trial{
					History: h, Strategies: []strategy.Strategy{&dice{seed: seed, short: !s.spot}}, Rules: []risk.Named{{Name: "x", Rule: c.rule()}},
				}.Run(t)
				got, want := tell(t, trace, s, h.Series[0].Columns, c.due)
				if d := cmp.Diff(want, got); d != "" {
					t.Fatalf("seed %d: the bars at which it closes (-want +got):\n%s\n%v", seed, d, trace.Log())
				}
				found += len(got)
			}
			if found < 20 {
				t.Errorf("only %d exits were found", found)
			}
		})
	}
}

// grades makes rows of a signal that wanders, is null now and then, and fails to come.
func grades(seed uint64, hours int) (rows []market.Signal) {
	r := rand.New(rand.NewPCG(seed, 3))
	value := 50.0
	for at := 0; at < hours; at += 1 + r.IntN(8) {
		value += float64(r.IntN(13) - 6)
		known := risktest.Start + market.Time(at)*market.Time(market.Hour)
		rows = append(rows, market.Signal{Source: "s", Kind: "trader_grade", Subject: "A0", Effective: known, Known: known, Value: value, Null: r.IntN(12) == 0})
		if r.IntN(10) == 0 {
			at += 14
		}
	}
	return rows
}
