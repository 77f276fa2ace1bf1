package parquet

import (
	"errors"
	"fmt"

	"github.com/signalman-trading/signalman/internal/frame"
	"github.com/signalman-trading/signalman/market"
)

// The physical types of values.
const (
	physicalBool = iota
	physicalInt32
	physicalInt64
	physicalInt96
	physicalFloat
	physicalDouble
	physicalBytes
	physicalFixed
)

// The converted types that count, which older files have in place of logical ones.
const (
	convertedDecimal   = 5
	convertedDate      = 6
	convertedMillis    = 9
	convertedMicros    = 10
	convertedUint8     = 11
	convertedUint64    = 14
	logicalDecimal     = 5
	logicalDate        = 6
	logicalTimestamp   = 8
	logicalInteger     = 10
	repetitionOptional = 1
	repetitionRepeated = 2
)

// A leaf is a column of values in the schema.
type leaf struct {
	name       string
	nested     bool
	repetition int
	physical   int
	length     int         // bytes of a value of physicalFixed
	unit       market.Time // of a timestamp, or 0
	decimal    bool
	scale      int
	unsigned   bool
}

// A metadata is what the end of a file says about it.
type metadata struct {
	leaves []leaf
	groups []group
}

// A group is a row group.
type group struct {
	rows   int64
	chunks []chunk
}

// A chunk is one column of a row group.
type chunk struct {
	elsewhere  bool // in another file, or encrypted
	physical   int
	codec      int
	values     int64
	start, end int64 // bytes of the file
}

func readMetadata(b []byte) *metadata {
	var m metadata
	r := reader{b: b}
	r.fields(func(id int, kind byte) bool {
		switch {
		case id == 2 && kind == kindList:
			m.leaves = r.schema()
		case id == 4 && kind == kindList:
			r.list(func(kind byte) { m.groups = append(m.groups, r.group(kind)) })
		default:
			return false
		}
		return true
	})
	return &m
}

// schema reads the tree of columns, which stands in the order of a walk, and returns its
// leaves. The first element is the root.
func (r *reader) schema() []leaf {
	var leaves []leaf
	var open []int // children still to come, of the elements around
	r.list(func(kind byte) {
		l, children := r.element(kind)
		for len(open) > 0 && open[len(open)-1] == 0 {
			open = open[:len(open)-1]
		}
		if len(open) > 0 {
			open[len(open)-1]--
		}
		l.nested = len(open) > 1
		if children > 0 || open == nil {
			open = append(open, children)
			return
		}
		leaves = append(leaves, l)
	})
	return leaves
}

func want(have, kind byte) {
	if have != kind {
		panic(errDamaged)
	}
}

func (r *reader) element(kind byte) (l leaf, children int) {
	want(kind, kindStruct)
	l.physical = -1
	r.fields(func(id int, kind byte) bool {
		switch {
		case id == 4 && kind == kindBinary:
			l.name = r.text()
		case id == 10 && kind == kindStruct:
			r.logical(&l)
		case kind != kindInt32:
			return false
		case id == 1:
			l.physical = r.count()
		case id == 2:
			l.length = r.count()
		case id == 3:
			l.repetition = r.count()
		case id == 5:
			children = r.count()
		case id == 6:
			l.convert(r.count())
		case id == 7:
			l.scale = r.count()
		default:
			return false
		}
		return true
	})
	return l, children
}

func (l *leaf) convert(converted int) {
	switch {
	case converted == convertedDecimal:
		l.decimal = true
	case converted == convertedDate:
		l.unit = market.Time(market.Day)
	case converted == convertedMillis:
		l.unit = 1e6
	case converted == convertedMicros:
		l.unit = 1e3
	case converted >= convertedUint8 && converted <= convertedUint64:
		l.unsigned = true
	}
}

