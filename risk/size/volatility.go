package size

import (
	"fmt"
	"math"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
	"github.com/signalman-trading/signalman/risk"
)

// This file measures how much prices move, for the sizers that go by it. It looks at bars
// when an order is sized, and costs nothing per bar.

// lastBars subscribes to the last n bars of each strategy's instruments.
func lastBars(s *risk.Setup, n int) *risk.Bars {
	return s.Bars(risk.BarQuery{Lookback: n, Warmup: n}, nil)
}

// recent returns the last n bars of an instrument. Where there are fewer it refuses, and
// says when they will be there.
func (e *entry) recent(b *risk.Bars, i market.InstrumentID, n int) (*risk.Series, error) {
	s, symbol := b.At(e.view, i), e.view.Instrument(i).Symbol
	if s == nil {
		return nil, e.refusal("no bars of "+symbol, "an instrument of the strategy")
	}
	if have := s.Len(); have < n {
		from := e.view.Now()
		if have > 0 {
			from = s.Time(have - 1)
		}
		at := from + market.Time(n-have)*market.Time(s.Interval())
		return nil, e.refusal(fmt.Sprintf("%d bars of %s", have, symbol), fmt.Sprintf("%d, at %s if none is missing", n, at))
	}
	return s, nil
}

// moves says how returns are turned into a volatility.
type moves struct {
	by     string  // "sample", "ewma", "atr"
	lambda float64 // of ewma: what a bar keeps of the weight of the one after
}

// volatility returns the standard deviation of the returns from close to close, of a bar, as
// a fraction. By atr it is the average true range ÷ the last close.
func (m moves) volatility(s *risk.Series) float64 {
	switch m.by {
	case "atr":
		return averageRange(s) / s.LastClose()
	case "ewma":
		return ewma(s.Close(), m.lambda)
	}
	return deviation(s.Close())
}

// deviation is the sample standard deviation (n − 1).
func deviation(closes []float64) float64 {
	sum, n := 0.0, float64(len(closes)-1)
	for k := 1; k < len(closes); k++ {
		sum += closes[k]/closes[k-1] - 1
	}
	squares, mean := 0.0, sum/n
	for k := 1; k < len(closes); k++ {
		d := closes[k]/closes[k-1] - 1 - mean
		squares += float64(d * d)
	}
	return math.Sqrt(squares / (n - 1))
}

// ewma is the root of the exponentially weighted mean square, begun by the first return
// (RiskMetrics Technical Document, 1996, section 5.2).
func ewma(closes []float64, lambda float64) float64 {
	r := closes[1]/closes[0] - 1
	variance := float64(r * r)
	for k := 2; k < len(closes); k++ {
		r = closes[k]/closes[k-1] - 1
		variance = float64(lambda*variance) + float64((1-lambda)*float64(r*r))
	}
	return math.Sqrt(variance)
}

// averageRange is the mean of the true ranges, in quote: of each bar but the first the
// largest of high − low, |high − previous close| and |low − previous close|.
func averageRange(s *risk.Series) float64 {
	high, low, closes, sum := s.High(), s.Low(), s.Close(), 0.0
	for k := 1; k < len(closes); k++ {
		sum += max(high[k], closes[k-1]) - min(low[k], closes[k-1])
	}
	return sum / float64(len(closes)-1)
}

// still refuses an instrument that does not move: what is divided by it has no bound.
func (e *entry) still(sigma float64, i market.InstrumentID) error {
	if sigma > 1e-12 && !math.IsInf(sigma, 1) {
		return nil
	}
	return e.refusal(fmt.Sprintf("%s has a volatility of %v", e.view.Instrument(i).Symbol, sigma), "above 0")
}

// fraction returns a share of equity at most x, and at most a bound, in millionths. What
// floats may have rounded up is taken off.
func fraction(x float64, bound decimal.Decimal) decimal.Decimal {
	switch {
	case !(x > 0):
		return decimal.Zero
	case x >= market.Float(bound):
		return bound
	}
	return decimal.New(int64(float64(x*(1-1e-9))*1e6), -6)
}
