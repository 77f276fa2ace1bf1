package column

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// Decode appends the rows of a block to c, growing each slice at most once. An
// empty c takes the interval and scales of the block; otherwise intervals must
// agree, and each scale becomes the finer of the two, or FreeScale where one of
// them is. Whether the block's rows follow those of c is the caller's business.
// On an error, which wraps ErrCorrupt where the block is damaged, c is unchanged.
func Decode(c *market.Columns, block []byte) error {
	h, err := Peek(block)
	if err != nil {
		return err
	}
	if sum := checksum(block); sum != h.crc {
		return fmt.Errorf("%w: checksum %08x, stored %08x", ErrCorrupt, sum, h.crc)
	}
	if c.Len() > 0 && c.Interval != h.Interval {
		return fmt.Errorf("block of %s bars among bars of %s", h.Interval, c.Interval)
	}
	d := decoder{Header: h, rest: block[headerSize:], out: grown(c, h.Count, h.flags&flagIncomplete != 0)}
	if err := d.run(c.Len()); err != nil {
		return err
	}
	adopt(c, &d)
	return nil
}

// grown returns c with n more rows, whose values are arbitrary.
func grown(c *market.Columns, n int, flags bool) market.Columns {
	out := *c
	size := c.Len() + n
	out.OpenTime = slices.Grow(c.OpenTime, n)[:size]
	for _, p := range [...]*[]float64{&out.Open, &out.High, &out.Low, &out.Close, &out.Volume} {
		*p = slices.Grow(*p, n)[:size]
	}
	if flags || c.Incomplete != nil {
		out.Incomplete = grownFlags(c.Incomplete, size, cap(out.OpenTime))
	}
	return out
}

// grownFlags returns flags of a size whose new ones are unset.
func grownFlags(flags []bool, size, room int) []bool {
	if cap(flags) < size {
		return append(make([]bool, 0, max(size, room)), flags...)[:size]
	}
	n := len(flags)
	clear(flags[n:size])
	return flags[:size]
}

// adopt makes c what d decoded.
func adopt(c *market.Columns, d *decoder) {
	price, volume := d.PriceScale, d.VolumeScale
	if c.Len() > 0 {
		price, volume = JoinScales(c.PriceScale, price), JoinScales(c.VolumeScale, volume)
	}
	*c = d.out
	c.Interval, c.PriceScale, c.VolumeScale = d.Interval, price, volume
}

// JoinScales returns the scale of columns that hold values of both scales: the
// finer, or FreeScale where one of them has no grid.
func JoinScales(a, b int32) int32 {
	if a == market.FreeScale || b == market.FreeScale {
		return market.FreeScale
	}
	return max(a, b)
}

// A decoder takes a block apart. Rows are decoded into out.
type decoder struct {
	Header
	rest     []byte // what has not been read
	out      market.Columns
	previous int64 // the last close, in units of the frame
	fields   [4][frame]uint64
}

// run decodes all rows into out, from row at on.
func (d *decoder) run(at int) error {
	if err := d.times(d.out.OpenTime[at:]); err != nil {
		return err
	}
	if d.flags&flagIncomplete != 0 {
		if err := d.bitmap(d.out.Incomplete[at:]); err != nil {
			return err
		}
	}
	if err := d.frames(at); err != nil {
		return err
	}
	if len(d.rest) != pad || string(d.rest) != string(zeroes[:]) {
		return fmt.Errorf("%w: %d bytes after the last row", ErrCorrupt, len(d.rest))
	}
	return nil
}

var zeroes [pad]byte

// times fills out the open times: runs of the interval between gaps.
func (d *decoder) times(out []market.Time) error {
	t, row := d.First, 0
	for range d.gaps {
		rows, distance, err := d.gap()
		if err != nil {
			return err
		}
		if rows < 1 || rows >= uint64(len(out)-row) || d.runs(t, rows-1) {
			return fmt.Errorf("%w: gap %d rows after row %d", ErrCorrupt, rows, row)
		}
		t = fill(out[row:row+int(rows)], t, d.Interval)
		row += int(rows)
		if distance < 1 || distance > uint64(d.Last-t) {
			return fmt.Errorf("%w: gap of %d ns before row %d", ErrCorrupt, distance, row)
		}
		t += market.Time(distance)
	}
	if d.runs(t, uint64(len(out)-row-1)) || fill(out[row:], t, d.Interval) != d.Last {
		return fmt.Errorf("%w: times do not end at %d", ErrCorrupt, d.Last)
	}
	return nil
}

// runs reports whether n intervals after t run over the last time.
func (d *decoder) runs(t market.Time, n uint64) bool {
	return n > uint64(d.Last-t)/uint64(d.Interval)
}

// fill writes times from t on and returns the last.
func fill(out []market.Time, t market.Time, step market.Interval) market.Time {
	for i := range out {
		out[i] = t
		t += market.Time(step)
	}
	return t - market.Time(step)
}