// logical reads the logical type: a struct of which one field is set.
func (r *reader) logical(l *leaf) {
	r.fields(func(id int, kind byte) bool {
		if kind != kindStruct {
			return false
		}
		switch id {
		case logicalDecimal:
			l.decimal = true
			r.fields(func(id int, kind byte) bool {
				if id != 1 || kind != kindInt32 {
					return false
				}
				l.scale = r.count()
				return true
			})
		case logicalDate:
			l.unit = market.Time(market.Day)
			return false
		case logicalTimestamp:
			r.timestamp(l)
		case logicalInteger:
			r.fields(func(id int, kind byte) bool {
				l.unsigned = l.unsigned || id == 2 && kind == kindFalse
				return false
			})
		default:
			return false
		}
		return true
	})
}

func (r *reader) timestamp(l *leaf) {
	r.fields(func(id int, kind byte) bool {
		if id != 2 || kind != kindStruct {
			return false
		}
		r.fields(func(id int, _ byte) bool {
			l.unit = map[int]market.Time{1: 1e6, 2: 1e3, 3: 1}[id]
			return false
		})
		return true
	})
}

func (r *reader) group(kind byte) (g group) {
	want(kind, kindStruct)
	r.fields(func(id int, kind byte) bool {
		switch {
		case id == 1 && kind == kindList:
			r.list(func(kind byte) { g.chunks = append(g.chunks, r.chunk(kind)) })
		case id == 3 && kind == kindInt64:
			g.rows = r.number()
		default:
			return false
		}
		return true
	})
	return g
}

func (r *reader) chunk(kind byte) (c chunk) {
	want(kind, kindStruct)
	c.elsewhere = true
	r.fields(func(id int, kind byte) bool {
		switch {
		case id == 3 && kind == kindStruct:
			c.elsewhere = false
			r.chunkMetadata(&c)
			return true
		case id == 1 && kind == kindBinary, id == 8, id == 9: // a path, or encryption
			c.elsewhere = true
		}
		return false
	})
	return c
}

func (r *reader) chunkMetadata(c *chunk) {
	var size, data, dictionary int64
	r.fields(func(id int, kind byte) bool {
		to := map[int]*int64{5: &c.values, 7: &size, 9: &data, 11: &dictionary}[id]
		switch {
		case to != nil && kind == kindInt64:
			*to = r.number()
		case id == 1 && kind == kindInt32:
			c.physical = r.count()
		case id == 4 && kind == kindInt32:
			c.codec = r.count()
		default:
			return false
		}
		return true
	})
	c.start = data
	if dictionary > 0 && dictionary < data {
		c.start = dictionary
	}
	if c.start < 0 || size < 0 || c.start+size < c.start {
		panic(errDamaged)
	}
	c.end = c.start + size
}

// frameType returns how the values of a column stand in bytes once a page is decoded.
func (l *leaf) frameType() (t frame.Type, err error) {
	t.Kind, t.Unit = frame.Signed, l.unit
	switch {
	case l.nested || l.repetition == repetitionRepeated:
		return t, fmt.Errorf("column %s holds lists or structures", l.name)
	case l.decimal:
		t.Kind, t.Scale = frame.Decimal, int32(l.scale)
	case l.unsigned:
		t.Kind = frame.Unsigned
	}
	switch l.physical {
	case physicalInt32:
		t.Width = 4
	case physicalInt64:
		t.Width = 8
	case physicalInt96:
		t.Width, t.Unit = 8, 1 // as pages decodes it
	case physicalFloat:
		t.Kind, t.Width = frame.Float, 4
	case physicalDouble:
		t.Kind, t.Width = frame.Float, 8
	case physicalFixed:
		t.Width = l.length
		if !l.decimal || l.length < 1 || l.length > 32 {
			return t, fmt.Errorf("column %s holds bytes: make it a double, or a timestamp", l.name)
		}
	default:
		return t, fmt.Errorf("column %s is neither numbers nor times: make it a double, or a timestamp", l.name)
	}
	return t, nil
}

var errElsewhere = errors.New("its data are encrypted or in another file, which is not read")
