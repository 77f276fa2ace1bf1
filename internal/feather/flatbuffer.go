package feather

import (
	"encoding/binary"
	"errors"
)

// errDamaged is what every accessor panics with where an offset leads outside of its
// buffer. Scan turns it into an error.
var errDamaged = errors.New("the file is damaged: its metadata point outside of it")

// A table is a FlatBuffers table in a buffer that is not trusted.
type table struct {
	b   []byte
	pos int
}

// root returns the table that a buffer begins with.
func root(b []byte) table { return table{b, follow(b, 0)} }

// bytesAt returns n bytes at pos.
func bytesAt(b []byte, pos, n int) []byte {
	if pos < 0 || n < 0 || pos > len(b) || n > len(b)-pos {
		panic(errDamaged)
	}
	return b[pos : pos+n]
}

func int32At(b []byte, pos int) int {
	return int(int32(binary.LittleEndian.Uint32(bytesAt(b, pos, 4))))
}

func int64At(b []byte, pos int) int64 {
	return int64(binary.LittleEndian.Uint64(bytesAt(b, pos, 8)))
}

// follow returns where the offset at pos leads. It always leads on, so that no walk goes
// round in circles.
func follow(b []byte, pos int) int {
	to := int32At(b, pos)
	if to <= 0 {
		panic(errDamaged)
	}
	return pos + to
}

// at returns where field i stands, or 0 where it has its default.
func (t table) at(i int) int {
	v := t.pos - int32At(t.b, t.pos)
	head := bytesAt(t.b, v, 4)
	if 4+2*i+2 > int(binary.LittleEndian.Uint16(head)) {
		return 0
	}
	offset := int(binary.LittleEndian.Uint16(bytesAt(t.b, v+4+2*i, 2)))
	if offset == 0 {
		return 0
	}
	return t.pos + offset
}

// number returns a field of 1, 2, 4 or 8 bytes.
func (t table) number(i, size, standard int) int {
	pos := t.at(i)
	if pos == 0 {
		return standard
	}
	b := bytesAt(t.b, pos, size)
	switch size {
	case 1:
		return int(int8(b[0]))
	case 2:
		return int(int16(binary.LittleEndian.Uint16(b)))
	case 4:
		return int(int32(binary.LittleEndian.Uint32(b)))
	}
	return int(int64(binary.LittleEndian.Uint64(b)))
}

// child returns a field that is a table.
func (t table) child(i int) (table, bool) {
	pos := t.at(i)
	if pos == 0 {
		return table{}, false
	}
	return table{t.b, follow(t.b, pos)}, true
}

// vector returns where the elements of a field begin, and how many of size bytes there are.
func (t table) vector(i, size int) (pos, n int) {
	if pos = t.at(i); pos == 0 {
		return 0, 0
	}
	pos = follow(t.b, pos)
	n = int32At(t.b, pos)
	if n < 0 || n > len(t.b)/size {
		panic(errDamaged)
	}
	bytesAt(t.b, pos+4, n*size)
	return pos + 4, n
}

// tables returns a field that is a vector of tables.
func (t table) tables(i int) []table {
	pos, n := t.vector(i, 4)
	list := make([]table, n)
	for k := range list {
		list[k] = table{t.b, follow(t.b, pos+4*k)}
	}
	return list
}

// text returns a field that is a string.
func (t table) text(i int) string {
	pos, n := t.vector(i, 1)
	return string(bytesAt(t.b, pos, n))
}

// A builder writes FlatBuffers forwards: a table, and then what its offsets lead to.
type builder struct{ b []byte }

func (f *builder) align(n int) {
	for len(f.b)%n != 0 {
		f.b = append(f.b, 0)
	}
}

// table appends a table whose fields have these sizes in bytes, 0 for none, and returns
// where the table and each field stand. All are zero.
func (f *builder) table(sizes ...int) (pos int, fields []int) {
	f.align(8)
	head := 4 + 2*len(sizes)
	for head%8 != 0 {
		head += 2
	}
	start := len(f.b)
	pos = start + head
	f.b = append(f.b, make([]byte, head+4)...)
	binary.LittleEndian.PutUint32(f.b[pos:], uint32(head))
	for i, size := range sizes {
		if size == 0 {
			fields = append(fields, 0)
			continue
		}
		f.align(size)
		fields = append(fields, len(f.b))
		binary.LittleEndian.PutUint16(f.b[start+4+2*i:], uint16(len(f.b)-pos))
		f.b = append(f.b, make([]byte, size)...)
	}
	binary.LittleEndian.PutUint16(f.b[start:], uint16(4+2*len(sizes)))
	binary.LittleEndian.PutUint16(f.b[start+2:], uint16(len(f.b)-pos))
	return pos, fields
}

// vector appends n elements of size bytes, aligned, and returns where its length and its
// elements stand.
func (f *builder) vector(n, size, align int) (pos, elements int) {
	f.align(4)
	for (len(f.b)+4)%align != 0 {
		f.b = append(f.b, 0)
	}
	pos = len(f.b)
	f.b = binary.LittleEndian.AppendUint32(f.b, uint32(n))
	f.b = append(f.b, make([]byte, n*size)...)
	return pos, pos + 4
}

func (f *builder) text(s string) int {
	pos, at := f.vector(len(s)+1, 1, 4)
	copy(f.b[at:], s)
	binary.LittleEndian.PutUint32(f.b[pos:], uint32(len(s))) // the NUL behind it does not count
	return pos
}

// link makes the offset at a field lead to pos.
func (f *builder) link(field, pos int) {
	binary.LittleEndian.PutUint32(f.b[field:], uint32(pos-field))
}

// set writes a number of size bytes.
func (f *builder) set(pos, size int, v int64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(v))
	copy(f.b[pos:pos+size], b[:])
}
