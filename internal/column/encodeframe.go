package column

import (
	"encoding/binary"
	"math"

	"github.com/signalman-trading/signalman/market"
)

// An encoder packs the frames of one block.
type encoder struct {
	last    float64 // the close before the frame
	fields  [4][frame]uint64
	patches []patch
}

// appendFrames writes prices and volumes, 128 rows at a time.
func appendFrames(dst []byte, c *market.Columns) []byte {
	e := encoder{last: c.Open[0]}
	for lo := 0; lo < c.Len(); lo += frame {
		rows := c.Slice(lo, min(lo+frame, c.Len()))
		dst = e.appendSmallest(dst, c.PriceScale, rows.Open, rows.High, rows.Low, rows.Close)
		dst = e.appendSmallest(dst, c.VolumeScale, rows.Volume)
		e.last = rows.Close[rows.Len()-1]
	}
	return dst
}

// appendSmallest writes columns raw, or in the unit that takes the fewest bytes. A
// unit is tried if half of the values are on it, and then a finer one if that leaves
// less than half of the others off: digits cost all values, and patches only those.
// Columns without a scale may be on a grid but for some, as sums of float64 are.
func (e *encoder) appendSmallest(dst []byte, scale int32, columns ...[]float64) []byte {
	if scale == market.FreeScale {
		scale = maxScale
	}
	start := len(dst)
	dst = appendRaw(append(dst, 0xff), columns)
	off := len(columns) * len(columns[0])
	for unit := int32(0); unit <= scale && off > 0; unit++ {
		g := gridOf(unit)
		some := offGrid(g, columns, off/2)
		if some > off/2 {
			continue
		}
		off = some
		if e.patches = findPatches(e.patches[:0], g, columns); len(e.patches) > frame {
			continue
		}
		end := len(dst)
		out, ok := e.appendPatches(e.appendUnit(dst, unit, columns), unit, scale)
		if ok && len(out)-end < end-start {
			dst = append(out[:start], out[end:]...)
		} else {
			dst = out[:end]
		}
	}
	return dst
}

// offGrid counts the values that are not on a grid, and stops beyond most.
func offGrid(g grid, columns [][]float64, most int) (off int) {
	for _, values := range columns {
		for _, v := range values {
			if _, ok := g.ticks(v); ok {
				continue
			}
			if off++; off > most {
				return off
			}
		}
	}
	return off
}

func appendRaw(dst []byte, columns [][]float64) []byte {
	for _, values := range columns {
		for _, v := range values {
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
		}
	}
	return dst
}

// appendUnit writes the nearest whole numbers of a unit: of four columns as prices,
// of one as it is.
func (e *encoder) appendUnit(dst []byte, unit int32, columns [][]float64) []byte {
	dst = append(dst, byte(unit))
	g := gridOf(unit)
	if len(columns) == 1 {
		for i, v := range columns[0] {
			t, _ := g.ticks(v)
			e.fields[0][i] = uint64(t)
		}
		return appendPacked(dst, e.fields[0][:len(columns[0])])
	}
	return e.appendPrices(dst, g, columns)
}

// appendPrices writes open against the close before, close against open, and how
// far high and low reach beyond both.
func (e *encoder) appendPrices(dst []byte, g grid, columns [][]float64) []byte {
	n := len(columns[0])
	previous, _ := g.ticks(e.last)
	for i := range n {
		open, _ := g.ticks(columns[0][i])
		high, _ := g.ticks(columns[1][i])
		low, _ := g.ticks(columns[2][i])
		last, _ := g.ticks(columns[3][i])
		e.fields[0][i] = zigzag(open - previous)
		e.fields[1][i] = zigzag(last - open)
		e.fields[2][i] = uint64(high - max(open, last))
		e.fields[3][i] = uint64(min(open, last) - low)
		previous = last
	}
	for f := range e.fields {
		dst = appendPacked(dst, e.fields[f][:n])
	}
	return dst
}

// appendPacked writes the width of values and then the values.
func appendPacked(dst []byte, values []uint64) []byte {
	w := width(values)
	return pack(append(dst, byte(w)), values, w)
}
