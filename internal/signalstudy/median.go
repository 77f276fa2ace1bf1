package signalstudy

import (
	"math/bits"
	"slices"
)

// A median is the lower median of the values added so far, of a list that is known: a tree
// of counts (P. M. Fenwick, 1994) over its values in order, since histories are long.
type median struct {
	levels []float64 // sorted, each once
	counts []int     // by level, from 1 on
	n      int
}

func medianOf(list []float64) *median {
	levels := slices.Clone(list)
	slices.Sort(levels)
	levels = slices.Compact(levels)
	return &median{levels: levels, counts: make([]int, len(levels)+1)}
}

// add counts a value of the list.
func (m *median) add(v float64) {
	k, _ := slices.BinarySearch(m.levels, v)
	for k++; k < len(m.counts); k += k & -k {
		m.counts[k]++
	}
	m.n++
}

// value returns the median; something must have been added.
func (m *median) value() float64 {
	k, left := 0, (m.n+1)/2
	for step := 1 << bits.Len(uint(len(m.levels))); step > 0; step /= 2 {
		if next := k + step; next < len(m.counts) && m.counts[next] < left {
			k, left = next, left-m.counts[next]
		}
	}
	return m.levels[k]
}
