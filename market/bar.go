package market

import (
	"fmt"
	"math"
	"strconv"
)

// A Bar is what traded between Open time and Open time + interval.
type Bar struct {
	OpenTime                       Time
	Open, High, Low, Close, Volume float64 // prices in quote; volume in base
}

// Columns is one instrument's bars at one interval: a slice a field, row by row in
// strictly rising time. It is immutable once shared. Values are the nearest float64
// of decimals with PriceScale and VolumeScale fraction digits; a scale of
// [FreeScale] means that the source had no decimal grid.
type Columns struct {
	Interval                       Interval
	OpenTime                       []Time
	Open, High, Low, Close, Volume []float64
	PriceScale, VolumeScale        int32
	Incomplete                     []bool // made by Resample from fewer bars than fit; nil where all are whole
}

// FreeScale is the scale of a column whose values are float64 without a grid.
const FreeScale int32 = -1

// MakeColumns returns empty Columns with room for n rows.
func MakeColumns(d Interval, n int) *Columns {
	f := func() []float64 { return make([]float64, 0, n) }
	return &Columns{Interval: d, OpenTime: make([]Time, 0, n), Open: f(), High: f(), Low: f(), Close: f(), Volume: f()}
}

// Len returns the number of rows.
func (c *Columns) Len() int { return len(c.OpenTime) }

// Time returns when the bar of a row exists: its close (semantics T1).
func (c *Columns) Time(row int) Time { return c.OpenTime[row] + Time(c.Interval) }

// Bar returns a row as a Bar.
func (c *Columns) Bar(row int) Bar {
	return Bar{c.OpenTime[row], c.Open[row], c.High[row], c.Low[row], c.Close[row], c.Volume[row]}
}

// Append adds a bar. Only the owner of c may call it, and readers that hold c see
// the new row only through a longer length.
func (c *Columns) Append(b Bar) {
	c.OpenTime = append(c.OpenTime, b.OpenTime)
	c.Open = append(c.Open, b.Open)
	c.High = append(c.High, b.High)
	c.Low = append(c.Low, b.Low)
	c.Close = append(c.Close, b.Close)
	c.Volume = append(c.Volume, b.Volume)
	if c.Incomplete != nil {
		c.Incomplete = append(c.Incomplete, false)
	}
}

// Slice returns rows [lo, hi) as Columns that share c's memory and cannot grow into it.
func (c *Columns) Slice(lo, hi int) *Columns {
	s := *c
	s.OpenTime = c.OpenTime[lo:hi:hi]
	s.Open, s.High, s.Low = c.Open[lo:hi:hi], c.High[lo:hi:hi], c.Low[lo:hi:hi]
	s.Close, s.Volume = c.Close[lo:hi:hi], c.Volume[lo:hi:hi]
	if c.Incomplete != nil {
		s.Incomplete = c.Incomplete[lo:hi:hi]
	}
	return &s
}

// Tail returns new Columns with the last n rows, or all where there are fewer, and room for
// more: what c holds is not held by them.
func (c *Columns) Tail(n, more int) *Columns {
	from := max(c.Len()-n, 0)
	t := MakeColumns(c.Interval, c.Len()-from+more)
	t.PriceScale, t.VolumeScale = c.PriceScale, c.VolumeScale
	t.OpenTime = append(t.OpenTime, c.OpenTime[from:]...)
	t.Open, t.High, t.Low = append(t.Open, c.Open[from:]...), append(t.High, c.High[from:]...), append(t.Low, c.Low[from:]...)
	t.Close, t.Volume = append(t.Close, c.Close[from:]...), append(t.Volume, c.Volume[from:]...)
	if c.Incomplete != nil {
		t.Incomplete = append(make([]bool, 0, cap(t.OpenTime)), c.Incomplete[from:]...)
	}
	return t
}

// Search returns the first row that opens at or after t, or Len.
func (c *Columns) Search(t Time) int {
	lo, hi := 0, len(c.OpenTime)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if c.OpenTime[mid] < t {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// MinPrice and MaxPrice bound the prices that a bar may have, in quote.
const (
	MinPrice = 1e-12
	MaxPrice = 1e12
)

// Check reports what makes a bar impossible, or nil. It looks at the bar alone:
// order in time is the series' business.
func (b Bar) Check() error {
	for _, p := range [...]struct {
		name  string
		value float64
	}{{"open", b.Open}, {"high", b.High}, {"low", b.Low}, {"close", b.Close}} {
		if !(p.value >= MinPrice) || p.value > MaxPrice {
			return fmt.Errorf("%s %s is not a price from %g to %g", p.name, plain(p.value), MinPrice, MaxPrice)
		}
	}
	switch {
	case b.High < b.Low:
		return fmt.Errorf("high %s is below low %s", plain(b.High), plain(b.Low))
	case b.Open > b.High || b.Close > b.High:
		return fmt.Errorf("high %s is below open %s or close %s", plain(b.High), plain(b.Open), plain(b.Close))
	case b.Open < b.Low || b.Close < b.Low:
		return fmt.Errorf("low %s is above open %s or close %s", plain(b.Low), plain(b.Open), plain(b.Close))
	case b.Volume < 0 || math.IsNaN(b.Volume) || math.IsInf(b.Volume, 0):
		return fmt.Errorf("volume %v is not a number of at least 0", b.Volume)
	}
	return nil
}

// plain writes a number for people: without an exponent, unless it is far from all prices.
func plain(x float64) string {
	if size := math.Abs(x); size > MaxPrice || size > 0 && size < MinPrice {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}
