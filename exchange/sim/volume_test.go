package sim

import (
	"math/rand/v2"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// TestVolumeIsTheSumOfThirtyDays holds the volume of random fills, days and months
// apart, against a sum over all of them.
func TestVolumeIsTheSumOfThirtyDays(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 14))
		var v volume
		type fill struct {
			day      market.Time
			notional decimal.Decimal
		}
		var fills []fill
		now := 20_000 * market.Day
		for range 200 {
			switch r.IntN(10) {
			case 0:
				now += market.Time(r.Int64N(50 * int64(market.Day)))
			case 1:
				now = now.NextDay() // a bar that closes at midnight
			default:
				now += market.Time(r.Int64N(int64(market.Day)))
			}
			v.reach(now)
			day, want := (now-1)/market.Day, decimal.Zero
			for _, f := range fills {
				if f.day < day && f.day >= day-30 {
					want = want.Add(f.notional)
				}
			}
			if !v.sum.Equal(want) {
				t.Fatalf("seed %d, %s: volume %s, want %s", seed, now, v.sum, want)
			}
			n := decimal.New(r.Int64N(1e9), -r.Int32N(8))
			v.add(n)
			fills = append(fills, fill{day, n})
		}
	}
}
