package datacheck

import (
	"math"
	"strconv"

	"github.com/signalman-trading/signalman/market"
)

// A Comparison is how bars agree with finer ones of the same instrument.
type Comparison struct {
	Fine, Coarse market.Interval
	Compared     int // coarse bars of which all finer ones are there
	Differ       int // those of them that the finer ones do not make
	Incomplete   int // coarse bars of which finer ones are missing in part; not judged
	Absent       int // bars that all finer ones are there for, between coarse ones that are stored
	// Differences are the first that were found, by time: one for each field.
	Differences []Difference
	// Unfinished is the row of a last coarse bar that holds just what finer ones do that
	// end inside it; Late of a first one that holds just what finer ones do that begin
	// inside it. They are -1 where there is none.
	Unfinished, Late int
}

// A Difference is one field of a coarse bar that its finer ones do not make.
type Difference struct {
	Row          int // of the coarse series
	Time         market.Time
	Field        string  // open, high, low, close or volume
	Fine, Coarse float64 // what the finer bars make of it, and what stands there
}

// String says what differs.
func (d Difference) String() string {
	return d.Field + " " + text(d.Coarse) + " where the finer bars make " + text(d.Fine)
}

func text(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// Compare resamples finer bars and holds coarse ones against them. Prices and volumes
// agree where they are within half a unit of the coarser of their two decimal grids, or
// within 1e-9 of their size where one of them has no grid. At most limit bars are listed
// with their differences; 0 is MaxFindings. Both series must be in order.
//
// It panics where the coarse interval is not a multiple of the fine one.
func Compare(fine, coarse *market.Columns, limit int) *Comparison {
	made := market.Resample(fine, coarse.Interval, market.MaxTime)
	x := &Comparison{Fine: fine.Interval, Coarse: coarse.Interval, Unfinished: -1, Late: -1}
	if limit <= 0 {
		limit = MaxFindings
	}
	tolerance := tolerances(fine, coarse)
	row := 0
	for i, t := range made.OpenTime {
		for row < coarse.Len() && coarse.OpenTime[row] < t {
			row++
		}
		switch {
		case row == coarse.Len() || coarse.OpenTime[row] > t:
			if row > 0 && row < coarse.Len() && !made.Incomplete[i] {
				x.Absent++
			}
		case made.Incomplete[i]:
			x.Incomplete++
			x.edge(fine, coarse, row, len(differences(made.Bar(i), coarse.Bar(row), row, tolerance)) == 0)
		default:
			x.Compared++
			if found := differences(made.Bar(i), coarse.Bar(row), row, tolerance); len(found) > 0 {
				if x.Differ++; x.Differ <= limit {
					x.Differences = append(x.Differences, found...)
				}
			}
		}
	}
	return x
}

// edge notes a coarse bar at either end that holds no more than its finer ones.
func (x *Comparison) edge(fine, coarse *market.Columns, row int, same bool) {
	if !same {
		return
	}
	if row == 0 && fine.OpenTime[0] > coarse.OpenTime[0] {
		x.Late = 0
	}
	if row == coarse.Len()-1 && fine.Time(fine.Len()-1) < coarse.Time(row) {
		x.Unfinished = row
	}
}

// tolerances returns how far prices and volumes may be apart: an absolute distance, or 0
// where only their size says.
func tolerances(a, b *market.Columns) [2]float64 {
	half := func(a, b int32) float64 {
		if a < 0 || b < 0 {
			return 0
		}
		return 0.5 / market.Pow10(min(a, b))
	}
	return [2]float64{half(a.PriceScale, b.PriceScale), half(a.VolumeScale, b.VolumeScale)}
}

// differences lists the fields in which two bars differ.
func differences(fine, coarse market.Bar, row int, tolerance [2]float64) (list []Difference) {
	for k, f := range [...]struct {
		name         string
		fine, coarse float64
	}{{"open", fine.Open, coarse.Open}, {"high", fine.High, coarse.High}, {"low", fine.Low, coarse.Low}, {"close", fine.Close, coarse.Close}, {"volume", fine.Volume, coarse.Volume}} {
		near := tolerance[k/4]
		if near == 0 {
			near = 1e-9 * max(math.Abs(f.fine), math.Abs(f.coarse))
		}
		if math.Abs(f.fine-f.coarse) > near {
			list = append(list, Difference{row, coarse.OpenTime, f.name, f.fine, f.coarse})
		}
	}
	return list
}

// AddComparison reports a comparison in that of the coarse series: each bar that differs,
// and bars at the ends that are not whole.
func (r *Report) AddComparison(x *Comparison, coarse *market.Columns) {
	listed := 0
	for i := 0; i < len(x.Differences); {
		d := x.Differences[i]
		words := d.String()
		for i++; i < len(x.Differences) && x.Differences[i].Row == d.Row; i++ {
			words += "; " + x.Differences[i].String()
		}
		listed++
		r.add(Finding{Kind: Disagreement, Row: d.Row, From: d.Time, To: d.Time + market.Time(x.Coarse), Bars: 1}, "%s: %s", x.Fine, words)
	}
	r.Unlisted(Disagreement, x.Differ-listed)
	v := view{Columns: coarse}
	if x.Unfinished >= 0 && r.Of(Unfinished).Count == 0 {
		r.add(v.span(Unfinished, x.Unfinished, x.Unfinished+1), "holds just what bars of %s do, which end before its close", x.Fine)
	}
	if x.Late >= 0 && r.Of(LateStart).Count == 0 {
		r.add(v.span(LateStart, x.Late, x.Late+1), "holds just what bars of %s do, which begin after its open", x.Fine)
	}
}
