package portfolio

import (
	"fmt"
	"math"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// tail measures what a portfolio may lose. Its input are the profits of n bars in quote,
// in any order.
//
// With m = n (1 − c), c being the confidence, and the losses sorted, largest first:
//
//   - historical value at risk is loss ⌊m⌋+1. It is the lower quantile, the smallest x for
//     which at least the share c of the losses is not above x (McNeil, Frey, Embrechts,
//     Quantitative Risk Management, 2005, section 2.2);
//   - historical expected shortfall is (the sum of the ⌊m⌋ largest + (m − ⌊m⌋) × loss
//     ⌊m⌋+1) ÷ m (Acerbi, Tasche, On the coherence of expected shortfall, 2002);
//   - parametric value at risk is z σ with Φ(z) = c, expected shortfall σ φ(z) ÷ (1 − c)
//     (McNeil, Frey, Embrechts, section 2.2). σ is the sample deviation (n − 1) about the
//     mean. The mean itself counts as 0: it cannot be estimated from so few bars, and a
//     past rise must not excuse risk (RiskMetrics Technical Document, 1996, section 5).
//
// None is below 0. A horizon of h bars multiplies them by √h, as if bars were independent.
type tail struct {
	parametric bool
	shortfall  bool
	beyond     float64   // m
	factor     float64   // of σ
	scale      float64   // √h
	worst      []float64 // the ⌊m⌋+1 largest losses, scratch
}

// newTail makes the measure of n bars.
func newTail(parametric, shortfall bool, confidence decimal.Decimal, n, horizon int) (*tail, error) {
	rest := decimal.New(1, 0).Sub(confidence)
	m := rest.Mul(decimal.New(int64(n), 0)) // exact: 0.05 × 120 is 6
	if !parametric && m.LessThan(decimal.New(1, 0)) {
		return nil, fmt.Errorf("confidence = %s of %d bars is less than one bar: history shows no such loss; take more bars, or parametric", confidence, n)
	}
	t := &tail{parametric: parametric, shortfall: shortfall, beyond: market.Float(m), scale: math.Sqrt(float64(horizon))}
	t.worst = make([]float64, 0, m.IntPart()+1)
	t.factor = quantile(market.Float(confidence))
	if shortfall {
		t.factor = density(t.factor) / market.Float(rest)
	}
	return t, nil
}

// of measures a portfolio.
func (t *tail) of(profits []float64) float64 {
	switch {
	case t.parametric:
		return t.scale * t.factor * math.Sqrt(covariance(profits, profits))
	case t.shortfall:
		return t.scale * max(0, t.mean(profits))
	}
	t.sort(profits)
	return t.scale * max(0, t.worst[len(t.worst)-1])
}

// mean returns the historical expected shortfall.
func (t *tail) mean(profits []float64) float64 {
	t.sort(profits)
	whole := len(t.worst) - 1
	sum := float64((t.beyond - float64(whole)) * t.worst[whole])
	for _, loss := range t.worst[:whole] {
		sum += loss
	}
	return sum / t.beyond
}

// sort finds the largest losses. Most are below the smallest found so far, so that this
// is faster than a sort of all.
func (t *tail) sort(profits []float64) {
	w := t.worst[:0]
	for _, p := range profits {
		loss := -p
		if len(w) == cap(w) {
			if loss <= w[len(w)-1] {
				continue
			}
			w = w[:len(w)-1]
		}
		k := len(w)
		w = append(w, loss)
		for ; k > 0 && w[k-1] < loss; k-- {
			w[k] = w[k-1]
		}
		w[k] = loss
	}
	t.worst = w
}

// covariance returns the sample covariance (n − 1), in two passes over the deviations
// from the means: that keeps its digits where the variance is small beside the mean (Chan,
// Golub, LeVeque, Algorithms for computing the sample variance, 1983).
func covariance(x, y []float64) float64 {
	mx, my := mean(x), mean(y)
	sum, others := 0.0, y[:len(x)]
	for k, v := range x {
		sum += float64((v - mx) * (others[k] - my))
	}
	return sum / float64(len(x)-1)
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// density is that of the standard normal distribution, φ.
func density(x float64) float64 {
	return market.Pow(math.E, -float64(x*x)/2) / math.Sqrt(2*math.Pi)
}

// cumulative is the standard normal distribution Φ for x from 0 to 10, by its series
// ½ + φ(x) (x + x³ ÷ 3 + x⁵ ÷ 15 + …) (Abramowitz, Stegun, Handbook of Mathematical
// Functions, 1964, 26.2.11).
func cumulative(x float64) float64 {
	term, sum := x, x
	for k := 3.0; term > float64(sum*1e-17); k += 2 {
		term *= x * x / k
		sum += float64(term)
	}
	return 0.5 + float64(density(x)*sum)
}

// quantile returns the z with Φ(z) = p, for p from ½ to below 1, by halving: it is asked
// once a run.
func quantile(p float64) float64 {
	lo, hi := 0.0, 10.0
	for range 60 {
		if mid := (lo + hi) / 2; cumulative(mid) < p {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}
