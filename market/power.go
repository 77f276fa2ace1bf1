package market

import "math"

// Pow returns x to the y for x above 0, and 0 for x of 0 or below. It is the one
// implementation that deterministic packages use: math.Pow dispatches on the
// processor, and results must not (semantics H1). It is within 1e-14 relative of the
// true value while the result lies between 1e-30 and 1e30.
func Pow(x, y float64) float64 {
	if !(x > 0) {
		return 0
	}
	return exp(float64(y * Log(x)))
}

// exp is e to the x: x = n ln 2 + r with r near 0, and the series of e to the r.
func exp(x float64) float64 {
	switch {
	case x > 700:
		return math.Inf(1)
	case x < -700:
		return 0
	}
	n := math.Floor(x/math.Ln2 + 0.5)
	r := x - float64(n*math.Ln2)
	sum := 1.0
	for k := 20; k >= 1; k-- {
		sum = float64(sum*r)/float64(k) + 1
	}
	return math.Ldexp(sum, int(n))
}
