package tokenmetricstest

import (
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// closes returns the prices at the snapshots of the last n+1 days up to d.
func (m *model) closes(t *token, d day, n int) []float64 {
	list := make([]float64, 0, n+1)
	for k := d - day(n); k <= d; k++ {
		list = append(list, t.price(m.at(k)))
	}
	return list
}

func growths(prices []float64) []float64 {
	list := make([]float64, len(prices)-1)
	for i := range list {
		list[i] = prices[i+1]/prices[i] - 1
	}
	return list
}

// moments returns the mean, the deviation, the skew and the kurtosis.
func moments(x []float64) (mean, deviation, skew, kurtosis float64) {
	n := float64(len(x))
	for _, v := range x {
		mean += v / n
	}
	var m2, m3, m4 float64
	for _, v := range x {
		d := v - mean
		m2, m3, m4 = m2+d*d/n, m3+d*d*d/n, m4+d*d*d*d/n
	}
	return mean, math.Sqrt(m2), m3 / math.Pow(m2, 1.5), m4 / (m2 * m2)
}

// quantKeys are the keys of quantmetrics, in order.
var quantKeys = []string{"VOLATILITY", "ALL_TIME_RETURN", "CAGR", "SHARPE", "SORTINO", "MAX_DRAWDOWN", "SKEW", "TAIL_RATIO",
	"RISK_REWARD_RATIO", "PROFIT_FACTOR", "KURTOSIS", "DAILY_VALUE_AT_RISK", "DAILY_RETURN_AVG", "DAILY_RETURN_STD"}

// quantRow is computed from the prices of a year; for some small tokens all of it is null.
func quantRow(a *ask, t *token, d day, _ bool) row {
	r := append(a.head(t), field{"DATE", d.stamp()})
	if a.lacks(t, 7, 0.38) {
		for _, key := range quantKeys {
			r = append(r, field{key, nil})
		}
		return r
	}
	for i, v := range a.server.model.quant(t, d) {
		r = append(r, field{quantKeys[i], v})
	}
	return r
}

func (m *model) quant(t *token, d day) []float64 {
	prices := m.closes(t, d, 365)
	x := growths(prices)
	mean, deviation, skew, kurtosis := moments(x)
	var gains, losses, below, peak, deepest float64
	for _, v := range x {
		gains, losses, below = gains+max(0, v), losses-min(0, v), below+min(0, v)*min(0, v)
	}
	for _, p := range prices {
		peak = max(peak, p)
		deepest = min(deepest, p/peak-1)
	}
	downside := math.Sqrt(below / float64(len(x)))
	sorted := slices.Sorted(slices.Values(x))
	tail := func(q float64) float64 { return sorted[int(q*float64(len(sorted)-1))] }
	first := t.price(t.first.start())
	all := prices[len(prices)-1]/first - 1
	years := max(1, float64(d-t.first)/365)
	const year = 365
	two := func(x float64) float64 { return round(x, 2) }
	return []float64{
		two(deviation * math.Sqrt(year)), two(all), two(math.Pow(1+all, 1/years) - 1), two(mean / deviation * math.Sqrt(year)),
		two(mean / downside * math.Sqrt(year)), two(deepest), two(skew), two(math.Abs(tail(0.95) / tail(0.05))),
		round(gains/float64(len(x))/deviation, 9), two(gains / losses), two(kurtosis), two(mean - 1.645*deviation),
		round(mean, 12), round(deviation, 10),
	}
}

// highGrade is from which trader grade on a coin counts as one with a high grade. The true
// one is not known.
const highGrade = 60

// marketRows are about the whole market, oldest first.
func marketRows(a *ask) iter.Seq[func() row] {
	m := a.server.model
	return a.ascending(firstSignals, func(d day) row {
		signal, last := m.marketTrends().on(d)
		if last == 0 { // before the first signal the state is what the first one ends
			last = -m.marketTrends().after(m.marketTrends().begin())
		}
		high := 0
		for _, t := range m.tokens {
			if d >= t.since && a.grades(t, d).trader >= highGrade {
				high++
			}
		}
		share := 100 * float64(high) / float64(max(1, len(m.tokens)))
		return row{{"DATE", d.stamp()}, {"TOTAL_CRYPTO_MCAP", m.marketCap(m.at(d))}, {"TM_GRADE_PERC_HIGH_COINS", round(share, 9)},
			{"TM_GRADE_SIGNAL", signal}, {"LAST_TM_GRADE_SIGNAL", last}}
	})
}

// sentimentRows are hourly and about the whole market. They follow the first token's day.
func sentimentRows(a *ask) iter.Seq[func() row] {
	return func(yield func(func() row) bool) {
		a.query.from, a.query.to = 0, 0
		a.hours(firstSignals, func(hour, _ market.Time) bool {
			return yield(func() row { return a.server.model.sentiment(hour) })
		})
	}
}

func (m *model) sentiment(hour market.Time) row {
	mood := 0.0
	if len(m.tokens) > 0 {
		mood = 8 * m.tokens[0].change(hour, market.Day)
	}
	grade := func(part uint64) float64 {
		return round(logistic(0.2+mood+0.4*drift(float64(hour)/float64(market.Day), m.seed, drawSentiment, 0, part)), 2)
	}
	news, reddit, twitter := grade(1), grade(2), grade(3)
	all := round(0.5*news+0.3*reddit+0.2*twitter, 2)
	r := row{{"DATETIME", stamp(hour)}, {"MARKET_SENTIMENT_GRADE", all}, {"MARKET_SENTIMENT_LABEL", label(all)}}
	for _, s := range []struct {
		name  string
		grade float64
	}{{"NEWS", news}, {"REDDIT", reddit}, {"TWITTER", twitter}} {
		r = append(r, field{s.name + "_SENTIMENT_GRADE", s.grade}, field{s.name + "_SENTIMENT_LABEL", label(s.grade)},
			field{s.name + "_SUMMARY", fmt.Sprintf("Made-up summary: the mood is %s.", label(s.grade))})
	}
	return r
}

// label says a sentiment in words. Where the true words change is not known.
func label(grade float64) string {
	return [...]string{"very negative", "negative", "neutral", "positive", "very positive"}[min(4, int(grade/20))]
}

// correlationRow has the ten tokens whose days were most alike in the last 60, and the ten
// least, by turns. Some small tokens have none.
func correlationRow(a *ask, t *token, d day, _ bool) row {
	r := append(a.head(t), field{"DATE", d.stamp()})
	if a.lacks(t, 8, 0.37) {
		return append(r, field{"TOP_CORRELATION", nil})
	}
	all := a.server.model.alike(t, d)
	n := min(10, len(all)/2)
	pairs := []row{}
	for i := range n {
		pairs = append(pairs, all[i], all[len(all)-1-i])
	}
	return append(r, field{"TOP_CORRELATION", pairs})
}

// alike returns the correlations with all other tokens, the highest first.
func (m *model) alike(t *token, d day) []row {
	const days = 60
	mine := growths(m.closes(t, d, days))
	type pair struct {
		name string
		x    float64
	}
	var list []pair
	for _, o := range m.tokens {
		if o != t && d >= o.since {
			list = append(list, pair{o.Name, round(correlation(mine, growths(m.closes(o, d, days))), 3)})
		}
	}
	slices.SortStableFunc(list, func(a, b pair) int {
		switch {
		case a.x > b.x:
			return -1
		case a.x < b.x:
			return 1
		}
		return 0
	})
	rows := make([]row, len(list))
	for i, p := range list {
		rows[i] = row{{"correlation", p.x}, {"token", p.name}}
	}
	return rows
}

func correlation(x, y []float64) float64 {
	mx, dx, _, _ := moments(x)
	my, dy, _, _ := moments(y)
	sum := 0.0
	for i := range x {
		sum += (x[i] - mx) * (y[i] - my) / float64(len(x))
	}
	if dx == 0 || dy == 0 {
		return 0
	}
	return max(-1, min(1, sum/(dx*dy)))
}
