package feather

import (
	"errors"
	"fmt"

	"github.com/signalman-trading/signalman/internal/frame"
	"github.com/signalman-trading/signalman/market"
)

// The types of Arrow's schema, as numbered there.
const (
	typeNull = iota + 1
	typeInt
	typeFloat
	typeBinary
	typeText
	typeBool
	typeDecimal
	typeDate
	typeTime
	typeTimestamp
	typeInterval
	typeList
	typeStruct
	typeUnion
	typeFixedBinary
	typeFixedList
	typeMap
	typeDuration
	typeLargeBinary
	typeLargeText
	typeLargeList
	typeRunEnd
	typeBinaryView
	typeTextView
	typeListView
	typeLargeListView
)

// maxDepth bounds how deep the columns that are passed over may nest.
const maxDepth = 32

// A field is a column of the schema, and where its data stand in each record batch.
type field struct {
	name         string
	kind         int
	typ          table
	node, buffer int // index of its first node and its first buffer
	views        int // columns before it that add buffers of a number of their own
}

// A place counts nodes and buffers while the schema is walked.
type place struct{ node, buffer, views int }

// fields returns the columns of a schema.
func fields(schema table) ([]field, error) {
	if schema.number(0, 2, 0) != 0 {
		return nil, errors.New("the file is big-endian, which is not read")
	}
	var at place
	var list []field
	for _, t := range schema.tables(1) {
		f := field{name: t.text(0), kind: t.number(2, 1, 0), node: at.node, buffer: at.buffer, views: at.views}
		f.typ, _ = t.child(3)
		if _, dictionary := t.child(4); dictionary {
			f.kind = 0
		}
		if err := at.pass(t, maxDepth); err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	return list, nil
}

// pass moves behind the nodes and buffers of a column.
func (p *place) pass(t table, depth int) error {
	if depth == 0 {
		return errors.New("the columns nest too deep")
	}
	p.node++
	if _, dictionary := t.child(4); dictionary {
		p.buffer += 2
		return nil
	}
	switch kind := t.number(2, 1, 0); kind {
	case typeNull, typeRunEnd:
	case typeStruct, typeFixedList:
		p.buffer++
	case typeBinary, typeText, typeLargeBinary, typeLargeText, typeListView, typeLargeListView:
		p.buffer += 3
	case typeBinaryView, typeTextView:
		p.buffer += 2
		p.views++
	case typeUnion:
		p.buffer++
		if typ, ok := t.child(3); ok && typ.number(0, 2, 0) == 1 { // dense: offsets too
			p.buffer++
		}
	case typeInt, typeFloat, typeBool, typeDecimal, typeDate, typeTime, typeTimestamp, typeInterval, typeList, typeFixedBinary, typeMap, typeDuration, typeLargeList:
		p.buffer += 2
	default:
		return fmt.Errorf("column %.80q is of type %d of Arrow, which is not known", t.text(0), kind)
	}
	for _, c := range t.tables(5) {
		if err := p.pass(c, depth-1); err != nil {
			return err
		}
	}
	return nil
}

var units = [...]market.Time{1e9, 1e6, 1e3, 1}

// frameType returns how the values of a column stand in bytes.
func (f field) frameType() (t frame.Type, err error) {
	var unit, bits int
	switch f.kind {
	case typeInt:
		t.Kind, bits = frame.Signed, f.typ.number(0, 4, 0)
		if f.typ.number(1, 1, 0) == 0 {
			t.Kind = frame.Unsigned
		}
	case typeFloat:
		t.Kind, bits = frame.Float, 16<<min(uint(f.typ.number(0, 2, 0)), 3)
	case typeDecimal:
		t.Kind, t.Scale, bits = frame.Decimal, int32(f.typ.number(1, 4, 0)), f.typ.number(2, 4, 128)
	case typeDate:
		t.Kind, t.Unit, bits = frame.Signed, market.Time(market.Day), 32
		if f.typ.number(0, 2, 1) == 1 {
			t.Unit, bits = 1e6, 64
		}
	case typeTimestamp:
		t.Kind, unit, bits = frame.Signed, f.typ.number(0, 2, 0), 64
		if unit < 0 || unit >= len(units) {
			return t, fmt.Errorf("column %s counts time in an unknown unit", f.name)
		}
		t.Unit = units[unit]
	default:
		return t, fmt.Errorf("column %s is neither numbers nor times: make it a double, or a timestamp", f.name)
	}
	t.Width = bits / 8
	if !widths[t.Kind][bits] {
		return t, fmt.Errorf("column %s has values of %d bits, which are not read", f.name, bits)
	}
	return t, nil
}

// widths are the bits that values of a kind may have.
var widths = map[frame.Kind]map[int]bool{
	frame.Signed:   {8: true, 16: true, 32: true, 64: true},
	frame.Unsigned: {8: true, 16: true, 32: true, 64: true},
	frame.Float:    {32: true, 64: true},
	frame.Decimal:  {32: true, 64: true, 128: true, 256: true},
}
