package market

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"

	"github.com/shopspring/decimal"
)

// This file is the only crossing between floats and decimals, and the only place
// that rounds a price or a quantity.

var one = decimal.New(1, 0)

// pow10 holds the powers of ten that a float64 represents exactly.
var pow10 = func() (p [23]float64) {
	p[0] = 1
	for i := 1; i < len(p); i++ {
		p[i] = p[i-1] * 10
	}
	return p
}()

// Pow10 returns 10 to the n, exact, for n from 0 to 22.
func Pow10(n int32) float64 { return pow10[n] }

// small returns the coefficient of d where it has at most 18 digits, as nearly all
// amounts do.
func small(d decimal.Decimal) (int64, bool) {
	if d.NumDigits() > 18 {
		return 0, false
	}
	return d.CoefficientInt64(), true
}

// Float returns the nearest float64 of d up to 15 digits, and one within a unit in
// the last place of it beyond.
func Float(d decimal.Decimal) float64 {
	exp := d.Exponent()
	if n, ok := small(d); ok && exp <= 0 && exp >= -22 {
		return float64(n) / pow10[-exp]
	}
	return d.InexactFloat64()
}

// AppendDecimal appends d as its String method writes it.
func AppendDecimal(b []byte, d decimal.Decimal) []byte {
	n, ok := small(d)
	exp := int(d.Exponent())
	if !ok || exp > 0 || exp < -18 {
		return append(b, d.String()...)
	}
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	for exp < 0 && n%10 == 0 { // zeros at the end are not written
		n, exp = n/10, exp+1
	}
	unit := int64(pow10[-exp])
	b = strconv.AppendInt(b, n/unit, 10)
	if exp == 0 {
		return b
	}
	b = append(b, '.')
	for unit /= 10; unit > 0; unit /= 10 {
		b = append(b, byte('0'+n/unit%10))
	}
	return b
}

// nearest returns the nearest float64 of d, however many digits it has.
func nearest(d decimal.Decimal) float64 { return d.InexactFloat64() }

// Price returns the price x of a bar as the decimal its source printed: x on a
// grid of scale fraction digits, or the shortest decimal where scale is FreeScale.
func Price(x float64, scale int32) decimal.Decimal {
	if scale < 0 {
		return decimal.NewFromFloat(x)
	}
	return decimal.New(Ticks(x, Pow10(scale)), -scale)
}

// Ticks returns x in whole units of 1/pow (pow a power of ten), rounded to nearest.
func Ticks(x, pow float64) int64 {
	if x < 0 {
		return -int64(float64(-x*pow) + 0.5)
	}
	return int64(float64(x*pow) + 0.5)
}

// Rounding says which way a price moves onto the grid.
type Rounding int8

// The directions of rounding.
const (
	Down Rounding = iota // to the lower multiple
	Up                   // to the higher multiple
)

// Against returns the rounding that is never in the trader's favour for a fill.
func Against(s Side) Rounding {
	if s == Buy {
		return Up
	}
	return Down
}

// ToTick rounds a price to a multiple of tick. A price on the grid stays as it is.
func ToTick(price, tick decimal.Decimal, r Rounding) decimal.Decimal {
	q := Floor(price, tick)
	if r == Up && !q.Equal(price) {
		q = q.Add(tick)
	}
	return q
}

// Floor returns the largest multiple of step that is not above q, for q ≥ 0; a
// negative q gives 0.
func Floor(q, step decimal.Decimal) decimal.Decimal {
	if q.Sign() <= 0 {
		return decimal.Zero
	}
	if isPowerOfTen(step) {
		if q.Exponent() >= step.Exponent() {
			return q
		}
		return q.Truncate(-step.Exponent())
	}
	return q.Sub(q.Mod(step))
}

// isPowerOfTen reports whether step is 10^exponent, as nearly all steps are.
func isPowerOfTen(step decimal.Decimal) bool {
	return step.NumDigits() == 1 && step.CoefficientInt64() == 1
}

