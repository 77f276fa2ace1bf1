package feather

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
	magic = "ARROW1"
	// maxMetadata bounds the schema, and the description of one batch.
	maxMetadata = 16 << 20
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
	footer, err := readFooter(r, size)
	if err != nil {
		return err
	}
	f := file{r: r, size: size}
	if err := f.choose(footer); err != nil {
		return err
	}
	row := 1
	blocks, n := footer.vector(3, blockSize)
	for i := range n {
		at := blocks + i*blockSize
		b := block{offset: int64At(footer.b, at), meta: int32At(footer.b, at+8), body: int64At(footer.b, at+16)}
		rows, err := f.batch(b, row, emit)
		if err != nil {
			return fmt.Errorf("record batch %d: %w", i+1, err)
		}
		row += rows
	}
	return nil
}

// readFooter reads the table at the end of a file.
func readFooter(r io.ReaderAt, size int64) (table, error) {
	const ends = len(magic) + 2 + 4 + len(magic)
	var head, tail [len(magic) + 4]byte
	if size < int64(ends) {
		return table{}, errors.New("it is too short for an Arrow file")
	}
	if _, err := r.ReadAt(head[:len(magic)], 0); err != nil {
		return table{}, err
	}
	if _, err := r.ReadAt(tail[:], size-int64(len(tail))); err != nil && err != io.EOF {
		return table{}, err
	}
	switch {
	case string(head[:4]) == "FEA1":
		return table{}, errors.New("it is a file of Feather V1: write it anew as V2")
	case string(head[:len(magic)]) != magic:
		return table{}, errors.New("it is no Arrow IPC file: write it with to_feather or write_ipc, not as a stream")
	case string(tail[4:]) != magic:
		return table{}, errors.New("its end is missing")
	}
	n := int64(binary.LittleEndian.Uint32(tail[:]))
	if n < 8 || n > maxMetadata || n > size-int64(ends) {
		return table{}, errDamaged
	}
	b := make([]byte, n)
	if _, err := r.ReadAt(b, size-int64(len(tail))-n); err != nil {
		return table{}, err
	}
	return root(b), nil
}

// A file is what all batches share.
type file struct {
	r      io.ReaderAt
	size   int64
	fields [frame.Fields]field
	types  [frame.Fields]frame.Type
}

// choose finds the columns of a bar in the schema.
func (f *file) choose(footer table) error {
	schema, ok := footer.child(1)
	if !ok {
		return errDamaged
	}
	all, err := fields(schema)
	if err != nil {
		return err
	}
	names := make([]string, len(all))
	for i := range all {
		names[i] = all[i].name
	}
	places, err := frame.Find(names)
	if err != nil {
		return err
	}
	for i, p := range places {
		f.fields[i] = all[p]
		if f.types[i], err = all[p].frameType(); err != nil {
			return err
		}
		if err := f.types[i].Check(i); err != nil {
			return err
		}
	}
	return nil
}

// A block says where a record batch stands: its description, and then its data.
type block struct {
	offset int64
	meta   int
	body   int64
}

const blockSize = 24

// batch hands on the rows of one batch and returns how many there are.
func (f *file) batch(b block, row int, emit func(int, *market.Columns) error) (int, error) {
	if b.offset < 0 || b.meta < 8 || b.meta > maxMetadata || b.body < 0 || b.offset > f.size || int64(b.meta) > f.size-b.offset || b.body > f.size-b.offset-int64(b.meta) {
		return 0, errDamaged
	}
	meta := make([]byte, b.meta)
	if _, err := f.r.ReadAt(meta, b.offset); err != nil {
		return 0, err
	}
	if binary.LittleEndian.Uint32(meta) == math.MaxUint32 {
		meta = meta[4:] // newer files: a mark before the length
	}
	message := root(bytesAt(meta, 4, len(meta)-4))
	record, ok := message.child(2)
	if !ok || message.number(1, 1, 0) != headerRecordBatch {
		return 0, errors.New("it is something else")
	}
	rows := record.number(0, 8, 0)
	if rows < 0 || rows > math.MaxInt32 {
		return 0, errDamaged
	}
	body := body{io.NewSectionReader(f.r, b.offset+int64(b.meta), b.body), record, codecOf(record)}
	var columns [frame.Fields]frame.Column
	for i := range columns {
		s, err := body.column(&f.fields[i], f.types[i].Width, rows)
		if err != nil {
			return 0, fmt.Errorf("column %s: %w", frame.Names[i], err)
		}
		defer s.close()
		columns[i] = frame.Column{Type: &f.types[i], Source: s}
	}
	return rows, frame.Scan(&columns, rows, row, emit)
}

// codecOf returns how a batch is compressed: -1 for not at all.
func codecOf(record table) int {
	c, ok := record.child(3)
	if !ok {
		return codecNone
	}
	return c.number(0, 1, 0)
}
