package indicator_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/signalman-trading/signalman/indicator"
	"github.com/signalman-trading/signalman/market"
)

// volumes returns what weighs prices by volume.
func volumes() []subject {
	price := func() probe {
		v := indicator.NewVWAP()
		return newProbe(v, func(b bar) { v.Update(b.OpenTime, b.High, b.Low, b.Close, b.Volume) }, nil)
	}
	return []subject{
		{
			name: "VWAP()", make: price,
			batch: func(bars []bar) []float64 { return weighted(today(bars)) }, refused: []func(){},
		},
		{
			name: "RollingVWAP(20)", make: func() probe { return onHighLowCloseVolume(indicator.NewRollingVWAP(20)) },
			batch:   func(bars []bar) []float64 { return weighted(last(bars, 20)) },
			refused: periods(func(n int) { indicator.NewRollingVWAP(n) }),
		},
		{
			name: "RollingVWAP(1)", make: func() probe { return onHighLowCloseVolume(indicator.NewRollingVWAP(1)) },
			batch: of(typicals, average, 1),
		},
		{
			name: "MFI(14)", make: func() probe { return onHighLowCloseVolume(indicator.NewMFI(14)) },
			talib: []string{"MFI_14"}, batch: moneyFlow(14), flat: []float64{50},
			refused: periods(func(n int) { indicator.NewMFI(n) }),
		},
		{
			name: "MFI(2)", make: func() probe { return onHighLowCloseVolume(indicator.NewMFI(2)) },
			batch: moneyFlow(2), flat: []float64{50},
		},
		{
			name: "OBV()", make: func() probe {
				o := indicator.NewOBV()
				return newProbe(o, func(b bar) { o.Update(b.Close, b.Volume) }, nil)
			},
			talib: []string{"OBV"}, batch: onBalance, flat: []float64{2}, endless: true, refused: []func(){},
		},
		{
			name: "AD()", make: func() probe { return onHighLowCloseVolume(indicator.NewAD()) },
			talib: []string{"AD"}, batch: accumulation, flat: []float64{0}, endless: true, refused: []func(){},
		},
		{
			name: "CMF(20)", make: func() probe { return onHighLowCloseVolume(indicator.NewCMF(20)) },
			batch: chaikin(20), flat: []float64{0},
			refused: periods(func(n int) { indicator.NewCMF(n) }),
		},
		{
			name: "CMF(3)", make: func() probe { return onHighLowCloseVolume(indicator.NewCMF(3)) },
			batch: chaikin(3), flat: []float64{0},
		},
	}
}

// today returns the bars of the day of the last one.
func today(bars []bar) []bar {
	day := bars[len(bars)-1].OpenTime / market.Day
	for i := range bars {
		if bars[i].OpenTime/market.Day == day {
			return bars[i:]
		}
	}
	return nil
}

func volumeOf(bars []bar) (sum float64) {
	for _, b := range bars {
		sum += b.Volume
	}
	return sum
}

// weighted is the naive average of prices by volume.
func weighted(bars []bar) []float64 {
	money, prices := 0.0, typicals(bars)
	for i, b := range bars {
		money += prices[i] * b.Volume
	}
	if volume := volumeOf(bars); volume > 0 {
		return []float64{money / volume}
	}
	return last(prices, 1)
}

// moneyFlow, onBalance, accumulation and chaikin are the naive MFI, OBV, AD and CMF.
func moneyFlow(n int) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		bars = last(bars, n+1)
		prices, up, all := typicals(bars), 0.0, 0.0
		for i := 1; i < len(bars); i++ {
			if flow := prices[i] * bars[i].Volume; prices[i] > prices[i-1] {
				up, all = up+flow, all+flow
			} else if prices[i] < prices[i-1] {
				all += flow
			}
		}
		if all == 0 {
			return []float64{50}
		}
		return []float64{100 * up / all}
	}
}

func onBalance(bars []bar) []float64 {
	sum := bars[0].Volume
	for i, change := range changes(closes(bars)) {
		if change > 0 {
			sum += bars[i+1].Volume
		} else if change < 0 {
			sum -= bars[i+1].Volume
		}
	}
	return []float64{sum}
}

func accumulation(bars []bar) []float64 {
	sum := 0.0
	for _, b := range bars {
		if b.High > b.Low {
			sum += (2*b.Close - b.High - b.Low) / (b.High - b.Low) * b.Volume
		}
	}
	return []float64{sum}
}

func chaikin(n int) func([]bar) []float64 {
	return func(bars []bar) []float64 {
		bars = last(bars, n)
		if volumeOf(bars) == 0 {
			return []float64{0}
		}
		return []float64{accumulation(bars)[0] / volumeOf(bars)}
	}
}

// TestEndless compares what sums over all bars with exact arithmetic: errors must not add
// up, relative to the volume that went through.
func TestEndless(t *testing.T) {
	const chunk = 50_000
	obv, ad := indicator.NewOBV(), indicator.NewAD()
	balance, line, volume, before := exact(0), exact(0), exact(0), 0.0
	for k := range longRun(t) / chunk {
		for _, b := range randomBars(seeded(uint64(k)), chunk, 10_000, 300) {
			b.Volume *= 0.1
			obv.Update(b.Close, b.Volume)
			ad.Update(b.High, b.Low, b.Close, b.Volume)
			volume.Add(volume, exact(b.Volume))
			if before == 0 || b.Close > before {
				balance.Add(balance, exact(b.Volume))
			} else if b.Close < before {
				balance.Sub(balance, exact(b.Volume))
			}
			if b.High > b.Low {
				line.Add(line, exactShare(b))
			}
			before = b.Close
		}
	}
	for i, off := range []*big.Float{balance.Sub(balance, exact(obv.Value())), line.Sub(line, exact(ad.Value()))} {
		ratio, _ := off.Quo(off, volume).Float64()
		t.Logf("sum %d is off by %.1g of the volume", i, math.Abs(ratio))
		if !(math.Abs(ratio) <= 1e-15) {
			t.Errorf("sum %d is off by %g of the volume", i, ratio)
		}
	}
}

// exactShare returns what a bar adds to the line of accumulation and distribution.
func exactShare(b bar) *big.Float {
	up, down := exact(b.Close), exact(b.High)
	up.Sub(up, exact(b.Low))
	down.Sub(down, exact(b.Close))
	span := new(big.Float).Add(up, down)
	share := up.Sub(up, down)
	return share.Mul(share.Quo(share, span), exact(b.Volume))
}
