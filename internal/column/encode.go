package column

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/signalman-trading/signalman/market"
)

// Encode appends rows [lo, hi) of c to dst as one block. There must be 1 to
// MaxRows of them, in strictly rising time, of a positive interval. It keeps
// nothing of c.
func Encode(dst []byte, c *market.Columns, lo, hi int) ([]byte, error) {
	if lo < 0 || hi > c.Len() || hi-lo < 1 || hi-lo > MaxRows {
		return dst, fmt.Errorf("rows %d to %d of %d do not make a block of 1 to %d", lo, hi, c.Len(), MaxRows)
	}
	if err := CheckLengths(c); err != nil {
		return dst, err
	}
	c = c.Slice(lo, hi)
	h, err := plan(c)
	if err != nil {
		return dst, err
	}
	start := len(dst)
	dst = h.append(dst)
	dst = appendTimes(dst, c)
	if h.flags&flagIncomplete != 0 {
		dst = appendBitmap(dst, c.Incomplete)
	}
	dst = appendFrames(dst, c)
	dst = append(dst, make([]byte, pad)...)
	block := dst[start:]
	binary.LittleEndian.PutUint32(block[crcOffset:], checksum(block))
	return dst, nil
}

// CheckLengths reports columns of different lengths, which nothing may index.
func CheckLengths(c *market.Columns) error {
	n := c.Len()
	for _, v := range [...][]float64{c.Open, c.High, c.Low, c.Close, c.Volume} {
		if len(v) != n {
			return fmt.Errorf("columns of %d and %d rows", n, len(v))
		}
	}
	if c.Incomplete != nil && len(c.Incomplete) != n {
		return fmt.Errorf("columns of %d rows with %d flags", n, len(c.Incomplete))
	}
	return nil
}

// plan makes the header of a block of all rows of c.
func plan(c *market.Columns) (Header, error) {
	h := Header{Count: c.Len(), First: c.OpenTime[0], Last: c.OpenTime[c.Len()-1], Interval: c.Interval,
		PriceScale: c.PriceScale, VolumeScale: c.VolumeScale, version: version, base: int64(math.Float64bits(c.Open[0]))}
	for i := 1; i < c.Len(); i++ {
		if c.OpenTime[i] <= c.OpenTime[i-1] {
			return h, fmt.Errorf("row %d at %s does not follow the one at %s", i, c.OpenTime[i], c.OpenTime[i-1])
		}
		if c.OpenTime[i]-c.OpenTime[i-1] != market.Time(c.Interval) {
			h.gaps++
		}
	}
	for _, flag := range c.Incomplete {
		if flag {
			h.flags = flagIncomplete
		}
	}
	if badScale(c.PriceScale) || badScale(c.VolumeScale) {
		return h, fmt.Errorf("scales %d and %d are not between %d and %d", c.PriceScale, c.VolumeScale, market.FreeScale, maxScale)
	}
	return h, h.check()
}

// appendTimes writes the rows that do not follow the one before by the interval:
// how many rows after the last such row, and the distance in intervals, doubled;
// plus one where a rest in nanoseconds follows.
func appendTimes(dst []byte, c *market.Columns) []byte {
	last, step := 0, market.Time(c.Interval)
	for i := 1; i < c.Len(); i++ {
		d := uint64(c.OpenTime[i]) - uint64(c.OpenTime[i-1])
		if d == uint64(step) {
			continue
		}
		dst = binary.AppendUvarint(dst, uint64(i-last))
		last = i
		whole, rest := d/uint64(step), d%uint64(step)
		if rest == 0 {
			dst = binary.AppendUvarint(dst, whole<<1)
			continue
		}
		dst = binary.AppendUvarint(dst, whole<<1|1)
		dst = binary.AppendUvarint(dst, rest)
	}
	return dst
}

func appendBitmap(dst []byte, flags []bool) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, (len(flags)+7)/8)...)
	for i, flag := range flags {
		if flag {
			dst[start+i/8] |= 1 << (i % 8)
		}
	}
	return dst
}
