package datacheck_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/signalman-trading/signalman/internal/datacheck"
	"github.com/signalman-trading/signalman/market"
)

const fourHours = 4 * market.Hour

// pair makes 100 whole coarse bars and the finer ones of which they are made.
func pair() (fine, coarse *market.Columns) {
	fine = walk(400, 7)
	coarse = market.Resample(fine, fourHours, market.MaxTime)
	coarse.Incomplete = nil
	return fine, coarse
}

func TestCompare(t *testing.T) {
	at := func(row int) market.Time { return start + market.Time(row)*market.Time(fourHours) }
	differs := func(row int, field string, fine, coarse float64) []datacheck.Difference {
		return []datacheck.Difference{{Row: row, Time: at(row), Field: field, Fine: fine, Coarse: coarse}}
	}
	base, made := pair()
	for _, x := range []struct {
		name  string
		cut   [4]int // rows of the fine and of the coarse bars that are kept: from, to
		spoil func(fine, coarse *market.Columns)
		want  datacheck.Comparison
		found string
	}{
		{"alike", [4]int{0, 400, 0, 100}, nil, datacheck.Comparison{Compared: 100}, ""},
		{"a high one tick lower", [4]int{0, 400, 0, 100}, func(_, c *market.Columns) { c.High[5] = float64(int(c.High[5]*100+0.5)-1) / 100 },
			datacheck.Comparison{Compared: 100, Differ: 1, Differences: differs(5, "high", made.High[5], float64(int(made.High[5]*100+0.5)-1)/100)}, "disagreement 5 ×1"},
		{"a volume half a tick lower", [4]int{0, 400, 0, 100}, func(_, c *market.Columns) { c.Volume[5] -= 0.0004 }, datacheck.Comparison{Compared: 100}, ""},
		{"a volume two ticks lower", [4]int{0, 400, 0, 100}, func(_, c *market.Columns) { c.Volume[5] -= 0.002 },
			datacheck.Comparison{Compared: 100, Differ: 1, Differences: differs(5, "volume", made.Volume[5], made.Volume[5]-0.002)}, "disagreement 5 ×1"},
		{"no grid, near", [4]int{0, 400, 0, 100}, func(_, c *market.Columns) { c.PriceScale, c.Open[5] = market.FreeScale, c.Open[5]*(1+1e-10) }, datacheck.Comparison{Compared: 100}, ""},
		{"no grid, off", [4]int{0, 400, 0, 100}, func(_, c *market.Columns) { c.PriceScale, c.Open[5] = market.FreeScale, c.Open[5]*(1+1e-8) },
			datacheck.Comparison{Compared: 100, Differ: 1, Differences: differs(5, "open", made.Open[5], made.Open[5]*(1+1e-8))}, "disagreement 5 ×1"},
		{"a coarse bar missing", [4]int{0, 400, 0, 100}, func(_, c *market.Columns) { *c = *rowsOf(c, 7) }, datacheck.Comparison{Compared: 99, Absent: 1}, ""},
		{"fewer fine bars", [4]int{40, 80, 0, 100}, nil, datacheck.Comparison{Compared: 10}, ""},
		{"fewer coarse bars", [4]int{0, 400, 10, 20}, nil, datacheck.Comparison{Compared: 10}, ""},
		{"fine bars begin and end inside", [4]int{41, 83, 0, 100}, nil, datacheck.Comparison{Compared: 9, Incomplete: 2}, ""},
		{"a last bar that is not whole", [4]int{0, 397, 0, 100}, func(f, c *market.Columns) { *c = *market.Resample(f, fourHours, market.MaxTime) },
			datacheck.Comparison{Compared: 99, Incomplete: 1, Unfinished: 99}, "unfinished 99 ×1"},
		{"a first bar that is not whole", [4]int{3, 400, 0, 100}, func(f, c *market.Columns) { *c = *market.Resample(f, fourHours, market.MaxTime) },
			datacheck.Comparison{Compared: 99, Incomplete: 1, Late: 1}, "late_start 0 ×1"},
	} {
		t.Run(x.name, func(t *testing.T) {
			fine, coarse := rowsOf(base, -1).Slice(x.cut[0], x.cut[1]), rowsOf(made, -1).Slice(x.cut[2], x.cut[3])
			if x.spoil != nil {
				x.spoil(fine, coarse)
			}
			x.want.Fine, x.want.Coarse = market.Hour, fourHours
			x.want.Late-- // none is -1, the first row is 0
			if x.want.Unfinished == 0 {
				x.want.Unfinished = -1
			}
			got := datacheck.Compare(fine, coarse, 0)
			if diff := cmp.Diff(&x.want, got); diff != "" {
				t.Error(diff)
			}
			r := datacheck.Check(coarse, datacheck.Options{})
			before := found(r)
			r.AddComparison(got, coarse)
			if now := found(r); now != x.found && before == "" {
				t.Errorf("%q, want %q", now, x.found)
			}
		})
	}
}

// rowsOf copies columns without one row.
func rowsOf(c *market.Columns, without int) *market.Columns {
	out := market.MakeColumns(c.Interval, c.Len())
	out.PriceScale, out.VolumeScale = c.PriceScale, c.VolumeScale
	for i := range c.OpenTime {
		if i != without {
			out.Append(c.Bar(i))
		}
	}
	return out
}

// TestCompareLimit lists the first bars that differ, each in one finding, and counts all.
func TestCompareLimit(t *testing.T) {
	fine, coarse := pair()
	for i := range coarse.Close {
		coarse.Close[i] += 0.01
		coarse.Open[i] -= 0.01
	}
	x := datacheck.Compare(fine, coarse, 3)
	r := datacheck.Check(coarse, datacheck.Options{})
	r.AddComparison(x, coarse)
	if x.Differ != 100 || len(x.Differences) != 6 || r.Of(datacheck.Disagreement) != (datacheck.Tally{Kind: datacheck.Disagreement, Count: 100, Bars: 100, Longest: 1, At: start}) || r.Errors() > 0 {
		t.Errorf("%d bars differ, %d fields are listed, %+v", x.Differ, len(x.Differences), r.Tallies)
	}
}
