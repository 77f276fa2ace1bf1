package indicator_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/signalman-trading/signalman/indicator"
	"github.com/signalman-trading/signalman/market"
)

// precision is the number of bits of the arithmetic that judges the indicators.
const precision = 160

func exact(x float64) *big.Float { return big.NewFloat(x).SetPrec(precision) }

// smooth returns the recursion value += weight × (x − value) over xs. Started 4,000
// values before its end, it has forgotten its start to below 1e-60.
func smooth(xs []*big.Float, weight *big.Float) *big.Float {
	value := new(big.Float).Copy(xs[0])
	step := new(big.Float).SetPrec(precision)
	for _, x := range xs[1:] {
		step.Sub(x, value)
		value.Add(value, step.Mul(step, weight))
	}
	return value
}

func ratio(a, b int64) *big.Float {
	return new(big.Float).SetPrec(precision).Quo(exact(float64(a)), exact(float64(b)))
}

// exactEMA, exactRSI, exactATR and exactSMA compute the last value of a series
// from its tail.
func exactEMA(tail []float64, n int64) *big.Float {
	var xs []*big.Float
	for _, x := range tail {
		xs = append(xs, exact(x))
	}
	return smooth(xs, ratio(2, n+1))
}

func exactRSI(tail []float64, n int64) *big.Float {
	var gains, losses []*big.Float
	for i := 1; i < len(tail); i++ {
		change := new(big.Float).Sub(exact(tail[i]), exact(tail[i-1]))
		gain, loss := exact(0), exact(0)
		if change.Sign() > 0 {
			gain = change
		} else {
			loss.Neg(change)
		}
		gains, losses = append(gains, gain), append(losses, loss)
	}
	gain, loss := smooth(gains, ratio(1, n)), smooth(losses, ratio(1, n))
	loss.Add(loss, gain)
	return gain.Mul(gain.Quo(gain, loss), exact(100))
}

func exactATR(tail []float64, n int64) *big.Float {
	var ranges []*big.Float
	for i := 1; i < len(tail); i++ {
		high, low := max(tail[i]+spread, tail[i-1]), min(tail[i]-spread, tail[i-1])
		ranges = append(ranges, new(big.Float).Sub(exact(high), exact(low)))
	}
	return smooth(ranges, ratio(1, n))
}

func exactSMA(tail []float64, n int64) *big.Float {
	sum := exact(0)
	for _, x := range tail[len(tail)-int(n):] {
		sum.Add(sum, exact(x))
	}
	return sum.Quo(sum, exact(float64(n)))
}

// spread is the distance of a test bar's high and low from its close.
const spread = 0.75

// TestDrift feeds each indicator 10 million values (-short: 400,000) and compares it
// with exact arithmetic now and then. The doc comments state what it measured.
func TestDrift(t *testing.T) {
	const chunk = 200_000
	chunks := 50
	if testing.Short() {
		chunks = 2
	}
	ema, rsi, atr := indicator.NewEMA(50, 2), indicator.NewRSI(14), indicator.NewATR(14)
	free := indicator.NewSMA(50, market.FreeScale)
	var worst [4]float64
	r := rand.New(rand.NewPCG(7, 7))
	price := int64(1_000_000)
	for range chunks {
		prices := make([]float64, chunk)
		for i := range prices {
			price = max(price+r.Int64N(401)-200, 10_000)
			x := float64(price) / 100
			prices[i] = x
			ema.Update(x)
			rsi.Update(x)
			atr.Update(x+spread, x-spread, x)
			free.Update(x)
		}
		tail := prices[chunk-4000:]
		for i, pair := range [4]struct {
			got  float64
			want *big.Float
		}{
			{ema.Value(), exactEMA(tail, 50)}, {rsi.Value(), exactRSI(tail, 14)},
			{atr.Value(), exactATR(tail, 14)}, {free.Value(), exactSMA(tail, 50)},
		} {
			worst[i] = max(worst[i], relative(pair.got, pair.want))
		}
	}
	t.Logf("relative error of EMA %.1e, RSI %.1e, ATR %.1e, SMA without a grid %.1e", worst[0], worst[1], worst[2], worst[3])
	for i, limit := range [4]float64{1e-15, 1e-15, 1e-15, 2e-16} {
		if !(worst[i] <= limit) {
			t.Errorf("error %d is %g, above %g", i, worst[i], limit)
		}
	}
}

func relative(got float64, want *big.Float) float64 {
	difference := new(big.Float).Sub(exact(got), want)
	f, _ := difference.Quo(difference, want).Float64()
	return math.Abs(f)
}
