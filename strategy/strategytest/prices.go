package strategytest

import (
	"math/rand/v2"

	"github.com/signalman-trading/signalman/market"
)

// prices say what the prices of a world are like. The zero value is a walk in cents.
type prices struct {
	first  int64   // of the first instrument, in ticks
	scale  int32   // decimals of a tick
	least  int64   // ticks
	leap   int64   // now and then the price is so many times what it was, or that part of it; 0 is never
	volume float64 // how many times the usual one; 0 is the usual one
	whole  bool    // quantities are whole numbers, as of tokens with many zeros
	silent bool    // no bar has a volume
	still  bool    // no bar has a range either
}

// grid fills in what the zero value leaves out.
func (p prices) grid() prices {
	if p.first == 0 {
		p.first, p.scale, p.least = 20_000, 2, 50
	}
	if p.volume == 0 {
		p.volume = 1
	}
	return p
}

// unit returns how many ticks are one of quote.
func (p prices) unit() float64 { return market.Pow10(p.scale) }

// bar makes one bar that opens where the last one closed. One in eight ends where it
// began, one in twenty has no range at all, one in thirty no volume. One in forty moves by
// 3 to 15 %, as markets do on their bad days.
func (p prices) bar(r *rand.Rand, open int64) market.Bar {
	width := max(open/60, 2)
	end := max(open+r.Int64N(2*width+1)-width, 2*p.least)
	if r.IntN(8) == 0 {
		end = open
	}
	if r.IntN(40) == 0 {
		end = p.leaps(r, open)
	}
	high, low := max(open, end)+r.Int64N(width), max(min(open, end)-r.Int64N(width), p.least)
	volume := 1000 + r.Int64N(100_000_000)
	if r.IntN(20) == 0 || p.still {
		end, high, low = open, open, open
	}
	if r.IntN(30) == 0 || p.still || p.silent {
		volume = 0
	}
	unit := p.unit()
	return market.Bar{
		Open: float64(open) / unit, High: float64(high) / unit, Low: float64(low) / unit, Close: float64(end) / unit,
		Volume: float64(volume) / 1000 * p.volume,
	}
}

// leaps returns where a leap ends: 3 to 15 % away, or, where the world has its own measure,
// between the least price and ten million of quote.
func (p prices) leaps(r *rand.Rand, open int64) int64 {
	most := int64(p.unit()) * 10_000_000
	if p.leap == 0 {
		by := open / 100 * (3 + r.Int64N(13))
		if r.IntN(2) == 0 {
			by = -by
		}
		return max(open+by, 2*p.least)
	}
	if r.IntN(2) == 0 && open <= most/p.leap {
		return open * p.leap
	}
	return max(open/p.leap, 2*p.least)
}

// price and cents are for the main data, which are in cents.
func price(cents int64) float64 { return float64(cents) / 100 }

func cents(price float64) int64 { return market.Ticks(price, 100) }
