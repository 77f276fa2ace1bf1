package frame

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"

	"github.com/signalman-trading/signalman/market"
)

// A Kind is how a number is written.
type Kind uint8

// What the bits of a value mean. Integers have 1, 2, 4 or 8 bytes; a decimal is a signed
// integer of up to 32 bytes.
const (
	Float Kind = iota
	Signed
	Unsigned
	Decimal
)

// A Type says how the values of a column stand in bytes, the lowest byte first.
type Type struct {
	Kind  Kind
	Width int         // bytes of a value
	Scale int32       // of a decimal: its fraction digits
	Unit  market.Time // of a time: nanoseconds of a count; 0: told by the size of the counts
}

// Check returns an error unless a column of the type can hold a field of a bar.
func (t *Type) Check(field int) error {
	switch {
	case field == Time && t.Kind != Signed && t.Kind != Unsigned:
		return fmt.Errorf("column %s holds no times: make it a timestamp, or milliseconds as an integer", Names[field])
	case field != Time && t.Unit != 0:
		return fmt.Errorf("column %s holds times: make it a double", Names[field])
	}
	return nil
}

// end is the end of the year 2200.
const end = 7_289_654_400 * 1e9

// unit returns the nanoseconds of a count by its size. Each bound is the year 1973 in the
// next unit, and past 2200 in the one before.
func unit(v int64) market.Time {
	switch {
	case v < 1e11:
		return 1e9
	case v < 1e14:
		return 1e6
	case v < 1e17:
		return 1e3
	}
	return 1
}

// NoTime is the time of a row that has none.
const NoTime = market.Time(math.MinInt64)

// times appends times to out and returns the index of the one that the error is about.
func (t *Type) times(values []byte, nulls []bool, out *[]market.Time) (int, error) {
	for i, null := range nulls {
		if null {
			*out = append(*out, NoTime)
			continue
		}
		v := t.integer(values[i*t.Width:])
		if t.Unit == 0 {
			t.Unit = unit(v)
		}
		if v < 0 || v >= end/int64(t.Unit) {
			return i, fmt.Errorf("%d is outside the years 1970 to 2200 in the unit of the rows above", v)
		}
		*out = append(*out, market.Time(v)*t.Unit)
	}
	return 0, nil
}

// integer returns a whole number; one that is too large for int64 is -1, which no caller takes.
func (t *Type) integer(b []byte) int64 {
	var u uint64
	switch t.Width {
	case 1:
		u = uint64(b[0])
	case 2:
		u = uint64(binary.LittleEndian.Uint16(b))
	case 4:
		u = uint64(binary.LittleEndian.Uint32(b))
	default:
		u = binary.LittleEndian.Uint64(b)
	}
	if t.Kind == Unsigned {
		if u > math.MaxInt64 {
			return -1
		}
		return int64(u)
	}
	shift := 64 - 8*t.Width
	return int64(u<<shift) >> shift
}

// numbers appends numbers to out and returns the index of the one that the error is about.
func (t *Type) numbers(values []byte, nulls []bool, out *[]float64) (int, error) {
	for i, null := range nulls {
		x := math.NaN()
		if !null {
			var err error
			if x, err = t.number(values[i*t.Width : (i+1)*t.Width]); err != nil {
				return i, err
			}
		}
		*out = append(*out, x)
	}
	return 0, nil
}

// wholes bounds the integers that float64 holds each of.
const wholes = 1 << 53

func (t *Type) number(b []byte) (float64, error) {
	switch {
	case t.Kind == Float && t.Width == 8:
		return math.Float64frombits(binary.LittleEndian.Uint64(b)), nil
	case t.Kind == Float:
		return single(math.Float32frombits(binary.LittleEndian.Uint32(b))), nil
	case t.Kind == Decimal:
		return decimal(b, t.Scale)
	}
	v := t.integer(b)
	if v > wholes || v < -wholes || v < 0 && t.Kind == Unsigned {
		return 0, fmt.Errorf("%d is larger than a double keeps", v)
	}
	return float64(v), nil
}

// single returns the float64 of a float32's shortest decimal.
func single(x float32) float64 {
	wide := float64(x)
	if wide == math.Trunc(wide) || math.IsNaN(wide) {
		return wide
	}
	y, _ := strconv.ParseFloat(strconv.FormatFloat(wide, 'g', -1, 32), 64)
	return y
}

// maxScale is the most fraction digits that a decimal of 32 bytes has.
const maxScale = 76

// decimal returns the float64 nearest to an integer at a scale. One that the float64's
// shortest decimal does not give back is an error.
func decimal(b []byte, scale int32) (float64, error) {
	if scale < 0 || scale > maxScale {
		return 0, fmt.Errorf("is a decimal of scale %d where 0 to %d are read", scale, maxScale)
	}
	n := new(big.Int).SetBytes(reversed(b))
	if b[len(b)-1] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	text := n.String() + "e" + strconv.Itoa(-int(scale))
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("%s is larger than a double keeps", text)
	}
	back, _ := new(big.Rat).SetString(strconv.FormatFloat(x, 'g', -1, 64))
	exact, ok := new(big.Rat).SetString(text)
	if !ok || back.Cmp(exact) != 0 {
		return 0, fmt.Errorf("%s has more digits than a double keeps", text)
	}
	return x, nil
}

func reversed(b []byte) []byte {
	r := slices.Clone(b)
	slices.Reverse(r)
	return r
}
