package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/signalman-trading/signalman/internal/frame"
	"github.com/signalman-trading/signalman/market"
)

const (
	magic          = "PAR1"
	magicEncrypted = "PARE"
	// maxMetadata bounds what stands at the end of a file: a million row groups.
	maxMetadata = 64 << 20
)

// Scan reads the bars of a file and hands them on in its order, in chunks of at most
// frame.ChunkRows rows, which are emit's to keep; rows count from 1. Bars are not
// checked; see package frame for what is. Interval is 0 and the scales are FreeScale.
func Scan(r io.ReaderAt, size int64, emit func(firstRow int, c *market.Columns) error) (err error) {
	defer func() {
		if p := recover(); p == errDamaged {
			err = errDamaged
		} else if p != nil {
			panic(p)
		}
	}()
	b, err := readFooter(r, size)
	if err != nil {
		return err
	}
	m := readMetadata(b)
	f := file{r: r, size: size, leaves: m.leaves}
	if err := f.choose(); err != nil {
		return err
	}
	row := 1
	for i := range m.groups {
		g := &m.groups[i]
		if err := f.group(g, row, emit); err != nil {
			return fmt.Errorf("row group %d: %w", i+1, err)
		}
		row += int(g.rows)
	}
	return nil
}

// readFooter reads the metadata at the end of a file.
func readFooter(r io.ReaderAt, size int64) ([]byte, error) {
	var head [4]byte
	var tail [8]byte
	if size < int64(len(head)+len(tail)) {
		return nil, errors.New("it is too short for a Parquet file")
	}
	if _, err := r.ReadAt(head[:], 0); err != nil {
		return nil, err
	}
	if _, err := r.ReadAt(tail[:], size-8); err != nil && err != io.EOF {
		return nil, err
	}
	switch {
	case string(head[:]) == magicEncrypted || string(tail[4:]) == magicEncrypted:
		return nil, errors.New("it is encrypted, which is not read")
	case string(head[:]) != magic:
		return nil, errors.New("it is no Parquet file")
	case string(tail[4:]) != magic:
		return nil, errors.New("its end is missing")
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	if n > maxMetadata || n > size-12 {
		return nil, errDamaged
	}
	b := make([]byte, n)
	_, err := r.ReadAt(b, size-8-n)
	return b, err
}

// A file is what all row groups share.
type file struct {
	r      io.ReaderAt
	size   int64
	leaves []leaf
	places [frame.Fields]int
	types  [frame.Fields]frame.Type
}

// choose finds the columns of a bar in the schema.
func (f *file) choose() (err error) {
	names := make([]string, len(f.leaves))
	for i := range f.leaves {
		names[i] = f.leaves[i].name
	}
	if f.places, err = frame.Find(names); err != nil {
		return err
	}
	for i, p := range f.places {
		if f.types[i], err = f.leaves[p].frameType(); err != nil {
			return err
		}
		if err := f.types[i].Check(i); err != nil {
			return err
		}
	}
	return nil
}

// group hands on the rows of a row group.
func (f *file) group(g *group, row int, emit func(int, *market.Columns) error) error {
	if g.rows < 0 || g.rows > math.MaxInt32 || len(g.chunks) != len(f.leaves) {
		return errDamaged
	}
	var columns [frame.Fields]frame.Column
	for i, p := range f.places {
		c, l := &g.chunks[p], &f.leaves[p]
		switch {
		case c.elsewhere:
			return errElsewhere
		case c.end > f.size || c.values != g.rows || c.physical != l.physical:
			return errDamaged
		}
		columns[i] = frame.Column{Type: &f.types[i], Source: open(f.r, c, l, f.types[i].Width)}
	}
	return frame.Scan(&columns, int(g.rows), row, emit)
}