// Quantise puts an order on the grids of its instrument (semantics X11): the quantity
// floors to the step, a limit price moves to the tick that is no worse for the trader,
// what triggers to the one that is no better, and a trailing distance is no shorter. It
// reports whether every price is still above 0.
func (o *Order) Quantise(in *Instrument) bool {
	if !o.Quantity.IsZero() {
		o.Quantity = Floor(o.Quantity, in.Step)
	}
	return o.Type == Market || o.quantisePrices(in)
}

func (o *Order) quantisePrices(in *Instrument) bool {
	passive, above := Down, true
	if o.Side == Sell {
		passive = Up
	}
	for _, p := range [...]struct {
		price *decimal.Decimal
		to    Rounding
		is    bool
	}{
		{&o.Price, passive, o.Priced()},
		{&o.Stop, Against(o.Side), o.Triggered()},
		{&o.Trail.By, Up, o.Type == TrailingStop && o.Trail.Unit == TrailPrice},
		{&o.Trail.Activate, Against(o.Side), o.Trail.Activate.IsPositive()},
	} {
		if p.is {
			*p.price = ToTick(*p.price, in.Tick, p.to)
			above = above && p.price.IsPositive()
		}
	}
	return above
}

// Largest returns the largest of q, q − step, q − 2 × step and so on that fits, or 0 where
// none above it does. What is smaller than one that fits has to fit too. It tries few of
// them: at prices of 1e-8, what a fee is rounded up by is worth 10^5 steps.
func Largest(q, step decimal.Decimal, fits func(decimal.Decimal) bool) decimal.Decimal {
	if !q.IsPositive() || fits(q) {
		return q
	}
	less := func(n int64) (x decimal.Decimal, ok bool) {
		x = q.Sub(steps(n, step))
		return x, !x.IsPositive() || fits(x)
	}
	over, under := int64(0), int64(1)
	x, ok := less(under)
	for !ok {
		over, under = under, 2*under
		x, ok = less(under)
	}
	for under-over > 1 {
		middle := over + (under-over)/2
		if y, ok := less(middle); ok {
			x, under = y, middle
		} else {
			over = middle
		}
	}
	return decimal.Max(x, decimal.Zero)
}

// Affordable returns the largest multiple q of step with q × unit ≤ amount, where
// unit and step are above 0; 0 where amount is not. It is the one division of money
// by a price (semantics M2). A float decides where it is sure, exact products where
// it is not.
func Affordable(amount, unit, step decimal.Decimal) decimal.Decimal {
	if amount.Sign() <= 0 {
		return decimal.Zero
	}
	x := Float(amount) / Float(unit) / Float(step)
	if !(x < 1<<52) {
		q, _ := amount.QuoRem(unit.Mul(step), 0)
		return q.Mul(step)
	}
	n := int64(x)
	if fraction, doubt := x-float64(n), float64(x*1e-14); fraction > doubt && fraction < 1-doubt {
		return steps(n, step)
	}
	q := steps(n, step)
	for q.IsPositive() && q.Mul(unit).GreaterThan(amount) {
		q = q.Sub(step)
	}
	for next := q.Add(step); !next.Mul(unit).GreaterThan(amount); next = q.Add(step) {
		q = next
	}
	return q
}

// steps returns n × step.
func steps(n int64, step decimal.Decimal) decimal.Decimal {
	if isPowerOfTen(step) {
		return decimal.New(n, step.Exponent())
	}
	return step.Mul(decimal.New(n, 0))
}

// Divide returns a ÷ b rounded half to even at the given number of decimals. No
// other function of the deterministic packages divides decimals.
func Divide(a, b decimal.Decimal, places int32) decimal.Decimal {
	q, r := a.QuoRem(b, places)
	twice := r.Abs().Mul(decimal.New(2, 0))
	unit := b.Abs().Shift(-places)
	half := twice.Cmp(unit)
	if half < 0 || half == 0 && q.Shift(places).BigInt().Bit(0) == 0 {
		return q
	}
	step := decimal.New(1, -places)
	if a.Sign()*b.Sign() < 0 {
		step = step.Neg()
	}
	return q.Add(step)
}

