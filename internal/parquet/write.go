package parquet

import (
	"encoding/binary"
	"io"

	"github.com/klauspost/compress/zstd"

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
	rows   int64
	groups []written
	packer *zstd.Encoder
	raw    []byte
	packed []byte
	err    error
}

// A written is a row group of the file.
type written struct {
	rows   int
	chunks [frame.Fields]writtenChunk
}

// A writtenChunk is one column of a row group: a single page. Sizes count its header too.
type writtenChunk struct{ start, size, whole int64 }

// NewWriter returns a Writer of a file that has no rows yet.
func NewWriter(w io.Writer) *Writer {
	f := &Writer{w: w}
	f.packer, f.err = zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	f.write([]byte(magic))
	return f
}

// Add appends rows, as row groups of at most frame.ChunkRows.
func (f *Writer) Add(c *market.Columns) error {
	for lo := 0; lo < c.Len() && f.err == nil; lo += frame.ChunkRows {
		if err := f.group(c.Slice(lo, min(lo+frame.ChunkRows, c.Len()))); err != nil {
			f.err = err
		}
	}
	return f.err
}

// Close ends the file. It does not close what it is written to.
func (f *Writer) Close() error {
	b := f.metadata()
	f.write(b)
	f.write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(b))), magic...))
	return f.err
}

func (f *Writer) write(b []byte) {
	if f.err == nil {
		_, f.err = f.w.Write(b)
		f.pos += int64(len(b))
	}
}

func (f *Writer) group(c *market.Columns) error {
	g := written{rows: c.Len()}
	for i := range g.chunks {
		var err error
		if f.raw, err = frame.Raw(f.raw[:0], c, i); err != nil {
			return err
		}
		f.packed = f.packer.EncodeAll(f.raw, f.packed[:0])
		head := pageHeader(c.Len(), len(f.raw), len(f.packed))
		g.chunks[i] = writtenChunk{f.pos, int64(len(head) + len(f.packed)), int64(len(head) + len(f.raw))}
		f.write(head)
		f.write(f.packed)
	}
	f.groups = append(f.groups, g)
	f.rows += int64(g.rows)
	return f.err
}

// pageHeader returns the header of a page of plain values.
func pageHeader(rows, whole, packed int) []byte {
	var w writer
	w.begin()
	w.int32(1, pageData)
	w.int32(2, whole)
	w.int32(3, packed)
	w.structure(5, func() {
		w.int32(1, rows)
		w.int32(2, encodingPlain)
		w.int32(3, encodingRLE) // of levels, of which there are none
		w.int32(4, encodingRLE)
	})
	w.end()
	return w.b
}

// metadata returns what stands at the end of the file.
func (f *Writer) metadata() []byte {
	var w writer
	w.begin()
	w.int32(1, 2)
	w.list(2, 1+frame.Fields, kindStruct)
	w.schema()
	w.int64(3, f.rows)
	w.list(4, len(f.groups), kindStruct)
	for i := range f.groups {
		w.group(&f.groups[i])
	}
	w.text(6, "signalman")
	w.end()
	return w.b
}

func (w *writer) schema() {
	w.begin()
	w.text(4, "schema")
	w.int32(5, frame.Fields)
	w.end()
	for i, name := range frame.Names {
		w.begin()
		w.int32(1, physicalOf(i))
		w.int32(3, 0) // required
		w.text(4, name)
		if i == frame.Time {
			w.int32(6, convertedMillis)
			w.structure(10, w.milliseconds)
		}
		w.end()
	}
}

// milliseconds writes the logical type of a time: UTC, in milliseconds.
func (w *writer) milliseconds() {
	w.structure(logicalTimestamp, func() {
		w.field(1, kindTrue)
		w.structure(2, func() { w.structure(1, func() {}) })
	})
}

func physicalOf(field int) int {
	if field == frame.Time {
		return physicalInt64
	}
	return physicalDouble
}

func (w *writer) group(g *written) {
	var size, whole int64
	w.begin()
	w.list(1, len(g.chunks), kindStruct)
	for i, c := range g.chunks {
		w.chunk(i, g.rows, c)
		size += c.size
		whole += c.whole
	}
	w.int64(2, whole)
	w.int64(3, int64(g.rows))
	w.int64(5, g.chunks[0].start)
	w.int64(6, size)
	w.end()
}

func (w *writer) chunk(field, rows int, c writtenChunk) {
	w.begin()
	w.int64(2, c.start)
	w.structure(3, func() {
		w.int32(1, physicalOf(field))
		w.list(2, 1, kindInt32)
		w.number(encodingPlain)
		w.list(3, 1, kindBinary)
		w.bytes(frame.Names[field])
		w.int32(4, codecZstd)
		w.int64(5, int64(rows))
		w.int64(6, c.whole)
		w.int64(7, c.size)
		w.int64(9, c.start)
	})
	w.end()
}
