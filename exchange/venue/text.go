package venue

import (
	"math/bits"
	"strconv"
)

// total is a sum that may be larger than what units of its scale hold: whole ones, and the
// part of one that is left, in units.
type total struct{ whole, part uint64 }

func (t *total) add(o total, one uint64) {
	t.whole += o.whole
	if t.part += o.part; t.part >= one {
		t.part -= one
		t.whole++
	}
}

func (t *total) sub(o total, one uint64) {
	if t.part < o.part {
		t.part += one
		t.whole--
	}
	t.part -= o.part
	t.whole -= o.whole
}

func (t total) zero() bool { return t == total{} }

// float returns the nearest float64, as far as one is needed.
func (t total) float(one uint64) float64 { return float64(t.whole) + float64(t.part)/float64(one) }

// texts says how an instrument's numbers are written: in which units they come, and with
// how many decimals Binance writes them. Spot writes 8 of all; USD-M as many as the filters
// have.
type texts struct {
	scale                        scales
	oneQuantity, oneQuote        uint64 // units of a whole
	price, quantity, quoteDigits int32  // decimals
}

func newTexts(s scales, usdm bool) texts {
	t := texts{scale: s, oneQuantity: power(s.quantity), oneQuote: power(s.price + s.quantity)}
	t.price, t.quantity, t.quoteDigits = s.price, s.quantity, min(s.price+s.quantity, 8)
	if !usdm {
		t.price, t.quantity, t.quoteDigits = max(s.price, 8), max(s.quantity, 8), 8
	}
	return t
}

func power(n int32) uint64 {
	p := uint64(1)
	for range n {
		p *= 10
	}
	return p
}

// product returns price × quantity, exact.
func (t *texts) product(price, quantity int64) total {
	hi, lo := bits.Mul64(uint64(price), uint64(quantity))
	whole, part := bits.Div64(hi, lo, t.oneQuote)
	return total{whole, part}
}

// base returns a quantity as a total.
func (t *texts) base(units int64) total {
	return total{uint64(units) / t.oneQuantity, uint64(units) % t.oneQuantity}
}

// appendPrice writes a price between quotes; so do those below.
func (t *texts) appendPrice(b []byte, units int64) []byte {
	b = append(b, '"')
	if units < 0 {
		b, units = append(b, '-'), -units
	}
	one := power(t.scale.price)
	return append(appendTotal(b, total{uint64(units) / one, uint64(units) % one}, t.scale.price, t.price), '"')
}

func (t *texts) appendQuantity(b []byte, units int64) []byte {
	return t.appendBase(b, t.base(units))
}

func (t *texts) appendBase(b []byte, sum total) []byte {
	return append(appendTotal(append(b, '"'), sum, t.scale.quantity, t.quantity), '"')
}

func (t *texts) appendQuote(b []byte, sum total) []byte {
	return append(appendTotal(append(b, '"'), sum, t.scale.price+t.scale.quantity, t.quoteDigits), '"')
}

// appendTotal writes a sum of a scale with so many decimals: what is finer is cut off.
func appendTotal(b []byte, sum total, scale, digits int32) []byte {
	b = strconv.AppendUint(b, sum.whole, 10)
	if digits == 0 {
		return b
	}
	b = append(b, '.')
	from := len(b)
	for at := power(scale) / 10; at > 0 && int32(len(b)-from) < digits; at /= 10 {
		b = append(b, byte('0'+sum.part/at%10))
	}
	for int32(len(b)-from) < digits {
		b = append(b, '0')
	}
	return b
}
