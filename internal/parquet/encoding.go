package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// How values of a page are encoded, as numbered by Parquet.
const (
	encodingPlain           = 0
	encodingPlainDictionary = 2
	encodingRLE             = 3
	encodingDelta           = 5
	encodingDictionary      = 8
	encodingSplit           = 9
)

// maxValues is the most values of a page: no more fit one of the largest size.
const maxValues = maxPage / 8

// maxGuess bounds what is allocated on a number's word alone.
const maxGuess = 1 << 20

// plain returns n values as they stand, each of width bytes.
func plain(b []byte, n, width int) ([]byte, error) {
	if len(b) < n*width {
		return nil, io.ErrUnexpectedEOF
	}
	return b[:n*width], nil
}

// split returns values whose first bytes come first, then all second ones, and so on.
func split(b []byte, n, width int) ([]byte, error) {
	if len(b) < n*width {
		return nil, io.ErrUnexpectedEOF
	}
	out := make([]byte, n*width)
	for k := range width {
		for i, x := range b[k*n : (k+1)*n] {
			out[i*width+k] = x
		}
	}
	return out, nil
}

// indexed returns n values of a dictionary by their numbers in it.
func indexed(b []byte, n, width int, dictionary []byte) ([]byte, error) {
	if len(b) == 0 && n > 0 {
		return nil, io.ErrUnexpectedEOF
	}
	if n == 0 {
		return nil, nil
	}
	out := make([]byte, 0, min(n*width, maxGuess))
	err := runs(b[1:], int(b[0]), n, func(v uint32) error {
		i := int(v) * width
		if i+width > len(dictionary) {
			return fmt.Errorf("a value is number %d of a dictionary of %d", v, len(dictionary)/width)
		}
		out = append(out, dictionary[i:i+width]...)
		return nil
	})
	return out, err
}

// runs reads n numbers of width bits each, in runs of equal ones and runs of packed ones.
func runs(b []byte, width, n int, emit func(uint32) error) error {
	if width > 32 {
		return errors.New("a number has more than 32 bits")
	}
	for n > 0 {
		head, k := binary.Uvarint(b)
		if k <= 0 || head>>1 == 0 {
			return io.ErrUnexpectedEOF
		}
		b = b[k:]
		if head&1 == 0 {
			size := (width + 7) / 8
			if len(b) < size {
				return io.ErrUnexpectedEOF
			}
			var v [4]byte
			copy(v[:], b[:size])
			b = b[size:]
			for range min(head>>1, uint64(n)) {
				if err := emit(binary.LittleEndian.Uint32(v[:])); err != nil {
					return err
				}
				n--
			}
			continue
		}
		count := min(head>>1, uint64(n)) * 8
		p := packed{b: b}
		for range min(count, uint64(n)) {
			v, err := p.next(width)
			if err != nil {
				return err
			}
			if err := emit(uint32(v)); err != nil {
				return err
			}
			n--
		}
		b = b[min(len(b), int(head>>1)*width):]
	}
	return nil
}

// A packed is numbers of some bits each, the lowest bit first.
type packed struct {
	b   []byte
	pos int // in bits
}

func (p *packed) next(width int) (uint64, error) {
	if p.pos+width > 8*len(p.b) {
		return 0, io.ErrUnexpectedEOF
	}
	var v uint64
	for got := 0; got < width; {
		at := p.pos + got
		take := min(8-at&7, width-got)
		v |= uint64(p.b[at>>3]>>(at&7)) & (1<<take - 1) << got
		got += take
	}
	p.pos += width
	return v, nil
}

// deltas returns n integers of width bytes that are encoded by their differences.
func deltas(b []byte, n, width int) ([]byte, error) {
	d := deltaReader{b: b}
	block, minis, total := d.unsigned(), d.unsigned(), d.unsigned()
	if d.failed || minis == 0 || minis > 512 || block == 0 || block > 1<<20 || block%minis != 0 || block/minis%8 != 0 || total < uint64(n) {
		return nil, errors.New("the differences are damaged")
	}
	out := make([]byte, 0, min(n*width, maxGuess))
	put := func(v uint64) {
		if width == 4 {
			out = binary.LittleEndian.AppendUint32(out, uint32(v))
			return
		}
		out = binary.LittleEndian.AppendUint64(out, v)
	}
	last := d.signed()
	if n > 0 {
		put(last)
	}
	for left := n - 1; left > 0; {
		least := d.signed()
		widths := d.take(int(minis))
		for i := 0; i < len(widths) && left > 0; i++ {
			if widths[i] > 64 {
				return nil, errors.New("a difference has more than 64 bits")
			}
			p := packed{b: d.take(int(block/minis) / 8 * int(widths[i]))}
			for range min(int(block/minis), left) {
				v, err := p.next(int(widths[i]))
				if err != nil {
					return nil, err
				}
				last += least + v
				put(last)
				left--
			}
		}
		if d.failed {
			return nil, io.ErrUnexpectedEOF
		}
	}
	return out, nil
}

// A deltaReader remembers that its bytes ended early.
type deltaReader struct {
	b      []byte
	failed bool
}

func (d *deltaReader) unsigned() uint64 {
	v, k := binary.Uvarint(d.b)
	if k <= 0 {
		d.failed = true
		return 0
	}
	d.b = d.b[k:]
	return v
}

func (d *deltaReader) signed() uint64 {
	u := d.unsigned()
	return u>>1 ^ -(u & 1)
}

func (d *deltaReader) take(n int) []byte {
	if n > len(d.b) {
		d.failed = true
		n = len(d.b)
	}
	b := d.b[:n]
	d.b = d.b[n:]
	return b
}
