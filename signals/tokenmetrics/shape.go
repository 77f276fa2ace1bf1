package tokenmetrics

import (
	"reflect"
	"slices"
	"strings"
	"sync"
)

// A shape is what the decoder knows of a row's type, from its tags:
// `tm:"NAME|ALIAS,key,required"`.
type shape struct {
	fields []field
	known  map[string]bool // by normal name
	choice []string        // one of them must be there
	bare   []int           // the field that a value without an object stands for
	extra  []int           // where unknown fields are kept
}

// A field of a row.
type field struct {
	index    []int
	names    []string // as documented
	normal   []string
	key      bool // tells rows apart
	required bool // must be there, and not null
	present  bool // must be there; may be null
	either   bool // one of those must be there
	time     bool // what the row is about
}

var shapes sync.Map // of reflect.Type: *shape

func shapeOf(t reflect.Type) *shape {
	if s, ok := shapes.Load(t); ok {
		return s.(*shape)
	}
	s := &shape{known: map[string]bool{}}
	for _, f := range reflect.VisibleFields(t) {
		s.add(f)
	}
	shapes.Store(t, s)
	return s
}

func (s *shape) add(f reflect.StructField) {
	tag, ok := f.Tag.Lookup("tm")
	if f.Name == "Extra" && !ok {
		s.extra = f.Index
	}
	if !ok {
		return
	}
	options := strings.Split(tag, ",")
	x := field{index: f.Index, names: strings.Split(options[0], "|")}
	for _, name := range x.names {
		x.normal = append(x.normal, normal(name))
		s.known[normal(name)] = true
	}
	has := func(option string) bool { return slices.Contains(options[1:], option) }
	x.key, x.required, x.present, x.either, x.time = has("key"), has("required"), has("present"), has("either"), has("time")
	if x.either {
		s.choice = append(s.choice, x.names[0])
	}
	if has("bare") {
		s.bare = f.Index
	}
	s.fields = append(s.fields, x)
}
