package parquet

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/signalman-trading/signalman/market"
)

// The kinds of pages.
const (
	pageData       = 0
	pageDictionary = 2
	pageDataV2     = 3
)

// A header stands before each page.
type header struct {
	kind, whole, packed int
	sum                 *uint32
	values, encoding    int
	nulls, levels       int // of version 2: null values, bytes of levels
	repetition          int // bytes of repetition levels
	packedValues        bool
}

// maxHeader bounds a header; statistics of long texts make them long.
const maxHeader = 1 << 20

func (r *reader) header() (h header) {
	h.packedValues = true
	r.fields(func(id int, kind byte) bool {
		switch {
		case kind == kindStruct && (id == 5 || id == 7 || id == 8):
			r.pageFields(&h, id == 8)
		case kind != kindInt32:
			return false
		case id == 1:
			h.kind = r.count()
		case id == 2:
			h.whole = r.count()
		case id == 3:
			h.packed = r.count()
		case id == 4:
			sum := uint32(r.number())
			h.sum = &sum
		default:
			return false
		}
		return true
	})
	return h
}

// pageFields reads what a header says of its kind of page.
func (r *reader) pageFields(h *header, second bool) {
	to := map[int]*int{1: &h.values, 2: &h.encoding}
	if second {
		to = map[int]*int{1: &h.values, 2: &h.nulls, 4: &h.encoding, 5: &h.levels, 6: &h.repetition}
	}
	r.fields(func(id int, kind byte) bool {
		if second && id == 7 {
			h.packedValues = kind == kindTrue
		}
		if to[id] == nil || kind != kindInt32 {
			return false
		}
		*to[id] = r.count()
		return true
	})
}

// pages are the values of one column of a row group. They are a frame.Source.
type pages struct {
	in         *bufio.Reader
	left       int64 // bytes of the column still to read
	codec      int
	width      int
	leaf       *leaf
	dictionary []byte

	values []byte // what is left of the page: the values that are not null
	nulls  []bool // and which are; nil: none
	rows   int
}

// open returns the pages of a chunk, whose values have width bytes once decoded.
func open(r io.ReaderAt, c *chunk, l *leaf, width int) *pages {
	size := c.end - c.start
	return &pages{
		in:   bufio.NewReaderSize(io.NewSectionReader(r, c.start, size), int(min(size, maxHeader))),
		left: size, codec: c.codec, width: width, leaf: l,
	}
}

// Next implements frame.Source.
func (p *pages) Next(values []byte, nulls []bool) error {
	width := len(values) / max(len(nulls), 1)
	for len(nulls) > 0 {
		if p.rows == 0 {
			if err := p.page(); err != nil {
				return err
			}
			continue
		}
		n := min(p.rows, len(nulls))
		p.fill(values[:n*width], nulls[:n])
		values, nulls = values[n*width:], nulls[n:]
	}
	return nil
}

// fill takes len(nulls) rows of the page.
func (p *pages) fill(values []byte, nulls []bool) {
	p.rows -= len(nulls)
	if p.nulls == nil {
		clear(nulls)
		copy(values, p.values)
		p.values = p.values[len(values):]
		return
	}
	copy(nulls, p.nulls)
	p.nulls = p.nulls[len(nulls):]
	for i, null := range nulls {
		if !null {
			copy(values[i*p.width:(i+1)*p.width], p.values)
			p.values = p.values[p.width:]
		}
	}
}

// page reads the next page.
func (p *pages) page() error {
	h, b, err := p.next()
	if err != nil {
		return err
	}
	switch h.kind {
	case pageDictionary:
		if b, err = unpack(p.codec, b, h.whole); err != nil {
			return err
		}
		if b, err = plain(b, h.values, p.raw()); err != nil {
			return err
		}
		p.dictionary = p.ordered(b)
		return nil
	case pageData:
		b, err = p.first(h, b)
	case pageDataV2:
		b, err = p.second(h, b)
	default:
		return nil // an index, which nobody needs
	}
	if err != nil {
		return err
	}
	return p.decode(h, b)
}

// raw returns the bytes of a value in the file.
func (p *pages) raw() int {
	if p.leaf.physical == physicalInt96 {
		return 12
	}
	return p.width
}

