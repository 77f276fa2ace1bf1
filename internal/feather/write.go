package feather

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/pierrec/lz4/v4"

	"github.com/signalman-trading/signalman/internal/frame"
	"github.com/signalman-trading/signalman/market"
)

// Write writes bars as one file. Open times must be whole milliseconds.
func Write(w io.Writer, c *market.Columns) error {
	f := NewWriter(w)
	if err := f.Add(c); err != nil {
		return err
	}
	return f.Close()
}

// A Writer writes one file piece by piece. It keeps the first error.
type Writer struct {
	w      io.Writer
	pos    int64
	blocks []block
	packer *lz4.Writer
	packed bytes.Buffer // the body of one batch
	raw    []byte
	err    error
}

// NewWriter returns a Writer of a file that has no rows yet.
func NewWriter(w io.Writer) *Writer {
	f := &Writer{w: w, packer: lz4.NewWriter(nil)}
	f.err = f.packer.Apply(lz4.ChecksumOption(false), lz4.BlockSizeOption(lz4.Block64Kb)) // as Arrow's own libraries do
	f.write([]byte(magic + "\x00\x00"))
	f.write(message(headerSchema, 0, writeSchema))
	return f
}

// Add appends rows, as batches of at most frame.ChunkRows.
func (f *Writer) Add(c *market.Columns) error {
	for lo := 0; lo < c.Len() && f.err == nil; lo += frame.ChunkRows {
		if err := f.batch(c.Slice(lo, min(lo+frame.ChunkRows, c.Len()))); err != nil {
			f.err = err
		}
	}
	return f.err
}

// Close ends the file. It does not close what it is written to.
func (f *Writer) Close() error {
	f.write([]byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0})
	b := f.footer()
	f.write(binary.LittleEndian.AppendUint32(b, uint32(len(b))))
	f.write([]byte(magic))
	return f.err
}

func (f *Writer) write(b []byte) {
	if f.err == nil {
		_, f.err = f.w.Write(b)
		f.pos += int64(len(b))
	}
}

func (f *Writer) batch(c *market.Columns) error {
	f.packed.Reset()
	var ends [frame.Fields]span
	for i := range ends {
		var err error
		if f.raw, err = frame.Raw(f.raw[:0], c, i); err != nil {
			return err
		}
		if ends[i], err = f.pack(); err != nil {
			return err
		}
	}
	head := message(headerRecordBatch, int64(f.packed.Len()), func(b *builder) int { return writeBatch(b, c.Len(), ends) })
	f.blocks = append(f.blocks, block{f.pos, len(head), int64(f.packed.Len())})
	f.write(head)
	f.write(f.packed.Bytes())
	return f.err
}

// A span is where a buffer lies in the body of its batch.
type span struct{ offset, length int64 }

// pack adds the raw column to the body: its length and an LZ4 frame.
func (f *Writer) pack() (span, error) {
	at := f.packed.Len()
	f.packed.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(f.raw))))
	f.packer.Reset(&f.packed)
	if _, err := f.packer.Write(f.raw); err != nil {
		return span{}, err
	}
	if err := f.packer.Close(); err != nil {
		return span{}, err
	}
	s := span{int64(at), int64(f.packed.Len() - at)}
	for f.packed.Len()%8 != 0 {
		f.packed.WriteByte(0)
	}
	return s, nil
}

const (
	version           = 4 // of the metadata: V5
	headerSchema      = 1
	headerRecordBatch = 3
)

// message returns a message's description with its length, a multiple of 8 bytes long.
func message(kind int, body int64, header func(*builder) int) []byte {
	b := &builder{b: make([]byte, 4)}
	pos, at := b.table(2, 1, 4, 8)
	b.link(0, pos)
	b.set(at[0], 2, version)
	b.set(at[1], 1, int64(kind))
	b.link(at[2], header(b))
	b.set(at[3], 8, body)
	b.align(8)
	return append(binary.LittleEndian.AppendUint32([]byte{0xff, 0xff, 0xff, 0xff}, uint32(len(b.b))), b.b...)
}

func writeSchema(b *builder) int {
	pos, at := b.table(2, 4)
	list, elements := b.vector(frame.Fields, 4, 4)
	b.link(at[1], list)
	for i := range frame.Fields {
		b.link(elements+4*i, writeField(b, i))
	}
	return pos
}

func writeField(b *builder, i int) int {
	kind := int64(typeFloat)
	if i == frame.Time {
		kind = typeTimestamp
	}
	pos, at := b.table(4, 1, 1, 4, 0, 4)
	b.link(at[0], b.text(frame.Names[i]))
	b.set(at[1], 1, 1) // nullable, as pandas writes
	b.set(at[2], 1, kind)
	children, _ := b.vector(0, 4, 4)
	b.link(at[5], children)
	if i == frame.Time {
		typ, in := b.table(2, 4)
		b.link(at[3], typ)
		b.set(in[0], 2, 1) // milliseconds
		b.link(in[1], b.text("UTC"))
		return pos
	}
	typ, in := b.table(2)
	b.link(at[3], typ)
	b.set(in[0], 2, 2) // double
	return pos
}

func writeBatch(b *builder, rows int, ends [frame.Fields]span) int {
	pos, at := b.table(8, 4, 4, 4)
	b.set(at[0], 8, int64(rows))
	nodes, node := b.vector(len(ends), 16, 8)
	b.link(at[1], nodes)
	buffers, buffer := b.vector(2*len(ends), 16, 8)
	b.link(at[2], buffers)
	for i, s := range ends {
		b.set(node+16*i, 8, int64(rows))
		b.set(buffer+32*i, 8, s.offset) // no bits of validity: nothing is null
		b.set(buffer+32*i+16, 8, s.offset)
		b.set(buffer+32*i+24, 8, s.length)
	}
	lz4, in := b.table(1)
	b.set(in[0], 1, codecLZ4)
	b.link(at[3], lz4)
	return pos
}

func (f *Writer) footer() []byte {
	b := &builder{b: make([]byte, 4)}
	pos, at := b.table(2, 4, 4, 4)
	b.link(0, pos)
	b.set(at[0], 2, version)
	b.link(at[1], writeSchema(b))
	dictionaries, _ := b.vector(0, blockSize, 8)
	b.link(at[2], dictionaries)
	blocks, element := b.vector(len(f.blocks), blockSize, 8)
	b.link(at[3], blocks)
	for i, k := range f.blocks {
		b.set(element+blockSize*i, 8, k.offset)
		b.set(element+blockSize*i+8, 4, int64(k.meta))
		b.set(element+blockSize*i+16, 8, k.body)
	}
	b.align(8)
	return b.b
}