// DivideUp returns a ÷ b rounded up at the given number of decimals, for a ≥ 0 and b
// above 0.
func DivideUp(a, b decimal.Decimal, places int32) decimal.Decimal {
	q := Divide(a, b, places)
	if q.Mul(b).LessThan(a) {
		q = q.Add(decimal.New(1, -places))
	}
	return q
}

// Share returns the part of an amount that belongs to part of a whole, half-even to 12
// decimals; the whole gets all of it (semantics M3).
func Share(amount, part, whole decimal.Decimal) decimal.Decimal {
	if part.Equal(whole) {
		return amount
	}
	return Divide(amount.Mul(part), whole, 12)
}

// Fee returns amount × rate, rounded up to places decimals (semantics M1).
func Fee(amount, rate decimal.Decimal, places int32) decimal.Decimal {
	if rate.IsZero() {
		return decimal.Zero
	}
	if n, ok := small(amount); ok && n >= 0 {
		if fee, ok := smallFee(n, amount.Exponent(), rate, places); ok {
			return fee
		}
	}
	return amount.Mul(rate).RoundUp(places)
}

// smallFee is Fee of a × 10^exp in 128 bits, for a rate of at most 18 digits.
func smallFee(a int64, exp int32, rate decimal.Decimal, places int32) (decimal.Decimal, bool) {
	r, ok := small(rate)
	drop := -(exp + rate.Exponent()) - places
	if !ok || r < 0 || drop < 1 || drop > 18 {
		return decimal.Decimal{}, false
	}
	hi, lo := bits.Mul64(uint64(a), uint64(r))
	unit := uint64(pow10[drop])
	if hi >= unit {
		return decimal.Decimal{}, false
	}
	q, rest := bits.Div64(hi, lo, unit)
	if rest > 0 {
		q++
	}
	if q > 1<<62 {
		return decimal.Decimal{}, false
	}
	// On the grid of the amount, where it fits: then taking it off needs no rescaling.
	if finer := -exp - places; finer > 0 && finer <= 8 && q < 1e18/uint64(pow10[finer]) {
		return decimal.New(int64(q)*int64(pow10[finer]), -places-finer), true
	}
	return decimal.New(int64(q), -places), true
}

// Slip worsens a price by bps basis points and rounds it to the tick against the
// trader (semantics X4). With 0 bps the price is returned as it is.
func Slip(price decimal.Decimal, side Side, bps decimal.Decimal, tick decimal.Decimal) decimal.Decimal {
	if bps.IsZero() {
		return price
	}
	move := price.Mul(bps).Shift(-4)
	if side == Sell {
		move = move.Neg()
	}
	slipped := ToTick(price.Add(move), tick, Against(side))
	if slipped.Sign() <= 0 {
		return tick
	}
	return slipped
}

// Bps returns a number of basis points that a model computed, rounded to six decimals
// so that the noise of floats moves no price by a tick. x is finite and below 1e9.
func Bps(x float64) decimal.Decimal { return decimal.New(Ticks(x, 1e6), -6) }

// CollarPrice returns the worst price at which limits count a working buy without a
// price of its own: 2 % above the last close (semantics D2).
func CollarPrice(last decimal.Decimal) decimal.Decimal { return last.Mul(decimal.New(102, -2)) }

// CollarSum returns [CollarPrice] of a price.
func CollarSum(last Sum) Sum { return last.Times(Sum{n: 102, exp: -2}) }

// OnGrid reports whether x is a multiple of step.
func OnGrid(x, step decimal.Decimal) bool { return x.Sign() >= 0 && Floor(x, step).Equal(x) }

// Weight returns a share of equity as the shortest decimal of x, which must be finite.
func Weight(x float64) (decimal.Decimal, error) {
	switch {
	case x == 0:
		return decimal.Zero, nil
	case x == 1:
		return one, nil
	case math.IsNaN(x) || math.IsInf(x, 0) || math.Abs(x) > 1e6:
		return decimal.Zero, fmt.Errorf("target weight %v is not a share of equity", x)
	}
	return decimal.NewFromFloat(x), nil
}
