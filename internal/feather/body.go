package feather

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// How the buffers of a batch are compressed, as numbered by Arrow.
const (
	codecNone = iota - 1
	codecLZ4
	codecZstd
)

// maxWindow bounds the memory of one Zstandard stream. A buffer of that many bytes in one
// frame is a batch of sixteen million rows.
const maxWindow = 128 << 20

// A body is the data of one record batch.
type body struct {
	*io.SectionReader
	record table
	codec  int
}

// column returns the values of one column of a batch.
func (b *body) column(f *field, width, rows int) (*source, error) {
	nodes, n := b.record.vector(1, 16)
	if f.node >= n {
		return nil, errDamaged
	}
	length, nulls := int64At(b.record.b, nodes+16*f.node), int64At(b.record.b, nodes+16*f.node+8)
	if length != int64(rows) || nulls < 0 || nulls > length {
		return nil, errors.New("it has another number of rows than the batch")
	}
	at := f.buffer + b.views(f.views)
	s := &source{}
	if nulls > 0 {
		valid, err := b.buffer(at, int64(rows+7)/8, s)
		if err != nil {
			return nil, err
		}
		s.valid = bufio.NewReaderSize(valid, 512)
	}
	var err error
	s.values, err = b.buffer(at+1, int64(rows)*int64(width), s)
	return s, err
}

// views returns how many buffers the first n columns of views have beyond two each.
func (b *body) views(n int) int {
	counts, have := b.record.vector(4, 8)
	if n > have {
		panic(errDamaged)
	}
	sum := 0
	for i := range n {
		c := int64At(b.record.b, counts+8*i)
		if c < 0 || c > maxMetadata {
			panic(errDamaged)
		}
		sum += int(c)
	}
	return sum
}

// buffer opens buffer i, which must hold at least need bytes.
func (b *body) buffer(i int, need int64, s *source) (io.Reader, error) {
	list, n := b.record.vector(2, 16)
	if i >= n {
		return nil, errDamaged
	}
	offset, length := int64At(b.record.b, list+16*i), int64At(b.record.b, list+16*i+8)
	if offset < 0 || length < 0 || offset > b.Size() || length > b.Size()-offset {
		return nil, errDamaged
	}
	if need == 0 {
		return io.NewSectionReader(b, 0, 0), nil
	}
	raw := io.NewSectionReader(b, offset, length)
	if b.codec == codecNone {
		return bufio.NewReaderSize(raw, 1<<16), enough(length, need)
	}
	var head [8]byte
	if _, err := io.ReadFull(raw, head[:]); err != nil {
		return nil, errDamaged
	}
	whole := int64(binary.LittleEndian.Uint64(head[:]))
	if whole == -1 { // this buffer would not have become smaller
		return bufio.NewReaderSize(raw, 1<<16), enough(length-8, need)
	}
	if err := enough(whole, need); err != nil {
		return nil, err
	}
	return s.unpack(b.codec, bufio.NewReaderSize(raw, 1<<16))
}

func enough(have, need int64) error {
	if have < need {
		return fmt.Errorf("it has %d bytes where its rows need %d", have, need)
	}
	return nil
}

// A source is one column of a batch while it is read.
type source struct {
	values io.Reader
	valid  *bufio.Reader // one bit a row, set where there is a value; nil: all have one
	bits   byte          // those of the last byte that are still to come
	left   int           // how many
	open   []*zstd.Decoder
}

func (s *source) unpack(codec int, r io.Reader) (io.Reader, error) {
	switch codec {
	case codecLZ4:
		return lz4.NewReader(r), nil
	case codecZstd:
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
		if err != nil {
			return nil, err
		}
		s.open = append(s.open, d)
		return d, nil
	}
	return nil, fmt.Errorf("it is compressed in way %d of Arrow, which is not known", codec)
}

// Next implements frame.Source.
func (s *source) Next(values []byte, nulls []bool) error {
	if _, err := io.ReadFull(s.values, values); err != nil {
		return err
	}
	clear(nulls)
	if s.valid == nil {
		return nil
	}
	for i := range nulls {
		if s.left == 0 {
			var err error
			if s.bits, err = s.valid.ReadByte(); err != nil {
				return err
			}
			s.left = 8
		}
		nulls[i] = s.bits&1 == 0
		s.bits >>= 1
		s.left--
	}
	return nil
}

func (s *source) close() {
	for _, d := range s.open {
		d.Close()
	}
}
