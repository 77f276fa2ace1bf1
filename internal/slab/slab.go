// Package slab allocates many small values that live as long as each other, such as
// the orders and fills of a run, a block at a time.
//
// There is one type, [Slab].
//
// # Caveats
//
// A block is kept while any of its values is. A Slab is not safe for concurrent use.
package slab

// block is how many values are allocated at once.
const block = 64

// Slab hands out zero values of T. The zero Slab is ready to use.
type Slab[T any] struct{ free []T }

// New returns a pointer to a zero T.
func (s *Slab[T]) New() *T {
	if len(s.free) == 0 {
		s.free = make([]T, block)
	}
	p := &s.free[0]
	s.free = s.free[1:]
	return p
}
