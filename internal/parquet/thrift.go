package parquet

import (
	"encoding/binary"
	"errors"
)

// errDamaged is what reading metadata panics with where they do not hold together. Scan
// turns it into an error.
var errDamaged = errors.New("the file is damaged: its metadata do not hold together")

// A reader reads Thrift's compact protocol, in which Parquet's metadata stand.
type reader struct {
	b     []byte
	depth int
}

// The kinds of a value.
const (
	kindStop = iota
	kindTrue
	kindFalse
	kindByte
	kindInt16
	kindInt32
	kindInt64
	kindDouble
	kindBinary
	kindList
	kindSet
	kindMap
	kindStruct
	kindUUID
)

// maxNesting is deeper than the metadata of Parquet nest.
const maxNesting = 16

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		panic(errDamaged)
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) byte() byte { return r.take(1)[0] }

func (r *reader) unsigned() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		panic(errDamaged)
	}
	r.b = r.b[n:]
	return v
}

// number reads an integer of any width.
func (r *reader) number() int64 {
	u := r.unsigned()
	return int64(u>>1) ^ -int64(u&1)
}

// count reads an integer of 32 bits that is no negative number.
func (r *reader) count() int {
	v := r.number()
	if v < 0 || v > 1<<31-1 {
		panic(errDamaged)
	}
	return int(v)
}

func (r *reader) text() string {
	n := r.unsigned()
	if n > uint64(len(r.b)) {
		panic(errDamaged)
	}
	return string(r.take(int(n)))
}

// fields reads a struct. Each hands its number and kind to f, which reads the value and
// returns true, or leaves it to be passed over.
func (r *reader) fields(f func(id int, kind byte) bool) {
	r.nest(func() {
		for id := 0; ; {
			head := r.byte()
			kind := head & 15
			if kind == kindStop {
				return
			}
			if delta := int(head >> 4); delta != 0 {
				id += delta
			} else {
				id = int(r.number())
			}
			if !f(id, kind) {
				r.pass(kind)
			}
		}
	})
}

func (r *reader) nest(f func()) {
	if r.depth++; r.depth > maxNesting {
		panic(errDamaged)
	}
	f()
	r.depth--
}

// list reads a list by calling f for each element.
func (r *reader) list(f func(kind byte)) {
	r.nest(func() {
		head := r.byte()
		n := uint64(head >> 4)
		if n == 15 {
			n = r.unsigned()
		}
		if n > uint64(len(r.b)) {
			panic(errDamaged)
		}
		for range n {
			f(head & 15)
		}
	})
}

// pass moves behind a value.
func (r *reader) pass(kind byte) {
	switch kind {
	case kindTrue, kindFalse:
	case kindByte:
		r.byte()
	case kindInt16, kindInt32, kindInt64:
		r.unsigned()
	case kindDouble:
		r.take(8)
	case kindBinary:
		r.text()
	case kindList, kindSet:
		r.list(func(kind byte) {
			if kind == kindTrue || kind == kindFalse {
				kind = kindByte // in a list a bool takes a byte
			}
			r.pass(kind)
		})
	case kindMap:
		r.passMap()
	case kindStruct:
		r.fields(func(int, byte) bool { return false })
	case kindUUID:
		r.take(16)
	default:
		panic(errDamaged)
	}
}

func (r *reader) passMap() {
	n := r.unsigned()
	if n == 0 {
		return
	}
	if n > uint64(len(r.b)) {
		panic(errDamaged)
	}
	kinds := r.byte()
	r.nest(func() {
		for range n {
			r.pass(kinds >> 4)
			r.pass(kinds & 15)
		}
	})
}

// A writer writes the compact protocol.
type writer struct {
	b    []byte
	last []int // the field before, in each open struct
}

func (w *writer) begin() { w.last = append(w.last, 0) }

func (w *writer) end() {
	w.b = append(w.b, kindStop)
	w.last = w.last[:len(w.last)-1]
}

// field writes what stands before a value. Fields come in rising order.
func (w *writer) field(id int, kind byte) {
	top := &w.last[len(w.last)-1]
	w.b = append(w.b, byte(id-*top)<<4|kind)
	*top = id
}

func (w *writer) number(v int64) {
	w.b = binary.AppendUvarint(w.b, uint64(v<<1)^uint64(v>>63))
}

func (w *writer) int32(id int, v int) {
	w.field(id, kindInt32)
	w.number(int64(v))
}

func (w *writer) int64(id int, v int64) {
	w.field(id, kindInt64)
	w.number(v)
}

func (w *writer) bytes(s string) {
	w.b = append(binary.AppendUvarint(w.b, uint64(len(s))), s...)
}

func (w *writer) text(id int, s string) {
	w.field(id, kindBinary)
	w.bytes(s)
}

func (w *writer) structure(id int, f func()) {
	w.field(id, kindStruct)
	w.begin()
	f()
	w.end()
}

// list writes the head of a list. The elements follow.
func (w *writer) list(id, n int, kind byte) {
	w.field(id, kindList)
	if n < 15 {
		w.b = append(w.b, byte(n)<<4|kind)
		return
	}
	w.b = binary.AppendUvarint(append(w.b, 15<<4|kind), uint64(n))
}
