package binancetest

import (
	"math/rand/v2"

	"github.com/signalman-trading/signalman/market"
)

// Walk makes n bars of a random walk from a time on, whole cents in price and five
// decimals in volume, the same ones for the same seed.
func Walk(seed uint64, d market.Interval, from market.Time, n int) *market.Columns {
	c := market.MakeColumns(d, n)
	c.PriceScale, c.VolumeScale = 2, 5
	chance := rand.New(rand.NewPCG(seed, 0))
	price := 1_000_000
	for i := range n {
		open := price
		price = max(10_000, price+chance.IntN(2001)-1000)
		high, low := max(open, price)+chance.IntN(300), min(open, price)-chance.IntN(300)
		c.Append(market.Bar{
			OpenTime: from + market.Time(i)*market.Time(d),
			Open:     float64(open) / 100, High: float64(high) / 100, Low: float64(low) / 100, Close: float64(price) / 100,
			Volume: float64(chance.IntN(10_000_000)) / 1e5,
		})
	}
	return c
}

// Without returns the bars outside of [from, to).
func Without(c *market.Columns, from, to market.Time) *market.Columns {
	out := market.MakeColumns(c.Interval, c.Len())
	out.PriceScale, out.VolumeScale = c.PriceScale, c.VolumeScale
	for row, t := range c.OpenTime {
		if t < from || t >= to {
			out.Append(c.Bar(row))
		}
	}
	return out
}
