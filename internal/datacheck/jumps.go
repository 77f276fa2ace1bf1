package datacheck

import (
	"fmt"
	"math"
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// Moves below these are never a jump, whatever is usual. See the package's comment.
const (
	openFloor  = 0.1
	closeFloor = 0.2
	wickFloor  = 2.0
	openShare  = 0.1 // of Options.Jump, for opens
	back       = 0.25
)

// window is the number of bars by which a usual move is judged, of which each fourth
// counts.
const (
	window = 1000
	stride = 4
)

// move is how far apart two prices are: 0.1 is 10 %.
func move(a, b float64) float64 { return max(a, b)/min(a, b) - 1 }

// jumps reports prices that are far from their neighbours.
func (r *Report) jumps(v view, k float64) {
	j := jumps{view: v, report: r, k: k, scratch: make([]float64, 0, window/stride+1)}
	for lo := 0; lo < v.Len(); lo += window {
		j.end, j.judged = min(lo+window, v.Len()), false
		for i := lo; i < j.end; i++ {
			j.look(i)
		}
	}
}

// jumps looks at one bar after the other.
type jumps struct {
	view
	report  *Report
	k       float64
	end     int     // of the window
	judged  bool    // typical is that of the window
	typical float64 // the usual move
	base    int     // the last bar whose close is believed
	scratch []float64
}

// usual returns the median of the moves in the thousand bars that end with the window.
// Most windows hold no bar that asks.
func (j *jumps) usual() float64 {
	if j.judged {
		return j.typical
	}
	s := j.scratch[:0]
	for i := max(1, j.end-window); i < j.end; i += stride {
		s = append(s, move(j.Close[i], j.Close[i-1]))
	}
	if len(s) > 0 {
		slices.Sort(s)
		j.typical = s[len(s)/2]
	}
	j.judged = true
	return j.typical
}

func (j *jumps) look(i int) {
	top, bottom := max(j.Open[i], j.Close[i]), min(j.Open[i], j.Close[i])
	if j.High[i] > top*(1+wickFloor) || j.Low[i]*(1+wickFloor) < bottom {
		if wick := max(move(j.High[i], top), move(bottom, j.Low[i])); wick > j.k*j.usual() {
			j.report.add(j.span(Spike, i, i+1), "high %s and low %s of a bar from %s to %s%s", text(j.High[i]), text(j.Low[i]), text(j.Open[i]), text(j.Close[i]), j.times(wick))
			j.base = i
			return
		}
	}
	if i > 0 {
		if before := j.Close[j.base]; top > before*(1+openFloor) || bottom*(1+openFloor) < before {
			j.judge(i, before)
			return
		}
	}
	j.base = i
}

// judge looks at a bar whose open or close is far from the close before.
func (j *jumps) judge(i int, before float64) {
	usual := j.usual()
	if gap := j.OpenTime[i] - j.OpenTime[j.base]; gap > market.Time(j.Interval) && j.Interval != market.Trades {
		usual *= math.Sqrt(float64(gap / market.Time(j.Interval)))
	}
	open, closing := move(j.Open[i], before), move(j.Close[i], before)
	opens := open > openFloor && open > openShare*j.k*usual
	closes := closing > closeFloor && closing > j.k*usual
	if !opens && !closes {
		j.base = i
		return
	}
	size := max(open, closing)
	f := j.span(Jump, i, i+1)
	switch {
	case i+1 < j.Len() && move(j.Close[i+1], before) < size*back:
		f.Kind = Spike
		j.report.add(f, "open %s and close %s between closes of %s and %s%s", text(j.Open[i]), text(j.Close[i]), text(before), text(j.Close[i+1]), j.times(size))
		return // the next bar is held against the one before the spike
	case tenfold(move(j.Close[i], before) + 1):
		f.Kind = Scale
		j.report.add(f, "close %s after %s: about %s times", text(j.Close[i]), text(before), text(math.Pow(10, math.Round(math.Log10(j.Close[i]/before)))))
	default:
		j.report.add(f, "open %s and close %s after a close of %s%s", text(j.Open[i]), text(j.Close[i]), text(before), j.times(size))
	}
	j.base = i
}

// times says how large a move is.
func (j *jumps) times(size float64) string {
	if j.typical == 0 {
		return fmt.Sprintf(": %.0f %%", 100*size)
	}
	return fmt.Sprintf(": %.0f %%, %.0f usual moves", 100*size, size/j.typical)
}

// tenfold reports whether a ratio above 1 is near a power of ten.
func tenfold(ratio float64) bool {
	power := math.Log10(ratio)
	return power > 0.9 && math.Abs(power-math.Round(power)) < 0.1
}
