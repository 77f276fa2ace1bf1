package tokenmetricstest

import (
	"iter"

	"github.com/signalman-trading/signalman/market"
)

func signalRows(a *ask) iter.Seq[func() row] {
	m := a.server.model
	return a.daily(m.snapshot, (*token).signalsSince, func(t *token, d day) func() row {
		signal, trend := m.trends(t).on(d)
		if want := a.query.signal; want != nil && *want != signal {
			return nil
		}
		return func() row { return a.signalRow(t, d, signal, trend) }
	})
}

func (a *ask) signalRow(t *token, d day, signal, trend int) row {
	ours, holding := a.server.model.returns(t, d)
	g := a.grades(t, d)
	r := append(a.head(t), field{"DATE", d.stamp()}, field{"TRADING_SIGNAL", signal})
	if a.v3 {
		return append(r, field{"TOKEN_SIGNAL_STR", word(signal, "bearish", "neutral", "bullish")}, field{"TOKEN_TREND", trend},
			field{"TOKEN_TREND_STR", word(trend, "down", "sideways", "up")}, field{"TRADING_SIGNALS_RETURNS", ours}, field{"HOLDING_RETURNS", holding},
			a.link(t), field{"TM_GRADE", a.since(d, g.tm)}, field{"FUNDAMENTAL_GRADE", a.since(d, g.fundamental)})
	}
	investor := a.since(d, g.investor)
	if g.noInvestor {
		investor = nil
	}
	return append(r, field{"TOKEN_TREND", trend}, field{"TRADING_SIGNALS_RETURNS", ours}, field{"HOLDING_RETURNS", holding},
		field{"tm_link", t.slug()}, field{"TM_TRADER_GRADE", a.since(d, g.trader)}, field{"TM_INVESTOR_GRADE", investor},
		field{"TM_LINK", "https://app.tokenmetrics.com/undefined"})
}

// since returns a grade in a row of trading-signals, where there was none at first.
func (a *ask) since(d day, grade float64) any {
	if d.start() < a.server.o.GradesFrom {
		return nil
	}
	return grade
}

// word chooses by a sign.
func word(sign int, minus, zero, plus string) string {
	switch {
	case sign < 0:
		return minus
	case sign > 0:
		return plus
	}
	return zero
}

// hourlySignalRows follow the trend of the day, with a change at one hour of the day of a
// signal.
func hourlySignalRows(a *ask) iter.Seq[func() row] {
	return func(yield func(func() row) bool) {
		m := a.server.model
		for _, t := range a.chosen() {
			done := false
			a.hours(t.since, func(hour, made market.Time) bool {
				signal, position := m.hour(t, hour)
				done = !yield(func() row {
					return append(row{{"TIMESTAMP", stamp(made)}}, append(a.head(t), field{"CLOSE", t.price(hour)},
						field{"SIGNAL", a.hourlyWord(signal, "SELL", "HOLD", "BUY")}, field{"POSITION", a.hourlyWord(position, "FLAT", "FLAT", "LONG")})...)
				})
				return !done
			})
			if done {
				return
			}
		}
	}
}

// hour returns the signal of an hour and the position after it.
func (m *model) hour(t *token, hour market.Time) (signal, position int) {
	d := dayOf(hour)
	signal, trend := m.trends(t).on(d)
	if signal == 0 {
		return 0, trend
	}
	change := m.at(d) + market.Time(mix(m.seed, drawMinute, uint64(t.ID), uint64(d))%20)*market.Time(market.Hour)
	change = min(change, (d+1).start()-market.Time(market.Hour)) / market.Time(market.Hour) * market.Time(market.Hour)
	switch {
	case hour < change:
		_, trend = m.trends(t).on(d - 1)
		return 0, trend
	case hour > change:
		return 0, trend
	}
	return signal, trend
}

// hourlyWord is a word of the vocabulary that a fault chooses; nobody knows the true one.
func (a *ask) hourlyWord(sign int, minus, zero, plus string) string {
	switch w := a.faults[FaultHourlyWords]; w {
	case "", "orders":
		return word(sign, minus, zero, plus)
	case "numbers":
		return word(sign, "-1", "0", "1")
	case "moods":
		return word(sign, "bearish", "neutral", "bullish")
	default:
		return w
	}
}
