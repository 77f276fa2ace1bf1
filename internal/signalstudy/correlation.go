package signalstudy

import (
	"cmp"
	"math"
	"slices"
)

// z95 bounds the middle 95 % of a normal distribution.
const z95 = 1.959963984540054

// A Correlation is a coefficient with its interval at 95 %. Each is null where there are
// too few pairs, or no variance.
type Correlation struct {
	R    *float64 `json:"r"`
	Low  *float64 `json:"low"`
	High *float64 `json:"high"`
}

// Pair is how a measure goes with returns.
type Pair struct {
	N         int         `json:"n"`
	Effective *float64    `json:"effective"` // the sample that overlapping returns amount to
	Pearson   Correlation `json:"pearson"`
	Spearman  Correlation `json:"spearman"` // of ranks
}

// correlate compares a signal with returns that overlap by this many steps; 1 is not at all.
func correlate(x, y []float64, overlap float64) Pair {
	p := Pair{N: len(x)}
	if len(x) == 0 {
		return p
	}
	rx, ry := ranks(x), ranks(y)
	n := effective(x, overlap)
	m := effective(rx, overlap)
	p.Effective = rounded(math.Min(n, m))
	p.Pearson = interval(pearson(x, y), n, func(float64) float64 { return 1 })
	p.Spearman = interval(pearson(rx, ry), m, func(r float64) float64 { return 1 + r*r/2 })
	return p
}

// interval is Fisher's, with the variance of atanh(r) times n − 3 as given.
func interval(r, n float64, variance func(r float64) float64) (c Correlation) {
	if math.Abs(r) < 1e-12 {
		r = 0 // what is left of rounding
	}
	if c.R = rounded(r); c.R == nil || n <= 3 {
		return c
	}
	z, half := math.Atanh(r), z95*math.Sqrt(variance(r)/(n-3))
	c.Low, c.High = rounded(math.Tanh(z-half)), rounded(math.Tanh(z+half))
	return c
}

// pearson returns the coefficient of correlation, NaN where one side has no variance.
func pearson(x, y []float64) float64 {
	mx, sx := moments(x)
	my, sy := moments(y)
	if !(sx > 0 && sy > 0) {
		return math.NaN()
	}
	sum := 0.0
	for i := range x {
		sum += (x[i] - mx) * (y[i] - my)
	}
	return min(1, max(-1, sum/math.Sqrt(sx)/math.Sqrt(sy)))
}

// ranks returns the rank of each value from 1 on; equal ones share the mean of theirs.
func ranks(x []float64) []float64 {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Or(cmp.Compare(x[a], x[b]), a-b) })
	list := make([]float64, len(x))
	for i, j := 0, 0; i < len(order); i = j {
		for j = i; j < len(order) && x[order[j]] == x[order[i]]; j++ {
		}
		for _, k := range order[i:j] {
			list[k] = float64(i+j+1) / 2
		}
	}
	return list
}

// autocorrelation returns it at the lags 1 to most, or nil where there is no variance.
func autocorrelation(x []float64, most int) []float64 {
	mean, squares := moments(x)
	if !(squares > 0) || len(x) < 3 {
		return nil
	}
	list := make([]float64, min(most, len(x)-1))
	for k := range list {
		for i := k + 1; i < len(x); i++ {
			list[k] += (x[i] - mean) * (x[i-k-1] - mean)
		}
		list[k] /= squares
	}
	return list
}

// effective returns how many independent pairs a sample amounts to whose returns overlap;
// see the package's documentation.
func effective(x []float64, overlap float64) float64 {
	n, grows := float64(len(x)), 1.0
	for i, rho := range autocorrelation(x, int(math.Ceil(overlap))-1) {
		k := float64(i + 1)
		grows += 2 * (1 - k/n) * (1 - k/overlap) * max(0, rho)
	}
	return n / grows
}

// Hits is how often the sign of the signal was that of the return.
type Hits struct {
	N      int      `json:"n"` // pairs of which neither is neutral
	Hits   int      `json:"hits"`
	Rate   *float64 `json:"rate"`
	Low    *float64 `json:"low"` // Wilson's interval at 95 %
	High   *float64 `json:"high"`
	Rising *float64 `json:"rising"` // share of those returns above 0: always to call for a rise hits so often
}

// wilson fills in the rate, with the sample reduced to a share of it.
func (h *Hits) wilson(rising int, share float64) {
	h.Rate, h.Rising = ratio(float64(h.Hits), float64(h.N)), ratio(float64(rising), float64(h.N))
	if h.N == 0 {
		return
	}
	p, n := float64(h.Hits)/float64(h.N), float64(h.N)*share
	z := z95 * z95 / n
	centre, half := p+z/2, z95*math.Sqrt(p*(1-p)/n+z/(4*n))
	h.Low, h.High = rounded(max(0, (centre-half)/(1+z))), rounded(min(1, (centre+half)/(1+z)))
}