// gap reads how many rows after the last gap it is, and the distance in time.
func (d *decoder) gap() (rows, distance uint64, err error) {
	rows, err = d.uvarint()
	if err != nil {
		return 0, 0, err
	}
	whole, err := d.uvarint()
	if err != nil || whole>>1 > maxTime*2/uint64(d.Interval) {
		return 0, 0, fmt.Errorf("%w: gap without end", ErrCorrupt)
	}
	distance = whole >> 1 * uint64(d.Interval)
	if whole&1 != 0 {
		rest, err := d.uvarint()
		if err != nil || rest >= uint64(d.Interval) {
			return 0, 0, fmt.Errorf("%w: rest of a gap", ErrCorrupt)
		}
		distance += rest
	}
	return rows, distance, nil
}

func (d *decoder) uvarint() (uint64, error) {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		return 0, fmt.Errorf("%w: number cut off", ErrCorrupt)
	}
	d.rest = d.rest[n:]
	return v, nil
}

// take returns what follows, of which at least the next n bytes are rows and at
// least pad bytes lie behind them, and moves on by n.
func (d *decoder) take(n int) ([]byte, error) {
	if len(d.rest)-pad < n {
		return nil, fmt.Errorf("%w: rows cut off", ErrCorrupt)
	}
	b := d.rest
	d.rest = d.rest[n:]
	return b, nil
}

func (d *decoder) bitmap(out []bool) error {
	b, err := d.take((len(out) + 7) / 8)
	if err != nil {
		return err
	}
	for i := range out {
		out[i] = b[i/8]>>(i%8)&1 != 0
	}
	return nil
}

// frames decodes prices and volumes of the rows from at on, 128 at a time.
func (d *decoder) frames(at int) error {
	d.previous = d.base
	last := math.Float64frombits(uint64(d.base))
	for lo := at; lo < len(d.out.OpenTime); lo += frame {
		rows := d.out.Slice(lo, min(lo+frame, len(d.out.OpenTime)))
		if err := d.columns(d.priceUnit, last, rows.Open, rows.High, rows.Low, rows.Close); err != nil {
			return err
		}
		if err := d.columns(d.volumeUnit, 0, rows.Volume); err != nil {
			return err
		}
		last = rows.Close[rows.Len()-1]
	}
	return nil
}

// columns decodes the four columns of prices of a frame, or the one of volumes. In
// version 1 they are in the unit of the block, and there are no patches.
func (d *decoder) columns(unit int32, last float64, columns ...[]float64) (err error) {
	if d.version > 1 {
		if unit, err = d.unit(); err != nil {
			return err
		}
	}
	if unit == rawUnit {
		return d.raw(columns)
	}
	n, g := len(columns[0]), gridOf(unit)
	for f := range columns {
		if err := d.packed(f, n); err != nil {
			return err
		}
	}
	if len(columns) == 1 {
		volumes(columns[0], g, d.fields[0][:n])
	} else {
		if d.version > 1 {
			d.previous = g.round(last)
		}
		d.prices(g, columns)
	}
	if d.version == 1 {
		return nil
	}
	return d.patch(columns)
}

// unit reads the decimals of whole numbers.
func (d *decoder) unit() (int32, error) {
	b, err := d.take(1)
	if err != nil {
		return 0, err
	}
	if unit := int32(int8(b[0])); !badScale(unit) {
		return unit, nil
	}
	return 0, fmt.Errorf("%w: unit %d", ErrCorrupt, int8(b[0]))
}

func volumes(out []float64, g grid, values []uint64) {
	for i, u := range values {
		out[i] = g.value(int64(u))
	}
}

// prices turns the distances in fields into prices.
func (d *decoder) prices(g grid, columns [][]float64) {
	opens := columns[0]
	n := len(opens)
	highs, lows, closes := columns[1][:n], columns[2][:n], columns[3][:n]
	f0, f1, f2, f3 := d.fields[0][:n], d.fields[1][:n], d.fields[2][:n], d.fields[3][:n]
	previous := d.previous
	for i := range opens {
		open := previous + unzigzag(f0[i])
		previous = open + unzigzag(f1[i])
		opens[i] = g.value(open)
		highs[i] = g.value(max(open, previous) + int64(f2[i]))
		lows[i] = g.value(min(open, previous) - int64(f3[i]))
		closes[i] = g.value(previous)
	}
	d.previous = previous
}

// packed reads a width and n values into a field.
func (d *decoder) packed(field, n int) error {
	b, err := d.take(1)
	if err != nil {
		return err
	}
	w := int(b[0])
	if w > 64 {
		return fmt.Errorf("%w: values of %d bits", ErrCorrupt, w)
	}
	if b, err = d.take(packedSize(n, w)); err != nil {
		return err
	}
	unpack(&d.fields[field], n, b, w)
	return nil
}

func (d *decoder) raw(columns [][]float64) error {
	for _, out := range columns {
		b, err := d.take(8 * len(out))
		if err != nil {
			return err
		}
		for i := range out {
			out[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
		}
	}
	return nil
}
