package column

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// A patch is a value that is not on the grid of its frame.
type patch struct {
	place uint64 // what columns it is in, a bit each, less 1; then the row
	value float64
}

const (
	rowBits  = 7           // of a place
	maxPlace = rowBits + 5 // bits of a place
	oneLoad  = 57          // bits that 8 bytes hold wherever they start
)

// slots appends the columns that a patch may change to s: those of a frame, and
// behind four of prices the opens of the next rows, since many a bar opens at the
// close before it.
func slots(s [][]float64, columns [][]float64) [][]float64 {
	s = append(s, columns...)
	if len(columns) == 4 {
		s = append(s, columns[0][1:])
	}
	return s
}

// findPatches appends what is not on a grid, by place.
func findPatches(out []patch, g grid, columns [][]float64) []patch {
	var room [5][]float64
	s := slots(room[:0], columns)
	done := uint64(0) // slots of this row that have a patch
	for row := range columns[0] {
		done >>= 4 // the next open is this row's now
		for k, values := range columns {
			if _, ok := g.ticks(values[row]); ok || done>>k&1 != 0 {
				continue
			}
			same := alike(s, row, values[row]) &^ done
			done |= same
			out = append(out, patch{(same-1)<<rowBits | uint64(row), values[row]})
		}
	}
	slices.SortFunc(out, func(a, b patch) int { return cmp.Compare(a.place, b.place) })
	return out
}

// alike returns the slots that hold v in a row, a bit each.
func alike(s [][]float64, row int, v float64) (mask uint64) {
	for k, values := range s {
		if row < len(values) && math.Float64bits(values[row]) == math.Float64bits(v) {
			mask |= 1 << k
		}
	}
	return mask
}

// appendPatches writes the number of patches; where there are some, the unit of their
// distances from the grid of unit, the width of the steps from place to place, and
// both, packed. It reports whether a step and a distance fit into one load.
func (e *encoder) appendPatches(dst []byte, unit, scale int32) ([]byte, bool) {
	n := len(e.patches)
	if dst = append(dst, byte(n)); n == 0 {
		return dst, true
	}
	g, fine, last := gridOf(unit), fineUnit(e.patches, unit, scale), uint64(0)
	steps, both := e.fields[0][:n], e.fields[1][:n]
	for i, p := range e.patches {
		steps[i], last = p.place-last, p.place
		both[i] = zigzag(distance(fine, g.value(g.round(p.value)), p.value))
	}
	w := width(steps)
	if w+width(both) > oneLoad {
		return dst, false
	}
	for i, step := range steps {
		both[i] = both[i]<<w | step
	}
	return appendPacked(append(dst, byte(fine), byte(w)), both), true
}

// fineUnit returns the coarsest unit that all patches are on, or rawUnit.
func fineUnit(patches []patch, unit, scale int32) int32 {
	for unit++; unit <= scale; unit++ {
		g := gridOf(unit)
		if !slices.ContainsFunc(patches, func(p patch) bool { _, ok := g.ticks(p.value); return !ok }) {
			return unit
		}
	}
	return rawUnit
}

// distance returns how far v is from base, in a unit that v is on; of rawUnit, in
// steps from one float64 to the next.
func distance(unit int32, base, v float64) int64 {
	if unit == rawUnit {
		return int64(math.Float64bits(v) - math.Float64bits(base))
	}
	g := gridOf(unit)
	return g.round(v) - g.below(base)
}

// patch reads the patches of a frame and applies them to its columns.
func (d *decoder) patch(columns [][]float64) error {
	b, err := d.take(1)
	if err != nil || b[0] == 0 {
		return err
	}
	n := int(b[0])
	unit, err := d.unit()
	if err != nil {
		return err
	}
	if b, err = d.take(2); err != nil {
		return err
	}
	step, w := int(b[0]), int(b[1])
	if n > frame || step > maxPlace || step > w || w > oneLoad {
		return fmt.Errorf("%w: %d patches of a frame, %d and %d bits", ErrCorrupt, n, step, w)
	}
	if b, err = d.take(packedSize(n, w)); err != nil {
		return err
	}
	unpack(&d.fields[0], n, b, w)
	var room [5][]float64
	return apply(slots(room[:0], columns), unit, uint(step), d.fields[0][:n])
}

// apply gives the slots of each place the value that is a distance away from what
// the first of them holds. The lowest bits of a patch are the step to its place.
func apply(s [][]float64, unit int32, step uint, patches []uint64) error {
	g, place, all := gridOf(max(unit, 0)), uint64(0), uint64(1)<<len(s)-1
	for _, p := range patches {
		place += p & (1<<(step&63) - 1)
		row, in, by := int(place%frame), place>>rowBits+1, unzigzag(p>>(step&63))
		if in > all || row >= len(s[last[in&31]]) {
			return fmt.Errorf("%w: patch at %d", ErrCorrupt, place)
		}
		v := s[first[in&31]][row]
		if unit == rawUnit {
			v = math.Float64frombits(math.Float64bits(v) + uint64(by))
		} else {
			v = g.value(g.below(v) + by)
		}
		for ; in != 0; in &= in - 1 {
			s[first[in&31]][row] = v
		}
	}
	return nil
}

// first and last are the lowest and the highest bit of masks of slots: processors have
// instructions for that, and loads are faster.
var first, last = [32]uint8{0, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 2, 0, 1, 0, 4, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 0, 2, 0, 1, 0},
	[32]uint8{0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4}
