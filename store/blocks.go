package store

import (
	"fmt"
	"math"

	"github.com/signalman-trading/signalman/internal/column"
	"github.com/signalman-trading/signalman/market"
)

// A span is a run of blocks in order of time.
type span struct {
	blocks [][]byte
	rows   int
}

// size is how many bytes the blocks are.
func (s *span) size() (n int64) {
	for _, b := range s.blocks {
		n += int64(len(b))
	}
	return n
}

// tape plays the rows of the blocks.
func (s *span) tape(d market.Interval) tape {
	rest := s.blocks
	return tape{interval: d, last: math.MinInt64, next: func() (block []byte, err error) {
		if len(rest) > 0 {
			block, rest = rest[0], rest[1:]
		}
		return block, nil
	}}
}

// add takes the next block and reports what is wrong with its place.
func (s *span) add(block []byte, d market.Interval) (column.Header, error) {
	h, err := column.Peek(block)
	if err != nil {
		return h, err
	}
	if h.Interval != d {
		return h, fmt.Errorf("%w: bars of %s among bars of %s", ErrCorrupt, h.Interval, d)
	}
	s.blocks = append(s.blocks, block)
	s.rows += h.Count
	return h, nil
}

// decode returns all rows of the blocks, whose capacity they fill.
func (s *span) decode(d market.Interval) (*market.Columns, error) {
	c := market.MakeColumns(d, s.rows)
	if err := s.into(c); err != nil {
		return nil, err
	}
	return c, nil
}

// into appends all rows of the blocks to c.
func (s *span) into(c *market.Columns) error {
	for _, block := range s.blocks {
		n := c.Len()
		if err := column.Decode(c, block); err != nil {
			return err
		}
		if n > 0 && c.OpenTime[n] <= c.OpenTime[n-1] {
			return fmt.Errorf("%w: blocks overlap at %s", ErrCorrupt, c.OpenTime[n])
		}
	}
	return nil
}

// between cuts c to from ≤ open time < to.
func between(c *market.Columns, from, to market.Time) *market.Columns {
	if to == 0 {
		to = market.MaxTime
	}
	lo := c.Search(from)
	hi := c.Search(to)
	if hi <= lo {
		return market.MakeColumns(c.Interval, 0)
	}
	return c.Slice(lo, hi)
}

// encode splits c into blocks.
func encode(c *market.Columns) ([][]byte, error) {
	var out [][]byte
	for lo := 0; lo < c.Len(); lo += column.MaxRows {
		b, err := column.Encode(nil, c, lo, min(lo+column.MaxRows, c.Len()))
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}
