package slab_test

import (
	"testing"

	"github.com/signalman-trading/signalman/internal/slab"
)

func TestNewIsZeroAndItsOwn(t *testing.T) {
	var s slab.Slab[int]
	seen := map[*int]bool{}
	for i := range 1000 {
		p := s.New()
		if *p != 0 || seen[p] {
			t.Fatalf("value %d is %d, or was handed out before", i, *p)
		}
		*p, seen[p] = i+1, true
	}
}
