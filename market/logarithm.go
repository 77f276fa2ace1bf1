package market

import "math"

const (
	// ln2High and ln2Low add up to the logarithm of 2. The former has so few digits
	// that its product with any exponent of a float64 is exact.
	ln2High = 0x1.62e42fefap-1
	ln2Low  = 0x1.cf79abc9e3b3ap-40
)

// Log returns the natural logarithm of x: -Inf of 0, and NaN of what is below 0 or NaN.
// It is the one implementation that deterministic packages use, as math.Log has an
// assembly of its own on some processors. Its error is below one unit in the last place.
//
// With x = 2^e × m, m from √½ to √2, f = m − 1 and s = f ÷ (2 + f), ln m is 2 artanh s,
// a series in s². Its first term, 2s, is written as f − f²/2 + s × f²/2, because f and
// f²/2 are known to more digits than s is: the order of FDLIBM (Sun, e_log.c, 1993).
func Log(x float64) float64 {
	switch {
	case x == 0:
		return math.Inf(-1)
	case !(x > 0):
		return math.NaN()
	case math.IsInf(x, 1):
		return x
	}
	m, exponent := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m = float64(m * 2)
		exponent--
	}
	e, f := float64(exponent), m-1
	s := f / (2 + f)
	half := float64(f * f / 2)
	rest := float64(s*(half+artanhRest(float64(s*s)))) + float64(e*ln2Low)
	return float64(e*ln2High) - ((half - rest) - f)
}

// artanhRest returns z × (2/3 + 2/5 z + 2/7 z² + …), the series of (2 artanh s − 2s) ÷ s
// in z = s², for z up to 0.03. What is left out of it is below 1e-19.
func artanhRest(z float64) float64 {
	sum := 2.0 / 23
	sum = float64(sum*z) + 2.0/21
	sum = float64(sum*z) + 2.0/19
	sum = float64(sum*z) + 2.0/17
	sum = float64(sum*z) + 2.0/15
	sum = float64(sum*z) + 2.0/13
	sum = float64(sum*z) + 2.0/11
	sum = float64(sum*z) + 2.0/9
	sum = float64(sum*z) + 2.0/7
	sum = float64(sum*z) + 2.0/5
	sum = float64(sum*z) + 2.0/3
	return float64(sum * z)
}
