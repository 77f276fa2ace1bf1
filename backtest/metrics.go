package backtest

import (
	"math"

	"github.com/signalman-trading/signalman/engine"
	"github.com/signalman-trading/signalman/market"
)

// yearDays is the length of a year: crypto trades on all of its days.
const yearDays = 365

// Metrics are the figures of a run (semantics M8): from daily samples of the index, which
// is the equity without what moved in or out, risk-free rate 0, 365 days a year. What is
// undefined is nil, and null in JSON.
type Metrics struct {
	TotalReturn *float64 `json:"total_return"` // final ÷ start − 1
	CAGR        *float64 `json:"cagr"`         // yearly growth over the elapsed time
	Sharpe      *float64 `json:"sharpe"`       // mean ÷ sample deviation (n − 1), × √(samples a year)
	Sortino     *float64 `json:"sortino"`      // mean ÷ downside deviation over all n, × √(samples a year)
	Calmar      *float64 `json:"calmar"`       // cagr ÷ |max_drawdown|
	MaxDrawdown *float64 `json:"max_drawdown"` // over all instants; a negative fraction of the peak
}

// measure computes the metrics of an equity curve whose samples stand period apart.
func measure(c *engine.Curve, period market.Time) Metrics {
	var m Metrics
	s, n := c.Index(), len(c.Daily)
	if n == 0 || s[0] <= 0 {
		return m
	}
	m.MaxDrawdown = &c.MaxDrawdown
	total := s[n-1]/s[0] - 1
	m.TotalReturn = &total
	if elapsed := c.Daily[n-1].Time - c.Daily[0].Time; elapsed > 0 {
		m.CAGR = finite(market.Pow(1+total, float64(yearDays*market.Day)/float64(elapsed)) - 1)
	}
	if m.CAGR != nil && c.MaxDrawdown < 0 {
		m.Calmar = finite(*m.CAGR / -c.MaxDrawdown)
	}
	m.Sharpe, m.Sortino = ratios(s, math.Sqrt(float64(yearDays*market.Day)/float64(period)))
	return m
}

// ratios returns the Sharpe and Sortino ratios of samples, scaled to a year.
func ratios(s []float64, scale float64) (sharpe, sortino *float64) {
	n := len(s) - 1
	if n < 2 {
		return nil, nil
	}
	returns := make([]float64, n)
	mean := 0.0
	for i := range returns {
		if s[i] <= 0 {
			return nil, nil // everything was lost
		}
		returns[i] = s[i+1]/s[i] - 1
		mean += returns[i]
	}
	mean /= float64(n)
	var square, down float64
	for _, r := range returns {
		square += float64((r - mean) * (r - mean))
		down += float64(min(r, 0) * min(r, 0))
	}
	if square > 0 {
		sharpe = finite(mean / math.Sqrt(square/float64(n-1)) * scale)
	}
	if down > 0 {
		sortino = finite(mean / math.Sqrt(down/float64(n)) * scale)
	}
	return sharpe, sortino
}

func finite(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return &x
}
