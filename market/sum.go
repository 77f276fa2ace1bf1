package market

import (
	"math/bits"

	"github.com/shopspring/decimal"
)

// Sum is an exact amount that is added to more often than it is read: as long as it
// has at most 18 digits it is an integer and an exponent, and adding to it allocates
// nothing. Beyond that it is a decimal. The zero Sum is 0.
type Sum struct {
	n    int64           // value = n × 10^exp, unless wide
	exp  int32           // 0 or below
	wide decimal.Decimal // the value where big
	big  bool
}

// limit bounds the integer of a Sum: 18 digits.
const limit = 999_999_999_999_999_999

// SumOf returns d as a Sum.
func SumOf(d decimal.Decimal) Sum {
	if n, ok := small(d); ok && d.Exponent() <= 0 && d.Exponent() >= -18 {
		return Sum{n: n, exp: d.Exponent()}
	}
	return Sum{wide: d, big: true}
}

// Product returns a × b.
func Product(a, b decimal.Decimal) Sum {
	x, ok1 := small(a)
	y, ok2 := small(b)
	exp := a.Exponent() + b.Exponent()
	if ok1 && ok2 && exp <= 0 && exp >= -18 {
		if n, ok := times(x, y); ok {
			return Sum{n: n, exp: exp}
		}
	}
	return Sum{wide: a.Mul(b), big: true}
}

// Times returns s × t.
func (s Sum) Times(t Sum) Sum {
	if exp := s.exp + t.exp; !s.big && !t.big && exp >= -18 {
		if n, ok := times(s.n, t.n); ok {
			return Sum{n: n, exp: exp}
		}
	}
	return SumOf(s.Decimal().Mul(t.Decimal()))
}

// Neg returns −s.
func (s Sum) Neg() Sum { return Sum{}.Minus(s) }

// Sign returns -1, 0 or 1.
func (s Sum) Sign() int {
	switch {
	case s.big:
		return s.wide.Sign()
	case s.n > 0:
		return 1
	case s.n < 0:
		return -1
	}
	return 0
}

// Abs returns s without its sign.
func (s Sum) Abs() Sum {
	if s.Sign() < 0 {
		return s.Neg()
	}
	return s
}

// Max returns the larger of two amounts.
func (s Sum) Max(t Sum) Sum {
	if t.Minus(s).Sign() > 0 {
		return t
	}
	return s
}

// PriceSum returns [Price] as a Sum.
func PriceSum(x float64, scale int32) Sum {
	if scale < 0 || scale > 18 {
		return SumOf(Price(x, scale))
	}
	if n := Ticks(x, Pow10(scale)); n <= limit && n >= -limit {
		return Sum{n: n, exp: -scale}
	}
	return SumOf(Price(x, scale))
}

// times returns x × y where it has at most 18 digits.
func times(x, y int64) (int64, bool) {
	hi, lo := bits.Mul64(uint64(max(x, -x)), uint64(max(y, -y)))
	if hi != 0 || lo > limit {
		return 0, false
	}
	if (x < 0) != (y < 0) {
		return -int64(lo), true
	}
	return int64(lo), true
}

// Decimal returns the amount.
func (s Sum) Decimal() decimal.Decimal {
	switch {
	case s.big:
		return s.wide
	case s.n == 0:
		return decimal.Zero
	}
	return decimal.New(s.n, s.exp)
}

// Float returns the amount as [Float] does.
func (s Sum) Float() float64 {
	if s.big {
		return Float(s.wide)
	}
	return float64(s.n) / pow10[-s.exp]
}

// IsZero reports whether the amount is 0.
func (s Sum) IsZero() bool { return !s.big && s.n == 0 || s.big && s.wide.IsZero() }

// Plus returns s + t.
func (s Sum) Plus(t Sum) Sum {
	if s.exp == t.exp && !s.big && !t.big { // the usual case
		if n := s.n + t.n; n <= limit && n >= -limit {
			return Sum{n: n, exp: s.exp}
		}
	}
	if a, b, exp, ok := align(s, t); ok {
		if n := a + b; n <= limit && n >= -limit {
			return Sum{n: n, exp: exp}
		}
	}
	return SumOf(s.Decimal().Add(t.Decimal()))
}

// Minus returns s − t.
func (s Sum) Minus(t Sum) Sum {
	if !t.big {
		t.n = -t.n
		return s.Plus(t)
	}
	return SumOf(s.Decimal().Sub(t.wide))
}

// align brings two amounts to the finer of their exponents.
func align(s, t Sum) (a, b int64, exp int32, ok bool) {
	switch {
	case s.big || t.big:
		return 0, 0, 0, false
	case s.exp == t.exp || t.n == 0:
		return s.n, t.n, s.exp, true
	case s.n == 0:
		return 0, t.n, t.exp, true
	case s.exp > t.exp:
		a, ok = times(s.n, int64(pow10[s.exp-t.exp]))
		return a, t.n, t.exp, ok
	}
	b, ok = times(t.n, int64(pow10[t.exp-s.exp]))
	return s.n, b, s.exp, ok
}

// FeeOn returns the fee on an amount, as [Fee] does.
func FeeOn(amount Sum, rate decimal.Decimal, places int32) decimal.Decimal {
	if !amount.big && amount.n >= 0 && !rate.IsZero() {
		if fee, ok := smallFee(amount.n, amount.exp, rate, places); ok {
			return fee
		}
	}
	return Fee(amount.Decimal(), rate, places)
}
