package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"

	"github.com/shopspring/decimal"

	"github.com/signalman-trading/signalman/market"
)

// Bounds of what a record may hold, for writers and readers alike.
const (
	maxText     = 1 << 16 // bytes of a text
	maxItems    = 1 << 16 // things in a list of a record
	maxDigits   = 256     // bytes of the coefficient of a decimal
	maxExponent = 4096    // of a decimal, either way
)

// A writer appends values to a buffer. The first value that cannot be written
// stays in err.
type writer struct {
	b   []byte
	err error
}

func (w *writer) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
}

func (w *writer) byte(v byte)               { w.b = append(w.b, v) }
func (w *writer) uint(v uint64)             { w.b = binary.AppendUvarint(w.b, v) }
func (w *writer) int(v int64)               { w.b = binary.AppendVarint(w.b, v) }
func (w *writer) float(v float64)           { w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(v)) }
func (w *writer) small(v int8)              { w.byte(byte(v)) }
func (w *writer) raw(v []byte)              { w.b = append(w.b, v...) }
func (w *writer) flags(v ...bool)           { w.byte(packFlags(v)) }
func (w *writer) text(s string)             { w.limited(s, maxText) }
func (w *writer) since(t, base market.Time) { w.int(int64(t) - int64(base)) }

func (w *writer) limited(s string, limit int) {
	if len(s) > limit {
		w.fail("text of %d bytes is longer than %d", len(s), limit)
		return
	}
	w.uint(uint64(len(s)))
	w.b = append(w.b, s...)
}

func packFlags(v []bool) (b byte) {
	for i, set := range v {
		if set {
			b |= 1 << i
		}
	}
	return b
}

// decimal writes the exponent, then the length of the coefficient doubled, plus
// one where it is negative, then the coefficient, big-endian.
func (w *writer) decimal(d decimal.Decimal) {
	if e := d.Exponent(); e < -maxExponent || e > maxExponent {
		w.fail("decimal with exponent %d is outside ±%d", e, maxExponent)
		return
	}
	w.int(int64(d.Exponent()))
	if d.IsZero() {
		w.uint(0)
		return
	}
	c := d.Coefficient()
	b := c.Bytes()
	if len(b) > maxDigits {
		w.fail("decimal of %d bytes is longer than %d", len(b), maxDigits)
		return
	}
	w.uint(uint64(len(b))<<1 | uint64(c.Sign()>>1&1))
	w.raw(b)
}

// errWire is what every error of a reader wraps.
var errWire = errors.New("value out of bounds")

// A reader takes values from a buffer. After the first that is not there or out of
// bounds, err is set and every value is zero.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: "+format, append([]any{errWire}, args...)...)
	}
	r.b = nil
}

// take returns the next n bytes, or n zeroes up to eight.
func (r *reader) take(n int) []byte {
	if n > len(r.b) || r.err != nil {
		r.fail("%d bytes cut off", n)
		return make([]byte, min(n, 32))
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) byte() byte     { return r.take(1)[0] }
func (r *reader) small() int8    { return int8(r.byte()) }
func (r *reader) float() float64 { return math.Float64frombits(binary.LittleEndian.Uint64(r.take(8))) }

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || r.err != nil || n > 1 && r.b[n-1] == 0 {
		r.fail("number cut off or padded")
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) int() int64 {
	u := r.uint()
	return int64(u>>1) ^ -int64(u&1)
}

// between reads an int that must lie in [lo, hi].
func (r *reader) between(lo, hi int64) int64 {
	v := r.int()
	if v < lo || v > hi {
		r.fail("%d is not between %d and %d", v, lo, hi)
		return lo
	}
	return v
}

func (r *reader) since(base market.Time) market.Time { return market.Time(int64(base) + r.int()) }

// items writes the length of a list of a record.
func (w *writer) items(n int) {
	if n > maxItems {
		w.fail("%d items are more than %d", n, maxItems)
	}
	w.uint(uint64(n))
}

// items reads the length of a list of a record, whose items take size bytes each.
func (r *reader) items(size int) int {
	n := r.count(size)
	if n > maxItems {
		r.fail("%d items are more than %d", n, maxItems)
		return 0
	}
	return n
}

// count reads the number of things of at least size bytes each.
func (r *reader) count(size int) int {
	n := r.uint()
	if n > uint64(len(r.b)/size) {
		r.fail("%d things in %d bytes", n, len(r.b))
		return 0
	}
	return int(n)
}

func (r *reader) text() string { return r.limited(maxText) }

func (r *reader) limited(limit int) string {
	n := r.count(1)
	if n > limit {
		r.fail("text of %d bytes is longer than %d", n, limit)
		return ""
	}
	if r.err != nil {
		return ""
	}
	return string(r.take(n))
}

// flags reads n flags of one byte, whose other bits are zero.
func (r *reader) flags(n int) (v [8]bool) {
	b := r.byte()
	if b>>n != 0 {
		r.fail("flags %#x", b)
		return v
	}
	for i := range n {
		v[i] = b>>i&1 != 0
	}
	return v
}

func (r *reader) hash() (h market.Hash) {
	copy(h[:], r.take(len(h)))
	return h
}

func (r *reader) decimal() decimal.Decimal {
	exp := int32(r.between(-maxExponent, maxExponent))
	tag := r.uint()
	n, negative := tag>>1, tag&1 != 0
	if r.err != nil || n == 0 {
		if negative {
			r.fail("negative zero")
		}
		return zeroOf(exp)
	}
	if n > maxDigits || n > uint64(len(r.b)) || r.b[0] == 0 {
		r.fail("decimal of %d bytes", n)
		return decimal.Decimal{}
	}
	c := new(big.Int).SetBytes(r.take(int(n)))
	if negative {
		c.Neg(c)
	}
	return decimal.NewFromBigInt(c, exp)
}

func zeroOf(exp int32) decimal.Decimal {
	if exp == 0 {
		return decimal.Decimal{}
	}
	return decimal.New(0, exp)
}

// end reports the first error, or what is left.
func (r *reader) end() error {
	if r.err == nil && len(r.b) > 0 {
		r.fail("%d bytes too many", len(r.b))
	}
	return r.err
}