// next reads a page's header and its bytes as they are packed.
func (p *pages) next() (h header, b []byte, err error) {
	if p.left <= 0 {
		return h, nil, io.ErrUnexpectedEOF
	}
	head, err := p.in.Peek(int(min(p.left, maxHeader)))
	if len(head) == 0 {
		return h, nil, err
	}
	r := reader{b: head}
	h = r.header()
	n := len(head) - len(r.b)
	p.in.Discard(n)
	p.left -= int64(n)
	if int64(h.packed) > p.left || h.packed > maxPage || h.values > maxValues {
		return h, nil, errDamaged
	}
	b = make([]byte, h.packed)
	if _, err := io.ReadFull(p.in, b); err != nil {
		return h, nil, err
	}
	p.left -= int64(len(b))
	if h.sum != nil && *h.sum != crc32.ChecksumIEEE(b) {
		return h, nil, errors.New("a page is damaged: its checksum does not fit")
	}
	return h, b, nil
}

// first unpacks a page of version 1: levels and values are packed together.
func (p *pages) first(h header, b []byte) ([]byte, error) {
	b, err := unpack(p.codec, b, h.whole)
	if err != nil || p.leaf.repetition != repetitionOptional {
		p.nulls = nil
		return b, err
	}
	if len(b) < 4 || uint64(binary.LittleEndian.Uint32(b)) > uint64(len(b)-4) {
		return nil, errDamaged
	}
	n := 4 + int(binary.LittleEndian.Uint32(b))
	return b[n:], p.readNulls(b[4:n], h.values)
}

// second unpacks a page of version 2: levels are not packed.
func (p *pages) second(h header, b []byte) ([]byte, error) {
	levels := h.repetition + h.levels
	if levels > len(b) || levels > h.whole {
		return nil, errDamaged
	}
	p.nulls = nil
	if p.leaf.repetition == repetitionOptional {
		if err := p.readNulls(b[h.repetition:levels], h.values); err != nil {
			return nil, err
		}
	}
	codec := p.codec
	if !h.packedValues {
		codec = codecNone
	}
	if len(b) == levels && h.whole == levels {
		return nil, nil // all are null: there is nothing to unpack
	}
	return unpack(codec, b[levels:], h.whole-levels)
}

// readNulls reads which of n values are null.
func (p *pages) readNulls(b []byte, n int) error {
	p.nulls = make([]bool, 0, min(n, maxGuess))
	return runs(b, 1, n, func(level uint32) error {
		p.nulls = append(p.nulls, level == 0)
		return nil
	})
}

// decode makes the values of a page plain.
func (p *pages) decode(h header, b []byte) (err error) {
	n := h.values
	for _, null := range p.nulls {
		if null {
			n--
		}
	}
	width := p.raw()
	switch h.encoding {
	case encodingPlain:
		b, err = plain(b, n, width)
	case encodingPlainDictionary, encodingDictionary:
		if p.dictionary == nil && n > 0 {
			return errors.New("a page has a dictionary that is missing")
		}
		p.values, err = indexed(b, n, p.width, p.dictionary)
		p.rows = h.values
		return err
	case encodingDelta:
		if p.leaf.physical != physicalInt32 && p.leaf.physical != physicalInt64 {
			return errDamaged
		}
		b, err = deltas(b, n, width)
	case encodingSplit:
		b, err = split(b, n, width)
	default:
		return fmt.Errorf("values are encoded in way %d of Parquet, which is not read", h.encoding)
	}
	if err != nil {
		return err
	}
	p.values, p.rows = p.ordered(b), h.values
	return nil
}

// ordered puts the lowest byte of each value first, and makes INT96 nanoseconds.
func (p *pages) ordered(b []byte) []byte {
	switch p.leaf.physical {
	case physicalFixed:
		b = slices.Clone(b)
		for i := 0; i+p.width <= len(b); i += p.width {
			slices.Reverse(b[i : i+p.width])
		}
	case physicalInt96:
		return nanoseconds(b)
	}
	return b
}

// nanoseconds turns nanoseconds of a day and a Julian day into nanoseconds since 1970. A
// time that does not fit becomes one that is refused.
func nanoseconds(b []byte) []byte {
	const epoch = 2_440_588
	out := make([]byte, 0, len(b)/12*8)
	for ; len(b) >= 12; b = b[12:] {
		day := int64(binary.LittleEndian.Uint32(b[8:])) - epoch
		v := int64(-1)
		if day >= 0 && day < 1e5 {
			v = day*int64(market.Day) + int64(binary.LittleEndian.Uint64(b))
		}
		out = binary.LittleEndian.AppendUint64(out, uint64(v))
	}
	return out
}
