package store

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"

	"github.com/signalman-trading/signalman/internal/column"
	"github.com/signalman-trading/signalman/market"
)

// A Spool holds the bars of one series, checked and packed into blocks, until they are
// put: in memory while they are few, then in a temporary file. Chunks come rising, or
// all falling. It is for one goroutine.
type Spool struct {
	dir    string
	room   int // bytes that are held in memory at most
	file   *os.File
	filed  int64  // bytes in file
	held   []byte // what follows them
	pieces []piece

	interval    market.Interval
	rows        int
	chunks      int
	first, last market.Time // of all rows
	falling     bool
}

// piece is where a block lies.
type piece struct {
	first market.Time
	at    int64
	size  int32
}

// spoolRoom is how many bytes of blocks a Spool holds in memory.
const spoolRoom = 8 << 20

// NewSpool returns an empty Spool, which makes a temporary file in dir, or where the
// system keeps them if dir is empty, once it needs one. Close removes it.
func NewSpool(dir string) *Spool { return &Spool{dir: dir, room: spoolRoom} }

// Rows returns how many rows were added.
func (sp *Spool) Rows() int { return sp.rows }

// Add takes the next rows, and keeps nothing of c. They must be possible bars (see
// [market.Bar.Check]) in strictly rising time, all after or all before those of the
// chunks that came so far. On an error, which is of class [market.Data], or Failed
// where the temporary file cannot be written, the Spool is as it was.
func (sp *Spool) Add(c *market.Columns) error {
	if err := checkRows(c); err != nil {
		return &market.Error{Class: market.Data, Err: err}
	}
	if c.Len() == 0 {
		return nil
	}
	falling, err := sp.follows(c)
	if err != nil {
		return &market.Error{Class: market.Data, Err: err}
	}
	blocks, err := encode(c)
	if err != nil {
		return &market.Error{Class: market.Data, Err: err}
	}
	if err := sp.hold(blocks, c); err != nil {
		return &market.Error{Class: market.Failed, Where: "temporary file", Err: err, Hint: "make room on the disk"}
	}
	lo, hi := c.OpenTime[0], c.OpenTime[c.Len()-1]
	if sp.rows == 0 {
		sp.first, sp.last = lo, hi
	}
	sp.interval, sp.falling = c.Interval, falling
	sp.first, sp.last = min(sp.first, lo), max(sp.last, hi)
	sp.rows += c.Len()
	sp.chunks++
	return nil
}

// follows reports whether the chunks fall, of which c is the next.
func (sp *Spool) follows(c *market.Columns) (falling bool, err error) {
	lo, hi := c.OpenTime[0], c.OpenTime[c.Len()-1]
	rising := lo > sp.last && !sp.falling
	falling = hi < sp.first && (sp.falling || sp.chunks == 1)
	switch {
	case sp.rows == 0:
		return false, nil
	case c.Interval != sp.interval:
		return false, fmt.Errorf("bars of %s after bars of %s", c.Interval, sp.interval)
	case !rising && !falling:
		return false, fmt.Errorf("bars from %s to %s do not follow those from %s to %s", lo, hi, sp.first, sp.last)
	}
	return falling, nil
}

// hold keeps the blocks of c. What is held goes to the file first where both are too
// much.
func (sp *Spool) hold(blocks [][]byte, c *market.Columns) error {
	size := 0
	for _, b := range blocks {
		size += len(b)
	}
	if len(sp.held)+size > sp.room && len(sp.held) > 0 {
		if err := sp.spill(); err != nil {
			return err
		}
	}
	for i, b := range blocks {
		sp.pieces = append(sp.pieces, piece{c.OpenTime[i*column.MaxRows], sp.filed + int64(len(sp.held)), int32(len(b))})
		sp.held = append(sp.held, b...)
	}
	return nil
}

// spill moves what is held to the file, whose name goes at once where the system
// allows it: then nothing is left of it whatever happens.
func (sp *Spool) spill() error {
	if sp.file == nil {
		f, err := os.CreateTemp(sp.dir, "signalman-*.spool")
		if err != nil {
			return err
		}
		_ = os.Remove(f.Name())
		sp.file = f
	}
	if _, err := sp.file.WriteAt(sp.held, sp.filed); err != nil {
		return err
	}
	sp.filed += int64(len(sp.held))
	sp.held = sp.held[:0]
	return nil
}

// Close frees the memory and removes the temporary file.
func (sp *Spool) Close() error {
	f := sp.file
	*sp = Spool{dir: sp.dir, room: sp.room}
	if f == nil {
		return nil
	}
	err := f.Close()
	if gone := os.Remove(f.Name()); !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// size is how many bytes the blocks are.
func (sp *Spool) size() int64 { return sp.filed + int64(len(sp.held)) }

// tape plays the rows in order of time.
func (sp *Spool) tape() tape {
	if sp.falling {
		slices.SortFunc(sp.pieces, func(a, b piece) int { return cmp.Compare(a.first, b.first) })
	}
	next := 0
	return tape{interval: sp.interval, last: math.MinInt64, next: func() ([]byte, error) {
		if next == len(sp.pieces) {
			return nil, nil
		}
		next++
		return sp.read(sp.pieces[next-1])
	}}
}

// read returns a block.
func (sp *Spool) read(p piece) ([]byte, error) {
	if at := p.at - sp.filed; at >= 0 {
		return sp.held[at : at+int64(p.size)], nil
	}
	block := make([]byte, p.size)
	if _, err := sp.file.ReadAt(block, p.at); err != nil {
		return nil, &market.Error{Class: market.Failed, Where: "temporary file", Err: err, Hint: "try again"}
	}
	return block, nil
}
